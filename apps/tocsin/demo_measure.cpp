/// The demonstration's two figures.
///
/// Share to alert: the studio posts one indicator after the other, each for an address of its own, over HTTPS
/// from this process, while the bank's network talks to that address: a new line in its conn.log every
/// millisecond, from before the share on. The time goes from just before the client sends until the alert's
/// line can be read in the bank's file of alerts. It contains the client, TLS, checks, the disk's sync, the
/// push, the sensor, and up to a millisecond until the next line: it errs on the slow side.
///
/// Withdraw to applied: the studio withdraws one of them; the time goes from just before the client sends
/// until the hub's recall board, asked again and again, shows that the sensors of all members have confirmed.
/// It contains the way back. Afterwards the bank's network talks to all withdrawn addresses once more, and
/// none may alert.

#include <future>
#include <thread>

#include "base/crypto.hpp"
#include "demo_story.hpp"

namespace tocsin::cli {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds patience{15'000};
constexpr std::uint32_t shares = 1'000;
constexpr std::size_t withdrawals = 100;

double milliseconds_between(Steady::time_point begin, Steady::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

demo::Member::MakeLine connection_to(const std::string& address) {
  return
      [&address](demo::Traffic& traffic) { return traffic.connection(address, 443, system_clock().now()); };
}

std::string figures_text(const demo::Figures& figures) {
  return "p50 " + rounded(figures.p50) + " ms, p99 " + rounded(figures.p99) + " ms, at most " +
         rounded(figures.most) + " ms";
}

}  // namespace

Status Story::measure_shares() {
  auto& bank = *stage_.bank().house;
  std::vector<double> times_ms;
  for (std::uint32_t i = 0; i < shares; ++i) {
    const Timed timed{"indicator--" + uuid4(), demo::synthetic_address(i * 257 + 1)};
    const demo::Fact fact{timed.id, "ipv4-addr:value", timed.address, "", "Measured", "", "the demonstration",
                          50};
    const auto body = indicator_json(fact, system_clock().now());
    auto watch = std::async(std::launch::async, [&] {
      return bank.beacon(connection_to(timed.address), timed.address, patience);
    });
    const auto sent = Steady::now();
    const auto answer = stage_.call(stage_.studio(), "POST", "/objects?attribution=unnamed&tlp=amber", body);
    const auto seen = watch.get();
    if (!answer) return in_context("share " + std::to_string(i), answer.error());
    if (!seen) return stage_.explained(in_context("share " + std::to_string(i), seen.error()));
    if (seen->alert.indicators != std::vector{timed.id})
      return Error{Errc::corrupt, "the alert for " + timed.address + " names another indicator"};
    times_ms.push_back(milliseconds_between(sent, seen->at));
    timed_.push_back(timed);
  }
  outcome_.share_to_alert_ms = demo::figures_of(std::move(times_ms));
  timeline_.tell("demo",
                 std::to_string(shares) + " shares, from the studio's send to the bank's alert: " +
                     figures_text(outcome_.share_to_alert_ms),
                 {{"share_to_alert_ms", to_json(outcome_.share_to_alert_ms)}});
  return {};
}

Status Story::measure_withdrawals() {
  auto& bank = *stage_.bank().house;
  std::vector<double> times_ms;
  for (std::size_t i = 0; i < withdrawals; ++i) {
    const auto& timed = timed_[i * timed_.size() / withdrawals];
    const auto body = json::dump(json::Object{{"id", timed.id}, {"why", "measured"}});
    const auto sent = Steady::now();
    const auto answer = stage_.call(stage_.studio(), "POST", "/withdrawals", body);
    if (!answer) return in_context("withdrawal " + std::to_string(i), answer.error());
    TOCSIN_TRY(await_recall(timed.id));
    times_ms.push_back(milliseconds_between(sent, Steady::now()));
    bank.plant(connection_to(timed.address), {});
  }
  outcome_.withdraw_to_applied_ms = demo::figures_of(std::move(times_ms));
  timeline_.tell("demo",
                 std::to_string(withdrawals) + " withdrawals, until all sensors have confirmed: " +
                     figures_text(outcome_.withdraw_to_applied_ms),
                 {{"withdraw_to_applied_ms", to_json(outcome_.withdraw_to_applied_ms)}});
  return {};
}

}  // namespace tocsin::cli
