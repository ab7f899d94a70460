#include "decode.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace tocsin::screen {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr auto base64_values = [] {
  std::array<std::int8_t, 256> out{};
  out.fill(-1);
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < letters.size(); ++i)
    out[static_cast<unsigned char>(letters[i])] = static_cast<std::int8_t>(i);
  out['-'] = 62;
  out['_'] = 63;
  return out;
}();

bool is_text_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\r' || c == '\t';
}

/// Whether bytes are text, looking at the first few before all of them.
bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), is_text_byte) && is_utf8(bytes);
}

std::optional<std::string> as_text(std::string bytes) {
  if (bytes.size() >= 4 && bytes[1] == '\0' && bytes[3] == '\0') {
    std::string narrow;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) narrow += bytes[i + 1] == '\0' ? bytes[i] : '?';
    bytes = std::move(narrow);
  }
  while (!bytes.empty() && bytes.back() == '\0') bytes.pop_back();
  if (bytes.empty() || !is_text(bytes)) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<std::string> text_of_base64(std::string_view run) {
  while (!run.empty() && run.back() == '=') run.remove_suffix(1);
  if (run.size() < 8 || run.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(run.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : run) {
    const auto value = base64_values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
    // Most runs are words and hashes: stop at the first byte that no text holds. UTF-16 has its zeros.
    if (out.size() <= 4 && !is_text_byte(out.back()) && out.back() != '\0') return std::nullopt;
  }
  return as_text(std::move(out));
}

std::optional<std::string> text_of_hex(std::string_view run) {
  if (run.starts_with("0x")) run.remove_prefix(2);
  if (run.size() < 12 || run.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(run.size() / 2);
  for (std::size_t i = 0; i < run.size(); i += 2) {
    const int high = hex_digit(run[i]), low = hex_digit(run[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    if (out.size() <= 4 && !is_text_byte(out.back()) && out.back() != '\0') return std::nullopt;
  }
  return as_text(std::move(out));
}

std::optional<std::string> text_of_percent(std::string_view run) {
  std::string out;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const bool sign = (run[i] == '%' || run[i] == '=') && i + 2 < run.size() && hex_digit(run[i + 1]) >= 0 &&
                      hex_digit(run[i + 2]) >= 0;
    if (!sign) {
      out += run[i];
      continue;
    }
    out += static_cast<char>(hex_digit(run[i + 1]) << 4 | hex_digit(run[i + 2]));
    i += 2;
  }
  if (out.size() == run.size()) return std::nullopt;
  return out;
}

std::optional<Plain> refanged(std::string_view text) {
  struct Swap {
    std::string_view from, to;
  };
  static constexpr Swap swaps[] = {
      {"[.]", "."},         {"(.)", "."},         {"[dot]", "."},       {"(dot)", "."},
      {"{.}", "."},         {"[@]", "@"},         {"[at]", "@"},        {"(at)", "@"},
      {"[:]", ":"},         {"[://]", "://"},     {"hxxp", "http"},     {"hXXp", "http"},
      {"\xe2\x80\x8b", ""}, {"\xe2\x80\x8c", ""}, {"\xe2\x80\x8d", ""}, {"\xe2\x81\xa0", ""},
      {"\xef\xbb\xbf", ""}, {"\xc2\xad", ""},
  };
  static constexpr auto may_begin = [] {
    std::array<bool, 256> out{};
    for (const auto& swap : swaps) out[static_cast<unsigned char>(swap.from[0])] = true;
    return out;
  }();
  const auto swap_at = [&](std::size_t at) -> const Swap* {
    if (!may_begin[static_cast<unsigned char>(text[at])]) return nullptr;
    if (at + 1 == text.size()) return nullptr;
    for (const auto& swap : swaps)
      if (swap.from[1] == text[at + 1] && text.substr(at).starts_with(swap.from)) return &swap;
    return nullptr;
  };
  std::size_t first = 0;
  while (first < text.size() && swap_at(first) == nullptr) ++first;
  if (first == text.size()) return std::nullopt;
  Plain plain;
  const auto keep = [&](char c, std::size_t from) {
    plain.text += c;
    plain.origin.push_back(from);
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto* swap = swap_at(i);
    if (swap == nullptr) {
      keep(text[i], i);
      ++i;
      continue;
    }
    for (const char c : swap->to) keep(c, i);
    i += swap->from.size();
  }
  plain.origin.push_back(text.size());
  return plain;
}

}  // namespace tocsin::screen
