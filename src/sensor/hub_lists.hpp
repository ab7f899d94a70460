#pragma once

/// The warning lists of the hub: fetched at the start and then every hour, kept in a file for a start without
/// the hub.
///
/// Path:    GET /api/v1/warning-lists → STATE/warning-lists.ndjson → the built-in lists and these → Harmless.
/// Errors:  a hub that is away or lists that cannot be read leave the last ones in force and stand in the
/// status. Threads: one of its own; status() and ready() from any.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "net/client.hpp"
#include "sensor/harmless.hpp"

namespace tocsin::sensor {

class HubLists {
 public:
  /// Takes what the file holds. `harmless` outlives it.
  HubLists(net::ClientOptions client, std::string file, Harmless& harmless);
  ~HubLists() { stop(); }
  HubLists(const HubLists&) = delete;
  HubLists& operator=(const HubLists&) = delete;

  void start();
  void stop();
  /// Lists were fetched, now or in an earlier run.
  bool ready() const { return ready_.load(); }
  json::Object status() const;

 private:
  void run();
  Status fetch();
  Status take();

  net::Client client_;
  const std::string file_;
  Harmless& harmless_;
  std::string version_;  // of the thread
  std::atomic<bool> ready_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_, as is the next
  std::string fetched_, problem_;
  std::thread thread_;
};

}  // namespace tocsin::sensor
