#include "sensor/in_force.hpp"

#include <algorithm>

#include "match/compiled.hpp"
#include "sensor/finder.hpp"
#include "sensor/provenance.hpp"
#include "stix/atoms.hpp"

namespace tocsin::sensor {
namespace {

using formats::Listed;

Timestamp time_of(std::uint32_t second) {
  return Timestamp{std::chrono::seconds{second}};
}

/// False when one of its ways of being fulfilled asks for more than one value. What can be blocked is added.
bool take_values(const match::Head& head, bool about, std::vector<Listed>& out) {
  if (!match::pattern_text(head.alternatives).empty()) return false;
  bool whole = true;
  match::Cursor cursor{head.alternatives};
  for (auto left = cursor.number(); left > 0; --left) {
    match::Alternative alternative{cursor.at()};
    const bool alone = alternative.is_anchor_only();
    whole = whole && alone;
    cursor = alternative.cursor;
    for (std::uint64_t atom = 0; atom < alternative.atoms; ++atom) {
      const auto path = static_cast<stix::Path>(cursor.byte());
      for (auto values = cursor.number(); values > 0; --values) {
        const auto form = static_cast<match::Form>(cursor.byte());
        const auto text = match::key_text(form, cursor.text());
        if (!alone) continue;
        auto value = value_of(path, text);
        if (form == match::Form::prefix)
          value.kind = text.find(':') == std::string::npos ? stix::ValueKind::ipv4 : stix::ValueKind::ipv6;
        if (value.kind == stix::ValueKind::other) continue;
        out.push_back({value.kind, form == match::Form::prefix ? text : std::move(value.text),
                       about ? std::string{head.id} : std::string{}, form == match::Form::suffix});
      }
    }
  }
  return whole;
}

}  // namespace

InForce in_force(const match::Snapshot& snapshot, Timestamp now, const Harmless& harmless,
                 const InForceOptions& options) {
  InForce out;
  const auto second = match::to_second(now);
  const auto change_at = [&out](Timestamp at) {
    out.next_change = out.next_change ? std::min(*out.next_change, at) : at;
  };
  for (const auto& segment : snapshot.segments) {
    for (std::uint32_t i = 0; i < segment->size(); ++i) {
      if (segment->is_removed(i) || segment->is_expired(i, second)) continue;
      const auto item = segment->item(i);
      if (segment->is_early(i, second)) {
        change_at(time_of(item.from_second));
        continue;
      }
      if (item.until_second != UINT32_MAX) change_at(time_of(item.until_second));
      const auto head = segment->head(i);
      const auto weight = options.weigh(head);
      if (options.min_confidence > 0 && weight.value_or(0) < options.min_confidence) {
        ++out.below_confidence;
        continue;
      }
      if (!to_provenance(head.note).may_block) {
        ++out.not_permitted;
        continue;
      }
      if (!take_values(head, options.about, out.values)) ++out.conditional;
    }
  }
  const auto key = [](const Listed& one) { return std::tie(one.kind, one.value); };
  std::ranges::stable_sort(out.values, [&](const Listed& a, const Listed& b) {
    return std::tie(a.kind, a.value, a.about) < std::tie(b.kind, b.value, b.about);
  });
  // One value from many is one line that names them all, as far as a line should be long.
  constexpr std::size_t about_bytes_max = 400;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    auto& one = out.values[i];
    if (kept > 0 && key(out.values[kept - 1]) == key(one)) {
      auto& before = out.values[kept - 1];
      before.below = before.below || one.below;
      if (!one.about.empty() && before.about.size() < about_bytes_max) before.about += " " + one.about;
      continue;
    }
    if (harmless.check({one.kind, one.value})) {
      ++out.harmless;
      continue;
    }
    if (kept != i) out.values[kept] = std::move(one);
    ++kept;
  }
  out.no_room = kept - std::min(kept, options.values_max);
  out.values.resize(std::min(kept, options.values_max));
  return out;
}

}  // namespace tocsin::sensor
