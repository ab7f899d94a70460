#include <algorithm>
#include <cstring>
#include <future>

#include "base/json.hpp"
#include "feed/schedule.hpp"
#include "feed/turn.hpp"

namespace tocsin::feed {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t page_objects = 5000;
constexpr std::size_t source_objects_max = 4'000'000;  // 64 MB of fingerprints
constexpr std::size_t rows_at_once = 1000;
constexpr std::size_t withdrawals_at_once = 64;
constexpr std::chrono::minutes walk_time_max{30};
constexpr std::string_view why_withdrawn = "removed by its source";

}  // namespace

Turn::Fingerprint Turn::fingerprint(std::string_view id) {
  const auto hash = sha256(id);
  Fingerprint out;
  std::memcpy(&out.first, hash.data(), sizeof out.first);
  std::memcpy(&out.second, hash.data() + sizeof out.first, sizeof out.second);
  return out;
}

Result<std::vector<Turn::Fingerprint>> Turn::walk_source() {
  const auto end = SteadyClock::now() + walk_time_max;
  auto puller = taxii::client::Puller::open(options(page_objects));
  if (!puller) return puller.error();
  if (state_.position && puller->collection_url() != state_.position->collection)
    return Error{Errc::conflict, "the URL leads to " + puller->collection_url() + " now, not to " +
                                     state_.position->collection + " any more"};
  std::vector<Fingerprint> there;
  for (;;) {
    const auto page = puller->next_page();
    if (!page) return page.error();
    // Where the client had to guess, it is not certain that an object is gone.
    if (const auto doubts = puller->take_warnings(); !doubts.empty())
      return Error{Errc::invalid_input, "what is gone cannot be told for certain: " + doubts.front()};
    for (const auto object : page->objects)
      if (const auto document = json::parse_object(object))
        there.push_back(fingerprint(json::text_or(*document, "id")));
    if (there.size() > source_objects_max)
      return Error{Errc::overloaded, "the source has too many objects to compare them all"};
    if (page->last) break;
    if (stopping_.load() || SteadyClock::now() > end)
      return Error{Errc::unavailable, "walking through all of the source took too long"};
  }
  std::sort(there.begin(), there.end());
  return there;
}

Result<Turn::Ours> Turn::ours_gone(const std::vector<Fingerprint>& there, Timestamp until) const {
  Ours ours;
  const auto token = ground_.directory.token(feed_.token);
  const auto holder = token ? ground_.directory.holder(token->holder) : std::nullopt;
  if (!holder) return Error{Errc::corrupt, "the feed's token is not known"};
  auto first = ground_.log.first_after(feed_.circle, settings_.added - std::chrono::microseconds{1});
  if (!first) return first.error();
  for (Sequence at = *first;;) {
    const auto rows = ground_.log.rows(feed_.circle, at, rows_at_once);
    if (!rows) return rows.error();
    if (rows->empty() || stopping_.load()) return ours;
    for (const auto& row : *rows) {
      const Sequence sequence = at;
      at = Sequence{at.value() + 1};
      if (row.date_added >= until) return ours;
      if (row.kind != log::Kind::object || row.superseded || row.withdrawn || row.erased) continue;
      const auto* marking_class = ground_.classes.find(feed_.circle, row.marking_class);
      if (marking_class == nullptr || marking_class->author != holder->member) continue;
      const auto entry = ground_.log.read(feed_.circle, sequence);
      if (!entry) return entry.error();
      const auto attributes = json::parse_object(entry->attributes);
      if (!attributes || json::text_or(*attributes, "feed") != feed_.name) continue;
      const auto object = json::parse_object(entry->bytes);
      if (!object) continue;
      const auto id = json::text_or(*object, "id");
      ++ours.count;
      if (!std::binary_search(there.begin(), there.end(), fingerprint(id))) ours.gone.insert(id);
    }
  }
}

Status Turn::withdraw(const std::set<std::string>& ids) {
  using Answer = std::promise<Result<log::Appended>>;
  auto acting = principal();
  if (!acting) return acting.error();
  auto id = ids.begin();
  while (id != ids.end() && !stopping_.load()) {
    std::vector<std::shared_ptr<Answer>> answers;
    Status sent;
    for (; sent && id != ids.end() && answers.size() < withdrawals_at_once; ++id) {
      auto answer = std::make_shared<Answer>();
      circle::WithdrawRequest request;
      request.principal = *acting;
      request.circle = feed_.circle;
      request.id = *id;
      request.why = why_withdrawn;
      request.done = [answer](Result<log::Appended> appended) { answer->set_value(std::move(appended)); };
      sent = submit([&request] { return circle::withdraw_command(request); });
      if (sent) answers.push_back(std::move(answer));
    }
    for (const auto& answer : answers) {
      const auto appended = answer->get_future().get();
      if (appended) {
        ++state_.withdrawn;
        ++totals_.withdrawn;
      } else if (appended.error().code == Errc::unavailable) {
        sent = appended.error();
      }  // else it is another's by now, or somebody withdrew it first
    }
    TOCSIN_TRY(sent);
  }
  return {};
}

Turn::Outcome Turn::compare() {
  ++totals_.comparisons;
  // An object that comes while the source is walked may lie on a page that was walked already.
  const auto begun = ground_.clock.now();
  const auto there = walk_source();
  if (!there) return ended(there.error());
  const auto ours = ours_gone(*there, begun);
  if (!ours) return ended(ours.error());
  if (stopping_.load()) return ended(Error{Errc::unavailable, "the hub is stopping"});
  const auto judged = judge_removal(ours->count, ours->gone.size(), state_.accept_removals);
  if (judged == Removal::implausible) {
    Outcome outcome;
    outcome.pause = "of " + std::to_string(ours->count) + " objects taken from the source it has only " +
                    std::to_string(ours->count - ours->gone.size()) +
                    " left: nothing was withdrawn; if that is right, resume with accepted removals";
    return outcome;
  }
  if (judged == Removal::withdraw)
    if (auto done = withdraw(ours->gone); !done) return ended(done);
  state_.accept_removals = false;
  state_.last_compare = ground_.clock.now();
  return {};
}

}  // namespace tocsin::feed
