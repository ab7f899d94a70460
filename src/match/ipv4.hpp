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

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin::match {

using Ipv4 = std::array<std::uint8_t, 4>;

/// False when `text` is no address; `out` is then worth nothing.
inline bool read_ipv4(std::string_view text, Ipv4& out) {
  const auto size = static_cast<unsigned>(text.size());
  if (size < 7 || size > 15) return false;
  std::array<std::uint8_t, 20> digits{};  // values of the digits, four zeros in front
#if defined(__SSE2__)
  // Sixteen bytes without reading outside of the text: two halves that overlap.
  std::uint64_t low = 0, high = 0;
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
  const auto bytes = _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
  const auto values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const auto is_digit = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
  unsigned dots = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'))));
  const auto good_bytes = static_cast<unsigned>(_mm_movemask_epi8(is_digit)) | dots;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(digits.data() + 4), values);
#else
  unsigned dots = 0, good_bytes = 0;
  for (unsigned i = 0; i < size; ++i) {
    digits[i + 4] = static_cast<std::uint8_t>(text[i] - '0');
    dots |= static_cast<unsigned>(text[i] == '.') << i;
    good_bytes |= static_cast<unsigned>(text[i] == '.' || digits[i + 4] <= 9) << i;
  }
#endif
  const unsigned all = (1U << size) - 1;
  const unsigned two = dots & (dots - 1), one = two & (two - 1);
  if ((good_bytes & all) != all || one == 0 || (one & (one - 1)) != 0) return false;  // three dots
  dots |= 1U << size;
  // What the digits before the last weigh, by the length of a number; without a branch, as lengths vary.
  constexpr std::array<std::uint16_t, 4> tens = {0, 0, 10, 10}, hundreds = {0, 0, 0, 100};
  unsigned start = 0, bad = 0;
  for (std::size_t octet = 0; octet < 4; ++octet) {
    const auto end = static_cast<unsigned>(std::countr_zero(dots));
    dots &= dots - 1;
    const unsigned length = end - start;
    const auto* const last = digits.data() + 3 + end;
    const unsigned value = *last + tens[length & 3] * *(last - 1) + hundreds[length & 3] * *(last - 2);
    bad |= static_cast<unsigned>(length - 1 > 2) | value >> 8;
    bad |= static_cast<unsigned>(length > 1) & static_cast<unsigned>(digits[4 + start] == 0);
    out[octet] = static_cast<std::uint8_t>(value);
    start = end + 1;
  }
  return bad == 0;
}

}  // namespace tocsin::match
