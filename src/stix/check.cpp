#include "stix/check.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "stix/atoms.hpp"
#include "stix/forms.hpp"
#include "stix/harvest.hpp"
#include "stix/ids.hpp"
#include "stix/markings_check.hpp"
#include "stix/pattern.hpp"
#include "stix/sco_id.hpp"
#include "stix/stix_time.hpp"
#include "stix/typed_values.hpp"
#include "stix/vocabularies.hpp"

namespace tocsin::stix {
namespace {

using simdjson::dom::element;

constexpr std::string_view common = "STIX 2.1 §3.2";

class Checker {
 public:
  Checker(const element& json, const Limits& limits, Level level, Keeps keeps, Layout& layout, Object& object)
      : json_{json},
        object_json_{json.get_object().value_unsafe()},
        object_{object},
        layout_{layout},
        keeps_{keeps == Keeps::object},
        report_{level},
        values_{limits, report_, keeps_ ? &object.references : nullptr} {}

  /// The object keeps what was found; the report says whether it may.
  Report& run() {
    table_ = &table();
    walk();
    check_identity();
    check_common();
    values_.check_whole(table_->properties, found_);
    // The levels may forgive what is missing; without these two nothing can be said of an object.
    if ((object_.type.empty() || object_.id.empty()) && !report_.failed())
      report_.broken("nameless", common, "needs a type and an id");
    if (object_.type.empty()) return report_;
    check_type();
    check_markings({json_, found(table_->object_marking_refs), found(table_->granular_markings)}, object_,
                   report_);
    if (const auto* extensions = found(table_->extensions)) check_extensions(*extensions);
    check_unknown();
    if (!report_.failed()) {
      check_observable_id();
      if (keeps_ && (table_->family == Family::observable || is("observed-data")))
        harvest_object(object_.type, object_json_, object_.values);
      tidy(object_.values);
    }
    return report_;
  }

 private:
  /// The table of the object's type, before the walk: its rules are those of each property.
  const TypeTable& table() {
    std::string_view type;
    if (object_json_.at_key("type").get_string().get(type) == simdjson::SUCCESS)
      if (const auto* known = table_of(type)) return *known;
    return own_table_of(family_of_unknown());
  }

  /// A type of somebody's own is an observable when its extension says so or nothing of a domain object is
  /// there.
  Family family_of_unknown() const {
    simdjson::dom::object extensions;
    if (object_json_.at_key("extensions").get_object().get(extensions) == simdjson::SUCCESS)
      for (const auto field : extensions)
        if (std::string_view kind;
            field.value.at_key("extension_type").get_string().get(kind) == simdjson::SUCCESS) {
          if (kind == "new-sco") return Family::observable;
          if (kind == "new-sdo" || kind == "new-sro") return Family::domain;
        }
    const bool versioned = object_json_.at_key("created").error() == simdjson::SUCCESS ||
                           object_json_.at_key("modified").error() == simdjson::SUCCESS;
    return versioned ? Family::domain : Family::observable;
  }

  void walk() {
    const auto& properties = table_->properties;
    std::size_t number = 0;
    for (const auto field : object_json_) {
      report_.enter(field.key);
      auto& layout = layout_[number++ % layout_.size()];
      const auto place = properties.find(field.key, layout);
      layout = static_cast<std::uint8_t>(place);
      if (place != PropertyTable::none && !is_left_to_its_owner(place))
        values_.read(properties, place, field.value, 2, found_);
      else
        unknown_property(field.key, field.value);
      report_.leave();
    }
    if (const auto twice = Shape::repeated_key(unknown_); !twice.empty())
      report_.broken_at(twice, "duplicate-key", "RFC 7493 §2.3",
                        "the key stands twice, so readers would disagree on its value");
  }

  /// What the standard keeps from its own observables, somebody's own may have.
  bool is_left_to_its_owner(std::size_t place) const {
    return table_->rules == nullptr && table_->properties.at(place).type.kind == Kind::forbidden;
  }

  void unknown_property(std::string_view name, const element& value) {
    if (unknown_.empty()) unknown_.reserve(16);
    unknown_.push_back(name);
    if (!is_property_name(name))
      report_.broken(
          "bad-property-name", "STIX 2.1 §3.1",
          "a property's name has 3 to 250 characters out of a-z, 0-9 and _, and begins with a letter");
    constexpr std::array<std::string_view, 5> reserved{"severity", "username", "phone_number",
                                                       "phone_numbers", "action"};
    if (std::find(reserved.begin(), reserved.end(), name) != reserved.end())
      report_.broken("reserved-property", "STIX 2.1 §3.8", "the standard keeps this name for later use");
    values_.shape().walk_property(name, value);
    if (table_->rules == nullptr && name == "name" && value.is_string())
      object_.name = value.get_string().value_unsafe();
  }

  void check_identity() {
    object_.type = found_.text(table_->type);
    object_.id = found_.text(table_->id);
    if (object_.type == "bundle")
      return report_.broken_at("type", "bundle-as-object", "STIX 2.1 §8",
                               "a bundle is a wrapper, not an object to keep");
    const bool known = table_->rules != nullptr;
    if (!known && (object_.type == "action" || (!object_.type.empty() && !is_type_name(object_.type))))
      report_.broken_at(
          "type", "bad-type-name", "STIX 2.1 §3.1",
          in_quotes(object_.type) + " is not a type: 3 to 250 characters out of a-z, 0-9 and single hyphens");
    if (object_.id.empty()) return;
    const auto form = form_of_id(object_.id);
    if (form == IdForm::bad)
      report_.broken_at("id", "bad-id", "STIX 2.1 §2.9",
                        in_quotes(object_.id) + " is not type--UUID with the RFC 4122 variant");
    else if (form == IdForm::odd_version)
      report_.broken_at("id", "odd-uuid-version", "STIX 2.1 §2.9",
                        "the UUID is neither of version 4 nor of version 5");
    if (!object_.type.empty() && type_of_id(object_.id) != object_.type)
      report_.broken_at("id", "id-of-other-type", "STIX 2.1 §2.9",
                        in_quotes(object_.id) + " does not begin with '" + object_.type + "--'");
  }

  void check_common() {
    if (found_.has_good(table_->created)) object_.created = found_.text(table_->created);
    if (found_.has_good(table_->modified)) object_.modified = found_.text(table_->modified);
    if (!object_.created.empty() && !object_.modified.empty() &&
        compare_timestamps(object_.modified, object_.created) < 0)
      report_.broken_at("modified", "modified-before-created", common,
                        object_.modified + " lies before created, " + object_.created);
    if (found_.has(table_->name)) object_.name = found_.text(table_->name);
    if (!keeps_) return;
    object_.created_by_ref = found_.text(table_->created_by_ref);
    if (found_.has_good(table_->revoked))
      object_.revoked = found_.value(table_->revoked).get_bool().value_unsafe();
  }

  bool is(std::string_view type) const { return object_.type == type; }

  void check_type() {
    if (is("indicator")) check_indicator();
    if (is("relationship")) check_relationship();
    if (is("extension-definition")) check_extension_definition();
  }

  void check_indicator() {
    const auto pattern = found_.text(table_->pattern), type = found_.text(table_->pattern_type);
    if (keeps_) {
      object_.pattern = pattern;
      object_.pattern_type = type;
      object_.valid_from = moment(table_->valid_from);
      object_.valid_until = moment(table_->valid_until);
    }
    if (type != "stix" || pattern.empty()) return;
    if (const auto plain = plain_pattern(pattern)) {
      if (keeps_) object_.values.push_back(value_of(*plain));
      return;
    }
    const auto parsed = parse_pattern(pattern);
    if (!parsed)
      report_.broken_at("pattern", "bad-pattern", "STIX 2.1 §9", parsed.error().detail);
    else if (keeps_)
      object_.values = values_of(*parsed);
  }

  void check_relationship() {
    const auto source = type_of_id(text("source_ref"));
    const auto target = type_of_id(text("target_ref"));
    // What the standard does not know of either end it cannot list.
    if (rules_of(source) == nullptr || rules_of(target) == nullptr) return;
    const auto kind = text("relationship_type");
    if (!is_listed_relationship(source, kind, target))
      report_.broken_at("relationship_type", "unlisted-relationship", "STIX 2.1 Appendix B",
                        in_quotes(kind) + " from " + std::string{source} + " to " + std::string{target} +
                            " is none that the standard lists");
  }

  void check_extension_definition() {
    const auto place = table_->properties.find("extension_types");
    simdjson::dom::array types;
    if (!found_.has(place) || found_.value(place).get_array().get(types) != simdjson::SUCCESS) return;
    const bool top = std::any_of(types.begin(), types.end(), [](const element& type) {
      return type.is_string() && type.get_string().value_unsafe() == "toplevel-property-extension";
    });
    if (!top && found_.has(table_->properties.find("extension_properties")))
      report_.broken_at("extension_properties", "not-beside", "STIX 2.1 §7.3",
                        "may be there only when extension_types holds toplevel-property-extension");
  }

  void check_extensions(const element& value) {
    simdjson::dom::object extensions;
    if (value.get_object().get(extensions) != simdjson::SUCCESS)
      return report_.broken_at("extensions", "wrong-type", common, "must be a dictionary");
    report_.enter("extensions");
    for (const auto [key, extension] : extensions) {
      report_.enter(key);
      if (extension.is_object())
        check_extension(key, extension);
      else
        report_.broken("wrong-type", common, "must be a dictionary");
      report_.leave();
    }
    report_.leave();
  }

  void check_extension(std::string_view key, const element& value) {
    if (const auto* predefined = extension_table_of(key)) {
      if (predefined->extension->host != object_.type)
        report_.broken("extension-misplaced", "STIX 2.1 §6",
                       "this extension belongs on " + in_quotes(predefined->extension->host));
      Found found;
      values_.read_structure(predefined->properties, value.get_object().value_unsafe(), 3, found);
    } else if (!key.starts_with("extension-definition--") || form_of_id(key) == IdForm::bad) {
      // Deprecated custom extensions end in -ext (§11).
      report_.broken(key.ends_with("-ext") ? "unknown-extension" : "bad-extension-key", common,
                     "must be the id of an extension definition or the name of a predefined extension");
    } else if (value.at_key("extension_type").error() != simdjson::SUCCESS) {
      report_.broken("extension-type-missing", "STIX 2.1 §7.3", "an extension says its extension_type");
    }
    const auto kind = value.at_key("extension_type");
    if (kind.error() != simdjson::SUCCESS) return;
    const auto& known = vocabulary::extension_type.words;
    std::string_view word;
    if (kind.get_string().get(word) != simdjson::SUCCESS ||
        std::find(known.begin(), known.end(), word) == known.end())
      report_.broken_at(
          "extension_type", "bad-extension-type", "STIX 2.1 §7.3",
          "must be one of new-sdo, new-sco, new-sro, property-extension, toplevel-property-extension");
    top_level_extension_ = top_level_extension_ || word == "toplevel-property-extension";
  }

  /// §7.3, §11: a property that the standard does not know needs an extension that brings it.
  void check_unknown() {
    if (unknown_.empty() || table_->rules == nullptr || top_level_extension_) return;
    std::string own;
    std::string other;
    for (const auto name : unknown_) {
      auto& names = name.starts_with("x_") ? own : other;
      constexpr std::size_t shown_bytes_max = 200;
      if (names.size() < shown_bytes_max) names += (names.empty() ? "" : ", ") + in_quotes(name);
    }
    if (!own.empty() && report_.asks("custom-property"))
      report_.broken("custom-property", "STIX 2.1 §11", own + ": custom properties need an extension");
    if (!other.empty())
      report_.broken("unknown-property", "STIX 2.1 §7.3",
                     other + ": neither the standard nor an extension of this object has it");
  }

  /// §2.9: the id of an observable is made of its contents.
  void check_observable_id() {
    if (table_->rules == nullptr || table_->family != Family::observable) return;
    const bool by_name = version_of_id(object_.id) == '5';
    const auto& contributing = table_->rules->id_contributing;
    const bool has_contents =
        std::any_of(contributing.begin(), contributing.end(),
                    [&](std::string_view name) { return found_.has(table_->properties.find(name)); });
    if (by_name && !has_contents)
      report_.broken_at("id", "id-of-no-contents", "STIX 2.1 §2.9",
                        "nothing that it holds makes up an id, so its UUID must be of version 4");
    if (!by_name || !has_contents || !report_.asks("id-not-of-contents")) return;
    if (const auto id = observable_id(json_); id && *id != object_.id)
      report_.broken_at("id", "id-not-of-contents", "STIX 2.1 §2.9",
                        "the UUID of version 5 that its contents give is " + *id);
  }

  const element* found(std::size_t place) const { return found_.has(place) ? &found_.value(place) : nullptr; }
  std::string_view text(std::string_view name) const { return found_.text(table_->properties.find(name)); }
  std::optional<Timestamp> moment(std::size_t place) const {
    if (!found_.has_good(place)) return std::nullopt;
    return moment_of(found_.text(place));
  }

  const element& json_;
  const simdjson::dom::object object_json_;
  Object& object_;
  Layout& layout_;
  const bool keeps_;
  Report report_;
  TypedValues values_;
  Found found_;
  const TypeTable* table_ = nullptr;
  std::vector<std::string_view> unknown_;  // properties that the table does not have
  bool top_level_extension_ = false;
};

/// Empty, and with the memory that it had.
void clear(Object& object) {
  for (auto* text : {&object.bytes, &object.id, &object.type, &object.created, &object.modified,
                     &object.created_by_ref, &object.name, &object.pattern, &object.pattern_type})
    text->clear();
  object.revoked = object.granular_markings = false;
  object.valid_from.reset();
  object.valid_until.reset();
  object.marking_refs.clear();
  object.references.clear();
  object.values.clear();
  object.warnings.clear();
}

}  // namespace

std::string fallback_id(std::size_t index) {
  return "(object " + std::to_string(index + 1) + ")";
}

void check_object(const element& json, std::size_t index, const Limits& limits, Level level, Keeps keeps,
                  Layout& layout, Parsed& out) {
  out.problems.clear();
  if (out.object)
    clear(*out.object);
  else
    out.object.emplace();
  auto& object = *out.object;
  Checker checker{json, limits, level, keeps, layout, object};
  auto& report = checker.run();
  if (report.empty()) return;
  const std::string id = object.id.empty() ? fallback_id(index) : object.id.substr(0, 300);
  if (report.failed()) {
    out.problems = report.take(id);
    out.object.reset();
  } else {
    object.warnings = report.take(id);
  }
}

}  // namespace tocsin::stix
