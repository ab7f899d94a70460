#include "taxii/envelope.hpp"

#include <simdjson.h>

#include "base/text.hpp"

namespace tocsin::taxii {
namespace {

constexpr std::string_view shape =
    "an envelope, which is a JSON object with a list 'objects' that is not empty";

/// The text of the list of objects. The body was found to be whole JSON before.
std::string_view list_in(const simdjson::padded_string& body, simdjson::ondemand::parser& splitter) {
  simdjson::ondemand::document document;
  simdjson::ondemand::array list;
  std::string_view raw;
  if (splitter.iterate(body).get(document) != simdjson::SUCCESS ||
      document.find_field_unordered("objects").get_array().get(list) != simdjson::SUCCESS ||
      list.raw_json().get(raw) != simdjson::SUCCESS)
    return {};
  return raw;
}

}  // namespace

std::variant<std::vector<stix::Parsed>, EnvelopeRefusal> read_envelope(std::string_view body) {
  const simdjson::padded_string padded{body};
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(padded).get(root); error != simdjson::SUCCESS)
    return EnvelopeRefusal{400, std::string{"the body is not JSON: "} + simdjson::error_message(error)};
  const EnvelopeRefusal no_envelope{422, "the body must be " + std::string{shape}};
  if (!root.is_object()) return no_envelope;
  std::size_t lists = 0;
  for (const auto [key, value] : simdjson::dom::object{root}) {
    if (key == "objects") {
      ++lists;
      if (!value.is_array() || simdjson::dom::array{value}.size() == 0) return no_envelope;
    }
    std::string_view type;
    if (key == "type" && (value.get_string().get(type) != simdjson::SUCCESS || type != "bundle"))
      return no_envelope;
  }
  if (lists != 1) return no_envelope;
  simdjson::ondemand::parser splitter;
  const auto list = list_in(padded, splitter);
  if (list.empty()) return EnvelopeRefusal{400, "the list 'objects' cannot be read"};
  thread_local stix::Parser objects;
  auto parsed = objects.parse_submission(list);
  if (!parsed) return EnvelopeRefusal{422, parsed.error().detail};
  return *std::move(parsed);
}

}  // namespace tocsin::taxii
