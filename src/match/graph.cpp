#include "match/graph.hpp"

#include <array>
#include <charconv>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"
#include "match/address.hpp"
#include "match/key.hpp"
#include "stix/pattern.hpp"

namespace tocsin::match {
namespace {

using stix::Path;
using stix::PathStep;
using Steps = std::span<const PathStep>;

constexpr auto path_count = static_cast<std::size_t>(Path::count_);

/// Every known path, taken apart by the parser of patterns.
const stix::ObjectPath& parts_of(Path path) {
  static const auto all = [] {
    std::array<stix::ObjectPath, path_count> made;
    for (std::size_t i = 0; i < path_count; ++i) {
      const auto tree = stix::parse_pattern("[" + std::string{stix::name(static_cast<Path>(i))} + " = 'x']");
      TOCSIN_CHECK(tree.has_value(), "the name of a path is a path");
      made[i] = tree->comparison.test.path;
    }
    return made;
  }();
  return all[static_cast<std::size_t>(path)];
}

bool is_number(Path path) {
  switch (path) {
    case Path::network_src_port:
    case Path::network_dst_port:
    case Path::file_size:
    case Path::process_pid:
    case Path::process_parent_pid:
    case Path::autonomous_system_number:
      return true;
    default:
      return false;
  }
}

/// Well-formed UTF-8: each byte that is in no character becomes U+FFFD.
std::string utf8(std::string_view text) {
  if (is_utf8(text)) return std::string{text};
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min<std::size_t>(4, text.size());
    while (size > 0 && !is_utf8(text.substr(0, size))) --size;
    // Of two characters that fit together only the first is taken; the next round takes the other.
    out += size == 0 ? std::string_view{"\xef\xbf\xbd"} : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(1, size));
  }
  return out;
}

boost::json::string json_text(std::string_view text) {
  return boost::json::string{text.data(), text.size()};
}

json::Value value_of(Path path, std::string_view text) {
  std::int64_t number = 0;
  const bool canonical = text == "0" || !text.starts_with('0');
  if (is_number(path) && canonical) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
  }
  std::string buffer;
  return json_text(utf8(fold(path, text, buffer)));
}

bool is_reference(const std::string& name) {
  return name.ends_with("_ref") || name.ends_with("_refs");
}

class Builder {
 public:
  explicit Builder(const stix::Observation& record) : record_{record} {}

  pattern::Observation run(Timestamp otherwise) {
    for (const auto& value : record_.values())  // first what references may lead to
      if (parts_of(value.path).steps.size() == 1) add(value);
    for (const auto& value : record_.values())
      if (parts_of(value.path).steps.size() > 1) add(value);
    copy_repeated();
    pattern::Observation out;
    out.first = out.last = record_.time() == Timestamp{} ? otherwise : record_.time();
    for (auto& [key, object] : objects_)
      out.add(key, std::make_shared<const json::Object>(std::move(object)));
    return out;
  }

 private:
  struct Again {  // a property that an object has already
    std::string key;
    Path path;
    json::Value value;
  };

  void add(const stix::Observed& observed) {
    const auto& path = parts_of(observed.path);
    const auto key = std::to_string(observed.object) + path.type;
    auto [place, is_new] = objects_.try_emplace(key);
    if (is_new) place->second["type"] = path.type;
    auto value = value_of(observed.path, observed.text);
    if (!set(place->second, path.steps, observed.path, key, value) && again_.size() < copies_max)
      again_.push_back({key, observed.path, std::move(value)});
  }

  /// False when another value stands there.
  bool set(json::Object& object, Steps steps, Path path, const std::string& key, const json::Value& value) {
    const auto& name = steps[0].name;
    const bool is_list = steps.size() > 1 && steps[1].kind != PathStep::Kind::property;
    const auto rest = steps.subspan(is_list ? 2 : 1);
    auto* there = object.if_contains(name);
    if (is_list) {
      auto& list = there != nullptr ? there->get_array() : object[name].emplace_array();
      if (rest.empty()) {
        list.push_back(value);
      } else if (is_reference(name)) {
        list.push_back(json_text(referent(path, rest, key + name + std::to_string(list.size()), value)));
      } else {
        if (list.empty() || list.back().get_object().contains(rest[0].name)) list.push_back(json::Object{});
        return set(list.back().get_object(), rest, path, key, value);
      }
      return true;
    }
    if (rest.empty()) {
      if (there != nullptr) return false;
      object[name] = value;
      return true;
    }
    if (is_reference(name)) {
      if (there == nullptr) {
        object[name] = json_text(referent(path, rest, key + name, value));
        return true;
      }
      // A second property of what the reference leads to, when that is no object of the record's own.
      const auto target = objects_.find(json::view(there->get_string()));
      return target != objects_.end() && !target->second.contains("type") &&
             set(target->second, rest, path, target->first, value);
    }
    if (there == nullptr) there = &(object[name] = json::Object{});
    return set(there->get_object(), rest, path, key, value);
  }

  /// The key of the object of this record that has `value` there, or of one made for it.
  std::string referent(Path path, Steps rest, const std::string& fresh_key, const json::Value& value) {
    if (rest.size() == 1 && rest[0].name != "name")
      for (const auto& [key, object] : objects_) {
        const auto* type = object.if_contains("type");
        const auto* found = object.if_contains(rest[0].name);
        if (type != nullptr && found != nullptr && *found == value &&
            may_lead_to(path, json::view(type->get_string())))
          return key;
      }
    auto& made = objects_[fresh_key];
    set(made, rest, path, fresh_key, value);
    return fresh_key;
  }

  static bool may_lead_to(Path path, std::string_view type) {
    switch (path) {
      case Path::network_src_ref_value:
      case Path::network_dst_ref_value:
        return type == "ipv4-addr" || type == "ipv6-addr" || type == "domain-name" || type == "mac-addr";
      case Path::email_message_from_ref_value:
      case Path::email_message_to_refs_value:
      case Path::email_message_sender_ref_value:
        return type == "email-addr";
      case Path::domain_name_resolves_to_refs_value:
        return type == "ipv4-addr" || type == "ipv6-addr" || type == "domain-name";
      case Path::file_parent_directory_path:
        return type == "directory";
      default:
        return false;
    }
  }

  /// One object has one value for a property; a record that says several means one thing seen in several
  /// ways.
  void copy_repeated() {
    std::size_t number = 0;
    for (const auto& again : again_) {
      const auto& steps = parts_of(again.path).steps;
      auto copy = objects_.at(again.key);
      const auto key = again.key + '+' + std::to_string(number++);
      json::Object* at = &copy;
      std::size_t step = 0;
      while (step + 1 < steps.size() && !is_reference(steps[step].name) && at->contains(steps[step].name) &&
             at->at(steps[step].name).is_object())
        at = &at->at(steps[step++].name).get_object();
      at->erase(steps[step].name);
      set(*at, Steps{steps}.subspan(step), again.path, key, again.value);
      objects_.insert_or_assign(key, std::move(copy));
    }
  }

  const stix::Observation& record_;
  std::map<std::string, json::Object, std::less<>> objects_;
  std::vector<Again> again_;
};

}  // namespace

pattern::Observation graph_of(const stix::Observation& record, Timestamp otherwise) {
  return Builder{record}.run(otherwise);
}

}  // namespace tocsin::match
