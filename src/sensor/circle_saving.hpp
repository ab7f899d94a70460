#pragma once

/// What a circle holds while its set is being saved; see circle_save.cpp.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "sensor/circle.hpp"

namespace tocsin::sensor {

struct Circle::Saving {
  std::uint64_t cut = 0;             // in the journal
  push::Position position;           // there
  std::vector<std::string> touched;  // ids that changed behind it
  bool spoiled = false;              // what comes out is not to be used
  std::thread thread;
  std::atomic<bool> done{false};
  std::optional<Result<match::Saved>> result;  // of the thread, until it is done
};

/// A position as the journal holds it.
std::string position_json(const push::Position& position);

}  // namespace tocsin::sensor
