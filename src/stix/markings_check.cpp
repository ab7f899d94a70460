#include "stix/markings_check.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "stix/ids.hpp"

namespace tocsin::stix {
namespace {

using simdjson::dom::element;

constexpr std::string_view section = "STIX 2.1 §7.2";
constexpr std::string_view tlp_2_extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

// Selectors times their steps times the keys at each step is work that a sender chooses.
constexpr std::size_t selector_steps_max = 200'000;

class MarkingChecker {
 public:
  MarkingChecker(const element& json, Object& object, Report& report)
      : json_{json}, object_{object}, report_{report} {}

  void object_markings(const element& value) {
    report_.enter("object_marking_refs");
    simdjson::dom::array ids;
    if (value.get_array().get(ids) != simdjson::SUCCESS) {
      report_.broken("wrong-type", section, "must be a list of ids");
    } else {
      std::size_t index = 0;
      for (const element id : ids) {
        report_.enter(index++);
        note(id);
        report_.leave();
      }
    }
    report_.leave();
  }

  void granular_markings(const element& value) {
    object_.granular_markings = true;
    report_.enter("granular_markings");
    simdjson::dom::array markings;
    if (value.get_array().get(markings) != simdjson::SUCCESS) {
      report_.broken("wrong-type", section, "must be a list of granular markings");
    } else {
      std::size_t index = 0;
      for (const element marking : markings) {
        report_.enter(index++);
        granular_marking(marking);
        report_.leave();
      }
    }
    report_.leave();
  }

  void definition() {
    if (object_.type != std::string_view{"marking-definition"}) return;
    const auto kind = json_.at_key("definition_type");
    const auto definition = json_.at_key("definition");
    const bool old_form = kind.is_string() && definition.is_object();
    const auto extensions = json_.at_key("extensions");
    if (!old_form && !extensions.is_object())
      return report_.broken("marking-without-definition", section,
                            "needs definition_type and definition, or extensions");
    std::string_view level_text;
    bool says_tlp = false;
    if (old_form && kind.get_string().value_unsafe() == "tlp") {
      says_tlp = true;
      level_text = text_in(definition, "tlp");
    } else if (extensions.is_object() && extensions.at_key(tlp_2_extension).is_object()) {
      says_tlp = true;
      level_text = text_in(extensions.at_key(tlp_2_extension), "tlp_2_0");
    }
    // A level that the id does not stand for would let an object say red to people and clear to machines.
    if (old_form && kind.get_string().value_unsafe() == "statement" &&
        !definition.at_key("statement").is_string())
      report_.broken_at("definition", "wrong-nested-type", "STIX 2.1 §7.2.1.3",
                        "must hold a text as statement");
    const auto stands_for = tlp_of_marking(object_.id);
    if (says_tlp ? stands_for != parse_tlp(level_text) || !stands_for : stands_for.has_value())
      report_.broken("false-tlp-definition", "STIX 2.1 §7.2.1.4",
                     "the TLP levels have fixed ids and contents, and no other instances may exist");
    else if (says_tlp && old_form && !is_tlp_1_as_published(level_text))
      report_.broken("tlp-altered", "STIX 2.1 §7.2.1.4",
                     "not as the standard prints it: name or created differs");
  }

 private:
  bool is_tlp_1_as_published(std::string_view level) const {
    constexpr std::string_view name = "TLP:";
    return object_.created == "2017-01-20T00:00:00.000Z" && object_.name.starts_with(name) &&
           iequals_ascii(std::string_view{object_.name}.substr(name.size()), level);
  }

  static std::string_view text_in(simdjson::simdjson_result<element> object, std::string_view key) {
    std::string_view text;
    if (object.at_key(key).get_string().get(text) != simdjson::SUCCESS) return {};
    return text;
  }

  void note(const element& value) {
    std::string_view id;
    if (value.get_string().get(id) != simdjson::SUCCESS || form_of_id(id) == IdForm::bad ||
        type_of_id(id) != "marking-definition")
      return report_.broken("bad-marking-ref", section, "must be the id of a marking definition");
    if (id == object_.id)
      return report_.broken("marking-of-itself", section, "a marking definition must not mark itself");
    auto& all = object_.marking_refs;
    constexpr std::size_t markings_max = 256;
    if (std::find(all.begin(), all.end(), id) != all.end()) return;
    if (all.size() == markings_max)
      return report_.broken("too-many-markings", "limit", "more than 256 markings");
    all.emplace_back(id);
  }

  void granular_marking(const element& marking) {
    if (!marking.is_object())
      return report_.broken("wrong-type", section,
                            "must be a dictionary with selectors and marking_ref or lang");
    const auto reference = marking.at_key("marking_ref");
    const auto language = marking.at_key("lang");
    const bool has_reference = reference.error() == simdjson::SUCCESS;
    if (has_reference == (language.error() == simdjson::SUCCESS))
      report_.broken("granular-marking-kind", "STIX 2.1 §7.2.3", "needs exactly one of marking_ref and lang");
    if (has_reference) {
      report_.enter("marking_ref");
      note(reference.value_unsafe());
      report_.leave();
    } else if (language.error() == simdjson::SUCCESS && !language.is_string()) {
      report_.broken_at("lang", "wrong-type", "STIX 2.1 §7.2.3", "must be a text");
    }
    report_.enter("selectors");
    selectors(marking.at_key("selectors"));
    report_.leave();
  }

  void selectors(simdjson::simdjson_result<element> value) {
    simdjson::dom::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS)
      return report_.broken("missing-property", "STIX 2.1 §7.2.3.1",
                            "a granular marking needs a list of selectors");
    std::size_t index = 0;
    for (const element item : list) {
      report_.enter(index++);
      std::string_view selector;
      if (item.get_string().get(selector) != simdjson::SUCCESS)
        report_.broken("wrong-type", "STIX 2.1 §7.2.3.1", "a selector is a text");
      else if (!resolves(selector) && steps_ <= selector_steps_max)
        report_.broken("selector-without-target", "STIX 2.1 §7.2.3.1",
                       in_quotes(selector) + " names nothing in this object");
      report_.leave();
      if (steps_ > selector_steps_max)
        return report_.broken("too-many-selectors", "limit", "the selectors cost too many steps to resolve");
    }
  }

  bool resolves(std::string_view selector) {
    element at = json_;
    for (;;) {
      const auto dot = selector.find('.');
      const auto part = selector.substr(0, dot);
      if (!(part.starts_with('[') ? step_into_list(part, at) : step_into_key(part, at))) return false;
      if (dot == std::string_view::npos) return true;
      selector.remove_prefix(dot + 1);
    }
  }

  bool step_into_key(std::string_view key, element& at) {
    simdjson::dom::object object;
    if (at.get_object().get(object) != simdjson::SUCCESS) return false;
    for (const auto field : object) {
      if (++steps_ > selector_steps_max) return false;
      if (field.key == key) {
        at = field.value;
        return true;
      }
    }
    return false;
  }

  bool step_into_list(std::string_view part, element& at) {
    simdjson::dom::array list;
    if (!part.ends_with(']') || at.get_array().get(list) != simdjson::SUCCESS) return false;
    std::size_t wanted = 0;
    const auto* end = part.data() + part.size() - 1;
    const auto [stop, error] = std::from_chars(part.data() + 1, end, wanted);
    if (error != std::errc{} || stop != end) return false;
    for (const element item : list) {
      if (++steps_ > selector_steps_max) return false;
      if (wanted-- == 0) {
        at = item;
        return true;
      }
    }
    return false;
  }

  const element& json_;
  Object& object_;
  Report& report_;
  std::size_t steps_ = 0;
};

}  // namespace

void check_markings(const MarkingProperties& properties, Object& object, Report& report) {
  MarkingChecker checker{properties.json, object, report};
  if (properties.object_marking_refs != nullptr) checker.object_markings(*properties.object_marking_refs);
  if (properties.granular_markings != nullptr) checker.granular_markings(*properties.granular_markings);
  checker.definition();
}

}  // namespace tocsin::stix
