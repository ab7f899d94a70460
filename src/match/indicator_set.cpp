#include "match/indicator_set.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "base/crypto.hpp"

namespace tocsin::match {
namespace {

// The newest segment is rebuilt on every change, so it stays small; the others are merged as soon as a newer
// run has an eighth of the size of the next older one. That leaves a handful of segments for scanners to ask.
constexpr std::size_t head_items_max = 512;
constexpr std::size_t head_keys_max = 4096;  // one indicator can have as many
constexpr std::size_t merge_factor = 8;
constexpr std::uint64_t portion_bytes = 1ULL << 30;  // of compiled indicators placed at once
constexpr std::size_t sealed_waiting_max = 16;
constexpr std::size_t removed_part_max = 4;  // a segment of which a quarter is removed is written anew
constexpr std::chrono::milliseconds retired_sweep{20};

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  fill_random(std::as_writable_bytes(std::span{&seed, 1}));
  return seed;
}

/// True when the indicator stands in a saved segment word for word.
bool is_saved(const Segment& segment, std::uint32_t indicator,
              const std::vector<std::shared_ptr<Segment>>& saved) {
  const Head head = segment.head(indicator);
  const auto item = segment.item(indicator);
  return std::ranges::any_of(saved, [&](const auto& one) {
    const auto at = one->find(head.circle, head.id);
    if (at == Segment::none) return false;
    const auto other = one->item(at);
    return other.from_second == item.from_second && other.until_second == item.until_second &&
           one->head(at).sequence == head.sequence;
  });
}

void append_live(const Segment& segment, const std::vector<std::shared_ptr<Segment>>& saved,
                 std::vector<Segment::Item>& out) {
  for (std::uint32_t i = 0; i < segment.size(); ++i)
    if (!segment.is_removed(i) && (saved.empty() || !is_saved(segment, i, saved)))
      out.push_back(segment.item(i));
}

}  // namespace

IndicatorSet::IndicatorSet()
    : seed_{random_seed()}, published_{std::make_shared<Snapshot>()}, worker_{[this] { work(); }} {}

IndicatorSet::~IndicatorSet() {
  {
    std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  worker_.join();
}

Status IndicatorSet::add(const Indicator& indicator) {
  auto compiled = compile(indicator);
  if (!compiled) {
    add(Unevaluable{indicator.circle, indicator.id, indicator.sequence, indicator.name,
                    compiled.error().detail});
    return std::move(compiled).error();
  }
  std::vector<Compiled> fresh{*std::move(compiled)};
  std::scoped_lock lock{mutex_};
  unevaluable_.erase({indicator.circle, indicator.id});
  admit(fresh);
  if (fresh.empty()) return Error{Errc::overloaded, unevaluable_.at({indicator.circle, indicator.id}).reason};
  insert(fresh);
  return {};
}

std::size_t IndicatorSet::add(std::span<const Indicator> indicators) {
  // From the back, so that the last one of an id is the one that is seen first.
  const auto hash = [](const auto& key) {
    return std::hash<std::string_view>{}(key.second) ^ std::hash<CircleId>{}(key.first);
  };
  std::unordered_set<std::pair<CircleId, std::string_view>, decltype(hash)> seen(indicators.size(), hash);
  std::vector<Compiled> fresh;
  std::vector<Unevaluable> bad;
  fresh.reserve(indicators.size());
  for (auto at = indicators.rbegin(); at != indicators.rend(); ++at) {
    if (!seen.emplace(at->circle, at->id).second) continue;
    if (auto compiled = compile(*at))
      fresh.push_back(*std::move(compiled));
    else
      bad.push_back({at->circle, at->id, at->sequence, at->name, compiled.error().detail});
  }
  for (auto& one : bad) add(std::move(one));
  return add(std::move(fresh));
}

std::size_t IndicatorSet::add(std::vector<Compiled> fresh) {
  std::scoped_lock lock{mutex_};
  if (!unevaluable_.empty())
    for (const auto& one : fresh) {
      const Head head = read_head(one.bytes.data());
      unevaluable_.erase({head.circle, std::string{head.id}});
    }
  admit(fresh);
  insert_portions(fresh);
  return fresh.size();
}

void IndicatorSet::insert_portions(std::span<const Compiled> fresh) {
  std::size_t from = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    bytes += fresh[i].bytes.size();
    if (bytes < portion_bytes && i + 1 < fresh.size()) continue;
    insert(fresh.subspan(from, i + 1 - from));
    from = i + 1;
    bytes = 0;
  }
}

void IndicatorSet::adopt(std::shared_ptr<Segment> saved, const Segment* former) {
  std::scoped_lock lock{mutex_};
  if (segments_.empty() && saved_.empty()) seed_ = saved->seed();
  if (saved->seed() != seed_) {
    std::vector<Compiled> copies;
    for (std::uint32_t i = 0; i < saved->size(); ++i)
      if (!saved->is_removed(i)) copies.push_back(saved->compiled(i));
    admit(copies);
    if (!copies.empty()) insert(copies);
    return;
  }
  take_patterns(saved);
  unswept_.assign(segments_.begin() + (head_open_ ? 1 : 0), segments_.end());
  if (const auto at = std::ranges::find(saved_, former, &std::shared_ptr<Segment>::get); at != saved_.end()) {
    retired_.push_back(std::exchange(*at, std::move(saved)));
  } else {
    saved_.push_back(std::move(saved));
  }
  publish();
  wake_.notify_one();
}

void IndicatorSet::drop(const Segment* saved) {
  std::scoped_lock lock{mutex_};
  const auto at = std::ranges::find(saved_, saved, &std::shared_ptr<Segment>::get);
  if (at == saved_.end()) return;
  const auto dropped = std::move(*at);
  saved_.erase(at);
  for (const auto i : dropped->patterns()) {
    const Head head = dropped->head(i);
    const auto has_it = [&](const auto& other) { return other->find(head.circle, head.id) != Segment::none; };
    if (!dropped->is_removed(i) && std::ranges::none_of(segments_, has_it) &&
        std::ranges::none_of(saved_, has_it))
      patterns_.remove(head.circle, head.id);
  }
  retired_.push_back(dropped);
  publish();
  wake_.notify_one();
}

std::weak_ptr<const Epoch> IndicatorSet::renew() {
  std::scoped_lock lock{mutex_};
  const auto former = std::exchange(epoch_, std::make_shared<Epoch>());
  former->newer = epoch_;
  publish();
  return former;
}

std::optional<IndicatorSet::Found> IndicatorSet::find(CircleId circle, std::string_view id) const {
  const auto pinned = pin();
  for (const auto& segment : pinned->segments) {
    const auto at = segment->find(circle, id);
    if (at == Segment::none) continue;
    const Head head = segment->head(at);
    return Found{head.sequence, std::string{head.note}};
  }
  return std::nullopt;
}

void IndicatorSet::add(Unevaluable indicator) {
  std::scoped_lock lock{mutex_};
  list(std::move(indicator));
}

void IndicatorSet::list(Unevaluable indicator) {
  patterns_.remove(indicator.circle, indicator.id);
  remove_everywhere(indicator.circle, indicator.id, nullptr);
  Key key{indicator.circle, indicator.id};
  unevaluable_.insert_or_assign(std::move(key), std::move(indicator));
}

bool IndicatorSet::remove(CircleId circle, std::string_view id) {
  std::scoped_lock lock{mutex_};
  const bool known = unevaluable_.erase({circle, std::string{id}}) > 0;
  patterns_.remove(circle, id);
  return remove_everywhere(circle, id, nullptr) || known;
}

namespace {

/// Ready to be put in force; the rule is taken over from the version before when the text is the same.
Result<std::shared_ptr<Pattern>> pattern_of(const Compiled& compiled, const Head& head, std::string_view text,
                                            const PatternSet& known) {
  auto rule = compiled.rule;
  if (!rule)
    if (const auto before = known.find(head.circle, head.id); before && before->rule->text == text)
      rule = before->rule;
  if (!rule) {
    auto made = rule_of(text);
    if (!made) return std::move(made).error();
    rule = *std::move(made);
  }
  auto out = std::make_shared<Pattern>();
  out->circle = head.circle;
  out->sequence = head.sequence;
  out->id = head.id;
  out->name = head.name;
  out->confidence = head.confidence;
  out->from_second = compiled.from_second;
  out->until_second = compiled.until_second;
  out->rule = std::move(rule);
  return out;
}

}  // namespace

void IndicatorSet::admit(std::vector<Compiled>& fresh) {
  std::vector<std::shared_ptr<Pattern>> patterns;
  std::vector<std::size_t> places;
  std::vector<std::pair<std::size_t, std::string>> refused;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const Head head = read_head(fresh[i].bytes.data());
    const auto text = pattern_text(head.alternatives);
    if (text.empty()) {
      patterns_.remove(head.circle, head.id);
    } else if (auto pattern = pattern_of(fresh[i], head, text, patterns_)) {
      patterns.push_back(*std::move(pattern));
      places.push_back(i);
    } else {
      refused.emplace_back(i, pattern.error().detail);
    }
  }
  if (!patterns.empty()) {
    const auto done = patterns_.put(patterns);
    for (std::size_t i = 0; i < done.size(); ++i)
      if (!done[i]) refused.emplace_back(places[i], done[i].error().detail);
  }
  std::sort(refused.rbegin(), refused.rend());
  for (auto& [at, reason] : refused) {
    const Head head = read_head(fresh[at].bytes.data());
    list({head.circle, std::string{head.id}, head.sequence, std::string{head.name}, std::move(reason)});
    fresh.erase(fresh.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

/// Those of a saved segment that are not in force in the same or a later version.
void IndicatorSet::take_patterns(const std::shared_ptr<Segment>& saved) {
  std::vector<Compiled> fresh;
  for (const auto i : saved->patterns()) {
    if (saved->is_removed(i)) continue;
    const Head head = saved->head(i);
    const auto known = patterns_.find(head.circle, head.id);
    if (known && known->sequence >= head.sequence) continue;
    fresh.push_back(saved->compiled(i));
  }
  const auto count = fresh.size();
  admit(fresh);
  if (fresh.size() == count) return;
  for (const auto i : saved->patterns()) {
    const Head head = saved->head(i);
    if (!saved->is_removed(i) && !patterns_.find(head.circle, head.id)) saved->remove(i);
  }
}

void IndicatorSet::insert(std::span<const Compiled> fresh) {
  std::vector<Segment::Item> items;
  items.reserve(fresh.size() + head_items_max);
  for (const auto& one : fresh) items.push_back({one.from_second, one.until_second, one.bytes});

  // Published first, then the former versions are removed: an indicator that gets a new version never stops
  // matching in between.
  const bool into_head = head_open_ && fresh.size() < head_items_max;
  std::shared_ptr<Segment> former_head;
  if (into_head) {
    former_head = segments_.front();
    std::vector<bool> replaced(former_head->size());
    for (const auto& one : fresh) {
      const Head head = read_head(one.bytes.data());
      if (const auto at = former_head->find(head.circle, head.id); at != Segment::none) replaced[at] = true;
    }
    for (std::uint32_t i = 0; i < former_head->size(); ++i)
      if (!replaced[i] && !former_head->is_removed(i)) items.push_back(former_head->item(i));
  }
  auto segment = std::make_shared<Segment>(seed_, items);
  if (into_head)
    segments_.front() = segment;
  else
    segments_.insert(segments_.begin(), segment);
  head_open_ = true;
  publish();
  for (const auto& one : fresh) {
    const Head head = read_head(one.bytes.data());
    remove_everywhere(head.circle, head.id, segment.get());
    if (!former_head) continue;
    if (const auto at = former_head->find(head.circle, head.id); at != Segment::none) former_head->remove(at);
  }
  if (segment->size() >= head_items_max || segment->keys() >= head_keys_max) seal_head();
}

void IndicatorSet::publish() {
  auto next = std::make_shared<Snapshot>();
  next->epoch = epoch_;
  next->segments.assign(segments_.begin(), segments_.end());
  next->segments.insert(next->segments.end(), saved_.begin(), saved_.end());
  for (const auto& segment : next->segments) next->features.add(segment->features());
  published_.replace(std::move(next));
}

bool IndicatorSet::remove_everywhere(CircleId circle, std::string_view id, const Segment* except) {
  bool removed = false;
  for (const auto& segment : segments_) {
    if (segment.get() == except) continue;
    const auto at = segment->find(circle, id);
    if (at == Segment::none) continue;
    segment->remove(at);
    removed = true;
    if (std::ranges::find(merging_, segment) != merging_.end())
      removed_while_merging_.emplace_back(circle, id);
    if (segment->removed() > segment->size() / removed_part_max) wake_.notify_one();
  }
  for (const auto& segment : saved_) {
    const auto at = segment->find(circle, id);
    if (at == Segment::none) continue;
    segment->remove(at);
    removed = true;
  }
  return removed;
}

void IndicatorSet::seal_head() {
  head_open_ = false;
  // While the worker is busy with a large merge, small segments must not pile up before the scanners.
  const auto busy = merging_.empty() ? segments_.end() : std::ranges::find(segments_, merging_.front());
  const auto waiting = static_cast<std::size_t>(busy - segments_.begin());
  if (!merging_.empty() && waiting > sealed_waiting_max) {
    const Segments inputs(segments_.begin(), busy);
    replace_segments(inputs, merged(inputs, {}));
  }
  wake_.notify_one();
}

std::pair<std::size_t, std::size_t> IndicatorSet::due_merge() const {
  const std::size_t begin = head_open_ ? 1 : 0;
  for (std::size_t i = begin; !unswept_.empty() && i < segments_.size(); ++i)
    if (std::ranges::find(unswept_, segments_[i]) != unswept_.end()) return {i, i + 1};
  for (std::size_t i = begin; i < segments_.size(); ++i)
    if (segments_[i]->removed() > segments_[i]->size() / removed_part_max) return {i, i + 1};
  std::size_t keys = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = begin; i < segments_.size(); ++i) {
    bytes += segments_[i]->arena_bytes();
    const bool too_large = i > begin && segments_[i]->keys() > merge_factor * keys;
    if (too_large || bytes > Segment::bytes_max) return {begin, i - begin >= 2 ? i : begin};
    keys += segments_[i]->keys();
  }
  return {begin, segments_.size() >= begin + 2 ? segments_.size() : begin};
}

std::shared_ptr<Segment> IndicatorSet::merged(std::span<const std::shared_ptr<Segment>> inputs,
                                              const Segments& saved) const {
  std::vector<Segment::Item> items;
  for (const auto& input : inputs) append_live(*input, saved, items);
  return std::make_shared<Segment>(seed_, items);
}

void IndicatorSet::replace_segments(const Segments& inputs, std::shared_ptr<Segment> output) {
  const auto at = std::ranges::find(segments_, inputs.front());
  const auto after = segments_.erase(at, at + static_cast<std::ptrdiff_t>(inputs.size()));
  if (output->size() > 0) segments_.insert(after, std::move(output));
  publish();
  retired_.insert(retired_.end(), inputs.begin(), inputs.end());
  std::erase_if(unswept_, [&](const auto& one) { return std::ranges::find(inputs, one) != inputs.end(); });
}

void IndicatorSet::work() {
  std::unique_lock lock{mutex_};
  const auto due = [&] {
    const auto [first, last] = due_merge();
    return first != last;
  };
  for (;;) {
    if (!due()) idle_.notify_all();
    const auto wanted = [&] { return stopping_ || due(); };
    if (retired_.empty())
      wake_.wait(lock, wanted);
    else
      wake_.wait_for(lock, retired_sweep, wanted);
    if (stopping_) return;

    // A scanner may still read what was replaced. The last reference stays here until it has finished, so
    // that freeing hundreds of megabytes stalls nobody's scan and nobody's change.
    Segments free_now;
    std::erase_if(retired_, [&](std::shared_ptr<Segment>& segment) {
      if (segment.use_count() > 1) return false;
      free_now.push_back(std::move(segment));
      return true;
    });
    if (!free_now.empty()) {
      lock.unlock();
      free_now.clear();
      lock.lock();
    }

    const auto [first, last] = due_merge();
    if (first == last) continue;
    merging_.assign(segments_.begin() + static_cast<std::ptrdiff_t>(first),
                    segments_.begin() + static_cast<std::ptrdiff_t>(last));
    const bool sweep = std::ranges::find(unswept_, merging_.front()) != unswept_.end();
    const auto saved = sweep ? saved_ : Segments{};
    lock.unlock();
    auto output = merged(merging_, saved);
    lock.lock();
    for (const auto& [circle, id] : removed_while_merging_)
      if (const auto at = output->find(circle, id); at != Segment::none) output->remove(at);
    removed_while_merging_.clear();
    const auto inputs = std::exchange(merging_, {});
    replace_segments(inputs, std::move(output));
  }
}

void IndicatorSet::settle() {
  patterns_.settle();
  std::unique_lock lock{mutex_};
  idle_.wait(lock, [&] {
    const auto [first, last] = due_merge();
    return first == last && merging_.empty();
  });
}

IndicatorSet::Stats IndicatorSet::stats() const {
  std::scoped_lock lock{mutex_};
  Stats out;
  out.unevaluable = unevaluable_.size();
  out.segments = segments_.size();
  out.segments += saved_.size();
  const auto count = [&](const Segments& segments) {
    for (const auto& segment : segments) {
      out.indicators += segment->size() - segment->removed();
      out.keys += segment->keys();
      out.memory_bytes += segment->memory_bytes();
      out.mapped_bytes += segment->mapped_bytes();
      out.text_bytes += segment->arena_bytes();
    }
  };
  count(segments_);
  count(saved_);
  return out;
}

std::vector<Unevaluable> IndicatorSet::unevaluable() const {
  std::scoped_lock lock{mutex_};
  std::vector<Unevaluable> out;
  for (const auto& [key, one] : unevaluable_) out.push_back(one);
  return out;
}

}  // namespace tocsin::match
