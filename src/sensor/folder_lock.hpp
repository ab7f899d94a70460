#pragma once

/// One sensor a state folder. Errors: conflict, unavailable. Threads: one.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/result.hpp"

namespace tocsin::sensor {

/// Held while a sensor uses the folder.
class FolderLock {
 public:
  static constexpr std::chrono::milliseconds wait{1'000};

  FolderLock() = default;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Status take(const std::string& folder) {
    const auto path = folder + "/lock";
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return Error{Errc::unavailable, path + " cannot be opened"};
    // One that was killed a moment ago may not be gone yet.
    for (const auto end = std::chrono::steady_clock::now() + wait;
         ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0;) {
      if (std::chrono::steady_clock::now() > end)
        return Error{Errc::conflict, "another sensor uses the state folder " + folder};
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return {};
  }

 private:
  int descriptor_ = -1;
};

}  // namespace tocsin::sensor
