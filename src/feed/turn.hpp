#pragma once

/// One turn of one feed: take what is new, or compare all of the source with what the circle has from it.
///
/// Contract: poll() saves the state after each page whose objects are durably decided, never before.
///           compare() withdraws nothing unless the source was walked wholly, without an error and without a
///           doubt. Both end soon after `stopping` is set, and after a bounded time.
/// Errors:   those of the client, each naming the URL; denied when the feed may no longer act.
/// Threads:  one.

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "feed/feeds.hpp"
#include "stix/object.hpp"
#include "taxii/client.hpp"

namespace tocsin::feed {

class Turn {
 public:
  struct Outcome {
    Status status;
    bool more = false;                                      ///< poll: time was up before all was taken
    std::optional<std::chrono::milliseconds> asked_wait{};  ///< by the server
    std::string pause{};  ///< not empty: the feed must stop until a steward looks, and why
  };

  Turn(const Ground& ground, const policy::Feed& feed, const Settings& settings, const Secret& secret,
       const Reach& reach, const std::atomic<bool>& stopping, Totals& totals, State& state,
       std::function<Status(const State&)> save);

  Outcome poll();
  Outcome compare();

 private:
  struct Counts;

  taxii::client::Puller::Options options(std::size_t page_objects);
  Outcome ended(Status status);
  void take_warnings(taxii::client::Puller& puller);
  Result<policy::Principal> principal() const;

  Status take_page(const std::vector<std::string_view>& objects);
  Status share(std::vector<stix::Parsed> batch, std::size_t bytes, const std::shared_ptr<Counts>& counts);
  std::shared_ptr<const circle::Brakes> brakes(const std::shared_ptr<Counts>& counts) const;
  Status count(const std::vector<circle::Verdict>& verdicts, Counts& counts);
  Status submit(const std::function<circle::Command()>& make) const;

  /// 128 bits of the hash of each id at the source, sorted.
  using Fingerprint = std::pair<std::uint64_t, std::uint64_t>;
  static Fingerprint fingerprint(std::string_view id);
  Result<std::vector<Fingerprint>> walk_source();
  /// What the circle has from this feed and still shows, logged before `until`; of it, what the source lacks.
  struct Ours {
    std::uint64_t count = 0;
    std::set<std::string> gone;
  };
  Result<Ours> ours_gone(const std::vector<Fingerprint>& there, Timestamp until) const;
  Status withdraw(const std::set<std::string>& ids);

  const Ground& ground_;
  const policy::Feed& feed_;
  const Settings& settings_;
  const Secret& secret_;
  const Reach& reach_;
  const std::atomic<bool>& stopping_;
  Totals& totals_;
  State& state_;
  const std::function<Status(const State&)> save_;
  stix::Parser parser_;
  std::optional<std::chrono::milliseconds> asked_wait_;
  std::uint64_t flooded_ = 0;  // held in this turn for being too many
};

}  // namespace tocsin::feed
