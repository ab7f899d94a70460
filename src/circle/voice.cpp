#include "circle/voice.hpp"

#include <array>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "pattern/canonical.hpp"
#include "stix/atoms.hpp"
#include "stix/pattern.hpp"

namespace tocsin::circle {
namespace {

constexpr std::array all{Says::strongly_disagree, Says::disagree, Says::neutral,        Says::agree,
                         Says::strongly_agree,    Says::seen,     Says::false_positive, Says::expired};

void say(views::Change& change, views::Voice::Kind kind, MemberId author, std::string_view text) {
  for (const auto says : all) {
    if (name(says) != text || (says >= Says::seen) != (kind == views::Voice::Kind::sighting)) continue;
    change.voice = kind;
    change.author = author;
    change.says = static_cast<std::uint8_t>(says);
  }
}

}  // namespace

std::string_view name(Says says) {
  switch (says) {
    case Says::strongly_disagree:
      return "strongly-disagree";
    case Says::disagree:
      return "disagree";
    case Says::neutral:
      return "neutral";
    case Says::agree:
      return "agree";
    case Says::strongly_agree:
      return "strongly-agree";
    case Says::seen:
      return "seen";
    case Says::false_positive:
      return "false-positive";
    case Says::expired:
      return "expired";
  }
  return "unknown";
}

void give_voice(views::Change& change, MemberId author, std::string_view attributes,
                const stix::Object* object) {
  using Kind = views::Voice::Kind;
  if (change.kind == log::Kind::sighting) {
    if (const auto document = json::parse_object(attributes))
      say(change, Kind::sighting, author, json::text_or(*document, "sighting"));
  } else if (object != nullptr && object->type == "opinion") {
    if (const auto document = json::parse_object(object->bytes))
      say(change, Kind::opinion, author, json::text_or(*document, "opinion"));
  } else if (object != nullptr && object->type == "sighting") {
    const auto document = json::parse_object(object->bytes);
    if (document && json::number_or(*document, "count", 1) != 0) say(change, Kind::sighting, author, "seen");
  }
}

std::optional<stix::Value> sole_value(const stix::Object& object) {
  if (object.type != "indicator" || object.pattern_type != "stix") return std::nullopt;
  const auto plain = stix::plain_pattern(object.pattern);
  return plain ? std::optional{stix::value_of(*plain)} : std::nullopt;
}

std::string pattern_key(const stix::Object& object) {
  if (object.type != "indicator" || object.pattern.empty()) return {};
  std::string text;
  if (object.pattern_type == "stix") {
    if (sole_value(object)) return {};
    const auto pattern = stix::parse_pattern(object.pattern);
    if (!pattern) return {};
    text = pattern::canonical_text(*pattern);
  } else {
    text = std::string{trim(object.pattern)};
  }
  const Hash hash = sha256(object.pattern_type + '\n' + text);
  constexpr std::size_t bytes_kept = 20;
  return {reinterpret_cast<const char*>(hash.data()), bytes_kept};
}

}  // namespace tocsin::circle
