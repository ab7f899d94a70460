#include "circle/sequencer.hpp"

#include <algorithm>
#include <future>

#include "base/check.hpp"
#include "base/json.hpp"
#include "circle/replay.hpp"
#include "circle/sealed.hpp"
#include "circle/voice.hpp"

namespace tocsin::circle {
namespace {

std::string overlay_key(CircleId circle, std::string_view id) {
  return std::to_string(circle.value()) + '\n' + std::string{id};
}

}  // namespace

bool KnownId::withdrawn() const {
  return std::any_of(versions.begin(), versions.end(), [](const auto& version) { return version.withdrawn; });
}

const KnownVersion* KnownId::current() const {
  for (auto it = versions.rbegin(); it != versions.rend(); ++it)
    if (!it->superseded) return &*it;
  return nullptr;
}

const policy::Directory& Decider::directory() const {
  return sequencer_.directory_;
}
const Classes& Decider::classes() const {
  return sequencer_.classes_;
}
const Erasures& Decider::erasures() const {
  return sequencer_.erasures_;
}
const views::Views& Decider::views() const {
  return sequencer_.views_;
}
Flood& Decider::flood() {
  return sequencer_.flood_;
}

Result<KnownId*> Decider::known(CircleId circle, std::string_view id) {
  const std::string key = overlay_key(circle, id);
  auto& overlay = sequencer_.overlay_;
  const std::uint64_t frame = sequencer_.log_.end().frame + 1;
  if (const auto it = overlay.find(key); it != overlay.end()) {
    if (it->second.frame < frame) {
      it->second.frame = frame;
      sequencer_.touched_.emplace_back(frame, key);
    }
    return &it->second;
  }
  // Not touched by anything that the views have not applied: they know all there is.
  KnownId known;
  known.frame = frame;
  auto exists = sequencer_.views_.exists(circle, id);
  if (!exists) return std::move(exists).error();
  if (*exists && !erasures().forbids(circle, id)) {
    Sequence after;
    for (;;) {
      auto versions = sequencer_.views_.versions(circle, id, after, views::list_most);
      if (!versions) return std::move(versions).error();
      for (auto& version : *versions) {
        after = version.sequence;
        known.owner = version.owner;
        if (version.kind != log::Kind::object) continue;
        auto row = sequencer_.log_.row(circle, version.sequence);
        if (!row) return std::move(row).error();
        if (row->erased) continue;
        known.versions.push_back({version.sequence, std::move(version.version), row->marking_class,
                                  row->withdrawn, row->superseded});
      }
      if (versions->size() < views::list_most) break;
    }
  }
  sequencer_.touched_.emplace_back(frame, key);
  return &overlay.emplace(key, std::move(known)).first->second;
}

Result<log::Entry> Decider::read(CircleId circle, Sequence sequence) {
  for (const auto& pending : sequencer_.frame_) {
    if (pending.draft.circle != circle || pending.sequence != sequence) continue;
    log::Entry entry;
    entry.circle = circle;
    entry.sequence = sequence;
    entry.kind = pending.draft.kind;
    entry.marking_class = pending.draft.marking_class;
    entry.author = pending.draft.author;
    entry.attributes = pending.draft.attributes;
    entry.sealed = pending.draft.sealed;
    entry.bytes = pending.draft.bytes;
    return entry;
  }
  return sequencer_.log_.read(circle, sequence);
}

Result<std::vector<Sequence>> Decider::acts(CircleId circle, std::string_view id, log::Kind kind) {
  return sequencer_.views_.acts(circle, id, kind, Sequence{}, views::list_most);
}

Result<log::Row> Decider::row(CircleId circle, Sequence sequence) {
  return sequencer_.log_.row(circle, sequence);
}

Result<std::set<MemberId>> Decider::authors_of(CircleId circle, std::string_view id, log::Kind kind) {
  std::set<MemberId> authors;
  auto known = acts(circle, id, kind);
  if (!known) return std::move(known).error();
  for (const auto sequence : *known) {
    auto entry = sequencer_.log_.read(circle, sequence);
    if (!entry) return std::move(entry).error();
    if (!entry->erased) authors.insert(entry->author);
  }
  return authors;
}

Result<bool> Decider::release(CircleId circle, std::string_view id, std::string_view to_circle_uuid) {
  auto messages = sequencer_.views_.acts(circle, id, log::Kind::message, Sequence{}, views::list_most);
  if (!messages) return std::move(messages).error();
  for (const auto sequence : *messages) {
    auto entry = sequencer_.log_.read(circle, sequence);
    if (!entry) return std::move(entry).error();
    auto message = json::parse_object(entry->bytes);
    if (message && json::text_or(*message, "act") == "release" &&
        json::text_or(*message, "to") == to_circle_uuid)
      return true;
  }
  return false;
}

std::uint32_t Decider::class_number(CircleId circle, const policy::MarkingClass& marking_class) {
  const auto interned = sequencer_.classes_.intern(circle, marking_class);
  if (interned.is_new) sequencer_.unsealed_.emplace(circle, interned.number);
  return interned.number;
}

Sequence Decider::next(CircleId circle) {
  return Sequence{sequencer_.next_sequence(circle)};
}

Sequence Decider::add(Addition addition) {
  const std::uint32_t number = class_number(addition.circle, addition.marking_class);
  const bool introduces = sequencer_.unsealed_.erase({addition.circle, number}) > 0;
  Sealed sealed{addition.holder, addition.owner, std::nullopt, addition.tombstone};
  if (introduces || addition.reintroduces) sealed.introduces = addition.marking_class;
  Sequencer::Pending pending;
  pending.draft.circle = addition.circle;
  pending.draft.kind = addition.kind;
  pending.draft.marking_class = number;
  pending.draft.author = addition.author;
  pending.draft.attributes = std::move(addition.attributes);
  pending.draft.sealed = encode(sealed);
  pending.draft.bytes = std::move(addition.bytes);
  pending.draft.changes = std::move(addition.changes);
  if (addition.superseded) pending.draft.changes.push_back({next(addition.circle), number, true, false});
  pending.draft.bytes_hash = addition.bytes_hash;
  pending.object = std::move(addition.object);
  pending.subject = std::move(addition.subject);
  pending.owner = addition.owner;
  pending.pattern = std::move(addition.pattern);
  pending.circle = addition.circle;
  pending.introduces = introduces ? number : 0;
  pending.governance = sealed.introduces || is_governance(addition.kind, pending.draft.bytes) ||
                       Erasures::concerns(addition.kind, pending.draft.attributes, pending.draft.bytes);
  pending.sequence = Sequence{sequencer_.next_sequence(addition.circle)++};
  sequencer_.frame_.push_back(std::move(pending));
  return sequencer_.frame_.back().sequence;
}

Sequencer::Sequencer(Options options, log::Log& log, const views::Views& views, Follower& follower,
                     policy::Directory& directory, Classes& classes, Erasures& erasures, const Clock& clock)
    : options_{options},
      log_{log},
      views_{views},
      follower_{follower},
      directory_{directory},
      classes_{classes},
      erasures_{erasures},
      clock_{clock},
      queue_{options.commands_max} {}

Sequencer::~Sequencer() {
  stop();
}

void Sequencer::start() {
  thread_ = std::thread{[this] { run(); }};
}

void Sequencer::stop() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

bool Sequencer::submit(Command command) {
  return queue_.try_push(std::move(command));
}

void Sequencer::run() {
  for (;;) {
    auto commands = queue_.pop_many(options_.frame_commands_max);
    if (commands.empty()) return;
    settle(commands);
  }
}

/// Cuts what waits into frames: at the target size, and around every command that governs.
void Sequencer::settle(std::vector<Command>& commands) {
  std::vector<std::pair<Command*, std::size_t>> decided;  // with the number of entries each added
  std::size_t bytes = 0;
  const auto close_frame = [&] {
    write(decided);
    decided.clear();
    bytes = 0;
  };
  for (Command& command : commands) {
    if (!writable()) {
      command.done(
          Error{Errc::unavailable, "the hub cannot write; it must be restarted once the disk is mended"});
      continue;
    }
    if (!decided.empty() && (command.governs || bytes + command.bytes > options_.frame_bytes_target))
      close_frame();
    if (!writable()) {
      command.done(
          Error{Errc::unavailable, "the hub cannot write; it must be restarted once the disk is mended"});
      continue;
    }
    const std::size_t before = frame_.size();
    Decider decider{*this, clock_.now()};
    if (Status status = command.decide(decider); !status) {
      TOCSIN_CHECK(frame_.size() == before, "a refused command adds nothing");
      command.done(std::move(status).error());
      continue;
    }
    decided.emplace_back(&command, frame_.size() - before);
    bytes += command.bytes;
    if (command.governs) close_frame();
  }
  close_frame();
  forget_applied();
}

void Sequencer::write(std::vector<std::pair<Command*, std::size_t>>& decided) {
  if (decided.empty()) return;
  std::vector<Pending> frame;
  frame.swap(frame_);
  std::vector<log::Appended> appended;
  if (!frame.empty()) {
    std::vector<log::Draft> drafts;
    drafts.reserve(frame.size());
    for (auto& pending : frame) drafts.push_back(std::move(pending.draft));
    auto written = log_.append(drafts);
    if (!written) {
      recover(written.error(), frame);
      for (auto& [command, count] : decided)
        command->done(count == 0 ? Result<std::vector<log::Appended>>{std::vector<log::Appended>{}}
                                 : written.error());
      return;
    }
    appended = *std::move(written);
    const log::Position position = log_.end();
    std::vector<OwnedChange> changes;
    changes.reserve(frame.size());
    std::set<CircleId> circles;
    bool governs = false;
    for (std::size_t i = 0; i < frame.size(); ++i) {
      auto& pending = frame[i];
      const log::Draft& draft = drafts[i];
      TOCSIN_CHECK(pending.sequence == appended[i].sequence, "the sequencer and the log count alike");
      const Status applied = apply_governance(directory_, draft.circle, appended[i].sequence,
                                              appended[i].date_added, draft.kind, draft.bytes);
      TOCSIN_CHECK(applied, "the sequencer writes only acts that the directory can apply");
      if (Erasures::concerns(draft.kind, draft.attributes, draft.bytes)) {
        const auto sealed = decode_sealed(draft.sealed);
        TOCSIN_CHECK(sealed, "the sequencer reads what it wrote");
        erasures_.note(draft.circle, appended[i].sequence, appended[i].date_added, draft.kind, *sealed,
                       draft.attributes, draft.bytes);
      }
      circles.insert(draft.circle);
      governs = governs || is_governance(draft.kind, draft.bytes);
      OwnedChange change;
      change.change.circle = draft.circle;
      change.change.sequence = appended[i].sequence;
      change.change.kind = draft.kind;
      change.change.subject = std::move(pending.subject);
      change.change.owner = pending.owner;
      change.change.governance = pending.governance;
      change.change.pattern = std::move(pending.pattern);
      give_voice(change.change, draft.author, draft.attributes, pending.object.get());
      change.object = std::move(pending.object);
      changes.push_back(std::move(change));
    }
    follower_.push(position, std::move(changes));
    if (listener_) listener_(circles, governs);
  }
  auto at = appended.begin();
  for (auto& [command, count] : decided) {
    const auto end = at + static_cast<std::ptrdiff_t>(count);
    command->done(std::vector<log::Appended>{at, end});
    at = end;
  }
}

/// Takes back what deciding a frame assumed when the frame was not written. A disk that failed is final; a
/// refusal (the clock jumped, say) is not: once the views have caught up they and the log know everything
/// that is true.
void Sequencer::recover(const Error& error, const std::vector<Pending>& frame) {
  if (error.code == Errc::unavailable) {
    writable_.store(false, std::memory_order_release);
    return;
  }
  std::promise<void> caught_up;
  follower_.when_applied(log_.end(), [&](const Status&) { caught_up.set_value(); });
  caught_up.get_future().wait();
  overlay_.clear();
  touched_.clear();
  next_.clear();
  flood_.clear();
  for (const auto& pending : frame)
    if (pending.introduces != 0) unsealed_.emplace(pending.circle, pending.introduces);
}

std::uint64_t& Sequencer::next_sequence(CircleId circle) {
  auto& next = next_[circle.value()];
  if (next == 0) next = log_.head(circle).sequence.value() + 1;
  return next;
}

/// Drops from the overlay what the views answer by now.
void Sequencer::forget_applied() {
  const std::uint64_t applied = views_.applied().frame;
  while (!touched_.empty() && touched_.front().first <= applied) {
    const auto it = overlay_.find(touched_.front().second);
    if (it != overlay_.end() && it->second.frame <= touched_.front().first) overlay_.erase(it);
    touched_.pop_front();
  }
}

}  // namespace tocsin::circle
