#include "history/view.hpp"

#include <algorithm>
#include <queue>

namespace tocsin::history {

std::optional<Trace> View::find(std::string_view key) const {
  const auto hash = Run::hash_of(key);
  for (const auto& run : runs_) run->prefetch(hash);
  std::optional<Trace> out;
  for (const auto& run : runs_)
    if (const auto found = run->find(key, hash)) {
      if (!out) out.emplace();
      out->add(*found);
    }
  return out;
}

void View::walk(std::string_view prefix,
                const std::function<bool(std::string_view key, const Trace& trace)>& visit) const {
  std::vector<Run::Cursor> cursors;
  cursors.reserve(runs_.size());
  const auto later = [&](std::size_t a, std::size_t b) { return cursors[a].key() > cursors[b].key(); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue{later};
  for (const auto& run : runs_) {
    cursors.emplace_back(run, prefix);
    if (cursors.back().next()) queue.push(cursors.size() - 1);
  }
  std::string key;
  while (!queue.empty()) {
    key = cursors[queue.top()].key();
    if (!key.starts_with(prefix)) return;
    Trace trace;
    while (!queue.empty() && cursors[queue.top()].key() == key) {
      const auto at = queue.top();
      queue.pop();
      trace.add(cursors[at].trace());
      if (cursors[at].next()) queue.push(at);
    }
    if (!visit(key, trace)) return;
  }
}

std::uint64_t View::entries() const {
  std::uint64_t out = 0;
  for (const auto& run : runs_) out += run->entries();
  return out;
}

std::uint64_t View::bytes() const {
  std::uint64_t out = 0;
  for (const auto& run : runs_) out += run->bytes();
  return out;
}

std::uint64_t View::damaged() const {
  std::uint64_t out = 0;
  for (const auto& run : runs_) out += run->damaged();
  return out;
}

std::uint32_t View::oldest_second() const {
  std::uint32_t out = UINT32_MAX;
  for (const auto& run : runs_)
    if (run->entries() > 0) out = std::min(out, run->base_second());
  return out;
}

}  // namespace tocsin::history
