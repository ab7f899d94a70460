#pragma once

/// The write path: one thread that decides in log order, writes one frame per group, and tells everyone
/// after.
///
/// A command is decided against the logs, the views and an overlay of what the views have not applied yet.
/// All commands that wait become one frame: decide, append, fdatasync, publish, answer. Nothing undurable is
/// readable, because readers look at the log, and the overlay is the sequencer's alone.
///
/// Errors:  overloaded when the queue is full (the caller answers 503); unavailable for every command once a
/// write
///          failed. A command's `done` is called exactly once.
/// Threads: submit() from any; everything a command's `decide` gets belongs to the sequencer's thread.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/bounded_queue.hpp"
#include "circle/classes.hpp"
#include "circle/erasures.hpp"
#include "circle/flood.hpp"
#include "circle/follower.hpp"
#include "log/log.hpp"
#include "policy/directory.hpp"
#include "views/views.hpp"

namespace tocsin::circle {

/// One version of an object, as the sequencer needs it.
struct KnownVersion {
  Sequence sequence;
  std::string version;  ///< as stix::Object::version()
  std::uint32_t marking_class = 0;
  bool withdrawn = false;
  bool superseded = false;
};

/// What is known of one id in one circle.
struct KnownId {
  MemberId owner;                      ///< 0: nobody yet
  std::vector<KnownVersion> versions;  ///< in log order
  std::uint64_t frame = 0;             ///< that touched it last; the views may lack what it wrote

  bool withdrawn() const;               ///< any of them, by withdrawal or `revoked: true`
  const KnownVersion* current() const;  ///< the newest that is not superseded; null when there is none
};

/// What `decide` works with. Valid only during the call.
class Decider {
 public:
  Timestamp now() const { return now_; }
  const policy::Directory& directory() const;
  const Classes& classes() const;
  const Erasures& erasures() const;
  const views::Views& views() const;  ///< what they have applied so far
  Flood& flood();

  /// Of an id that was erased nothing is known. Errors: unavailable, corrupt (views or log could not be
  /// read).
  Result<KnownId*> known(CircleId circle, std::string_view id);
  /// Whether a message in `circle` released this id to the circle with that UUID.
  Result<bool> release(CircleId circle, std::string_view id, std::string_view to_circle_uuid);
  /// The entry, also when it is a draft of this very frame.
  Result<log::Entry> read(CircleId circle, Sequence sequence);

  /// The acts of this kind on an id, as far as the views have them.
  Result<std::vector<Sequence>> acts(CircleId circle, std::string_view id, log::Kind kind);
  Result<log::Row> row(CircleId circle, Sequence sequence);
  /// The members behind the acts of this kind on an id, as far as the views have them.
  Result<std::set<MemberId>> authors_of(CircleId circle, std::string_view id, log::Kind kind);

  /// The number of a marking class. The first entry added with a new class carries its definition.
  std::uint32_t class_number(CircleId circle, const policy::MarkingClass& marking_class);
  /// The sequence that the next entry of this circle will have.
  Sequence next(CircleId circle);

  /// Adds an entry. `object` is what the views index; `subject` and `owner` as in views::Change. Interns the
  /// class and seals the holder. Returns the sequence that the entry will have.
  struct Addition {
    CircleId circle;
    log::Kind kind = log::Kind::object;
    policy::MarkingClass marking_class;
    MemberId author;
    HolderId holder;
    std::string attributes;
    std::string bytes;
    std::optional<Hash> bytes_hash;  ///< SHA-256(bytes), when another thread has made it
    bool superseded = false;         ///< it is not the newest version even as it comes
    std::vector<log::RowChange> changes;
    std::shared_ptr<const stix::Object> object;
    std::string subject;
    MemberId owner;
    std::optional<Hash> tombstone;  ///< of an erasure
    std::string pattern;            ///< of the object, as views::Change
    bool reintroduces = false;      ///< carries its class again: the entry that did will be erased
  };
  Sequence add(Addition addition);

 private:
  friend class Sequencer;
  explicit Decider(class Sequencer& sequencer, Timestamp now) : sequencer_{sequencer}, now_{now} {}
  class Sequencer& sequencer_;
  Timestamp now_;
};

struct Command {
  /// Decides and adds entries. An error refuses the command; it must then have added nothing.
  std::function<Status(Decider&)> decide;
  /// Durable: what became of the added entries, in order. Or why not.
  std::function<void(Result<std::vector<log::Appended>>)> done;
  std::size_t bytes = 0;  ///< about how much it will write; bounds the frame
  /// Changes who may do what: it gets a frame of its own, so that what follows is decided under the new
  /// rights.
  bool governs = false;
};

/// The command of a request that adds one entry: `decide(on, request)` decides it, `request.done` hears of
/// it.
template <class Request, class Decide>
Command one_entry_command(Request request, std::size_t bytes, Decide decide) {
  const auto state = std::make_shared<Request>(std::move(request));
  Command command;
  command.bytes = bytes;
  command.decide = [state, decide](Decider& on) { return decide(on, *state); };
  command.done = [state](Result<std::vector<log::Appended>> appended) {
    if (appended)
      state->done(appended->front());
    else
      state->done(std::move(appended).error());
  };
  return command;
}

class Sequencer {
 public:
  struct Options {
    std::size_t commands_max = 4096;
    std::size_t frame_bytes_target = 4 << 20;
    std::size_t frame_commands_max = 1024;
  };
  /// What others hear after entries are durable and before their commands are answered. Called on the
  /// sequencer's thread; must be quick.
  using Listener = std::function<void(const std::set<CircleId>& circles, bool rights_changed)>;

  Sequencer(Options options, log::Log& log, const views::Views& views, Follower& follower,
            policy::Directory& directory, Classes& classes, Erasures& erasures, const Clock& clock);
  ~Sequencer();

  void listen(Listener listener) { listener_ = std::move(listener); }  ///< before start()
  void start();
  /// Answers what waits, then stops. Idempotent.
  void stop();

  [[nodiscard]] bool submit(Command command);
  /// False once a write failed: the hub reads on, and says so in its readiness.
  bool writable() const { return writable_.load(std::memory_order_acquire); }

 private:
  friend class Decider;
  struct Pending {
    log::Draft draft;
    std::shared_ptr<const stix::Object> object;
    std::string subject;
    MemberId owner;
    std::string pattern;
    bool governance = false;
    Sequence sequence;
    CircleId circle;
    std::uint32_t introduces = 0;  ///< the number of the class that this entry defines
  };

  void run();
  void settle(std::vector<Command>& commands);
  void write(std::vector<std::pair<Command*, std::size_t>>& decided);
  std::uint64_t& next_sequence(CircleId circle);
  void recover(const Error& error, const std::vector<Pending>& frame);
  void forget_applied();

  const Options options_;
  log::Log& log_;
  const views::Views& views_;
  Follower& follower_;
  policy::Directory& directory_;
  Classes& classes_;
  Erasures& erasures_;
  const Clock& clock_;
  Listener listener_;
  BoundedQueue<Command> queue_;
  std::atomic<bool> writable_{true};
  std::thread thread_;

  // Below: the sequencer's thread only.
  std::vector<Pending> frame_;
  Flood flood_{log_, classes_};
  std::set<std::pair<CircleId, std::uint32_t>> unsealed_;      // classes that no entry has introduced yet
  std::unordered_map<std::uint64_t, std::uint64_t> next_;      // circle → next sequence
  std::unordered_map<std::string, KnownId> overlay_;           // circle ‖ id
  std::deque<std::pair<std::uint64_t, std::string>> touched_;  // frame that last touched the key
};

}  // namespace tocsin::circle
