#include "feed/turn.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include "feed/schedule.hpp"

namespace tocsin::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t page_objects = 1000;
constexpr std::size_t page_bytes_max = 16 << 20;
constexpr std::size_t batch_objects_max = 500;
constexpr std::size_t batch_bytes_max = 4 << 20;
constexpr std::size_t seen_bytes_max = 8 << 20;
constexpr seconds poll_time_max{60};
constexpr milliseconds wait_inline_max{2000};  // a longer one is the schedule's
constexpr std::uint64_t flood_held_max = 10'000;
constexpr unsigned submit_tries_max = 100;

taxii::client::Limits limits() {
  taxii::client::Limits limits;
  limits.page_bytes_max = page_bytes_max;
  limits.request_deadline = milliseconds{30'000};
  limits.tries_max = 3;
  limits.wait_max = asked_wait_max;
  return limits;
}

/// What failed in the hub, not in the object: the page must come again.
bool is_our_failure(std::string_view rule) {
  return rule == name(Errc::unavailable) || rule == name(Errc::corrupt) || rule == name(Errc::overloaded);
}

}  // namespace

/// Of one page; they count once all of it is decided.
struct Turn::Counts {
  std::uint64_t taken = 0, duplicates = 0, held = 0, refused = 0, flooded = 0;
  std::uint64_t quarantined = 0, run_objects = 0;  // as in State, going on from there
  std::string last_refusal;
};

Turn::Turn(const Ground& ground, const policy::Feed& feed, const Settings& settings, const Secret& secret,
           const Reach& reach, const std::atomic<bool>& stopping, Totals& totals, State& state,
           std::function<Status(const State&)> save)
    : ground_{ground},
      feed_{feed},
      settings_{settings},
      secret_{secret},
      reach_{reach},
      stopping_{stopping},
      totals_{totals},
      state_{state},
      save_{std::move(save)} {}

taxii::client::Puller::Options Turn::options(std::size_t objects) {
  taxii::client::Puller::Options options;
  options.url = settings_.url;
  options.collection = settings_.collection;
  options.access = access_of(settings_, secret_);
  options.access.may_connect = [this](std::string_view address) { return reach_.may_connect(address); };
  options.access.given_up = [this] { return stopping_.load(); };
  options.limits = limits();
  options.page_objects = objects;
  options.wait = [this](milliseconds time) {
    if (time > wait_inline_max) {
      asked_wait_ = time;
      return false;
    }
    const auto end = SteadyClock::now() + time;
    while (!stopping_.load() && SteadyClock::now() < end)
      std::this_thread::sleep_for(std::min(time, milliseconds{50}));
    return !stopping_.load();
  };
  return options;
}

Turn::Outcome Turn::ended(Status status) {
  Outcome outcome;
  if (!status && asked_wait_) {
    outcome.asked_wait = asked_wait_;
    auto error = status.error();
    error.detail += "; the server asks to wait for " + std::to_string(asked_wait_->count() / 1000) + " s";
    status = std::move(error);
  }
  outcome.status = std::move(status);
  return outcome;
}

void Turn::take_warnings(taxii::client::Puller& puller) {
  for (const auto& warning : puller.take_warnings()) state_.last_warning = for_people(warning);
}

Result<policy::Principal> Turn::principal() const {
  auto principal = ground_.directory.principal(feed_.token, ground_.clock.now());
  if (!principal)
    return Error{Errc::denied,
                 "the feed may no longer act: its token is revoked, or its member is not active"};
  return principal;
}

Turn::Outcome Turn::poll() {
  const auto end = SteadyClock::now() + poll_time_max;
  if (auto acts = principal(); !acts) return ended(acts.error());
  auto puller = taxii::client::Puller::open(options(page_objects));
  if (!puller) return ended(puller.error());
  if (state_.position) {
    // From just before the newest date: a page may have ended amid objects of one date, and a server may add
    // more under it. What was seen of it is known by the position, and the rest by the circle.
    auto position = *state_.position;
    if (position.added_after) *position.added_after -= std::chrono::microseconds{1};
    if (auto resumed = puller->resume(std::move(position)); !resumed) return ended(resumed);
  }
  for (;;) {
    const auto page = puller->next_page();
    take_warnings(*puller);
    if (!page) return ended(page.error());
    if (auto took = take_page(page->objects); !took) return ended(took);
    state_.position = puller->position();
    std::size_t seen_bytes = 0;
    for (const auto& key : state_.position->seen) seen_bytes += key.size();
    if (seen_bytes > seen_bytes_max)
      return ended(
          Error{Errc::overloaded,
                "the server does not tell when its objects were added, or gives too many of them one "
                "date: where it stands cannot be kept"});
    if (auto saved = save_(state_); !saved) return ended(saved);
    if (flooded_ > flood_held_max) {
      Outcome outcome;
      outcome.pause = "more than " + std::to_string(flood_held_max) +
                      " new objects in one run were held as a flood; resume it when that is right";
      return outcome;
    }
    if (page->last) return {};
    if (stopping_.load() || SteadyClock::now() > end) return Outcome{{}, true};
  }
}

Status Turn::take_page(const std::vector<std::string_view>& objects) {
  auto counts = std::make_shared<Counts>();
  counts->quarantined = state_.quarantined;
  counts->run_objects = state_.run_objects;
  std::vector<stix::Parsed> batch;
  std::size_t bytes = 0;
  for (const auto object : objects) {
    if (!batch.empty() && (batch.size() >= batch_objects_max || bytes + object.size() > batch_bytes_max)) {
      TOCSIN_TRY(share(std::exchange(batch, {}), std::exchange(bytes, 0), counts));
      if (stopping_.load()) return Error{Errc::unavailable, "the hub is stopping"};
    }
    batch.push_back(parser_.parse_object(object));
    bytes += object.size();
  }
  if (!batch.empty()) TOCSIN_TRY(share(std::move(batch), bytes, counts));
  state_.taken += counts->taken;
  state_.duplicates += counts->duplicates;
  state_.held += counts->held;
  state_.refused += counts->refused;
  state_.quarantined = counts->quarantined;
  state_.run_objects = counts->run_objects;
  if (!counts->last_refusal.empty()) state_.last_refusal = counts->last_refusal;
  flooded_ += counts->flooded;
  totals_.taken += counts->taken;
  totals_.duplicates += counts->duplicates;
  totals_.held += counts->held;
  totals_.refused += counts->refused;
  return {};
}

/// The hub's own, then what holds a new feed and a flood. The reasons are the same each time an object comes,
/// so that what is held already is known again.
std::shared_ptr<const circle::Brakes> Turn::brakes(const std::shared_ptr<Counts>& counts) const {
  return std::make_shared<const circle::Brakes>(
      [hub = ground_.brakes(), counts, prefix = "feed " + feed_.name + ": ", most = settings_.quarantine,
       flood = flood_limit(state_)](const stix::Object& object,
                                    MemberId sharer) -> std::optional<circle::Hold> {
        if (hub && *hub)
          if (auto hold = (*hub)(object, sharer)) return hold;
        if (object.revoked) return std::nullopt;  // what ends something never waits
        ++counts->run_objects;
        if (counts->quarantined < most) {
          ++counts->quarantined;
          return circle::Hold{"feed-quarantine",
                              prefix + (most == Settings::all ? "each of its objects waits for a steward"
                                                              : "one of the first objects of a new feed")};
        }
        if (flood && counts->run_objects > *flood) {
          ++counts->flooded;
          return circle::Hold{"feed-flood", prefix + "far more new objects at once than it usually brings"};
        }
        return std::nullopt;
      });
}

/// Sends the command, again while too much waits to be written.
Status Turn::submit(const std::function<circle::Command()>& make) const {
  for (unsigned tries = 0; tries < submit_tries_max; ++tries) {
    if (ground_.sequencer.submit(make())) return {};
    if (stopping_.load()) break;
    std::this_thread::sleep_for(milliseconds{100});
  }
  return Error{Errc::overloaded, "too much waits to be written at the hub"};
}

Status Turn::share(std::vector<stix::Parsed> batch, std::size_t bytes,
                   const std::shared_ptr<Counts>& counts) {
  auto acting = principal();
  if (!acting) return acting.error();
  auto decided = std::make_shared<std::promise<Result<std::vector<circle::Verdict>>>>();
  circle::ShareRequest request;
  request.principal = *std::move(acting);
  request.circle = feed_.circle;
  request.objects = std::move(batch);
  request.bytes = bytes;
  request.options.tlp_unmarked = settings_.tlp;
  request.options.feed = feed_.name;
  request.brakes = brakes(counts);
  request.done = [decided](Result<std::vector<circle::Verdict>> verdicts) {
    decided->set_value(std::move(verdicts));
  };
  // A full queue takes no command, and a refused command is spent: it is made once and kept beside.
  auto command = std::make_shared<circle::Command>(circle::share_command(std::move(request)));
  TOCSIN_TRY(submit([command] { return *command; }));
  const auto verdicts = decided->get_future().get();
  if (!verdicts && verdicts.error().code == Errc::not_found)
    return Error{Errc::denied, "the feed may no longer act: its member is not in the circle any more"};
  if (!verdicts) return verdicts.error();
  return count(*verdicts, *counts);
}

Status Turn::count(const std::vector<circle::Verdict>& verdicts, Counts& counts) {
  for (const auto& verdict : verdicts) {
    switch (verdict.outcome) {
      case circle::Outcome::accepted:
        ++counts.taken;
        break;
      case circle::Outcome::duplicate:
        ++counts.duplicates;
        break;
      case circle::Outcome::held:
        ++(verdict.logged ? counts.held : counts.duplicates);
        break;
      case circle::Outcome::refused:
        if (is_our_failure(verdict.rule)) return Error{Errc::unavailable, verdict.reason};
        ++counts.refused;
        counts.last_refusal =
            for_people((verdict.id.empty() ? "an object without an id" : verdict.id) + ": " + verdict.reason);
        break;
    }
  }
  return {};
}

}  // namespace tocsin::feed
