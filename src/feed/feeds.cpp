#include "feed/feeds.hpp"

#include <algorithm>
#include <charconv>
#include <future>

#include "base/crypto.hpp"
#include "base/file.hpp"
#include "circle/govern.hpp"
#include "feed/schedule.hpp"
#include "feed/turn.hpp"

namespace tocsin::feed {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_again{1000};
constexpr std::uint64_t state_bytes_max = 64ULL << 20;
constexpr std::uint64_t secret_bytes_max = 1 << 20;
constexpr std::chrono::hours compare_again_max{1};  // after a comparison that failed

std::uint64_t random_number() {
  std::uint64_t number = 0;
  fill_random(std::as_writable_bytes(std::span{&number, 1}));
  return number;
}

/// What is held in memory of every feed. Its keys may be many, and are needed in its turn alone.
State without_seen(State state) {
  if (state.position) state.position->seen = {};
  return state;
}

/// The number in `prefix`N.json; nullopt for any other name.
std::optional<std::uint64_t> number_in(std::string_view name, std::string_view prefix) {
  constexpr std::string_view suffix = ".json";
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size())
    return std::nullopt;
  const auto digits = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

Feeds::Feeds(Options options, Ground ground) : options_{std::move(options)}, ground_{std::move(ground)} {}

Feeds::~Feeds() {
  stop();
}

Result<std::unique_ptr<Feeds>> Feeds::open(Options options, Ground ground) {
  TOCSIN_TRY(system_files().make_folder(options.folder));
  std::unique_ptr<Feeds> feeds{new Feeds{std::move(options), std::move(ground)}};
  TOCSIN_TRY(feeds->load());
  return feeds;
}

Status Feeds::load() {
  const auto feeds = ground_.directory.feeds();
  for (const auto& feed : feeds) {
    auto& state = kept_[feed.id].state;
    auto read_now = read(feed.id);
    // A state that cannot be read costs a walk through the source, and must not cost the hub its start.
    if (!read_now && read_now.error().code != Errc::corrupt) return read_now.error();
    if (read_now)
      state = without_seen(*std::move(read_now));
    else
      state.last_warning = "its state could not be read, so it takes everything again";
  }
  const auto exists = [&](std::uint64_t id) {
    return std::any_of(feeds.begin(), feeds.end(), [id](const auto& feed) { return feed.id == id; });
  };
  for (const auto& [folder, prefix] : {std::pair{options_.folder, std::string_view{}},
                                       std::pair{options_.secrets, std::string_view{"feed-"}}}) {
    auto names = system_files().list(folder);
    if (!names) return names.error();
    for (const auto& name : *names)
      if (const auto id = number_in(name, prefix); id && !exists(*id))
        TOCSIN_TRY(system_files().remove(folder + '/' + name));
  }
  return {};
}

void Feeds::start() {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

void Feeds::stop() {
  {
    std::scoped_lock lock{mutex_};
    stopping_.store(true);
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Feeds::wake() {
  { std::scoped_lock lock{mutex_}; }  // so that a thread that has just looked is waiting by now
  changed_.notify_all();
}

std::string Feeds::state_path(std::uint64_t id) const {
  return options_.folder + '/' + std::to_string(id) + ".json";
}

std::string Feeds::secret_path(std::uint64_t id) const {
  return options_.secrets + "/feed-" + std::to_string(id) + ".json";
}

Status Feeds::keep_secret(std::uint64_t id, const Secret& secret) {
  return write_file(secret_path(id), to_json(secret), 0600);
}

Result<State> Feeds::read(std::uint64_t id) const {
  const auto text = read_file(state_path(id), state_bytes_max);
  if (!text && text.error().code == Errc::not_found) return State{};
  if (!text) return text.error();
  return read_state(*text);
}

Status Feeds::save(std::uint64_t id, const State& state) {
  TOCSIN_TRY(write_file(state_path(id), to_json(state), 0600));
  std::scoped_lock lock{mutex_};
  kept_[id].state = without_seen(state);
  return {};
}

State Feeds::state(std::uint64_t id) const {
  std::scoped_lock lock{mutex_};
  const auto it = kept_.find(id);
  return it == kept_.end() ? State{} : it->second.state;
}

std::string Feeds::sign_in(const policy::Feed& feed) const {
  const auto settings = read_settings(feed.settings);
  const auto text = read_file(secret_path(feed.id), secret_bytes_max);
  const auto secret = text ? read_secret(*text) : Result<Secret>{text.error()};
  return settings && secret ? sign_in_of(*settings, *secret) : "unreadable";
}

void Feeds::ask(std::uint64_t id, Ask what) {
  {
    std::scoped_lock lock{mutex_};
    auto& kept = kept_[id];
    kept.poll_asked = true;
    kept.compare_asked = kept.compare_asked || what == Ask::compare;
  }
  changed_.notify_all();
}

Status Feeds::accept_removals(std::uint64_t id) {
  // Under the lock, so that no turn begins with the state before.
  std::scoped_lock lock{mutex_};
  auto& kept = kept_[id];
  if (kept.busy) return Error{Errc::conflict, "the feed is being followed right now; try again in a moment"};
  auto state = read(id);
  if (!state) return state.error();
  state->accept_removals = true;
  TOCSIN_TRY(write_file(state_path(id), to_json(*state), 0600));
  kept.state.accept_removals = true;
  return {};
}

std::size_t Feeds::failing() const {
  std::scoped_lock lock{mutex_};
  return static_cast<std::size_t>(std::count_if(
      kept_.begin(), kept_.end(), [](const auto& each) { return each.second.state.failures > 0; }));
}

void Feeds::forget_gone(const std::vector<policy::Feed>& feeds) {
  for (auto it = kept_.begin(); it != kept_.end();) {
    const bool gone =
        std::none_of(feeds.begin(), feeds.end(), [&](const auto& feed) { return feed.id == it->first; });
    if (!gone || it->second.busy) {
      ++it;
      continue;
    }
    // What cannot be removed now is removed at the next start.
    (void)system_files().remove(state_path(it->first));
    (void)system_files().remove(secret_path(it->first));
    it = kept_.erase(it);
  }
}

std::optional<policy::Feed> Feeds::pick(bool& compare) {
  const auto now = ground_.clock.now();
  auto feeds = ground_.directory.feeds();
  forget_gone(feeds);
  policy::Feed* chosen = nullptr;
  for (auto& feed : feeds) {
    auto& kept = kept_[feed.id];
    if (feed.paused || kept.busy) continue;
    const bool due = kept.poll_asked || is_due(kept.state.next_poll, now, std::chrono::hours{24 * 30});
    // The one that has waited longest goes first.
    if (due && (chosen == nullptr || kept.state.last_attempt < kept_[chosen->id].state.last_attempt))
      chosen = &feed;
  }
  if (chosen == nullptr) return std::nullopt;
  auto& kept = kept_[chosen->id];
  compare = kept.compare_asked || (kept.state.next_compare != Timestamp{} &&
                                   is_due(kept.state.next_compare, now, std::chrono::hours{24 * 30}));
  kept.busy = true;
  kept.poll_asked = kept.compare_asked = false;
  return *chosen;
}

void Feeds::work() {
  std::unique_lock lock{mutex_};
  while (!stopping_.load()) {
    bool compare = false;
    const auto feed = pick(compare);
    if (!feed) {
      changed_.wait_for(lock, look_again);
      continue;
    }
    lock.unlock();
    take_turn(*feed, compare);
    lock.lock();
    kept_[feed->id].busy = false;
    changed_.notify_all();
  }
}

void Feeds::take_turn(const policy::Feed& feed, bool compare) {
  auto kept = read(feed.id);
  State current = kept ? *std::move(kept) : State{};  // what cannot be read is taken again
  const auto settings = read_settings(feed.settings);
  const auto end = [&](Turn::Outcome outcome) {
    if (stopping_.load() && !outcome.status) return;  // what a stopping hub broke off is no failure
    const auto now = ground_.clock.now();
    if (!outcome.pause.empty()) {
      current.last_error = outcome.pause;
      current.last_error_at = now;
      current.next_poll = now + settings->interval;  // not before the pause is known
      pause(feed.id, outcome.pause);
    } else if (!outcome.status) {
      ++totals_.failures;
      failed(current, outcome.status.error().detail, outcome.asked_wait, now, random_number());
    }
    (void)save(feed.id, current);  // if the disk fails, the log has stopped as well, and says so
  };
  current.last_attempt = ground_.clock.now();
  ++totals_.polls;
  if (!settings) return end({settings.error()});
  const auto text = read_file(secret_path(feed.id), secret_bytes_max);
  const auto secret = text ? read_secret(*text) : Result<Secret>{text.error()};
  if (!secret)
    return end({Error{Errc::corrupt, "its secret cannot be read; remove the feed and add it again"}});

  Turn turn{ground_, feed,           *settings,
            *secret, options_.reach, stopping_,
            totals_, current,        [&](const State& state) { return save(feed.id, state); }};
  auto polled = turn.poll();
  if (polled.status && polled.pause.empty())
    succeeded(current, *settings, polled.more, ground_.clock.now(), random_number());
  const bool compares = compare && polled.status && polled.pause.empty() && !polled.more;
  end(std::move(polled));
  if (!compares || stopping_.load()) return;
  auto compared = turn.compare();
  const auto now = ground_.clock.now();
  const auto wait = compared.status ? milliseconds{settings->compare_every}
                                    : std::min<milliseconds>(settings->compare_every, compare_again_max);
  current.next_compare = now + jittered(wait, random_number());
  end(std::move(compared));
}

/// The hub itself stops it, as an act that everyone who keeps the circle can see.
void Feeds::pause(std::uint64_t id, const std::string& why) {
  auto command = circle::hub_command(
      [id, why](circle::Decider& on) -> Result<std::vector<circle::Act>> {
        for (const auto& feed : on.directory().feeds())
          if (feed.id == id && !feed.paused)
            return std::vector{
                circle::Act{CircleId{}, log::Kind::hub,
                            json::dump(json::Object{
                                {"act", "feed-paused"}, {"id", id}, {"paused", true}, {"why", why}})}};
        return Error{Errc::conflict, "the feed is paused or gone already"};
      },
      [](const Result<std::vector<log::Appended>>&) {});
  // A full queue: the next turn finds the same and tries again.
  (void)ground_.sequencer.submit(std::move(command));
}

}  // namespace tocsin::feed
