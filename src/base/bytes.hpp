#pragma once

/// Bytes as text and back: hexadecimal, base64 and base64url (RFC 4648), little-endian numbers.
/// Threads: pure functions.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(std::span<const std::byte> bytes);        ///< lower case
Result<std::string> from_hex(std::string_view text);         ///< either case; errors: invalid_input
std::string to_base64(std::span<const std::byte> bytes);     ///< with padding
Result<std::string> from_base64(std::string_view text);      ///< with padding; errors: invalid_input
std::string to_base64url(std::span<const std::byte> bytes);  ///< without padding
Result<std::string> from_base64url(std::string_view text);   ///< without padding; errors: invalid_input

static_assert(std::endian::native == std::endian::little, "the formats on disk are written in host order");

/// Appends an unsigned number in little-endian order.
template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, sizeof(Number)> raw{};
  std::memcpy(raw.data(), &number, sizeof(Number));
  out.append(raw.data(), raw.size());
}

/// Takes numbers and runs of bytes off the front of a buffer; any overrun makes it bad for good.
/// Check `ok()` once at the end instead of after each step.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_{bytes} {}

  template <class Number>
  Number number() {
    Number value{};
    if (const auto raw = run(sizeof(Number)); raw.size() == sizeof(Number))
      std::memcpy(&value, raw.data(), sizeof(Number));
    return value;
  }
  std::string_view run(std::size_t size) {
    if (rest_.size() < size) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tocsin
