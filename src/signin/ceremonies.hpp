#pragma once

/// What a browser was asked and may answer once, and how often a stranger may try.
///
/// Contract: a challenge counts for five minutes and once, for what it was made for. Lost at a restart: the
/// person
///           presses the button again.
/// Errors:   overloaded when too many are open.
/// Threads:  any.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::signin {

/// Values under random names, each taken at most once.
template <class Value>
class OneTime {
 public:
  static constexpr std::size_t open_max = 16'384;
  static constexpr std::chrono::minutes life{5};

  explicit OneTime(const Clock& clock) : clock_{clock} {}

  Status put(const std::string& name, Value value) {
    const auto now = clock_.steady_now();
    const std::scoped_lock lock{mutex_};
    if (open_.size() >= open_max)
      std::erase_if(open_, [&](const auto& each) { return each.second.until <= now; });
    if (open_.size() >= open_max) return Error{Errc::overloaded, "too many are signing in; try again"};
    open_.insert_or_assign(name, Open{std::move(value), now + life});
    return {};
  }

  std::optional<Value> take(const std::string& name) {
    return take_if(name, [](const Value&) { return true; });
  }
  /// Leaves it where it is when `wanted` says no.
  template <class Wanted>
  std::optional<Value> take_if(const std::string& name, const Wanted& wanted) {
    const std::scoped_lock lock{mutex_};
    const auto it = open_.find(name);
    if (it == open_.end() || !wanted(it->second.value)) return std::nullopt;
    const bool in_time = it->second.until > clock_.steady_now();
    std::optional<Value> value = in_time ? std::optional<Value>{std::move(it->second.value)} : std::nullopt;
    open_.erase(it);
    return value;
  }

 private:
  struct Open {
    Value value;
    std::chrono::steady_clock::time_point until;
  };
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Open> open_;  // guarded by mutex_
};

/// A bucket of tries for each address. What succeeds is given back, so an office behind one address is not
/// shut out by its own people.
class Attempts {
 public:
  static constexpr double burst = 30;
  static constexpr std::chrono::seconds each{3};  ///< until one more
  static constexpr std::size_t addresses_max = 16'384;

  explicit Attempts(const Clock& clock) : clock_{clock} {}

  /// Takes one. How long to wait when there is none; nullopt when there was.
  std::optional<std::chrono::seconds> take(const std::string& address);
  void give_back(const std::string& address);

 private:
  struct Bucket {
    double left = burst;
    std::chrono::steady_clock::time_point at;
  };
  Bucket& fill(const std::string& address);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // guarded by mutex_
};

}  // namespace tocsin::signin
