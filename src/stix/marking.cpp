#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "stix/object.hpp"

namespace tocsin::stix {
namespace {

// STIX 2.1 §7.2.1.4 and the TLP 2.0 extension: these instances are the only ones there may be.
constexpr std::array<std::pair<std::string_view, Tlp>, 9> official{{
    {"613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::clear},
    {"34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::green},
    {"f88d31f6-486f-44da-b317-01333bde0b82", Tlp::amber},
    {"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::red},
    {"94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::clear},
    {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::green},
    {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::amber},
    {"939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::amber_strict},
    {"e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::red},
}};

constexpr std::array<std::string_view, 5> names{"clear", "green", "amber", "amber+strict", "red"};

}  // namespace

std::string_view name(Tlp level) {
  return names[static_cast<std::size_t>(level)];
}

std::optional<Tlp> parse_tlp(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (iequals_ascii(text, names[i])) return static_cast<Tlp>(i);
  if (iequals_ascii(text, "white")) return Tlp::clear;
  return std::nullopt;
}

std::optional<Tlp> tlp_of_marking(std::string_view marking_id) {
  constexpr std::string_view prefix = "marking-definition--";
  if (!marking_id.starts_with(prefix)) return std::nullopt;
  marking_id.remove_prefix(prefix.size());
  // The hexadecimal digits of a UUID have no case (RFC 4122 §3).
  const auto* found = std::find_if(official.begin(), official.end(),
                                   [&](const auto& row) { return iequals_ascii(row.first, marking_id); });
  if (found == official.end()) return std::nullopt;
  return found->second;
}

EffectiveMarking effective_marking(const Object& object) {
  EffectiveMarking effective;
  for (const auto& id : object.marking_refs) {
    const auto level = tlp_of_marking(id);
    if (!level)
      effective.unknown = true;
    else if (!effective.level || *effective.level < *level)
      effective.level = level;
  }
  return effective;
}

}  // namespace tocsin::stix
