#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>

#include "base/file.hpp"
#include "base/text.hpp"
#include "net/certificates.hpp"
#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

enum class Health : std::uint8_t { good, warning, bad };
std::string_view name(Health health) {
  return health == Health::good ? "good" : health == Health::warning ? "warning" : "bad";
}

/// What was looked at, what was found, and what to do about it.
struct Finding {
  std::string what;
  Health health = Health::good;
  std::string found;
  std::string advice;
};

constexpr std::uint64_t gibibyte = 1ULL << 30;

Finding clock_of_machine() {
  timex state{};
  const bool kept = ::adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
  return {"clock", kept ? Health::good : Health::warning,
          kept ? "kept in time by the system" : "nothing keeps it in time",
          "run chrony or systemd-timesyncd: dates, expiry and tokens depend on it"};
}

Finding open_files() {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  const bool enough = limit.rlim_cur >= 65'536;
  return {"open files", enough ? Health::good : Health::warning, "at most " + std::to_string(limit.rlim_cur),
          "each connection takes one: LimitNOFILE=65536 in the unit, or ulimit -n"};
}

Finding space(const std::string& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return {"space", Health::bad, folder + ": cannot be asked", ""};
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::uint64_t whole = std::max<std::uint64_t>(std::uint64_t{disk.f_blocks} * disk.f_frsize, 1);
  const auto health = free < gibibyte ? Health::bad : free * 10 < whole ? Health::warning : Health::good;
  return {"space", health,
          std::to_string(free / gibibyte) + " GiB free, " + std::to_string(free * 100 / whole) + " %",
          "a full disk stops all writing until the hub is restarted"};
}

/// The middle of some syncs: what every group of submissions waits for.
Finding disk_sync(const std::string& folder) {
  const std::string path = folder + "/doctor.tmp";
  auto file = system_files().open(path);
  if (!file) return {"disk", Health::bad, file.error().detail, "the hub's user must be able to write here"};
  std::vector<double> took;
  Status status;
  for (int i = 0; status && i < 21; ++i) {
    status = (*file)->write_at(static_cast<std::uint64_t>(i) * 4096, std::string(4096, 'x'));
    const auto start = std::chrono::steady_clock::now();
    if (status) status = (*file)->sync();
    took.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  file->reset();
  (void)system_files().remove(path);
  if (!status) return {"disk", Health::bad, status.error().detail, "the hub cannot write here"};
  std::nth_element(took.begin(), took.begin() + 10, took.end());
  return {"disk", took[10] > 20 ? Health::warning : Health::good,
          "a sync takes " + std::to_string(took[10]).substr(0, 5) + " ms",
          "every acknowledgement waits for one: use a faster disk"};
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::optional<Timestamp> http_date(std::string_view text) {
  std::tm parts{};
  if (::strptime(std::string{text}.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr)
    return std::nullopt;
  return Timestamp{std::chrono::seconds{::timegm(&parts)}};
}

Finding certificate(const std::string& what, std::string_view pem) {
  const auto ends = net::certificate_end(pem);
  if (!ends) return {what, Health::bad, ends.error().detail, ""};
  const auto left = std::chrono::floor<std::chrono::days>(*ends - system_clock().now());
  const auto health = left.count() < 0 ? Health::bad : left.count() < 30 ? Health::warning : Health::good;
  return {what, health, "valid until " + to_rfc3339(*ends), "renew it before its last 30 days"};
}

void look_at_folder(const std::string& data, std::vector<Finding>& findings) {
  findings.push_back(space(data));
  findings.push_back(disk_sync(data));
  const auto names = system_files().list(data + "/secrets");
  if (!names)
    return findings.push_back({"keys", Health::bad, names.error().detail, "is this a hub's folder?"});
  for (const auto& file : *names) {
    if (!file.ends_with(".pem")) continue;
    const auto pem = read_file(data + "/secrets/" + file, 1 << 20);
    const auto at = pem ? pem->find("-----BEGIN CERTIFICATE-----") : std::string::npos;
    if (at == std::string::npos)
      findings.push_back({file, Health::bad, pem ? "holds no certificate" : pem.error().detail, ""});
    else
      findings.push_back(certificate(file, std::string_view{*pem}.substr(at)));
  }
}

void look_at_hub(Session& session, std::vector<Finding>& findings) {
  findings.push_back(certificate("the hub's authority", session.profile().ca_pem));
  const auto before = system_clock().now();
  auto answer = session.client().request({.target = "/ready"});
  if (!answer) {
    findings.push_back(
        {"hub", Health::bad, answer.error().detail, "is it running, and is the address right?"});
    return;
  }
  const auto state = json::parse_object(answer->body);
  const auto behind = state ? json::number_or(*state, "views_behind") : 0;
  const bool writable = state && json::flag_or(*state, "writable");
  findings.push_back({"hub", answer->status == 200 ? Health::good : Health::bad,
                      writable ? "answers and writes" : "answers, and cannot write",
                      "after a failed write the hub must be restarted once the disk is mended"});
  findings.push_back({"views", behind < 100'000 ? Health::good : Health::warning,
                      std::to_string(behind) + " entries behind the log", "searches wait for them"});
  const auto theirs = http_date(answer->header("date"));
  if (!theirs) return;
  const auto apart = std::chrono::abs(std::chrono::round<std::chrono::seconds>(*theirs - before));
  findings.push_back({"clocks", apart.count() > 5 ? Health::warning : Health::good,
                      std::to_string(apart.count()) + " s between this machine and the hub",
                      "one of them runs wrong"});
}

int report(const Context& context, const std::vector<Finding>& findings) {
  bool bad = false;
  json::Array list;
  Table table{{"WHAT", "HEALTH", "FOUND", "ADVICE"}};
  for (const auto& finding : findings) {
    const bool well = finding.health == Health::good;
    bad = bad || finding.health == Health::bad;
    list.emplace_back(json::Object{{"what", finding.what},
                                   {"health", name(finding.health)},
                                   {"found", finding.found},
                                   {"advice", well ? "" : finding.advice}});
    table.add({finding.what, std::string{name(finding.health)}, finding.found, well ? "" : finding.advice});
  }
  if (context.json)
    print_json(json::Object{{"findings", std::move(list)}, {"healthy", !bad}});
  else
    table.print();
  return bad ? exit_refused : exit_done;
}

}  // namespace

void add_doctor(CLI::App& root, Context& context) {
  auto data = std::make_shared<std::string>();
  auto* verb =
      root.add_subcommand("doctor", "Look for what is wrong: clock, disk, certificates, limits, lag");
  verb->group(group_operate);
  verb->add_option("--data", *data, "A hub's folder on this machine; without it, the hub of your profile");
  verb->callback([&context, data] {
    context.run = [&context, data] {
      std::vector<Finding> findings{clock_of_machine(), open_files()};
      if (!data->empty()) {
        look_at_folder(*data, findings);
      } else {
        auto session = Session::open(context);
        if (!session) return fail(session.error());
        look_at_hub(*session, findings);
      }
      return report(context, findings);
    };
  });
}

}  // namespace tocsin::cli
