#pragma once

/// Tells the hub how far a sensor has come, beside the stream and without holding it up.
///
/// Contract: what is told is cumulative and the newest; at most one request per interval, but urgent ones
/// (withdrawals) at once. What the hub could not be told is told later, as part of a newer position.
/// Threads:  any; the requests are made by a thread of its own.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "net/client.hpp"
#include "push/client_event.hpp"

namespace tocsin::push {

class Acknowledger {
 public:
  Acknowledger(net::ClientOptions options, std::string target, std::string sensor,
               std::chrono::milliseconds interval);
  ~Acknowledger() { finish(); }

  /// Tells what is left, once, and ends; what is applied later is not told.
  void finish();

  void applied(const Position& position, bool urgent);
  /// What was not yet told is not told any more: after a reset it means nothing.
  void forget();

 private:
  void run();
  bool tell(const Position& position);

  net::Client client_;
  const std::string target_, sensor_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::optional<Position> wanted_;
  bool urgent_ = false, stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tocsin::push
