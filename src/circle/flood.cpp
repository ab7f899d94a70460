#include "circle/flood.hpp"

namespace tocsin::circle {
namespace {

constexpr std::chrono::hours window_length{1};

std::int64_t minute_of(Timestamp time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

}  // namespace

std::optional<std::uint32_t> Flood::limit(const policy::Rules& rules, const policy::Membership& membership,
                                          Timestamp now) {
  const bool is_new = now - membership.since < std::chrono::hours{24} * rules.newcomer_days;
  if (!is_new || !rules.newcomer_flood) return rules.flood;
  return rules.flood ? std::min(*rules.flood, *rules.newcomer_flood) : *rules.newcomer_flood;
}

Result<bool> Flood::is_over(const policy::Circle& circle, MemberId member, Timestamp now) {
  const auto membership = circle.roster.find(member);
  if (membership == circle.roster.end()) return false;
  const auto most = limit(circle.current_rules(), membership->second, now);
  if (!most) return false;
  const auto shared = count(circle.id, member, now);
  if (!shared) return shared.error();
  return *shared >= *most;
}

Result<std::uint64_t> Flood::count(CircleId circle, MemberId member, Timestamp now) {
  auto it = windows_.find({circle, member});
  if (it == windows_.end()) {
    auto loaded = load(circle, member, now);
    if (!loaded) return std::move(loaded).error();
    it = windows_.emplace(std::pair{circle, member}, *std::move(loaded)).first;
  }
  auto& window = it->second;
  const auto oldest = minute_of(now - window_length);
  while (!window.empty() && window.front().first <= oldest) window.pop_front();
  std::uint64_t count = 0;
  for (const auto& [minute, number] : window) count += number;
  return count;
}

void Flood::note(CircleId circle, MemberId member, Timestamp now) {
  const auto it = windows_.find({circle, member});
  if (it == windows_.end()) return;  // nobody asks; loaded when somebody does
  const auto minute = minute_of(now);
  if (it->second.empty() || it->second.back().first < minute) it->second.emplace_back(minute, 0);
  ++it->second.back().second;
}

Result<Flood::Window> Flood::load(CircleId circle, MemberId member, Timestamp now) const {
  auto at = log_.first_after(circle, now - window_length);
  if (!at) return std::move(at).error();
  Window window;
  constexpr std::size_t rows_at_once = 4096;
  for (;;) {
    const auto rows = log_.rows(circle, *at, rows_at_once);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      if (row.kind != log::Kind::object) continue;
      const auto* marking_class = classes_.find(circle, row.marking_class);
      if (marking_class == nullptr || marking_class->author != member) continue;
      const auto minute = minute_of(row.date_added);
      if (window.empty() || window.back().first < minute) window.emplace_back(minute, 0);
      ++window.back().second;
    }
    if (rows->size() < rows_at_once) return window;
    at = Sequence{at->value() + rows->size()};
  }
}

}  // namespace tocsin::circle
