#pragma once

/// Errors as values.
///
/// A caller's mistake, a peer's bytes and a full disk are a `Result`; our own broken invariant is a
/// `TOCSIN_CHECK` (check.hpp). Exceptions of libraries end in the module that calls the library.
/// Threads: a value type, no state.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tocsin {

/// What a caller decides on. Becomes an HTTP status in one place (`api`), an exit code in another (`apps`).
enum class Errc : std::uint8_t {
  invalid_input,  ///< the bytes or the request break a rule; the same request fails again
  not_found,      ///< no such thing, or none that the asker may know of
  denied,         ///< the asker may not
  conflict,       ///< another state of the same thing stands in the way
  overloaded,     ///< a limit was reached; the same request may pass later
  corrupt,        ///< bytes of ours are not what we wrote
  unavailable,    ///< disk, network or peer failed
};

std::string_view name(Errc code);

struct Error {
  Errc code;
  std::string detail;  ///< what a person reads: names the object and the rule, never a secret

  friend bool operator==(const Error&, const Error&) = default;
};

/// Puts `context` in front of the detail: "segment 3: " + "short read".
Error in_context(std::string_view context, Error error);

/// A value or an `Error`; the member names are those of `std::expected`. Never dropped in silence.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value)
      : state_{std::in_place_index<0>, std::move(value)} {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_{std::in_place_index<1>, std::move(error)} {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// The value. Asking an error for its value is a broken invariant and throws std::bad_variant_access.
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : state_{std::move(error)} {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<std::monostate, Error> state_;
};

/// Done, or why not.
using Status = Result<void>;

}  // namespace tocsin

// Propagates the error of a Status or Result expression to the caller.
#define TOCSIN_TRY(expression)                                                                         \
  do {                                                                                                 \
    if (auto tocsin_status_ = (expression); !tocsin_status_) return std::move(tocsin_status_).error(); \
  } while (false)
