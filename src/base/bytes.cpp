#include "base/bytes.hpp"

namespace tocsin {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string encode64(std::span<const std::byte> bytes, std::string_view digits, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t run = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < run ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= run)
        out.push_back(digits[word >> (18 - 6 * k) & 63U]);
      else if (padded)
        out.push_back('=');
    }
  }
  return out;
}

Result<std::string> decode64(std::string_view text, std::string_view digits) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t word = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos || c == '\0') return Error{Errc::invalid_input, "not base64"};
    word = word << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(word >> bits & 255U));
    }
  }
  // What is left over must be the zero bits of the last digit: one value has one spelling.
  if (text.size() % 4 == 1 || (word & ((1U << bits) - 1)) != 0)
    return Error{Errc::invalid_input, "not base64"};
  return out;
}

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    out.push_back(hex_digits[std::to_integer<unsigned>(b >> 4)]);
    out.push_back(hex_digits[std::to_integer<unsigned>(b & std::byte{15})]);
  }
  return out;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error{Errc::invalid_input, "hexadecimal text of odd length"};
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return Error{Errc::invalid_input, "not hexadecimal"};
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

std::string to_base64(std::span<const std::byte> bytes) {
  return encode64(bytes, base64_digits, true);
}
std::string to_base64url(std::span<const std::byte> bytes) {
  return encode64(bytes, base64url_digits, false);
}

Result<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return Error{Errc::invalid_input, "base64 without its padding"};
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  return decode64(text, base64_digits);
}
Result<std::string> from_base64url(std::string_view text) {
  return decode64(text, base64url_digits);
}

}  // namespace tocsin
