/// The part of a circle that saves its set in the background, and overwrites in the saved set what was ended.
///
/// A saving begins with a cut: the journal's end, and a snapshot of the set. From the snapshot a thread
/// writes the file and puts it in place. Then the journal drops what stands before the cut. A kill before the
/// rename leaves everything as it was; one between the two leaves a journal whose first entries are saved as
/// well, and are passed over at the start. What changed after the cut is in the journal, and is removed from
/// the new file before it is used.

#include <algorithm>
#include <atomic>
#include <deque>

#include "base/bytes.hpp"
#include "sensor/circle.hpp"
#include "sensor/circle_saving.hpp"
#include "sensor/saved_state.hpp"

namespace tocsin::sensor {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t quiet_entries_min = 1'000;
constexpr std::chrono::minutes quiet_interval{10};
constexpr std::chrono::seconds interval_min{5};

/// Everything of `circle` in a snapshot, as a segment of its own, put in place at `path`.
Result<match::Saved> save_snapshot(const match::Snapshot& snapshot, std::uint64_t seed, CircleId circle,
                                   const std::string& note, const std::string& path) {
  {
    std::vector<match::Segment::Item> items;
    std::deque<match::Compiled>
        renumbered;  // from a file that was written when the circle had another number
    // The newest first: of two versions it is the one that counts.
    for (const auto& segment : snapshot.segments)
      for (std::uint32_t i = 0; i < segment->size(); ++i) {
        if (segment->is_removed(i) || segment->head(i).circle != circle) continue;
        items.push_back(segment->item(i));
        if (match::read_head(items.back().bytes.data()).circle != circle)
          items.back().bytes = renumbered.emplace_back(segment->compiled(i)).bytes;
      }
    const match::Segment whole{seed, items};
    TOCSIN_TRY(match::save(path, whole, note));
  }
  return match::Saved::open(path, circle);
}

}  // namespace

void Circle::save() {
  if (!saving_) begin_saving();
  if (saving_) end_saving(true);
}

void Circle::begin_save() {
  if (!saving_) begin_saving();
}

void Circle::tend() {
  silence_now();
  if (saving_) {
    if (saving_->done.load()) end_saving(true);
  } else if (is_save_due()) {
    begin_saving();
  }
}

bool Circle::is_save_due() const {
  const auto age = steady_clock::now() - saved_at_;
  const std::scoped_lock lock{mutex_};
  if (age < interval_min) return false;
  if (unsaved_ >= quiet_entries_min && age > quiet_interval && live_) return true;
  // While a large snapshot comes, each saving is to be worth as much as all before it.
  return unsaved_ >= options_.save_after_entries && (live_ || unsaved_ * 2 >= active_);
}

void Circle::begin_saving() {
  flush();
  if (!journal_ || journal_->failure() || !position_) return;
  saving_ = std::make_unique<Saving>();
  auto& saving = *saving_;
  saving.cut = journal_->bytes();
  SavedState state{*position_, {}, options_.domains, lifetimes_, {}};
  {
    const auto unevaluable = set_.unevaluable();
    const std::scoped_lock lock{mutex_};
    state.uuid = uuid_;
    frozen_ = std::exchange(known_, {});
    for (const auto& one : unevaluable) {
      if (one.circle != options_.number) continue;
      if (auto node = frozen_.extract(one.id)) beside_.insert(std::move(node));
      const auto found = beside_.find(one.id);
      state.beside.push_back({one.id, found == beside_.end() ? std::string{} : found->second.version,
                              one.name, one.reason, one.sequence, false});
    }
    for (const auto& [id, known] : beside_)
      if (known.revoked) state.beside.push_back({id, known.version, {}, {}, known.sequence, true});
  }
  saving.position = state.position;
  saving.thread = std::thread{[&saving, from = set_.pin(), seed = set_.seed(), circle = options_.number,
                               note = to_json(state), path = saved_path(options_.journal)]() mutable {
    saving.result.emplace(save_snapshot(*from, seed, circle, note, path));
    from.reset();
    saving.done = true;
  }};
}

void Circle::end_saving(bool use_it) {
  saving_->thread.join();
  const auto saving = std::exchange(saving_, nullptr);
  saved_at_ = steady_clock::now();
  const auto thaw = [this] {
    const std::scoped_lock lock{mutex_};
    known_.merge(frozen_);
    frozen_.clear();
  };
  auto& result = *saving->result;
  if (!result) note(result.error());
  if (!use_it || saving->spoiled || !result) return thaw();

  const auto former = saved_set_ ? saved_set_->segment() : nullptr;
  saved_set_ = *std::move(result);
  saved_position_ = saving->position;
  to_silence_.clear();  // those were places of the former file
  to_silence_next_.clear();
  const auto& segment = saved_set_->segment();
  for (const auto& id : saving->touched) {
    const auto at = segment->find(options_.number, id);
    if (at == match::Segment::none) continue;
    segment->remove(at);
    to_silence_next_.push_back(at);
  }
  set_.adopt(segment, former.get());
  silence_now();

  const auto front = journal_->drop_before(saving->cut, Record::base, position_json(saving->position));
  if (!front) {
    note(front.error());
    return thaw();
  }
  const auto move = [&](Journal::Place& place) {
    if (place.size == 0) return;
    if (place.offset < saving->cut)
      place = {};
    else
      place.offset += *front - saving->cut;
  };
  move(rules_place_);
  move(position_place_);
  const std::scoped_lock lock{mutex_};
  for (auto* map : {&known_, &beside_})
    for (auto& [id, known] : *map) move(known.place);
  unsaved_ = known_.size() + saving->touched.size();
  if (freeing_.joinable()) freeing_.join();
  freeing_ = std::thread{[old = std::exchange(frozen_, {})]() mutable { old.clear(); }};
}

/// To be called when the set no longer matches it.
void Circle::silence(std::string_view id) {
  if (saving_) saving_->touched.emplace_back(id);
  if (!saved_set_ || !journal_) return;
  const auto& segment = *saved_set_->segment();
  auto at = segment.find_removed(options_.number, id);
  if (at == match::Segment::none) at = segment.find(options_.number, id);  // its copy matched
  if (at == match::Segment::none) return;
  to_silence_next_.push_back(at);
  silence_now();
}

void Circle::silence_now() {
  for (;;) {
    if (to_silence_.empty()) {
      if (to_silence_next_.empty()) return;
      to_silence_.swap(to_silence_next_);
      readers_ = set_.renew();
    }
    if (!readers_.expired()) return;
    for (const auto indicator : to_silence_) note(saved_set_->blank(indicator));
    to_silence_.clear();
  }
}

std::string position_json(const push::Position& position) {
  return R"({"sequence":)" + std::to_string(position.sequence.value()) + R"(,"commitment":")" +
         to_hex(position.commitment) + "\"}";
}

}  // namespace tocsin::sensor
