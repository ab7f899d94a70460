/// How a log begins again: segments in order, the checkpoint when it can be trusted, the frames after it, and
/// what to do with a bad one. Source: docs/formats/log.md §Recovery.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "log/erasure.hpp"
#include "log/segment_log.hpp"

namespace tocsin::log {
namespace {

constexpr std::uint64_t search_step_bytes = 1 << 20;

/// The number in "segment-00000012.log"; 0 when it is no such name.
std::uint32_t segment_number(std::string_view name) {
  constexpr std::string_view head = "segment-";
  constexpr std::string_view tail = ".log";
  if (!name.starts_with(head) || !name.ends_with(tail)) return 0;
  name = name.substr(head.size(), name.size() - head.size() - tail.size());
  std::uint32_t number = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
  return code == std::errc{} && end == name.data() + name.size() ? number : 0;
}

bool is_rows_file(std::string_view name) {
  return name.starts_with("circle-") && name.ends_with(".rows");
}

std::string_view broken_link(const EntryHead& entry, const Head& before) {
  if (entry.sequence.value() != before.sequence.value() + 1) return "a sequence is missing or repeated";
  if (entry.previous != before.commitment) return "the commitment of the entry before differs";
  if (entry.date_added <= before.date_added && before.sequence.value() != 0)
    return "date_added does not rise";
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(Options options, Position from, const Replay& replay) {
  auto log = std::make_unique<SegmentLog>(std::move(options));
  TOCSIN_TRY(log->start());
  if (replay) TOCSIN_TRY(log->scan(from, replay));
  return std::unique_ptr<Log>{std::move(log)};
}

Status SegmentLog::start() {
  FileSystem& files = *options_.files;
  TOCSIN_TRY(files.make_folder(options_.folder));
  const auto parent = std::filesystem::path{options_.folder}.parent_path();
  TOCSIN_TRY(files.sync_folder(parent.empty() ? "." : parent.string()));
  TOCSIN_TRY(open_segments());
  TOCSIN_TRY(finish_erasure());

  const auto from = load_checkpoint();
  if (!from) return from.error();
  if (!sidecars_damaged_) TOCSIN_TRY(replay_rows(*from));
  if (!sidecars_damaged_) {
    const auto marked = mark_erased_row();
    sidecars_damaged_ = !marked && marked.error().code == Errc::corrupt;
    if (!marked && !sidecars_damaged_) return marked;
  }
  if (sidecars_damaged_) {
    TOCSIN_TRY(forget_sidecars());
    sidecars_damaged_ = false;
    TOCSIN_TRY(replay_rows(Place{}));
    if (sidecars_damaged_) return Error{Errc::corrupt, options_.folder + ": new rows do not hold"};
  }
  TOCSIN_TRY(settle());
  clock_offset_ = std::chrono::microseconds::min();
  checkpointer_ = std::thread{[this] { run_checkpoints(); }};
  return {};
}

Status SegmentLog::open_segments() {
  const auto names = options_.files->list(options_.folder);
  if (!names) return names.error();
  std::vector<std::uint32_t> numbers;
  for (const std::string& name : *names)
    if (const auto number = segment_number(name); number != 0) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  for (std::uint32_t expected = 1; const std::uint32_t number : numbers) {
    if (number != expected)
      return Error{Errc::corrupt, segment_path(expected) + ": this segment is missing, later ones are there"};
    TOCSIN_TRY(open_segment(number));
    std::string bytes;
    TOCSIN_TRY(segments_.back()->read_at(0, frame_header_bytes, bytes));
    if (const auto header = parse_frame_header(bytes)) {
      if (number == 1) log_id_ = header->log_id;
      mark({header->number, number, 0});
    }
    ++expected;
  }
  return {};
}

/// Where the replay begins. Without a checkpoint that can be trusted the sidecars count as damaged.
Result<Place> SegmentLog::load_checkpoint() {
  const std::string path = options_.folder + "/checkpoint";
  sidecars_damaged_ = true;
  if (!options_.files->exists(path)) return Place{};
  const auto bytes = read_whole(*options_.files, path);
  if (!bytes) return bytes.error();
  const auto checkpoint = parse_checkpoint(*bytes);
  if (!checkpoint || (log_id_ != 0 && checkpoint->log_id != log_id_)) return Place{};

  // What a checkpoint names was on stable storage. A log that ends before it has lost acknowledged entries.
  if (checkpoint->segment > segments_.size())
    return Error{Errc::corrupt,
                 segment_path(checkpoint->segment) + ": this segment is missing, the checkpoint names it"};
  const auto size = segments_[checkpoint->segment - 1]->size();
  if (!size) return size.error();
  if (log_id_ == 0 || *size < checkpoint->offset)
    return corrupt(
        checkpoint->segment, *size,
        "the log ends before frame " + std::to_string(checkpoint->frame) + ", which the checkpoint names");
  for (const auto& [id, head] : checkpoint->heads) {
    const auto circle = circle_for_writing(id);
    if (!circle) return circle.error();
    (*circle)->head = head;
    const auto holds = (*circle)->sidecar->holds(head.sequence.value());
    if (!holds) return holds.error();
    if (!*holds) return Place{};
  }
  sidecars_damaged_ = false;
  return Place{checkpoint->frame + 1, checkpoint->segment, checkpoint->offset};
}

/// The checkpoint goes first and durably: rows that are being made anew must never look trustworthy.
Status SegmentLog::forget_sidecars() {
  FileSystem& files = *options_.files;
  TOCSIN_TRY(files.remove(options_.folder + "/checkpoint"));
  TOCSIN_TRY(files.sync_folder(options_.folder));
  circles_.clear();
  const auto names = files.list(options_.folder);
  if (!names) return names.error();
  for (const std::string& name : *names)
    if (is_rows_file(name)) TOCSIN_TRY(files.remove(options_.folder + "/" + name));
  return {};
}

Status SegmentLog::replay_rows(Place from) {
  next_ = from;
  last_frame_bytes_ = 0;
  while (next_.segment <= segments_.size() && !sidecars_damaged_) {
    Window window{*segments_[next_.segment - 1]};
    const bool last = next_.segment == segments_.size();
    TOCSIN_TRY(replay_segment(window, last));
    if (last) break;
    ++next_.segment;
    next_.offset = 0;
  }
  return {};
}

Status SegmentLog::replay_segment(Window& window, bool last) {
  while (!sidecars_damaged_) {
    const auto head = window.at(next_.offset, frame_header_bytes);
    if (!head) return head.error();
    if (head->empty()) return {};
    const auto header = parse_frame_header(*head);
    if (!header) return handle_bad_frame(window, last, false);
    if (header->version != format_version)
      return corrupt(next_.segment, next_.offset,
                     "written in a newer format, version " + std::to_string(header->version));
    if (log_id_ == 0) log_id_ = header->log_id;
    if (header->log_id != log_id_) return corrupt(next_.segment, next_.offset, "a frame of another log");
    if (header->number != next_.frame)
      return corrupt(next_.segment, next_.offset,
                     "frame " + std::to_string(header->number) + " where frame " +
                         std::to_string(next_.frame) + " belongs");

    const auto bytes = window.at(next_.offset, header->length);
    if (!bytes) return bytes.error();
    const auto entries = parse_frame(*bytes, *header);
    if (!entries) return handle_bad_frame(window, last, false);
    const bool erased = std::any_of(entries->begin(), entries->end(), [](const FrameEntry& entry) {
      return entry.block.state == Block::State::erased;
    });
    if (erased) {
      // The entry that records an erasure comes in a later frame. Zeros at the very end are a torn write.
      const auto follows = frame_follows(next_.offset + header->length);
      if (!follows) return follows.error();
      if (!*follows) return handle_bad_frame(window, last, true);
    }
    TOCSIN_TRY(replay_frame(*header, *entries));
    mark(next_);
    last_frame_bytes_ = header->length;
    next_.offset += header->length;
    ++next_.frame;
  }
  return {};
}

Status SegmentLog::replay_frame(const FrameHeader& header, std::span<const FrameEntry> entries) {
  Updates updates;
  for (const FrameEntry& entry : entries) {
    const std::uint64_t offset = next_.offset + entry.offset;
    const auto circle = circle_for_writing(entry.head.circle);
    if (!circle) return circle.error();
    Head& head = (*circle)->head;
    if (const auto why = broken_link(entry.head, head); !why.empty())
      return corrupt(next_.segment, offset, why);
    head = {entry.head.sequence, entry.head.date_added, entry.head.commitment};
    SidecarUpdate& update = updates[entry.head.circle];
    const bool erased = entry.block.state == Block::State::erased;
    update.added.push_back({{.segment = next_.segment,
                             .length = static_cast<std::uint32_t>(entry.head.length()),
                             .offset = offset,
                             .frame = header.number,
                             .date_added = entry.head.date_added,
                             .marking_class = entry.head.marking_class,
                             .kind = entry.head.kind,
                             .erased = erased},
                            entry.head.sequence});
    for (const RowChange& change : entry.head.changes) {
      if (change.sequence.value() == 0 || change.sequence > entry.head.sequence)
        return corrupt(next_.segment, offset, "a row change names a later entry");
      update.change(change);
    }
  }
  const auto status = apply(updates);
  if (!status && status.error().code == Errc::corrupt) {
    sidecars_damaged_ = true;
    return {};
  }
  return status;
}

/// The frame at next_ is bad. The last one of the log was torn by a crash and never acknowledged: it is cut.
/// Anything else was acknowledged and has been damaged since.
Status SegmentLog::handle_bad_frame(Window& window, bool last, bool erased) {
  window.drop();
  if (!last) return corrupt(next_.segment, next_.offset, "this frame is damaged, later segments are there");
  if (erased) {
    const auto header_bytes = window.at(next_.offset, frame_header_bytes);
    if (!header_bytes) return header_bytes.error();
    const auto header = parse_frame_header(*header_bytes);
    const auto size = segments_[next_.segment - 1]->size();
    if (!size) return size.error();
    if (!header || next_.offset + header->length != *size)
      return corrupt(next_.segment, next_.offset,
                     "the frame after this one, which records an erasure, is damaged");
    return cut();
  }
  const auto intact = intact_frame_after(next_.offset + 1);
  if (!intact) return intact.error();
  if (*intact) return corrupt(next_.segment, next_.offset, "this frame is damaged, valid ones follow");
  return cut();
}

/// Whether an intact header stands where the next frame belongs.
Result<bool> SegmentLog::frame_follows(std::uint64_t offset) {
  for (std::uint32_t segment = next_.segment; segment <= segments_.size(); ++segment) {
    std::string bytes;
    TOCSIN_TRY(segments_[segment - 1]->read_at(offset, frame_header_bytes, bytes));
    if (!bytes.empty()) {
      const auto header = parse_frame_header(bytes);
      return header && header->log_id == log_id_ && header->number == next_.frame + 1;
    }
    offset = 0;
  }
  return false;
}

/// Looks through the rest of the last segment for the header of a later frame.
Result<bool> SegmentLog::intact_frame_after(std::uint64_t offset) {
  const File& file = *segments_[next_.segment - 1];
  std::string bytes;
  for (;; offset += search_step_bytes) {
    TOCSIN_TRY(file.read_at(offset, search_step_bytes + frame_header_bytes - 1, bytes));
    const std::string_view view{bytes};
    for (auto at = view.find(frame_magic()); at != view.npos; at = view.find(frame_magic(), at + 1)) {
      const auto header = parse_frame_header(view.substr(at));
      if (header && (log_id_ == 0 || header->log_id == log_id_) && header->number > next_.frame) return true;
    }
    if (bytes.size() < search_step_bytes + frame_header_bytes - 1) return false;
  }
}

Status SegmentLog::cut() {
  // Rows of this frame prove that it had been whole once. Then they changed earlier rows too.
  for (const auto& [id, circle] : circles_) {
    const auto row = circle->sidecar->probe(Sequence{circle->head.sequence.value() + 1});
    if (row && row->row.frame >= next_.frame) sidecars_damaged_ = true;
  }
  File& file = *segments_[next_.segment - 1];
  TOCSIN_TRY(file.truncate(next_.offset));
  return file.sync();
}

/// An erasure that a crash interrupted left a note. The block it names may be half zero: all of it becomes
/// so.
Status SegmentLog::finish_erasure() {
  const auto note = read_erasure_note(*options_.files, options_.folder);
  if (!note) return note.error();
  if (!*note || (*note)->log_id != log_id_ || (*note)->segment > segments_.size()) return {};
  File& file = *segments_[(*note)->segment - 1];
  std::string bytes;
  TOCSIN_TRY(file.read_at((*note)->offset, (*note)->length, bytes));
  const auto head = parse_entry_head(bytes, log_id_);
  if (!head || head->circle != (*note)->circle || head->sequence != (*note)->sequence ||
      head->length() != (*note)->length)
    return {};
  return erase_block(file, (*note)->offset, *head);
}

/// The last steps: what was only in the system's cache goes to the disk.
Status SegmentLog::settle() {
  while (log_id_ == 0) fill_random(std::as_writable_bytes(std::span{&log_id_, 1}));
  TOCSIN_TRY(options_.files->sync_folder(options_.folder));
  if (last_frame_bytes_ != 0) {
    // The process before this one may have died before its sync, or its sync failed and the system took the
    // page for clean. Writing the same bytes again makes the next sync speak of them.
    Place last{next_.frame - 1, next_.segment, 0};
    if (next_.offset == 0) --last.segment;
    File& file = *segments_[last.segment - 1];
    auto end = next_.offset;
    if (end == 0) {
      const auto size = file.size();
      if (!size) return size.error();
      end = *size;
    }
    std::string bytes;
    TOCSIN_TRY(file.read_at(end - last_frame_bytes_, last_frame_bytes_, bytes));
    TOCSIN_TRY(file.write_at(end - last_frame_bytes_, bytes));
    TOCSIN_TRY(file.sync());
  }
  return forget_erasure_note(*options_.files, options_.folder);
}

/// The row of the erasure that finish_erasure() ended may not know of it yet.
Status SegmentLog::mark_erased_row() {
  const auto note = read_erasure_note(*options_.files, options_.folder);
  if (!note) return note.error();
  if (!*note || (*note)->log_id != log_id_) return {};
  const auto circle = circles_.find((*note)->circle);
  if (circle == circles_.end() || (*note)->sequence > circle->second->head.sequence) return {};
  Sidecar& sidecar = *circle->second->sidecar;
  if (const auto marked = sidecar.mark_erased((*note)->sequence); !marked) return marked;
  return sidecar.sync();
}

}  // namespace tocsin::log
