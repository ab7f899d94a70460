#pragma once

/// What must neither alert nor be blocked: warning lists, and the member's own allow list, which is read
/// again when its file changes.
///
/// Source:  screen/warning_lists.hpp, screen/allow_list.hpp.
/// Errors:  open() refuses a bad allow list; one that becomes bad later leaves the last good one in force and
/// stands in
///          the status.
/// Threads: any.

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/published.hpp"
#include "screen/warning_lists.hpp"

namespace tocsin::sensor {

class Harmless {
 public:
  /// `allow`: a path; empty: none. Errors: invalid_input, not_found, unavailable.
  static Result<std::unique_ptr<Harmless>> open(screen::WarningLists lists, std::string allow);

  /// The lists that hold a value, good for as long as this lives.
  struct Held {
    std::array<std::shared_ptr<const screen::WarningLists>, 2> keep;
    std::vector<const screen::WarningList*> lists;
    explicit operator bool() const { return !lists.empty(); }
  };
  Held check(const stix::Value& value) const;

  /// In place of the warning lists; the allow list stays.
  void replace(screen::WarningLists lists);
  /// Looks whether the file has changed.
  void look();
  /// Grows with each change.
  std::uint64_t version() const { return version_.load(); }
  json::Object status() const;

 private:
  Harmless(screen::WarningLists lists, std::string allow) : allow_path_{std::move(allow)} {
    lists_.replace(std::make_shared<const screen::WarningLists>(std::move(lists)));
  }
  Status read();

  Published<screen::WarningLists> lists_{std::make_shared<const screen::WarningLists>()};
  const std::string allow_path_;
  Published<screen::WarningLists> allow_{std::make_shared<const screen::WarningLists>()};
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  std::string seen_, failure_;  // the file as it was, and what is wrong with it; guarded by mutex_
};

}  // namespace tocsin::sensor
