#pragma once

/// Everything that the demonstration runs: a hub, three members with profiles, houses and sensors, and
/// ordinary traffic. All of it is this very program, as its users start it.
///
/// Errors:  what the program that failed said. Threads: one, that lives as long as the stage.

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/json.hpp"
#include "demo/child.hpp"
#include "demo/member.hpp"
#include "net/client.hpp"
#include "profile.hpp"

namespace tocsin::cli {

class Stage {
 public:
  static constexpr const char* circle = "lookout";

  struct Player {
    std::string name;  ///< "bank"
    std::string profile_path;
    std::unique_ptr<demo::Member> house;
    std::optional<net::Client> client;
    std::optional<demo::Child> sensor;
  };

  /// `folder` is there and empty. `stop` ends all waiting, from a signal.
  Stage(std::string folder, const std::atomic<bool>& stop) : folder_{std::move(folder)}, stop_{stop} {}
  ~Stage() { strike(); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Status start_hub();
  Status gather_members();  ///< circle, invites, joins
  Status start_sensors();   ///< they are live when it returns
  /// Ends everything in order. Names what did not end well; nothing is left running.
  std::vector<std::string> strike();

  Player& cert() { return players_[0]; }
  Player& studio() { return players_[1]; }
  Player& bank() { return players_[2]; }
  std::array<Player, 3>& players() { return players_; }
  const std::string& hub_url() const { return hub_url_; }
  const std::string& folder() const { return folder_; }

  /// Runs `tocsin -o json --profile … ARGUMENTS` to its end; the JSON that it printed.
  Result<json::Object> run(const std::string& profile_path, const std::vector<std::string>& arguments);
  /// Puts the lines into a file and shares it with `tocsin share`.
  Result<json::Object> share(const Player& player, const std::string& title,
                             const std::vector<std::string>& objects, const std::string& attribution);
  /// A request of the player to the hub, within this process; the answer is 2xx and an object.
  Result<json::Object> call(Player& player, const std::string& method, const std::string& path,
                            const std::string& body = "");
  /// A whole answer for what did not come in time: also which program is no longer there.
  Error explained(Error error);

  /// From now on the bank talks to this address once a second.
  void let_bank_talk_to(std::string address);
  bool stopped() const { return stop_; }
  std::uint64_t ordinary_lines() const { return ordinary_lines_; }

 private:
  Status invite(Player& player, const std::vector<std::string>& what);
  Status await_live(Player& player);
  void pulse(const std::atomic<bool>& ended);

  const std::string folder_;
  const std::atomic<bool>& stop_;
  std::string hub_url_;
  std::optional<demo::Child> hub_;
  std::array<Player, 3> players_;
  std::atomic<std::uint64_t> ordinary_lines_{0};
  std::atomic<bool> pulse_ended_{false};
  std::mutex talk_mutex_;
  std::string talk_to_;  // guarded by talk_mutex_
  std::thread pulse_;
};

}  // namespace tocsin::cli
