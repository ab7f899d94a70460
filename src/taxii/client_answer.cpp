#include "taxii/client_answer.hpp"

#include <simdjson.h>

#include <algorithm>

#include "base/json.hpp"

namespace tocsin::taxii::client {
namespace {

constexpr std::size_t token_bytes_max = 16 << 10;
constexpr std::size_t collections_max = 10'000;
constexpr std::size_t error_text_bytes_max = 300;

Error wrong(std::string rule) {
  return {Errc::invalid_input, std::move(rule)};
}

std::string_view text_of(const simdjson::dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get_string().get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

Result<json::Object> read_small(std::string_view body, std::string_view what) {
  auto object = json::parse_object(body);
  if (!object)
    return wrong(std::string{what} + " is not the JSON object that it must be: " + object.error().detail);
  return object;
}

/// The list under `key`; null when absent.
Result<const json::Array*> list_in(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return static_cast<const json::Array*>(nullptr);
  if (!value->is_array()) return wrong("'" + std::string{key} + "' must be a list");
  return &value->get_array();
}

}  // namespace

struct PageReader::State {
  simdjson::dom::parser whole;
  simdjson::ondemand::parser splitter;
  std::string buffer;  // with the padding that simdjson reads but does not use

  /// Whole and valid, as a tree that lives until the next read.
  Result<simdjson::dom::object> parse(std::string_view body) {
    buffer.assign(body);
    buffer.append(simdjson::SIMDJSON_PADDING, ' ');
    simdjson::dom::element root;
    if (const auto error = whole.parse(buffer.data(), body.size(), false).get(root);
        error != simdjson::SUCCESS)
      return wrong(std::string{"the envelope is not JSON: "} + simdjson::error_message(error));
    simdjson::dom::object object;
    if (root.get_object().get(object) != simdjson::SUCCESS)
      return wrong("an envelope must be a JSON object (TAXII 2.1 §3.7)");
    return object;
  }

  /// The exact bytes of each object. The tree has shown that the body is whole JSON.
  Status cut(std::size_t size, std::vector<Object>& objects) {
    simdjson::ondemand::document document;
    simdjson::ondemand::array list;
    const auto lost = [] { return wrong("the list 'objects' cannot be cut into its objects"); };
    if (splitter.iterate(buffer.data(), size, buffer.size()).get(document) != simdjson::SUCCESS ||
        document.find_field_unordered("objects").get_array().get(list) != simdjson::SUCCESS)
      return lost();
    std::size_t i = 0;
    for (auto item : list) {
      simdjson::ondemand::object object;
      std::string_view raw;
      if (i == objects.size() || item.get_object().get(object) != simdjson::SUCCESS ||
          object.raw_json().get(raw) != simdjson::SUCCESS)
        return lost();
      while (!raw.empty() && raw.back() != '}') raw.remove_suffix(1);  // white space behind it is not its own
      objects[i++].bytes = raw;
    }
    return i == objects.size() ? Status{} : lost();
  }
};

PageReader::PageReader() : state_{std::make_unique<State>()} {}
PageReader::~PageReader() = default;
PageReader::PageReader(PageReader&&) noexcept = default;
PageReader& PageReader::operator=(PageReader&&) noexcept = default;

Result<Envelope> PageReader::read(std::string_view body, std::size_t objects_max) {
  const auto root = state_->parse(body);
  if (!root) return root.error();
  Envelope envelope;
  std::size_t lists = 0;
  for (const auto [key, value] : *root) {
    if (value.is_null()) continue;  // some servers write what is absent so
    if (key == "more" && value.get_bool().get(envelope.more) != simdjson::SUCCESS)
      return wrong("'more' must be true or false (TAXII 2.1 §3.7)");
    if (key == "next") {
      std::string_view next;
      if (value.get_string().get(next) != simdjson::SUCCESS || next.size() > token_bytes_max)
        return wrong("'next' must be a text of at most 16384 bytes (TAXII 2.1 §3.7)");
      envelope.next = next;
    }
    if (key != "objects") continue;
    simdjson::dom::array list;
    if (++lists > 1 || value.get_array().get(list) != simdjson::SUCCESS)
      return wrong("'objects' must be one list (TAXII 2.1 §3.7)");
    for (const auto item : list) {
      simdjson::dom::object object;
      if (item.get_object().get(object) != simdjson::SUCCESS)
        return wrong("'objects' holds what is no object, as number " +
                     std::to_string(envelope.objects.size() + 1));
      if (envelope.objects.size() == objects_max)
        return wrong("a page holds more than " + std::to_string(objects_max) + " objects");
      auto version = text_of(object, "modified");
      if (version.empty()) version = text_of(object, "created");
      envelope.objects.push_back({{}, text_of(object, "id"), version});
    }
  }
  if (!envelope.objects.empty()) TOCSIN_TRY(state_->cut(body.size(), envelope.objects));
  return envelope;
}

Result<Resource> read_resource(std::string_view body) {
  const auto object = read_small(body, "the answer");
  if (!object) return object.error();
  const auto roots = list_in(*object, "api_roots");
  if (!roots) return roots.error();
  const auto preferred = json::text_or(*object, "default");
  if (*roots == nullptr && preferred.empty()) {
    if (object->contains("versions") || object->contains("max_content_length")) return Resource{};
    return wrong(
        "neither a discovery nor an API root (TAXII 2.1 §4.1, §4.2): it has no 'api_roots' and no "
        "'versions'");
  }
  Discovery discovery;
  if (!preferred.empty()) discovery.api_roots.push_back(preferred);
  if (*roots != nullptr)
    for (const auto& root : **roots) {
      if (!root.is_string()) return wrong("'api_roots' must be a list of URLs (TAXII 2.1 §4.1)");
      const auto url = json::view(root.get_string());
      if (url != preferred) discovery.api_roots.emplace_back(url);
    }
  return Resource{std::move(discovery)};
}

Result<std::vector<Collection>> read_collections(std::string_view body) {
  const auto object = read_small(body, "the list of collections");
  if (!object) return object.error();
  const auto list = list_in(*object, "collections");
  if (!list) return list.error();
  std::vector<Collection> collections;
  if (*list == nullptr) return collections;
  if ((*list)->size() > collections_max)
    return wrong("more than " + std::to_string(collections_max) + " collections");
  for (const auto& item : **list) {
    if (!item.is_object()) return wrong("'collections' must be a list of objects (TAXII 2.1 §5.1)");
    const auto& each = item.get_object();
    Collection collection{json::text_or(each, "id"), json::text_or(each, "title"),
                          json::text_or(each, "alias"), json::flag_or(each, "can_read")};
    if (collection.id.empty()) return wrong("a collection has no 'id' (TAXII 2.1 §5.2)");
    collections.push_back(std::move(collection));
  }
  return collections;
}

Result<std::vector<ManifestRecord>> read_manifest(std::string_view body) {
  const auto object = read_small(body, "the manifest");
  if (!object) return object.error();
  const auto list = list_in(*object, "objects");
  if (!list) return list.error();
  std::vector<ManifestRecord> records;
  if (*list == nullptr) return records;
  for (const auto& item : **list) {
    if (!item.is_object()) return wrong("a manifest's 'objects' must be a list of records (TAXII 2.1 §5.3)");
    const auto& each = item.get_object();
    if (const auto date = parse_rfc3339(json::text_or(each, "date_added")))
      records.push_back({json::text_or(each, "id"), json::text_or(each, "version"), *date});
  }
  return records;
}

std::string read_error(std::string_view body) {
  const auto object = json::parse_object(body);
  if (!object) return {};
  auto text = json::text_or(*object, "title");
  if (const auto more = json::text_or(*object, "description"); !more.empty() && more != text)
    text += (text.empty() ? "" : ": ") + more;
  if (text.size() > error_text_bytes_max) text.resize(error_text_bytes_max);
  return text;
}

}  // namespace tocsin::taxii::client
