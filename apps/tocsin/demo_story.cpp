#include "demo_story.hpp"

#include <chrono>
#include <future>
#include <thread>
namespace tocsin::cli {
namespace {

using demo::Fact;
using demo::FileSeen;
using demo::Traffic;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds patience{15'000};

Timestamp now() {
  return system_clock().now();
}

demo::Member::MakeLine connection_to(std::string address, unsigned port) {
  return [address = std::move(address), port](Traffic& traffic) {
    return traffic.connection(address, port, now());
  };
}

demo::Member::MakeLine process(FileSeen file) {
  return [file = std::move(file)](Traffic& traffic) { return traffic.process_started(file, now()); };
}

demo::Member::MakeLine library(FileSeen file) {
  return [file = std::move(file)](Traffic& traffic) { return traffic.image_loaded(file, now()); };
}

demo::Member::MakeLine written(std::string path) {
  return [path = std::move(path)](Traffic& traffic) { return traffic.file_written({path, "", ""}, now()); };
}

/// A line in which this value stands.
demo::Member::MakeLine line_with(const Fact& fact) {
  if (fact.path == "file:name") return written(R"(C:\Windows\Temp\)" + fact.value);
  return connection_to(fact.value, 8000);
}

const Fact& fact_of(std::string_view value) {
  for (const auto& fact : demo::sony_2014())
    if (fact.value == value) return fact;
  return demo::sony_2014().front();
}

const std::string wiper = "760c35a80d758f032d02cf4db12d3e55";
const std::string worm = "61bf45be644e03bebd4fbf33c1c14be2";
const std::string backdoor = "4c2efe2f1253b94f16a1cab032f36c7883e4f6c8d9fc17d0ee553b5afb16330c";
const std::string component = "7e5fee143fb44fdb0d24a1d32b2bd4bb";

}  // namespace

Status Story::play() {
  TOCSIN_TRY(flash());
  TOCSIN_TRY(report());
  TOCSIN_TRY(public_alert());
  TOCSIN_TRY(sightings_return());
  TOCSIN_TRY(withdrawal());
  TOCSIN_TRY(controls());
  TOCSIN_TRY(measure_shares());
  TOCSIN_TRY(measure_withdrawals());
  return close();
}

/// Shares with `tocsin share`, while the others' machines keep talking to the last value that is shared. Once
/// it alerts, all that was shared before it matches too, for a circle has one order.
Status Story::warn(const Warning& warning) {
  const auto& last = warning.facts.back();
  std::vector<std::future<Result<demo::Member::Seen>>> watches;
  for (auto* watcher : warning.watchers)
    watches.push_back(std::async(std::launch::async, [watcher, &last] {
      return watcher->house->beacon(line_with(last), last.value, patience);
    }));
  auto objects = warning.further;
  for (const auto& fact : warning.facts) objects.push_back(indicator_json(fact, now()));
  const auto shared = stage_.share(warning.sharer, warning.title, objects, warning.attribution);
  std::vector<Result<demo::Member::Seen>> seen;
  for (auto& watch : watches) seen.push_back(watch.get());
  if (!shared) return stage_.explained(shared.error());
  timeline_.require(json::number_or(*shared, "accepted") == objects.size(),
                    "the hub accepts all objects of " + warning.title);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i]) return stage_.explained(in_context(warning.watchers[i]->name, seen[i].error()));
    const auto& alert = seen[i]->alert;
    const auto delay_ms = alert.delay_ms.value_or(0);
    timeline_.require(alert.delay_ms.has_value(), "the alert says how long after the entry it came");
    const auto authors =
        warning.attribution == "--named" ? std::vector{warning.sharer.name} : std::vector<std::string>{};
    timeline_.require(alert.authors == authors,
                      "the alert names the sharer when it wanted that, and only then");
    timeline_.alert(warning.watchers[i]->name,
                    "ALERT " + last.value + ", " + rounded(delay_ms) + " ms after the hub logged it",
                    {{"value", last.value}, {"delay_ms", delay_ms}});
  }
  return {};
}

Status Story::await_planted(const std::string& what) {
  for (auto& player : stage_.players())
    if (auto done = player.house->await_planted(patience); !done)
      return stage_.explained(in_context(what + ": " + player.name, done.error()));
  return {};
}

Status Story::flash() {
  auto facts = demo::facts_for("flash");
  std::vector<std::string> ids;
  for (const auto& fact : facts) ids.push_back(fact.id);
  timeline_.tell(
      "cert", "shares 3 addresses, by name, TLP:AMBER (1 December 2014), and a note on ports 8000 and 8080");
  const auto note = demo::note_json(
      "note--5b1a0e0c-9a0f-4c93-8a55-3a1f6a0c2d11",
      "The wiper calls these addresses on ports 8000 and 8080. A port alone means nothing.", ids, now());
  TOCSIN_TRY(warn({stage_.cert(), "1-flash", "--named", facts, {note}, {&stage_.bank(), &stage_.studio()}}));
  stage_.studio().house->plant(connection_to("203.131.222.102", 8000), {"203.131.222.102"});
  stage_.studio().house->plant(connection_to("217.96.33.164", 8080), {"217.96.33.164"});
  stage_.studio().house->plant(connection_to("88.53.215.64", 8000), {"88.53.215.64"});
  stage_.bank().house->plant([](Traffic& traffic) { return traffic.request("203.131.222.102", now()); },
                             {"203.131.222.102"});
  stage_.bank().house->plant(
      [](Traffic& traffic) { return traffic.lookup("cdn.video.net", "217.96.33.164", now()); },
      {"217.96.33.164"});
  TOCSIN_TRY(await_planted("the addresses"));
  timeline_.tell("demo", "5 more lines with these addresses in conn, http and dns logs: 5 alerts");
  return {};
}

Status Story::report() {
  const auto facts = demo::facts_for("report");
  timeline_.tell("studio", "shares " + std::to_string(facts.size()) +
                               " hashes, file names and a mutex, without its name, and a note on drivers");
  const auto note = demo::note_json("note--c1c3f9a4-6f2e-4d6b-9d0c-6a5b0e8b7f32",
                                    "The wiper loads elrawdsk.sys, and its makers also used kph.sys: "
                                    "legitimate drivers, which alone mean nothing.",
                                    std::vector{fact_of(wiper).id}, now());
  TOCSIN_TRY(
      warn({stage_.studio(), "2-report", "--unnamed", facts, {note}, {&stage_.bank(), &stage_.cert()}}));
  auto& bank = *stage_.bank().house;
  auto& cert = *stage_.cert().house;
  bank.plant(process({R"(C:\Windows\Temp\igfxtrayex.exe)", "MD5", wiper}), {wiper, "igfxtrayex.exe"});
  bank.plant(library({R"(C:\Windows\System32\ams.exe)", "MD5", component}), {component});
  bank.plant(written(R"(C:\Windows\System32\pmsconfig.msi)"), {"pmsconfig.msi"});
  cert.plant(process({R"(C:\samples\SVCH0ST.EXE)", "MD5", worm}), {worm});
  cert.plant(process({R"(C:\samples\igfxtpers.exe)", "SHA256", backdoor}), {backdoor});
  cert.plant(written(R"(C:\samples\Netmgmt.srg)"), {"Netmgmt.srg"});
  TOCSIN_TRY(await_planted("the hashes and names"));
  timeline_.tell(
      "demo",
      "6 Sysmon events with these files: 7 alerts. No log shows a mutex; it waits for who scans memory");
  return {};
}

Status Story::public_alert() {
  const auto facts = demo::facts_for("alert");
  timeline_.tell("cert", "shares the 4 further addresses of TA14-353A (19 December 2014)");
  std::vector<std::string> ids;
  for (const auto& fact : facts) ids.push_back(fact.id);
  const auto note = demo::note_json(
      "note--2f7d4c58-31be-4d0a-b0c7-94de5a1c6e83",
      "An implant listens on port 195, another on 444. A port alone means nothing.", ids, now());
  TOCSIN_TRY(warn({stage_.cert(), "3-alert", "--named", facts, {note}, {&stage_.bank(), &stage_.studio()}}));
  stage_.bank().house->plant(connection_to("208.105.226.235", 443), {"208.105.226.235"});
  return await_planted("the alert's addresses");
}

Result<std::uint64_t> Story::count_sightings() {
  std::uint64_t count = 0;
  std::uint64_t after = 0;
  for (;;) {
    const auto page = stage_.call(stage_.studio(), "GET",
                                  "/entries?type=sighting&limit=1000&after=" + std::to_string(after));
    if (!page) return page.error();
    const auto* entries = page->if_contains("entries");
    if (entries != nullptr && entries->is_array()) count += entries->get_array().size();
    const auto next = json::number_or(*page, "next", after);
    if (next <= after || next >= json::number_or(*page, "head")) return count;
    after = next;
  }
}

Result<Story::Sightings> Story::await_sightings(milliseconds wait_max) {
  Sightings sightings;
  for (auto& player : stage_.players()) sightings.due += player.house->indicators().size();
  const auto deadline = Steady::now() + wait_max;
  for (;;) {
    const auto count = count_sightings();
    if (!count) return count.error();
    sightings.came = *count;
    if (*count >= sightings.due || Steady::now() > deadline || stage_.stopped()) return sightings;
    std::this_thread::sleep_for(milliseconds{5});
  }
}

Status Story::sightings_return() {
  const auto sightings = await_sightings(patience);
  if (!sightings) return sightings.error();
  const auto came = std::to_string(sightings->came);
  timeline_.tell("studio",
                 "reads " + came + " sightings that the sensors sent by themselves, as counts without names",
                 {{"sightings", sightings->came}});
  timeline_.require(sightings->came == sightings->due, "each of the " + std::to_string(sightings->due) +
                                                           " first hits comes back as one sighting (" + came +
                                                           " came)");
  return {};
}

Status Story::await_recall(const std::string& id) {
  const auto deadline = Steady::now() + patience;
  for (;;) {
    const auto recall = stage_.call(stage_.studio(), "GET", "/recall/" + id);
    // Until the withdrawal is in the views, the board does not know it.
    if (!recall && recall.error().code != Errc::not_found) return recall.error();
    if (recall && json::number_or(*recall, "confirmed") == stage_.players().size()) return {};
    if (Steady::now() > deadline || stage_.stopped())
      return stage_.explained({Errc::unavailable, "not all sensors confirm the recall of " + id});
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
}

Status Story::withdrawal() {
  const auto& fact = fact_of(worm);
  const auto done =
      stage_.run(stage_.studio().profile_path, {"withdraw", fact.id, "--circle", Stage::circle, "--why",
                                                "only close to the sample of the alert, not the same file"});
  if (!done) return stage_.explained(done.error());
  timeline_.tell("studio", "withdraws " + fact.value.substr(0, 8) +
                               "… (SVCH0ST.EXE): close to the sample of the alert, not the same");
  TOCSIN_TRY(await_recall(fact.id));
  for (auto& player : stage_.players())
    player.house->plant(process({R"(C:\samples\SVCH0ST.EXE)", "MD5", worm}), {});
  timeline_.tell("demo", "all 3 sensors have confirmed the recall; the same file again stays silent");
  return {};
}

Status Story::controls() {
  const Fact resolver{"indicator--0d9f6a53-2f0e-4a37-b6a5-0a9c3fd0a7e4",
                      "ipv4-addr:value",
                      "8.8.8.8",
                      "",
                      "A public resolver",
                      "",
                      "nobody: a mistake that is made again and again",
                      50};
  const auto shared = stage_.share(stage_.cert(), "4-mistake", {indicator_json(resolver, now())}, "--named");
  if (!shared) return stage_.explained(shared.error());
  const auto* held = shared->if_contains("held");
  const bool was_held = held != nullptr && held->is_array() && held->get_array().size() == 1;
  timeline_.require(was_held && json::number_or(*shared, "accepted") == 0,
                    "the hub holds an indicator for 8.8.8.8");
  timeline_.tell("hub", "holds the CERT's indicator for 8.8.8.8: a public resolver");
  for (auto& player : stage_.players()) {
    auto& house = *player.house;
    for (const auto& driver : demo::facts_for("driver"))
      house.plant(
          [&driver](Traffic& traffic) {
            return traffic.driver_loaded(
                {R"(C:\Windows\System32\drivers\)" + driver.detail, "MD5", driver.value}, now());
          },
          {});
    for (const auto& port : demo::facts_for("port"))
      house.plant(connection_to("151.101.7.9", static_cast<unsigned>(std::stoul(port.value))), {});
    house.plant(connection_to("8.8.8.8", 53), {});
    house.plant([](Traffic& traffic) { return traffic.lookup("dns.provider.net", "8.8.8.8", now()); }, {});
  }
  timeline_.tell(
      "demo",
      "legitimate drivers, bare ports 195, 444, 8000, 8080 and the resolver stand in all logs: silence");
  return {};
}

/// Every log gets one more line that must alert. A log is read in order, so when these have alerted,
/// everything before them was read, and what has not alerted until then stays silent.
Status Story::close() {
  const std::string address = "203.131.222.102";
  for (auto& player : stage_.players()) {
    auto& house = *player.house;
    house.plant(connection_to(address, 8000), {address});
    house.plant([&](Traffic& traffic) { return traffic.lookup("cdn.video.net", address, now()); }, {address});
    house.plant([&](Traffic& traffic) { return traffic.request(address, now()); }, {address});
    house.plant(library({R"(C:\Windows\Temp\wiper.exe)", "MD5", wiper}), {wiper});
  }
  TOCSIN_TRY(await_planted("the last line of each log"));
  std::size_t faults = 0;
  for (auto& player : stage_.players()) {
    const auto& house = *player.house;
    for (const auto& fault : house.faults()) {
      if (++faults <= 10)
        timeline_.require(false, player.name + ": only what was planted alerts, but there is: " + fault);
    }
    outcome_.alerts += house.alerts();
    outcome_.planted += house.found();
    outcome_.controls += house.silent();
  }
  timeline_.require(faults == 0, "no alert that was not planted, and none missing");
  // Not all of them need to come: an indicator may have been withdrawn before its first hit was told.
  const auto sightings = await_sightings(milliseconds{2'000});
  if (!sightings) return sightings.error();
  outcome_.sightings = sightings->came;
  return {};
}

}  // namespace tocsin::cli
