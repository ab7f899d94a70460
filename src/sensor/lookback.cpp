#include "sensor/lookback.hpp"

#include <algorithm>
#include <charconv>

#include "base/file.hpp"
#include "base/text.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::size_t batch_max = 4'096, said_max = 1'000'000, hits_max = 10'000;
constexpr std::chrono::seconds save_interval{2};

std::uint64_t hash_of(CircleId circle, std::string_view id, std::string_view value) {
  auto what = std::to_string(circle.value());
  what.append(" ").append(id).append(" ").append(value);
  return std::hash<std::string>{}(what);
}

}  // namespace

void LiveHits::add(CircleId circle, std::string_view id, std::string_view value) {
  if (now_.size() >= hits_max) before_ = std::exchange(now_, {});
  ++now_[hash_of(circle, id, value)];
}

void LiveHits::take_out(PastHit& hit) const {
  std::uint64_t left_max = 0;
  std::erase_if(hit.sources, [&](const PastHit::Source& source) {
    const auto hash = hash_of(source.circle, source.id, hit.value);
    std::uint64_t live = 0;
    for (const auto* counts : {&now_, &before_})
      if (const auto found = counts->find(hash); found != counts->end()) live += found->second;
    left_max = std::max(left_max, hit.count - std::min(live, hit.count));
    return live >= hit.count;
  });
  hit.count = left_max;
}

void LiveHits::forget_old(std::chrono::steady_clock::time_point now) {
  if (now - since_ < kept) return;
  before_ = std::exchange(now_, {});
  since_ = now;
}

Lookback::Lookback(Options options, history::Store& store, const match::IndicatorSet& set, const Clock& clock)
    : options_{std::move(options)}, store_{store}, set_{set}, clock_{clock} {
  if (const auto text = read_file(options_.asked)) {
    for (const auto line : split(trim(*text), '\n')) {
      std::uint64_t sequence = 0;
      const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), sequence);
      const auto used = static_cast<std::size_t>(end - line.data());
      if (error == std::errc{} && used < line.size()) asked_[std::string{line.substr(used + 1)}] = sequence;
    }
  }
  on_disk_ = asked_;
  thread_ = std::thread{[this] { work(); }};
}

Lookback::~Lookback() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  save();
}

void Lookback::resume(CircleId circle, Sequence sequence) {
  const auto& name = options_.circles.at(circle.value());
  {
    const std::scoped_lock lock{mutex_};
    const auto [known, fresh] = asked_.try_emplace(name, sequence.value());
    if (fresh || known->second >= sequence.value()) return;
  }
  const auto after = [&] {
    const std::scoped_lock lock{mutex_};
    return asked_[name];
  }();
  const auto pinned = set_.pin();
  for (const auto& segment : pinned->segments)
    for (std::uint32_t i = 0; i < segment->size(); ++i)
      if (const auto head = segment->head(i);
          head.circle == circle && head.sequence.value() > after && !segment->is_removed(i))
        tell(circle, head.sequence, head.id);
}

void Lookback::tell(CircleId circle, Sequence sequence, std::string_view id) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return waiting_.size() < waiting_max || stopping_; });
  if (stopping_) return;
  waiting_.push_back({circle, sequence, std::string{id}});
  if (waiting_.size() == 1) changed_.notify_all();
}

std::vector<PastHit> Lookback::take() {
  const std::scoped_lock lock{mutex_};
  if (!hits_.empty()) changed_.notify_all();
  return std::exchange(hits_, {});
}

Lookback::Counts Lookback::counts() const {
  const std::scoped_lock lock{mutex_};
  auto out = counts_;
  out.waiting = waiting_.size();
  return out;
}

void Lookback::settle() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return (waiting_.empty() && !busy_) || stopping_; });
}

void Lookback::work() {
  auto saved = std::chrono::steady_clock::now();
  for (;;) {
    std::vector<Told> some;
    {
      std::unique_lock lock{mutex_};
      busy_ = false;
      changed_.notify_all();
      changed_.wait_for(lock, save_interval,
                        [this] { return stopping_ || (!waiting_.empty() && hits_.size() < hits_max); });
      if (stopping_) return;
      while (!waiting_.empty() && some.size() < batch_max && hits_.size() < hits_max) {
        some.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
      busy_ = !some.empty();
    }
    if (!some.empty()) ask(some);
    if (const auto now = std::chrono::steady_clock::now(); now - saved > save_interval) {
      save();
      saved = now;
    }
  }
}

void Lookback::ask(const std::vector<Told>& some) {
  // After the indicators took effect: what was scanned before that is in it.
  const auto past = store_.past();
  PastSearch search{past, clock_.now()};
  {
    const auto pinned = set_.pin();
    for (const auto& one : some)
      for (const auto& segment : pinned->segments)
        if (const auto at = segment->find(one.circle, one.id); at != match::Segment::none) {
          search.ask(*segment, at);
          break;
        }
  }
  search.finish();
  auto hits = search.take();
  if (said_.size() > said_max) said_.clear();
  for (auto& hit : hits)
    std::erase_if(hit.sources, [&](const PastHit::Source& source) {
      return !said_.insert(hash_of(source.circle, source.id, hit.value)).second;
    });
  std::erase_if(hits, [](const PastHit& hit) { return hit.sources.empty(); });
  const bool any = !hits.empty();
  {
    const std::scoped_lock lock{mutex_};
    std::ranges::move(hits, std::back_inserter(hits_));
    for (const auto& one : some) asked_[options_.circles.at(one.circle.value())] = one.sequence.value();
    counts_.asked += search.totals().asked;
    counts_.undecided += search.totals().undecided;
    counts_.left_out += search.totals().left_out;
  }
  if (any) options_.on_hits();
}

void Lookback::save() {
  std::map<std::string, std::uint64_t> asked;
  {
    const std::scoped_lock lock{mutex_};
    if (!hits_.empty()) return;  // not told yet
    asked = asked_;
  }
  if (asked == on_disk_) return;
  std::string text;
  for (const auto& [name, sequence] : asked) text += std::to_string(sequence) + ' ' + name + '\n';
  if (write_file(options_.asked, text, 0600)) on_disk_ = std::move(asked);
}

}  // namespace tocsin::sensor
