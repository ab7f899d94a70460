#include "demo_stage.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds patience{15'000};  // for one program; a hub answers within two seconds
constexpr std::size_t history_lines = 150;

/// The last thing that a program said.
std::string last_line(const std::string& log_path) {
  const auto text = read_file(log_path);
  if (!text) return "";
  const auto lines = split(trim(*text), '\n');
  return std::string{lines.back()};
}

}  // namespace

Status Stage::start_hub() {
  auto hub = demo::Child::start({"hub", "--data", folder_ + "/hub", "--listen", "127.0.0.1:0", "-o", "json"},
                                folder_ + "/hub.log");
  if (!hub) return std::move(hub).error();
  hub_ = *std::move(hub);
  const auto line = hub_->read_line(patience);
  if (!line)
    return Error{line.error().code,
                 "the hub: " + line.error().detail + ". " + last_line(folder_ + "/hub.log")};
  const auto said = json::parse_object(*line);
  if (!said) return in_context("the hub's first line", said.error());
  hub_url_ = json::text_or(*said, "url");
  return {};
}

Result<json::Object> Stage::run(const std::string& profile_path, const std::vector<std::string>& arguments) {
  std::vector<std::string> whole{"-o", "json", "--profile", profile_path};
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  const auto log_path = folder_ + "/commands.log";
  auto child = demo::Child::start(whole, log_path);
  if (!child) return std::move(child).error();
  const auto end = child->finish(patience);
  const auto what = "tocsin " + arguments.front();
  if (!end) return in_context(what, end.error());
  if (end->code != 0)
    return Error{Errc::unavailable,
                 what + " ended with " + std::to_string(end->code) + ": " + last_line(log_path)};
  auto object = json::parse_object(trim(end->output));
  if (!object) return in_context("what " + what + " printed", object.error());
  return object;
}

Status Stage::invite(Player& player, const std::vector<std::string>& what) {
  std::vector<std::string> arguments{"member", "invite", player.name, "--circle", circle};
  arguments.insert(arguments.end(), what.begin(), what.end());
  const auto invite = run(folder_ + "/hub/admin.toml", arguments);
  if (!invite) return invite.error();
  player.profile_path = folder_ + "/" + player.name + ".toml";
  const auto joined = run(player.profile_path,
                          {"join", json::text_or(*invite, "invite_url"), "--yes", "--person", "analyst"});
  if (!joined) return joined.error();
  const auto profile = load_profile(player.profile_path);
  if (!profile) return profile.error();
  auto options = client_options(*profile);
  options.request_deadline = patience;
  player.client.emplace(std::move(options));
  return {};
}

Status Stage::gather_members() {
  const auto made = run(folder_ + "/hub/admin.toml",
                        {"circle", "create", circle, "--tlp-max", "amber", "--kinds", "company,government",
                         "--roles", "cert", "--sightings", "count", "--sightings-to-government", "yes"});
  if (!made) return made.error();
  std::uint64_t seed = 1;
  for (const char* name : {"cert", "studio", "bank"}) {
    auto& player = players_[seed - 1];
    player.name = name;
    auto house = demo::Member::open(folder_ + "/" + player.name, seed++, stop_);
    if (!house) return std::move(house).error();
    player.house = *std::move(house);
  }
  TOCSIN_TRY(invite(cert(), {"--kind", "government", "--role", "cert"}));
  TOCSIN_TRY(invite(studio(), {"--kind", "company", "--sector", "media"}));
  return invite(bank(), {"--kind", "company", "--sector", "finance", "--steward"});
}

Status Stage::start_sensors() {
  for (auto& player : players_) {
    for (std::size_t i = 0; i < history_lines; ++i) player.house->write_ordinary();
    std::vector<std::string> arguments{
        "sensor", "run", "--profile", player.profile_path, "--circle", circle, "--state",
        folder_ + "/" + player.name + "/state", "--alerts", player.house->alerts_path(),
        // Lines are written until one alerts: each would be told as the past too.
        "--history-values", "off", "--name", player.name + "-sensor", "--sightings", "count"};
    for (const auto log : demo::all_logs) {
      arguments.emplace_back("--file");
      arguments.push_back(player.house->log_folder() + "/" + std::string{file_name(log)} + "=" +
                          std::string{format_name(log)});
    }
    auto sensor = demo::Child::start(arguments, folder_ + "/" + player.name + "/sensor.log");
    if (!sensor) return std::move(sensor).error();
    player.sensor = *std::move(sensor);
  }
  for (auto& player : players_) TOCSIN_TRY(await_live(player));
  pulse_ = std::thread{[this] { pulse(pulse_ended_); }};
  return {};
}

Status Stage::await_live(Player& player) {
  const auto deadline = Steady::now() + patience;
  const auto status_path = folder_ + "/" + player.name + "/state/status.json";
  while (Steady::now() < deadline && !stop_ && player.sensor->running()) {
    if (const auto text = read_file(status_path)) {
      const auto status = json::parse_object(*text);
      const auto* circles = status ? status->if_contains("circles") : nullptr;
      if (circles != nullptr && circles->is_array() && circles->get_array().size() == 1 &&
          json::flag_or(circles->get_array().front().as_object(), "live"))
        return {};
    }
    std::this_thread::sleep_for(milliseconds{5});
  }
  return explained({Errc::unavailable, player.name + "'s sensor does not become live"});
}

Error Stage::explained(Error error) {
  if (hub_ && !hub_->running()) error.detail += "; the hub has ended: " + last_line(folder_ + "/hub.log");
  for (auto& player : players_)
    if (player.sensor && !player.sensor->running())
      error.detail += "; " + player.name +
                      "'s sensor has ended: " + last_line(folder_ + "/" + player.name + "/sensor.log");
  return error;
}

Result<json::Object> Stage::share(const Player& player, const std::string& title,
                                  const std::vector<std::string>& objects, const std::string& attribution) {
  std::string lines;
  for (const auto& object : objects) lines += object + "\n";
  const auto path = folder_ + "/" + title + ".ndjson";
  TOCSIN_TRY(write_file(path, lines));
  // Published facts, played as they were published.
  return run(player.profile_path,
             {"share", path, "--circle", circle, "--tlp", "amber", attribution, "--no-screen"});
}

Result<json::Object> Stage::call(Player& player, const std::string& method, const std::string& path,
                                 const std::string& body) {
  net::ClientRequest request{.method = method, .target = "/api/v1/circles/" + std::string{circle} + path};
  if (!body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
  }
  const auto response = player.client->request(request);
  if (!response) return explained(response.error());
  if (response->status < 200 || response->status > 299) return answer_error(*response);
  return json::parse_object(response->body);
}

void Stage::let_bank_talk_to(std::string address) {
  const std::scoped_lock guard{talk_mutex_};
  talk_to_ = std::move(address);
}

/// Ordinary traffic in all houses, until the end.
void Stage::pulse(const std::atomic<bool>& ended) {
  constexpr milliseconds interval{20};
  constexpr int lines_each = 8;
  std::vector<std::pair<demo::LogFolder, demo::Traffic>> houses;
  for (auto& player : players_) {
    auto logs = demo::LogFolder::open(player.house->log_folder());
    if (logs) houses.emplace_back(*std::move(logs), demo::Traffic{500 + houses.size()});
  }
  const auto now = [] { return system_clock().now(); };
  for (std::uint64_t round = 1; !ended; ++round) {
    for (auto& [logs, traffic] : houses)
      for (int i = 0; i < lines_each; ++i) logs.write(traffic.ordinary(now()));
    std::uint64_t lines = 0;
    for (const auto& house : houses) lines += house.first.lines();
    ordinary_lines_ = lines + history_lines * players_.size();
    if (round % 50 == 0) {
      const std::scoped_lock guard{talk_mutex_};
      if (!talk_to_.empty()) houses.back().first.write(houses.back().second.connection(talk_to_, 443, now()));
    }
    std::this_thread::sleep_for(interval);
  }
}

std::vector<std::string> Stage::strike() {
  std::vector<std::string> faults;
  pulse_ended_ = true;
  if (pulse_.joinable()) pulse_.join();
  const auto end = [&faults](std::optional<demo::Child>& child, const std::string& what) {
    if (!child) return;
    const bool ran = child->running();
    const int code = child->stop(std::chrono::seconds{5});
    if (!ran || code != 0)
      faults.push_back(what + (ran ? "" : " did not run to the end and") + " ended with " +
                       std::to_string(code));
    child.reset();
  };
  for (auto& player : players_) end(player.sensor, player.name + "'s sensor");
  end(hub_, "the hub");
  return faults;
}

}  // namespace tocsin::cli
