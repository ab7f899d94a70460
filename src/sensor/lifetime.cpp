#include "sensor/lifetime.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "stix/value_kind.hpp"

namespace tocsin::sensor {
LifetimeDays lifetimes_of(std::string_view rules_document) {
  LifetimeDays out;
  const auto document = json::parse_object(rules_document);
  if (!document) return out;
  const auto* rules = document->if_contains("rules");
  if (rules == nullptr || !rules->is_object()) return out;
  const auto* days = rules->get_object().if_contains("lifetime_days");
  if (days == nullptr || !days->is_object()) return out;
  for (const auto& [kind, number] : days->get_object())
    if (number.is_int64() && number.get_int64() >= 1 && number.get_int64() <= 36'500)
      out[std::string{kind}] = static_cast<std::uint32_t>(number.get_int64());
  return out;
}

namespace {

/// Bit 0 is for what the rules call "other".
unsigned bit_of(stix::ValueKind kind) {
  const auto number = static_cast<unsigned>(kind);
  return number < 32 ? number : 0;
}

}  // namespace

Lasting lasting(const stix::Object& indicator, Timestamp date_added) {
  Lasting out;
  out.own_end = indicator.valid_until.has_value();
  out.begin = indicator.valid_from.value_or(date_added);
  if (!indicator.valid_from)
    if (const auto created = parse_rfc3339(indicator.created)) out.begin = *created;
  for (const auto& value : indicator.values) out.kinds |= 1U << bit_of(value.kind);
  if (out.kinds == 0) out.kinds = 1;  // a pattern that names no value
  return out;
}

std::optional<Timestamp> expires(const Lasting& lasting, const LifetimeDays& days) {
  if (lasting.own_end || days.empty()) return std::nullopt;
  std::optional<std::uint32_t> shortest;
  for (unsigned kind = 0; kind < 32; ++kind) {
    if ((lasting.kinds >> kind & 1) == 0) continue;
    const auto named = kind == 0 ? stix::ValueKind::other : static_cast<stix::ValueKind>(kind);
    if (const auto found = days.find(stix::name(named)); found != days.end())
      shortest = std::min(shortest.value_or(found->second), found->second);
  }
  if (!shortest) return std::nullopt;
  return lasting.begin + std::chrono::hours{24} * *shortest;
}

}  // namespace tocsin::sensor
