#include "stix/check.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bitset>

#include "stix/atoms.hpp"
#include "stix/harvest.hpp"
#include "stix/ids.hpp"
#include "stix/markings_check.hpp"
#include "stix/pattern.hpp"
#include "stix/report.hpp"
#include "stix/shape.hpp"
#include "stix/stix_time.hpp"
#include "stix/type_rules.hpp"

namespace tocsin::stix {
namespace {

using simdjson::dom::element;

constexpr std::string_view common = "STIX 2.1 §3.2";

/// The top-level properties, found by name without a walk for those that are not there.
class Fields {
 public:
  Fields() { fields_.reserve(32); }

  void add(std::string_view name, const element& value) {
    present_.set(bucket(name));
    fields_.push_back({name, value});
  }
  const element* find(std::string_view name) const {
    if (!present_.test(bucket(name))) return nullptr;
    for (const auto& field : fields_)
      if (field.name == name) return &field.value;
    return nullptr;
  }

  /// A name that stands twice; empty when none does.
  std::string_view repeated() const {
    constexpr std::size_t few = 48;
    if (fields_.size() > few) {
      std::vector<std::string_view> names;
      for (const auto& field : fields_) names.push_back(field.name);
      return Shape::repeated_key(names);
    }
    std::bitset<256> seen;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const auto& name = fields_[i].name;
      if (seen.test(bucket(name)))
        for (std::size_t j = 0; j < i; ++j)
          if (fields_[j].name == name) return name;
      seen.set(bucket(name));
    }
    return {};
  }

 private:
  struct Field {
    std::string_view name;
    element value;
  };
  static std::size_t bucket(std::string_view name) {
    if (name.empty()) return 0;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(name[at]); };
    return (name.size() * 31 + byte(0) * 7U + byte(name.size() / 2) * 13U + byte(name.size() - 1)) % 256;
  }

  std::bitset<256> present_;
  std::vector<Field> fields_;
};

class Checker {
 public:
  Checker(const element& json, const Limits& limits)
      : json_{json}, object_json_{json.get_object().value_unsafe()}, shape_{limits, report_} {}

  Parsed run(std::string_view fallback_id) {
    walk();
    check_identity();
    if (!object_.type.empty()) {
      check_family();
      check_common();
      check_type();
      check_markings({json_, fields_.find("object_marking_refs"), fields_.find("granular_markings")}, object_,
                     report_);
      check_extensions();
    }
    return finish(fallback_id);
  }

 private:
  void walk() {
    for (const auto field : object_json_) {
      fields_.add(field.key, field.value);
      report_.enter(field.key);
      if (!is_property_name(field.key))
        report_.error(
            "bad-property-name", "STIX 2.1 §3.1",
            "a property's name has 3 to 250 characters out of a-z, 0-9 and _, and begins with a letter");
      shape_.walk_property(field.key, field.value);
      report_.leave();
    }
    if (const auto twice = fields_.repeated(); !twice.empty())
      report_.error_at(twice, "duplicate-key", "RFC 7493 §2.3",
                       "the key stands twice, so readers would disagree on its value");
    constexpr std::array<std::string_view, 5> reserved{"severity", "username", "phone_number",
                                                       "phone_numbers", "action"};
    for (const auto name : reserved)
      if (fields_.find(name) != nullptr)
        report_.error_at(name, "reserved-property", "STIX 2.1 §3.8",
                         "the standard keeps this name for later use");
  }

  void check_identity() {
    object_.type = text("type", true);
    object_.id = text("id", true);
    if (object_.type == "bundle")
      return report_.error_at("type", "bundle-as-object", "STIX 2.1 §8",
                              "a bundle is a wrapper, not an object to keep");
    if (object_.type == "action" || (!object_.type.empty() && !is_type_name(object_.type)))
      report_.error_at(
          "type", "bad-type-name", "STIX 2.1 §3.1",
          in_quotes(object_.type) + " is not a type: 3 to 250 characters out of a-z, 0-9 and single hyphens");
    if (object_.id.empty()) return;
    const auto form = form_of_id(object_.id);
    if (form == IdForm::bad)
      report_.error_at("id", "bad-id", "STIX 2.1 §2.9",
                       in_quotes(object_.id) + " is not type--UUID with the RFC 4122 variant");
    else if (form == IdForm::odd_version)
      report_.warn_at("id", "odd-uuid-version", "STIX 2.1 §2.9",
                      "the UUID is neither of version 4 nor of version 5");
    if (!object_.type.empty() && type_of_id(object_.id) != object_.type)
      report_.error_at("id", "id-of-other-type", "STIX 2.1 §2.9",
                       in_quotes(object_.id) + " does not begin with '" + object_.type + "--'");
  }

  /// Which common properties must and must not be there.
  void check_family() {
    rules_ = rules_of(object_.type);
    family_ = rules_ != nullptr ? rules_->family : family_of_unknown();
    if (family_ == Family::observable) {
      if (rules_ == nullptr) return;
      for (const std::string_view name : {"created", "modified", "created_by_ref", "revoked", "labels",
                                          "confidence", "lang", "external_references"})
        forbid(name, "an observable has no such property");
      return;
    }
    if (fields_.find("spec_version") == nullptr)
      report_.error_at("spec_version", "spec-version-missing", common,
                       "without spec_version this is STIX 2.0, and only STIX 2.1 is taken: convert it first");
    require("created", common);
    if (family_ == Family::marking) {
      forbid("modified", "a marking definition is never versioned");
      forbid("revoked", "a marking definition is never versioned");
    } else {
      require("modified", common);
    }
  }

  /// A type of somebody's own is an observable when its extension says so or nothing of a domain object is
  /// there.
  Family family_of_unknown() const {
    simdjson::dom::object extensions;
    const auto* value = fields_.find("extensions");
    if (value != nullptr && value->get_object().get(extensions) == simdjson::SUCCESS)
      for (const auto field : extensions)
        if (std::string_view kind;
            field.value.at_key("extension_type").get_string().get(kind) == simdjson::SUCCESS) {
          if (kind == "new-sco") return Family::observable;
          if (kind == "new-sdo") return Family::domain;
          if (kind == "new-sro") return Family::relationship;
        }
    const bool versioned = fields_.find("created") != nullptr || fields_.find("modified") != nullptr;
    return versioned ? Family::domain : Family::observable;
  }

  void check_common() {
    if (const auto version = text("spec_version"); !version.empty() && version != "2.1")
      report_.error_at("spec_version", "spec-version-unknown", common, in_quotes(version) + " is not '2.1'");
    object_.created = time("created", 3);
    object_.modified = time("modified", 3);
    if (!object_.created.empty() && !object_.modified.empty() &&
        compare_timestamps(object_.modified, object_.created) < 0)
      report_.error_at("modified", "modified-before-created", common,
                       object_.modified + " lies before created, " + object_.created);

    object_.created_by_ref = text("created_by_ref");
    if (form_of_id(object_.created_by_ref) != IdForm::bad && type_of_id(object_.created_by_ref) != "identity")
      report_.warn_at("created_by_ref", "created-by-no-identity", common, "must be the id of an identity");
    if (const auto* revoked = fields_.find("revoked");
        revoked != nullptr && revoked->get_bool().get(object_.revoked) != simdjson::SUCCESS)
      wrong_type("revoked", "true or false");
    if (const auto* value = fields_.find("confidence")) {
      std::int64_t confidence = -1;
      if (value->get_int64().get(confidence) != simdjson::SUCCESS || confidence < 0 || confidence > 100)
        report_.error_at("confidence", "confidence-range", common, "must be a whole number from 0 to 100");
    }
    check_labels();
    text("lang");
    check_external_references();
    object_.name =
        family_ == Family::observable && rules_ == nullptr ? std::string{} : std::string{name_text()};
  }

  void check_type() {
    if (rules_ == nullptr) return;
    for (const auto name : rules_->required)
      if (!name.empty() && fields_.find(name) == nullptr) require(name, section());
    const auto& [earlier, later, strict] = rules_->ordering;
    std::string_view first;
    std::string_view last;
    for (const auto name : rules_->timestamps) {
      if (name.empty()) break;
      const auto value = time(name, 0);
      if (name == earlier) first = value;
      if (name == later) last = value;
    }
    if (!first.empty() && !last.empty()) {
      const int order = compare_timestamps(last, first);
      if (order < 0 || (strict && order == 0))
        report_.error_at(later, "wrong-order-of-times", section(),
                         std::string{last} + (strict ? " does not lie after " : " lies before ") +
                             std::string{earlier} + ", " + std::string{first});
    }
    if (object_.type == "indicator") check_indicator();
    if (object_.type == "network-traffic") check_traffic();
  }

  std::string section() const { return "STIX 2.1 §" + std::string{rules_->section}; }

  void check_indicator() {
    object_.pattern = text("pattern");
    object_.pattern_type = text("pattern_type");
    object_.valid_from = moment("valid_from");
    object_.valid_until = moment("valid_until");
    if (object_.pattern_type != "stix" || object_.pattern.empty()) return;
    const auto pattern = parse_pattern(object_.pattern);
    if (!pattern)
      report_.error_at("pattern", "bad-pattern", "STIX 2.1 §9", pattern.error().detail);
    else
      object_.values = values_of(*pattern);
  }

  void check_traffic() {
    bool active = false;
    const auto* value = fields_.find("is_active");
    if (value != nullptr && value->get_bool().get(active) == simdjson::SUCCESS && active &&
        fields_.find("end") != nullptr)
      report_.error_at("end", "end-while-active", section(), "must not be there while is_active is true");
  }

  void check_labels() {
    const auto* value = fields_.find("labels");
    if (value == nullptr) return;
    simdjson::dom::array labels;
    if (value->get_array().get(labels) != simdjson::SUCCESS) return wrong_type("labels", "a list of texts");
    for (const element label : labels)
      if (!label.is_string()) return wrong_type("labels", "a list of texts");
  }

  void check_external_references() {
    const auto* value = fields_.find("external_references");
    if (value == nullptr) return;
    simdjson::dom::array references;
    if (value->get_array().get(references) != simdjson::SUCCESS)
      return wrong_type("external_references", "a list of references");
    std::size_t index = 0;
    report_.enter("external_references");
    for (const element reference : references) {
      report_.enter(index++);
      if (!reference.is_object() || !reference.at_key("source_name").is_string())
        report_.error_at("source_name", "missing-property", "STIX 2.1 §2.5",
                         "an external reference names its source");
      report_.leave();
    }
    report_.leave();
  }

  void check_extensions() {
    const auto* value = fields_.find("extensions");
    if (value == nullptr) return;
    simdjson::dom::object extensions;
    if (value->get_object().get(extensions) != simdjson::SUCCESS)
      return wrong_type("extensions", "a dictionary");
    report_.enter("extensions");
    for (const auto [key, extension] : extensions) {
      const bool defined = key.starts_with("extension-definition--") && form_of_id(key) != IdForm::bad;
      if (!defined && !key.ends_with("-ext"))
        report_.error_at(key, "bad-extension-key", "STIX 2.1 §3.2",
                         "must be the id of an extension definition or the name of a predefined extension");
      if (!extension.is_object()) {
        report_.error_at(key, "wrong-type", "STIX 2.1 §3.2", "must be a dictionary");
        continue;
      }
      check_extension_type(key, extension.at_key("extension_type"));
    }
    report_.leave();
  }

  void check_extension_type(std::string_view key, simdjson::simdjson_result<element> value) {
    if (value.error() != simdjson::SUCCESS) return;
    constexpr std::array<std::string_view, 5> known{"new-sdo", "new-sco", "new-sro", "property-extension",
                                                    "toplevel-property-extension"};
    std::string_view kind;
    if (value.get_string().get(kind) != simdjson::SUCCESS ||
        std::find(known.begin(), known.end(), kind) == known.end()) {
      report_.enter(key);
      report_.error_at(
          "extension_type", "bad-extension-type", "STIX 2.1 §7.3",
          "must be one of new-sdo, new-sco, new-sro, property-extension, toplevel-property-extension");
      report_.leave();
    }
  }

  Parsed finish(std::string_view fallback_id) {
    object_.references = shape_.take_references();
    Parsed parsed;
    const std::string id = object_.id.empty() ? std::string{fallback_id} : object_.id.substr(0, 300);
    const bool failed = report_.failed();
    if (!failed) {
      harvest_object(object_.type, object_json_, object_.values);
      tidy(object_.values);
      object_.warnings = report_.take(id);
      parsed.object = std::move(object_);
    } else {
      parsed.problems = report_.take(id);
    }
    return parsed;
  }

  void require(std::string_view name, std::string_view section) {
    if (fields_.find(name) == nullptr)
      report_.error_at(name, "missing-property", section,
                       "'" + std::string{name} + "' is required for " + in_quotes(object_.type));
  }
  void forbid(std::string_view name, std::string_view why) {
    if (fields_.find(name) != nullptr) report_.error_at(name, "forbidden-property", common, std::string{why});
  }
  void wrong_type(std::string_view name, std::string_view wanted) {
    report_.error_at(name, "wrong-type", common, "must be " + std::string{wanted});
  }

  /// The text of a property; empty when it is not there. Another type is a broken rule.
  std::string_view text(std::string_view name, bool required = false) {
    const auto* value = fields_.find(name);
    if (value == nullptr) {
      if (required)
        report_.error_at(name, "missing-property", common, "'" + std::string{name} + "' is required");
      return {};
    }
    std::string_view out;
    if (value->get_string().get(out) != simdjson::SUCCESS) wrong_type(name, "a text");
    return out;
  }
  std::string_view name_text() const {
    const auto* value = fields_.find("name");
    std::string_view out;
    if (value != nullptr && value->get_string().get(out) != simdjson::SUCCESS) return {};
    return out;
  }

  std::string_view time(std::string_view name, std::size_t digits_min) {
    const auto value = text(name);
    if (value.empty() && fields_.find(name) == nullptr) return {};
    const auto digits = timestamp_fraction_digits(value);
    if (!digits) {
      report_.error_at(name, "bad-timestamp", "STIX 2.1 §2.16",
                       in_quotes(value) + " is not a time of the form YYYY-MM-DDThh:mm:ss[.s+]Z");
      return {};
    }
    if (*digits < digits_min)
      report_.error_at(name, "timestamp-precision", common,
                       in_quotes(value) + " needs at least three digits after the second");
    return value;
  }
  std::optional<Timestamp> moment(std::string_view name) {
    const auto* value = fields_.find(name);
    std::string_view out;
    if (value == nullptr || value->get_string().get(out) != simdjson::SUCCESS) return std::nullopt;
    auto time = parse_rfc3339(out);
    return time ? std::optional{*time} : std::nullopt;
  }

  const element& json_;
  const simdjson::dom::object object_json_;
  Report report_;
  Shape shape_;
  Fields fields_;
  Object object_;
  const TypeRules* rules_ = nullptr;
  Family family_{};
};

}  // namespace

Parsed check_object(const simdjson::dom::element& json, std::string_view fallback_id, const Limits& limits) {
  return Checker{json, limits}.run(fallback_id);
}

}  // namespace tocsin::stix
