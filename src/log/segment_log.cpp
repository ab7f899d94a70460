#include "log/segment_log.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "base/check.hpp"
#include "base/crypto.hpp"

namespace tocsin::log {
namespace {

constexpr std::uint64_t window_bytes = 1 << 20;
constexpr std::uint64_t mark_bytes = 256 << 10;
constexpr std::uint64_t gather_bytes_max = 1 << 20;  // one read of contents(), unless one entry is larger
constexpr std::uint64_t gap_bytes_max = 16 << 10;    // cheaper read past than read apart

}  // namespace

Result<std::string_view> Window::at(std::uint64_t offset, std::uint64_t size) {
  if (offset < start_ || offset + size > start_ + bytes_.size()) {
    TOCSIN_TRY(file_->read_at(offset, std::max(size, window_bytes), bytes_));
    start_ = offset;
  }
  return std::string_view{bytes_}.substr(offset - start_, size);
}

SegmentLog::SegmentLog(Options options) : options_{std::move(options)} {}

SegmentLog::~SegmentLog() {
  if (!checkpointer_.joinable()) return;
  {
    const std::scoped_lock lock{wake_mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  checkpointer_.join();
}

std::string SegmentLog::segment_path(std::uint32_t segment) const {
  char name[32];
  std::snprintf(name, sizeof name, "/segment-%08" PRIu32 ".log", segment);
  return options_.folder + name;
}

Error SegmentLog::corrupt(std::uint32_t segment, std::uint64_t offset, std::string_view why) const {
  return {Errc::corrupt,
          segment_path(segment) + ": offset " + std::to_string(offset) + ": " + std::string{why}};
}

// ---- writing ----

Error SegmentLog::break_with(Error error) {
  broken_ = true;
  // Whatever the cause was called: to the caller it is the disk.
  if (error.code != Errc::corrupt) error.code = Errc::unavailable;
  return error;
}

Status SegmentLog::check_drafts(std::span<const Draft> drafts, std::uint64_t& length) const {
  length = frame_header_bytes;
  std::map<CircleId, std::uint64_t> sequences;
  for (const Draft& draft : drafts) {
    const auto [at, first_of_circle] = sequences.try_emplace(draft.circle);
    if (first_of_circle) at->second = view(draft.circle).head.sequence.value();
    ++at->second;
    for (const RowChange& change : draft.changes)
      if (change.sequence.value() == 0 || change.sequence.value() > at->second)
        return Error{Errc::invalid_input,
                     "a row change of entry " + std::to_string(at->second) +
                         " names a later entry: " + std::to_string(change.sequence.value())};
    const std::uint64_t bytes = block_bytes(draft);
    if (bytes > frame_bytes_max || (length += head_bytes(draft) + bytes) > frame_bytes_max)
      return Error{Errc::invalid_input, "the entries are larger than a frame of " +
                                            std::to_string(frame_bytes_max) + " bytes may be"};
  }
  return {};
}

Status SegmentLog::check_clock(Timestamp now, std::chrono::microseconds offset) const {
  if (clock_offset_ == std::chrono::microseconds::min() || offset - clock_offset_ <= options_.jump_max)
    return {};
  return Error{Errc::invalid_input,
               "the wall clock (" + to_rfc3339(now) + ") has run ahead of the monotonic clock by " +
                   std::to_string((offset - clock_offset_).count()) + " us since the last append, at most " +
                   std::to_string(options_.jump_max.count()) +
                   " us are believed: set the clock right, or start again to accept it"};
}

Status SegmentLog::open_segment(std::uint32_t segment) {
  auto file = options_.files->open(segment_path(segment));
  if (!file) return std::move(file).error();
  const std::unique_lock lock{mutex_};
  segments_.push_back(std::move(*file));
  return {};
}

/// Goes on to a new segment when this one is full. Its name is durable before a frame stands in it.
Status SegmentLog::roll(std::uint64_t length) {
  Place next = next_;
  if (!segments_.empty() && next.offset > 0 && next.offset + length > options_.segment_bytes_max) {
    ++next.segment;
    next.offset = 0;
  }
  if (next.segment <= segments_.size()) return {};
  TOCSIN_TRY(open_segment(next.segment));
  TOCSIN_TRY(options_.files->sync_folder(options_.folder));
  const std::unique_lock lock{mutex_};
  next_ = next;
  return {};
}

Result<SegmentLog::Circle*> SegmentLog::circle_for_writing(CircleId id) {
  if (const auto found = circles_.find(id); found != circles_.end()) return found->second.get();
  auto sidecar = Sidecar::open(*options_.files, options_.folder, id, log_id_);
  if (!sidecar) return std::move(sidecar).error();
  auto circle = std::make_unique<Circle>();
  circle->sidecar = std::move(*sidecar);
  const std::unique_lock lock{mutex_};
  return circles_.emplace(id, std::move(circle)).first->second.get();
}

Status SegmentLog::apply(const Updates& updates) {
  for (const auto& [circle, update] : updates) TOCSIN_TRY(circles_.at(circle)->sidecar->apply(update));
  return {};
}

Result<std::vector<Appended>> SegmentLog::append(std::span<const Draft> drafts) {
  const std::scoped_lock appending{appending_};
  std::vector<Appended> appended;
  if (broken_)
    return Error{Errc::unavailable, options_.folder + ": the log stopped writing after a failed write"};
  if (drafts.empty()) return appended;
  std::uint64_t length = 0;
  TOCSIN_TRY(check_drafts(drafts, length));
  const Timestamp now = options_.clock->now();
  const auto offset = std::chrono::duration_cast<std::chrono::microseconds>(
      now.time_since_epoch() - options_.clock->steady_now().time_since_epoch());
  TOCSIN_TRY(check_clock(now, offset));
  if (const auto rolled = roll(length); !rolled) return break_with(rolled.error());

  std::string randomness(drafts.size() * 2 * sizeof(Salt), '\0');
  fill_random(std::as_writable_bytes(std::span{randomness.data(), randomness.size()}));
  const char* random = randomness.data();
  const auto take_salt = [&random] {
    Salt salt;
    std::memcpy(salt.data(), random, salt.size());
    random += salt.size();
    return salt;
  };

  FrameWriter frame{{.entries = static_cast<std::uint32_t>(drafts.size()),
                     .number = next_.frame,
                     .length = length,
                     .log_id = log_id_}};
  std::map<CircleId, Head> heads;
  Updates updates;
  appended.reserve(drafts.size());
  for (const Draft& draft : drafts) {
    auto [at, first_of_circle] = heads.try_emplace(draft.circle);
    Head& head = at->second;
    if (first_of_circle) {
      const auto circle = circle_for_writing(draft.circle);
      if (!circle) return circle.error();
      head = (*circle)->head;
    }
    Appended one{.sequence = Sequence{head.sequence.value() + 1},
                 .date_added = std::max(now, head.date_added + std::chrono::microseconds{1}),
                 .salt = take_salt()};
    const Salt author_salt = take_salt();
    one.author_commitment = author_commitment(author_salt, draft.author);
    one.commitment =
        entry_commitment(one.salt, draft.circle, one.sequence, one.date_added, draft.kind, head.commitment,
                         draft.bytes_hash ? *draft.bytes_hash : sha256(draft.bytes), sha256(draft.attributes),
                         one.author_commitment);
    EntryHead entry{.circle = draft.circle,
                    .sequence = one.sequence,
                    .date_added = one.date_added,
                    .marking_class = draft.marking_class,
                    .kind = draft.kind,
                    .previous = head.commitment,
                    .commitment = one.commitment};
    const std::uint64_t start = frame.add(entry, draft, one.salt, author_salt);
    SidecarUpdate& update = updates[draft.circle];
    update.added.push_back({{.segment = next_.segment,
                             .length = static_cast<std::uint32_t>(entry.length()),
                             .offset = next_.offset + start,
                             .frame = next_.frame,
                             .date_added = entry.date_added,
                             .marking_class = entry.marking_class,
                             .kind = entry.kind},
                            entry.sequence});
    for (const RowChange& change : draft.changes) update.change(change);
    head = {one.sequence, one.date_added, one.commitment};
    appended.push_back(one);
  }

  TOCSIN_CHECK(frame.bytes().size() == length, "a frame is as long as its header says");
  File& segment = *segments_[next_.segment - 1];
  if (const auto written = segment.write_at(next_.offset, frame.bytes()); !written)
    return break_with(written.error());
  if (const auto synced = segment.sync(); !synced) return break_with(synced.error());
  if (const auto applied = apply(updates); !applied) return break_with(applied.error());

  clock_offset_ = std::max(clock_offset_, offset);
  {
    const std::unique_lock lock{mutex_};
    for (const auto& [circle, head] : heads) circles_.at(circle)->head = head;
    if (marks_.empty() || next_.offset / mark_bytes != (next_.offset + length) / mark_bytes)
      marks_.emplace(next_.frame, next_);
    next_.offset += length;
    ++next_.frame;
  }
  {
    const std::scoped_lock lock{wake_mutex_};
    bytes_since_checkpoint_ += length;
    if (bytes_since_checkpoint_ >= options_.checkpoint_bytes) wake_.notify_one();
  }
  return appended;
}

Status SegmentLog::erase(CircleId circle, Sequence sequence) {
  const std::scoped_lock erasing{erasing_};
  if (broken_)
    return Error{Errc::unavailable, options_.folder + ": the log stopped writing after a failed write"};
  Sidecar* sidecar = nullptr;
  std::uint64_t last_frame = 0;
  {
    const std::shared_lock lock{mutex_};
    const auto found = circles_.find(circle);
    if (found == circles_.end() || sequence.value() == 0 || sequence > found->second->head.sequence)
      return Error{Errc::not_found, "no entry " + std::to_string(sequence.value()) + " to erase"};
    sidecar = found->second->sidecar.get();
    last_frame = next_.frame - 1;
  }
  const auto row = sidecar->read(sequence);
  if (!row) return row.error();
  if (row->row.erased) return {};
  if (row->row.frame >= last_frame)
    return Error{Errc::conflict,
                 "entry " + std::to_string(sequence.value()) +
                     " is in the last frame: append the entry that records its erasure first"};
  File* file = nullptr;
  {
    const std::shared_lock lock{mutex_};
    file = segments_[row->row.segment - 1].get();
  }
  std::string bytes;
  TOCSIN_TRY(file->read_at(row->row.offset, row->row.length, bytes));
  const auto head = parse_entry_head(bytes, log_id_);
  if (!head || head->circle != circle || head->sequence != sequence || head->length() != row->row.length)
    return corrupt(row->row.segment, row->row.offset, "the head of this entry is damaged");

  const ErasureNote note{log_id_, circle, sequence, row->row.segment, row->row.offset, row->row.length};
  TOCSIN_TRY(write_erasure_note(*options_.files, options_.folder, note));
  if (const auto erased = erase_block(*file, row->row.offset, *head); !erased)
    return break_with(erased.error());
  if (const auto marked = sidecar->mark_erased(sequence); !marked) return break_with(marked.error());
  if (const auto synced = sidecar->sync(); !synced) return break_with(synced.error());
  return forget_erasure_note(*options_.files, options_.folder);
}

Status SegmentLog::checkpoint() {
  const std::scoped_lock checkpointing{checkpointing_};
  if (broken_)
    return Error{Errc::unavailable, options_.folder + ": the log stopped writing after a failed write"};
  Checkpoint now;
  std::vector<Sidecar*> sidecars;
  {
    const std::shared_lock lock{mutex_};
    now.log_id = log_id_;
    now.frame = next_.frame - 1;
    now.segment = next_.segment;
    now.offset = next_.offset;
    for (const auto& [id, circle] : circles_) {
      if (circle->head.sequence.value() == 0) continue;
      now.heads.emplace(id, circle->head);
      sidecars.push_back(circle->sidecar.get());
    }
  }
  if (now.frame == 0) return {};
  if (rows_distrusted_)
    return Error{Errc::corrupt, options_.folder + ": damaged rows, which the next start makes anew"};
  for (Sidecar* sidecar : sidecars)
    if (const auto synced = sidecar->sync(); !synced) return break_with(synced.error());
  return replace_whole(*options_.files, options_.folder, "checkpoint", encode_checkpoint(now));
}

/// A checkpoint that fails here is no loss: the next open replays more.
void SegmentLog::run_checkpoints() {
  std::unique_lock lock{wake_mutex_};
  while (!stopping_) {
    wake_.wait(lock, [this] { return stopping_ || bytes_since_checkpoint_ >= options_.checkpoint_bytes; });
    if (stopping_) return;
    bytes_since_checkpoint_ = 0;
    lock.unlock();
    const auto done = checkpoint();
    static_cast<void>(done);
    lock.lock();
  }
}

// ---- reading ----

Place SegmentLog::next() const {
  const std::shared_lock lock{mutex_};
  return next_;
}

Position SegmentLog::end() const {
  return {next().frame - 1};
}

SegmentLog::View SegmentLog::view(CircleId circle) const {
  const std::shared_lock lock{mutex_};
  const auto found = circles_.find(circle);
  if (found == circles_.end()) return {};
  return {found->second->sidecar.get(), found->second->head};
}

const File* SegmentLog::segment_file(std::uint32_t segment) const {
  const std::shared_lock lock{mutex_};
  return segment == 0 || segment > segments_.size() ? nullptr : segments_[segment - 1].get();
}

/// A damaged row is not served, and without a checkpoint the next open makes all rows anew.
Error SegmentLog::distrust(Error error) const {
  if (error.code == Errc::corrupt && !rows_distrusted_.exchange(true)) {
    const auto removed = options_.files->remove(options_.folder + "/checkpoint");
    static_cast<void>(removed);
  }
  return error;
}

Head SegmentLog::head(CircleId circle) const {
  return view(circle).head;
}

std::vector<CircleId> SegmentLog::circles() const {
  std::vector<CircleId> out;
  const std::shared_lock lock{mutex_};
  for (const auto& [id, circle] : circles_)
    if (circle->head.sequence.value() != 0) out.push_back(id);
  return out;
}

Result<Row> SegmentLog::row(CircleId circle, Sequence sequence) const {
  const View pinned = view(circle);
  if (sequence.value() == 0 || sequence > pinned.head.sequence)
    return Error{Errc::not_found, "no entry " + std::to_string(sequence.value())};
  const auto stored = pinned.sidecar->read(sequence);
  if (!stored) return distrust(stored.error());
  return stored->row;
}

Result<std::vector<Row>> SegmentLog::rows(CircleId circle, Sequence first, std::size_t most) const {
  const View pinned = view(circle);
  std::vector<Row> out;
  const std::uint64_t from = std::max<std::uint64_t>(first.value(), 1);
  if (from > pinned.head.sequence.value()) return out;
  const auto count = std::min<std::uint64_t>(most, pinned.head.sequence.value() - from + 1);
  const auto stored = pinned.sidecar->read(Sequence{from}, count);
  if (!stored) return distrust(stored.error());
  out.reserve(count);
  for (const StoredRow& row : *stored) out.push_back(row.row);
  return out;
}

Result<Sequence> SegmentLog::first_after(CircleId circle, Timestamp after) const {
  const View pinned = view(circle);
  std::uint64_t low = 1;
  std::uint64_t high = pinned.head.sequence.value() + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto stored = pinned.sidecar->read(Sequence{middle});
    if (!stored) return distrust(stored.error());
    if (stored->row.date_added > after) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return Sequence{low};
}

Result<Entry> SegmentLog::read(CircleId circle, Sequence sequence) const {
  const View pinned = view(circle);
  if (sequence.value() == 0 || sequence > pinned.head.sequence)
    return Error{Errc::not_found, "no entry " + std::to_string(sequence.value())};
  auto entry = read_once(circle, sequence, *pinned.sidecar);
  if (entry || entry.error().code != Errc::corrupt) return entry;
  const std::scoped_lock erasing{erasing_};
  return read_once(circle, sequence, *pinned.sidecar);
}

Result<Entry> SegmentLog::read_once(CircleId circle, Sequence sequence, const Sidecar& sidecar) const {
  const auto stored = sidecar.read(sequence);
  if (!stored) return distrust(stored.error());
  const Row& row = stored->row;
  const File* file = segment_file(row.segment);
  if (file == nullptr) return corrupt(row.segment, row.offset, "a row names this segment, which is missing");
  std::string bytes;
  TOCSIN_TRY(file->read_at(row.offset, row.length, bytes));
  const auto head = parse_entry_head(bytes, log_id_);
  if (!head || head->circle != circle || head->sequence != sequence || head->length() != bytes.size())
    return corrupt(row.segment, row.offset, "the head of this entry is damaged");
  const Block block = parse_block(std::string_view{bytes}.substr(head->head_length()), *head);
  if (block.state == Block::State::bad || (block.state == Block::State::erased) != row.erased)
    return corrupt(row.segment, row.offset + head->head_length(), "the content of this entry is damaged");
  return make_entry(*head, block);
}

/// How many of the entries, from the first on, one read takes.
std::size_t SegmentLog::gathered(std::span<const Wanted> wanted) {
  const Row& first = wanted.front().row;
  std::uint64_t end = first.offset + first.length;
  std::size_t count = 1;
  for (; count < wanted.size(); ++count) {
    const Row& next = wanted[count].row;
    const bool near =
        next.segment == first.segment && next.offset >= end && next.offset - end <= gap_bytes_max;
    if (!near || next.offset + next.length - first.offset > gather_bytes_max) break;
    end = next.offset + next.length;
  }
  return count;
}

Result<std::vector<std::optional<std::string>>> SegmentLog::contents(CircleId circle,
                                                                     std::span<const Wanted> wanted) const {
  std::vector<std::optional<std::string>> found;
  found.reserve(wanted.size());
  std::string bytes;
  while (!wanted.empty()) {
    const auto together = wanted.first(gathered(wanted));
    const Row& first = together.front().row;
    const Row& last = together.back().row;
    const File* file = segment_file(first.segment);
    if (file == nullptr)
      return corrupt(first.segment, first.offset, "a row names this segment, which is missing");
    TOCSIN_TRY(file->read_at(first.offset, last.offset + last.length - first.offset, bytes));
    for (const auto& [sequence, row] : together) {
      const auto at = std::min<std::uint64_t>(row.offset - first.offset, bytes.size());
      const auto entry = std::string_view{bytes}.substr(at, row.length);
      const auto head = parse_entry_head(entry, log_id_);
      const bool good =
          head && head->circle == circle && head->sequence == sequence && head->length() == entry.size();
      const Block block = good ? parse_block(entry.substr(head->head_length()), *head) : Block{};
      if (block.state == Block::State::whole) {
        found.emplace_back(block.bytes);
        continue;
      }
      // Erased since the row was read, or being erased, or damaged: read() tells these apart.
      auto alone = read(circle, sequence);
      if (!alone) return std::move(alone).error();
      found.push_back(alone->erased ? std::nullopt : std::optional{std::move(alone->bytes)});
    }
    wanted = wanted.subspan(together.size());
  }
  return found;
}

void SegmentLog::mark(const Place& place) const {
  const std::unique_lock lock{mutex_};
  const auto after = marks_.upper_bound(place.frame);
  if (after != marks_.begin()) {
    const Place& before = std::prev(after)->second;
    if (before.segment == place.segment && place.offset < before.offset + mark_bytes) return;
  }
  marks_.emplace(place.frame, place);
}

/// A known place at or before the frame.
Place SegmentLog::mark_before(std::uint64_t frame) const {
  const std::shared_lock lock{mutex_};
  if (frame >= next_.frame) return next_;
  const auto after = marks_.upper_bound(frame);
  return after == marks_.begin() ? Place{} : std::prev(after)->second;
}

/// The entries of the frame, whose header is intact.
Result<std::vector<Entry>> SegmentLog::load_frame(Window& window, const Place& at,
                                                  const FrameHeader& header) const {
  const auto bytes = window.at(at.offset, header.length);
  if (!bytes) return bytes.error();
  const auto parsed = parse_frame(*bytes, header);
  if (!parsed) return corrupt(at.segment, at.offset, "this frame is damaged");
  std::vector<Entry> entries;
  entries.reserve(parsed->size());
  for (const FrameEntry& entry : *parsed) {
    if (entry.block.state == Block::State::erased) TOCSIN_TRY(expect_erased(entry, at));
    entries.push_back(make_entry(entry.head, entry.block));
  }
  return entries;
}

/// Zeros are an erasure only when the row says so.
Status SegmentLog::expect_erased(const FrameEntry& entry, const Place& at) const {
  const View pinned = view(entry.head.circle);
  if (entry.head.sequence <= pinned.head.sequence) {
    const auto stored = pinned.sidecar->read(entry.head.sequence);
    if (!stored) return distrust(stored.error());
    if (stored->row.erased) return {};
  }
  return corrupt(at.segment, at.offset + entry.offset, "zeros where no entry was erased");
}

Status SegmentLog::scan(Position from, const Replay& visit) const {
  const Place end = next();
  Place at = mark_before(from.frame + 1);
  const File* file = nullptr;
  std::optional<Window> window;
  while (at.frame < end.frame) {
    if (const File* now = segment_file(at.segment); now != file || !window) {
      if (now == nullptr) return corrupt(at.segment, 0, "this segment is missing");
      file = now;
      window.emplace(*file);
    }
    const auto bytes = window->at(at.offset, frame_header_bytes);
    if (!bytes) return bytes.error();
    if (bytes->empty() && at.segment < end.segment) {
      ++at.segment;
      at.offset = 0;
      continue;
    }
    const auto header = parse_frame_header(*bytes);
    if (!header || header->number != at.frame || header->log_id != log_id_)
      return corrupt(at.segment, at.offset, "the header of this frame is damaged");
    if (at.frame > from.frame) {
      auto entries = load_frame(*window, at, *header);
      if (!entries && entries.error().code == Errc::corrupt) {
        const std::scoped_lock erasing{erasing_};
        window->drop();
        entries = load_frame(*window, at, *header);
      }
      if (!entries) return entries.error();
      for (const Entry& entry : *entries) TOCSIN_TRY(visit(entry, Position{at.frame}));
    }
    mark(at);
    at.offset += header->length;
    ++at.frame;
  }
  return {};
}

}  // namespace tocsin::log
