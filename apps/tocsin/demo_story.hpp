#pragma once

/// The case of 2014 on a stage, scene by scene, and the measurement after it.
///
/// What has to happen and does not is told to the timeline; an error ends the play.
/// Threads: one; some scenes use more while they run.

#include <cstdint>
#include <string>
#include <vector>

#include "demo/facts.hpp"
#include "demo/figures.hpp"
#include "demo_stage.hpp"
#include "demo_timeline.hpp"

namespace tocsin::cli {

class Story {
 public:
  Story(Stage& stage, Timeline& timeline) : stage_{stage}, timeline_{timeline} {}

  Status play();

  struct Outcome {
    demo::Figures share_to_alert_ms, withdraw_to_applied_ms;
    std::uint64_t alerts = 0;     ///< lines of all sensors
    std::uint64_t planted = 0;    ///< values that stood in the logs, each found once
    std::uint64_t controls = 0;   ///< lines that had to stay silent
    std::uint64_t sightings = 0;  ///< that the studio can read in the circle
  };
  const Outcome& outcome() const { return outcome_; }

 private:
  using Player = Stage::Player;
  /// What is shared, and who waits for the last of it with a beacon.
  struct Warning {
    Player& sharer;
    std::string title, attribution;
    std::vector<demo::Fact> facts;
    std::vector<std::string> further;  ///< objects that do not match anything; shared first
    std::vector<Player*> watchers;
  };

  Status flash();
  Status report();
  Status public_alert();
  Status sightings_return();
  Status withdrawal();
  Status controls();
  Status measure_shares();
  Status measure_withdrawals();
  Status close();

  Status warn(const Warning& warning);
  Status await_planted(const std::string& what);
  Result<std::uint64_t> count_sightings();
  /// Waits until every first hit came back to the studio, or for a while; how many came, and how many were
  /// due.
  struct Sightings {
    std::uint64_t came = 0, due = 0;
  };
  Result<Sightings> await_sightings(std::chrono::milliseconds wait_max);
  Status await_recall(const std::string& id);

  Stage& stage_;
  Timeline& timeline_;
  Outcome outcome_;
  struct Timed {
    std::string id, address;
  };
  std::vector<Timed> timed_;
};

}  // namespace tocsin::cli
