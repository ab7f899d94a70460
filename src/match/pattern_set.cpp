#include "match/pattern_set.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace tocsin::match {
namespace {

// A build takes a millisecond for each expression or more. So a few make a small index, and small ones are
// built anew as a larger one when they have a quarter of its size: few indexes to ask, and few patterns that
// wait.
constexpr std::size_t waiting_min = 16, portion_max = 64, merge_factor = 4;
constexpr std::size_t named_max = 20;

Paths paths_of(const std::vector<TextTrigger>& texts) {
  Paths out;
  for (const auto& trigger : texts) out.set(static_cast<std::size_t>(trigger.path));
  return out;
}

}  // namespace

PatternSet::PatternSet() : published_{std::make_shared<PatternView>()} {}

PatternSet::~PatternSet() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (worker_.joinable()) worker_.join();
}

std::vector<Status> PatternSet::put(std::span<const std::shared_ptr<Pattern>> patterns) {
  if (patterns.empty()) return {};
  const std::scoped_lock lock{mutex_};
  std::vector<Status> out;
  for (const auto& pattern : patterns) out.push_back(put_one(pattern));
  publish();
  if (!waiting_.empty() && !worker_.joinable()) worker_ = std::thread{[this] { work(); }};
  if (is_build_due()) wake_.notify_one();
  return out;
}

Status PatternSet::put_one(const std::shared_ptr<Pattern>& pattern) {
  Key key{pattern->circle, pattern->id};
  erase(key);
  const auto refused = [](const char* name, std::size_t max, const char* what) -> Status {
    return pattern::over_limit(name, "more than " + std::to_string(max) + what);
  };
  const auto& triggers = pattern->rule->triggers;
  const bool always = pattern->rule->weak;
  if (all_.size() >= patterns_max) return refused("patterns_max", patterns_max, " patterns are evaluated");
  if (always && always_.size() >= always_max)
    return refused("always_max", always_max,
                   " patterns look for what most records have: a port, a letter, that a path is there");
  if (always) always_.emplace(key, pattern);
  if (!triggers.texts.empty()) waiting_.push_back(pattern);
  all_.emplace(std::move(key), pattern);
  count_ = all_.size();
  return {};
}

bool PatternSet::remove(CircleId circle, std::string_view id) {
  if (count_.load() == 0) return false;  // nearly always, and no text is copied for it
  const std::scoped_lock lock{mutex_};
  if (!erase({circle, std::string{id}})) return false;
  publish();
  if (is_build_due()) wake_.notify_one();
  return true;
}

PatternHandle PatternSet::find(CircleId circle, std::string_view id) const {
  const std::scoped_lock lock{mutex_};
  const auto found = all_.find({circle, std::string{id}});
  return found == all_.end() ? nullptr : found->second;
}

bool PatternSet::erase(const Key& key) {
  const auto found = all_.find(key);
  if (found == all_.end()) return false;
  const auto pattern = std::move(found->second);
  all_.erase(found);
  count_ = all_.size();
  always_.erase(key);
  pattern->removed = true;
  const auto is_it = [&](const PatternHandle& one) { return one == pattern; };
  if (std::erase_if(waiting_, is_it) + std::erase_if(refused_, is_it) == 0 &&
      !pattern->rule->triggers.texts.empty())
    ++indexed_removed_;
  return true;
}

void PatternSet::publish() {
  auto next = std::make_shared<PatternView>();
  next->levels = levels_;
  for (const auto& level : levels_) next->watched |= level->texts->paths();
  const auto loosen = [&](const PatternHandle& pattern, const Paths& paths) {
    next->watched |= paths;
    for (std::size_t path = 0; path < paths.size(); ++path)
      if (paths[path]) next->loose[path].push_back(pattern);
  };
  for (const auto* some : {&waiting_, &refused_})
    for (const auto& pattern : *some) loosen(pattern, paths_of(pattern->rule->triggers.texts));
  for (const auto& [key, pattern] : always_) loosen(pattern, pattern->rule->triggers.present);
  published_.replace(std::move(next));
}

bool PatternSet::is_build_due() const {
  if (settling_ && (!waiting_.empty() || indexed_removed_ > 0)) return true;
  return waiting_.size() >= waiting_min || indexed_removed_ > waiting_min + indexed_ / 4;
}

void PatternSet::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || is_build_due(); });
    if (stopping_) return;
    building_ = true;
    const auto portion = std::min(waiting_.size(), portion_max);
    std::vector<PatternHandle> patterns(waiting_.begin(),
                                        waiting_.begin() + static_cast<std::ptrdiff_t>(portion));
    const std::unordered_set<PatternHandle> fresh(patterns.begin(), patterns.end());
    // All of them when much was removed.
    const bool all = indexed_removed_ > waiting_min + indexed_ / 4 || waiting_.empty();
    auto kept = levels_.size();
    while (kept > 0 && (all || levels_[kept - 1]->patterns.size() < merge_factor * patterns.size())) {
      const auto& level = levels_[--kept]->patterns;
      patterns.insert(patterns.end(), level.begin(), level.end());
    }
    std::erase_if(patterns, [](const PatternHandle& one) { return one->removed.load(); });
    lock.unlock();

    std::vector<TextIndex::Entry> entries;
    for (std::uint32_t i = 0; i < patterns.size(); ++i)
      for (const auto& trigger : patterns[i]->rule->triggers.texts) entries.push_back({&trigger, i});
    std::vector<std::uint32_t> refused;
    auto level = std::make_shared<PatternView::Level>();
    level->texts = TextIndex::build(entries, refused);
    level->patterns = std::move(patterns);

    lock.lock();
    std::erase_if(waiting_, [&](const PatternHandle& one) { return fresh.contains(one); });
    std::ranges::sort(refused);
    refused.erase(std::unique(refused.begin(), refused.end()), refused.end());
    for (const auto at : refused) {
      const auto& one = level->patterns[at];
      if (!one->removed && std::ranges::find(refused_, one) == refused_.end()) refused_.push_back(one);
    }
    levels_.resize(kept);
    if (!level->patterns.empty()) levels_.push_back(std::move(level));
    indexed_ = indexed_removed_ = 0;
    for (const auto& one : levels_) {
      indexed_ += one->patterns.size();
      indexed_removed_ += static_cast<std::size_t>(std::ranges::count_if(
          one->patterns, [](const PatternHandle& pattern) { return pattern->removed.load(); }));
    }
    building_ = false;
    publish();
    if (!is_build_due()) idle_.notify_all();
  }
}

PatternSet::Stats PatternSet::stats() const {
  const std::scoped_lock lock{mutex_};
  Stats out;
  out.patterns = all_.size();
  out.always = always_.size();
  out.waiting = waiting_.size() + refused_.size();
  out.indexed = indexed_ - indexed_removed_;
  for (const auto& level : levels_) out.index_bytes += level->texts->bytes();
  for (const auto& [key, unused] : always_)
    if (out.always_ids.size() < named_max) out.always_ids.push_back(key.second);
  return out;
}

void PatternSet::settle() {
  std::unique_lock lock{mutex_};
  settling_ = true;
  wake_.notify_all();
  idle_.wait(lock, [this] { return !building_ && !is_build_due(); });
  settling_ = false;
}

}  // namespace tocsin::match
