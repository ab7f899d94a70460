#pragma once

/// IPv4 addresses in text, read without a branch per byte: most values of most logs are such, and their
/// shapes cannot be foreseen.
///
/// Strict: four decimal numbers without leading zeros. With one, some programs read it as octal, and nobody
/// knows which host is meant. Threads: pure function.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

namespace tocsin {

using Ipv4 = std::array<std::uint8_t, 4>;

namespace ipv4 {

/// Sixteen bytes of a text of 7 to 15, without reading outside of it: two halves that overlap.
struct Halves {
  explicit Halves(std::string_view text) {
    const auto size = static_cast<unsigned>(text.size());
    if (size >= 8) {
      std::memcpy(&low, text.data(), 8);
      std::memcpy(&high, text.data() + size - 8, 8);
      high = size == 8 ? 0 : high >> (8 * (16 - size));
    } else {
      std::uint64_t rest = 0;
      std::memcpy(&low, text.data(), 4);
      std::memcpy(&rest, text.data() + 3, 4);
      low = (low & 0xffffff) | rest << 24;
    }
  }
  std::uint64_t low = 0, high = 0;
};

/// The lengths of the four numbers between `dots`, as a number below 81; 81 when one is not 1 to 3.
inline unsigned lengths_between(unsigned dots, unsigned size) {
  const auto first = static_cast<unsigned>(std::countr_zero(dots));
  dots &= dots - 1;
  const auto second = static_cast<unsigned>(std::countr_zero(dots));
  dots &= dots - 1;
  const auto third = static_cast<unsigned>(std::countr_zero(dots));
  const unsigned a = first - 1, b = second - first - 2, c = third - second - 2, d = size - third - 2;
  const bool odd = (a > 2) | (b > 2) | (c > 2) | (d > 2);  // without a branch for each
  return odd ? 81 : a * 27 + b * 9 + c * 3 + d;
}

/// Where the digits of each number go, right-aligned in four bytes each, and the least number of that length.
struct Shape {
  alignas(16) std::array<std::uint8_t, 16> places{};
  alignas(16) std::array<std::int32_t, 4> least{};
};
constexpr auto shapes = [] {
  std::array<Shape, 81> out{};
  for (std::size_t lengths = 0; lengths < 81; ++lengths) {
    const std::array<std::size_t, 4> length = {lengths / 27 + 1, lengths / 9 % 3 + 1, lengths / 3 % 3 + 1,
                                               lengths % 3 + 1};
    std::size_t at = 0;
    for (std::size_t octet = 0; octet < 4; at += length[octet] + 1, ++octet) {
      for (std::size_t i = 0; i < 4; ++i) out[lengths].places[octet * 4 + i] = 0x80;  // a zero
      for (std::size_t i = 0; i < length[octet]; ++i)
        out[lengths].places[octet * 4 + 3 - length[octet] + i] = static_cast<std::uint8_t>(at + i);
      out[lengths].least[octet] = length[octet] == 1 ? 0 : length[octet] == 2 ? 10 : 100;
    }
  }
  return out;
}();

inline bool read_slowly(std::string_view text, Ipv4& out) {
  std::size_t at = 0;
  for (std::size_t part = 0; part < 4; ++part) {
    if (part != 0 && (at >= text.size() || text[at++] != '.')) return false;
    const std::size_t start = at;
    unsigned value = 0;
    while (at < text.size() && at - start < 3 && text[at] >= '0' && text[at] <= '9')
      value = value * 10 + static_cast<unsigned>(text[at++] - '0');
    const std::size_t digits = at - start;
    if (digits == 0 || value > 255 || (digits > 1 && text[start] == '0')) return false;
    out[part] = static_cast<std::uint8_t>(value);
  }
  return at == text.size();
}

#if defined(__x86_64__)
/// All four numbers at once.
[[gnu::target("ssse3")]] inline bool read_at_once(std::string_view text, Ipv4& out) {
  const auto size = static_cast<unsigned>(text.size());
  if (size < 7 || size > 15) return false;
  const Halves halves{text};
  const auto bytes = _mm_set_epi64x(static_cast<long long>(halves.high), static_cast<long long>(halves.low));
  const auto digits = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const auto is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
  const unsigned all = (1U << size) - 1;
  const auto dots = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')))) & all;
  const auto good = static_cast<unsigned>(_mm_movemask_epi8(is_digit)) | dots;
  const unsigned two = dots & (dots - 1), one = two & (two - 1);
  if ((good & all) != all || one == 0 || (one & (one - 1)) != 0) return false;  // three dots
  const auto lengths = lengths_between(dots, size);
  if (lengths == 81) return false;
  const auto& shape = shapes[lengths];
  const auto placed =
      _mm_shuffle_epi8(digits, _mm_load_si128(reinterpret_cast<const __m128i*>(shape.places.data())));
  const auto weights = _mm_set1_epi32(0x00010a64);  // 100, 10, 1 and nothing
  const auto values = _mm_madd_epi16(_mm_maddubs_epi16(placed, weights), _mm_set1_epi16(1));
  const auto least = _mm_load_si128(reinterpret_cast<const __m128i*>(shape.least.data()));
  const auto bad = _mm_or_si128(_mm_cmpgt_epi32(values, _mm_set1_epi32(255)), _mm_cmplt_epi32(values, least));
  const auto packed = static_cast<std::uint32_t>(
      _mm_cvtsi128_si32(_mm_packus_epi16(_mm_packs_epi32(values, values), values)));
  std::memcpy(out.data(), &packed, sizeof(packed));
  return _mm_movemask_epi8(bad) == 0;
}
#endif

}  // namespace ipv4

/// False when `text` is no address; `out` is then worth nothing.
inline bool read_ipv4(std::string_view text, Ipv4& out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("ssse3")) return ipv4::read_at_once(text, out);
#endif
  return ipv4::read_slowly(text, out);
}

}  // namespace tocsin
