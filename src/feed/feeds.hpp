#pragma once

/// The feeds of a hub: collections of other TAXII servers that it follows into its circles.
///
/// Which feeds there are, the directory says (acts `feed`, `feed-paused`, `feed-removed`); how far each is
/// stands in DIR/feeds; its secret in DIR/secrets, readable by the owner alone.
/// Promise: what the source gives is durably accepted, held or refused before the position moves, so a hub
///          that dies loses nothing, and what it takes again is known as a duplicate.
/// Errors:  those of a turn are kept in the feed's state and followed by a growing wait.
/// Threads: any. Feeds are followed by a few threads of their own; a server that is slow or hostile keeps one
///          of them for a bounded time and nothing else.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "circle/classes.hpp"
#include "circle/sequencer.hpp"
#include "circle/share.hpp"
#include "feed/reach.hpp"
#include "feed/settings.hpp"
#include "feed/state.hpp"
#include "log/log.hpp"
#include "policy/directory.hpp"

namespace tocsin::feed {

/// Sums over all feeds since the hub started.
struct Totals {
  std::atomic<std::uint64_t> polls{0}, failures{0}, comparisons{0};
  std::atomic<std::uint64_t> taken{0}, duplicates{0}, held{0}, refused{0}, withdrawn{0};
};

/// What a turn works with. The hub owns all of it.
struct Ground {
  const log::Log& log;
  const policy::Directory& directory;
  const circle::Classes& classes;
  circle::Sequencer& sequencer;
  std::function<std::shared_ptr<const circle::Brakes>()> brakes;
  const Clock& clock;
};

class Feeds {
 public:
  static constexpr std::size_t per_circle_max = 20;
  static constexpr std::size_t per_hub_max = 100;

  struct Options {
    std::string folder;   ///< DIR/feeds
    std::string secrets;  ///< DIR/secrets
    Reach reach;
    unsigned threads = 2;
  };

  /// Reads the states; forgets what is kept of feeds that are gone.
  static Result<std::unique_ptr<Feeds>> open(Options options, Ground ground);
  ~Feeds();
  void start();
  /// Ends turns under way within about a second. Idempotent.
  void stop();
  /// The directory has changed.
  void wake();

  /// Durable when it returns. Before the act that makes the feed.
  Status keep_secret(std::uint64_t id, const Secret& secret);
  State state(std::uint64_t id) const;  ///< its position without what was seen
  /// How it signs in, as sign_in_of().
  std::string sign_in(const policy::Feed& feed) const;
  enum class Ask : std::uint8_t { poll, compare };
  void ask(std::uint64_t id, Ask what);
  /// The next comparison is believed, however much is gone. Durable when it returns.
  Status accept_removals(std::uint64_t id);

  const Totals& totals() const { return totals_; }
  std::size_t failing() const;  ///< feeds whose last turn failed
  const Reach& reach() const { return options_.reach; }

 private:
  struct Kept {
    State state;
    bool busy = false, poll_asked = false, compare_asked = false;
  };

  Feeds(Options options, Ground ground);
  Status load();
  /// From its file, with the whole position. Absent: a new one.
  Result<State> read(std::uint64_t id) const;
  /// Durable when it returns.
  Status save(std::uint64_t id, const State& state);
  void work();
  /// The feed whose turn it is, marked as busy; none: nothing is due. Forgets those that are gone.
  std::optional<policy::Feed> pick(bool& compare);
  void take_turn(const policy::Feed& feed, bool compare);
  void forget_gone(const std::vector<policy::Feed>& feeds);
  void pause(std::uint64_t id, const std::string& why);
  std::string state_path(std::uint64_t id) const;
  std::string secret_path(std::uint64_t id) const;

  const Options options_;
  const Ground ground_;
  Totals totals_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Kept> kept_;  // guarded by mutex_
};

}  // namespace tocsin::feed
