#include "sensor/hub_lists.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/time.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::chrono::seconds interval{3600}, wait_first{5}, wait_max{300};

}  // namespace

HubLists::HubLists(net::ClientOptions client, std::string file, Harmless& harmless)
    : client_{std::move(client)}, file_{std::move(file)}, harmless_{harmless} {
  if (system_files().exists(file_)) ready_ = take().has_value();
}

void HubLists::start() {
  thread_ = std::thread{[this] { run(); }};
}

void HubLists::stop() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  client_.cancel();
  thread_.join();
}

Status HubLists::take() {
  auto lists = screen::WarningLists::load(file_, screen::built_in_warning_lists());
  if (!lists) return lists.error();
  harmless_.replace(*std::move(lists));
  return {};
}

Status HubLists::fetch() {
  net::ClientRequest request{.target = "/api/v1/warning-lists"};
  if (!version_.empty()) request.headers.emplace_back("If-None-Match", version_);
  const auto answer = client_.request(request);
  if (!answer) return answer.error();
  if (answer->status == 304) return {};
  if (answer->status != 200)
    return Error{Errc::unavailable,
                 "the hub answers " + std::to_string(answer->status) + " when asked for its warning lists"};
  TOCSIN_TRY(write_file(file_, answer->body, 0600));
  TOCSIN_TRY(take());
  version_ = answer->header("etag");
  return {};
}

void HubLists::run() {
  auto wait = wait_first;
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    const auto done = fetch();
    lock.lock();
    problem_ = done ? "" : done.error().detail;
    if (done) {
      ready_ = true;
      fetched_ = to_rfc3339(system_clock().now());
    }
    wake_.wait_for(lock, done ? interval : wait, [this] { return stopping_; });
    wait = done ? wait_first : std::min(wait * 2, wait_max);
  }
}

json::Object HubLists::status() const {
  const std::scoped_lock lock{mutex_};
  json::Object out{{"fetched", fetched_}};
  if (!problem_.empty()) out["problem"] = problem_;
  return out;
}

}  // namespace tocsin::sensor
