#include "observe/plain_walk.hpp"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
// The program is built for every processor of its kind; these functions ask for what most of them have.
#define TOCSIN_WIDE [[gnu::target("avx2,bmi,popcnt")]]
#endif

namespace tocsin::observe {

#if defined(TOCSIN_WIDE)

namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::size_t number_bytes_max = 32;

TOCSIN_WIDE inline __m256i load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

/// The uppermost bit of each byte.
TOCSIN_WIDE inline std::uint64_t bits(__m256i bytes) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
}

/// Ones in the bytes that a plain line does not have: controls, backslashes, and all beyond ASCII, which as
/// signed numbers are below the controls.
TOCSIN_WIDE inline __m256i odd_in(__m256i bytes) {
  return _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes),
                         _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
}

/// The bits below `size`, at most 63.
std::uint64_t below(std::size_t size) {
  return (1ULL << size) - 1;
}

/// True when the bytes of the token lie between `first` and '9': digits, signs and points (and slashes, which
/// the general walk lets pass in numbers too). No quote, bracket or white space is among them.
TOCSIN_WIDE inline bool is_number(const char* begin, std::size_t size, char first) {
  if (size - 1 >= number_bytes_max) return false;
  const auto bytes = load(begin);
  const auto outside = bits(_mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(first), bytes),
                                            _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('9'))));
  return (outside & below(size)) == 0;
}

bool is_word(std::string_view text) {
  return text == "true" || text == "false" || text == "null";
}

bool wide_processor() {
  static const bool wide = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
                           __builtin_cpu_supports("popcnt") != 0;
  return wide;
}

}  // namespace

/// Where the quotes stand; false when the line is not plain.
TOCSIN_WIDE bool PlainWalk::find_quotes(std::string_view line) {
  const auto quote = _mm256_set1_epi8('"');
  auto odd = _mm256_setzero_si256();
  std::uint64_t odd_in_last = 0;
  auto* out = quotes_.data();
  for (std::size_t base = 0; base < line.size(); base += block_bytes) {
    const auto low = load(line.data() + base), high = load(line.data() + base + 32);
    auto quotes = bits(_mm256_cmpeq_epi8(low, quote)) | bits(_mm256_cmpeq_epi8(high, quote)) << 32;
    if (const auto left = line.size() - base; left >= block_bytes) {
      odd = _mm256_or_si256(odd, _mm256_or_si256(odd_in(low), odd_in(high)));
    } else {
      quotes &= below(left);
      odd_in_last = (bits(odd_in(low)) | bits(odd_in(high)) << 32) & below(left);
    }
    // As many as a block mostly holds at once, needed or not: a loop that ends after each one would be
    // foreseen wrongly in every block.
    const auto count = std::popcount(quotes);
    for (int i = 0; i < 12; ++i, quotes &= quotes - 1)
      out[i] = static_cast<std::uint16_t>(base + static_cast<unsigned>(std::countr_zero(quotes)));
    for (int i = 12; i < count; ++i, quotes &= quotes - 1)
      out[i] = static_cast<std::uint16_t>(base + static_cast<unsigned>(std::countr_zero(quotes)));
    out += count;
  }
  quote_count_ = static_cast<std::size_t>(out - quotes_.data());
  return bits(odd) == 0 && odd_in_last == 0;
}

inline bool PlainWalk::take(Fields::NodeId field, const char* begin, const char* end) {
  if (field == Fields::unknown) return true;
  if (count_ == values_.size()) return false;
  values_[count_++] = {field, {begin, static_cast<std::size_t>(end - begin)}};
  return true;
}

TOCSIN_WIDE bool PlainWalk::walk(std::string_view line, Fields::NodeId from, Foresight& names) {
  count_ = 0;
  if (!wide_processor() || line.size() < 2 || line.size() > line_bytes_max || !find_quotes(line))
    return false;
  const char* const text = line.data();
  const char* const last = text + line.size() - 1;  // where the closing brace belongs
  const auto* quote = quotes_.data();
  const auto* const quotes_end = quote + quote_count_;
  if (*text != '{' || *last != '}' || quote_count_ % 2 != 0) return false;
  for (const char* at = text + 1;;) {
    // Here a name begins.
    if (quote == quotes_end || text + *quote != at) return false;
    Fields::NodeId field = Fields::unknown;
    if (const auto* known = names.foreseen(from, at + 1))
      field = known->field;
    else
      field = names.learn(from, {at + 1, static_cast<std::size_t>(quote[1] - quote[0] - 1)});
    at = text + quote[1] + 1;
    if (*at != ':') return false;
    ++at;
    quote += 2;
    // A value without quotes ends at the comma before the next name, or at the closing brace.
    const char* const scalar_end = quote == quotes_end ? last : text + *quote - 1;
    if (*at == '"') {
      if (!take(field, at + 1, text + quote[1])) return false;
      at = text + quote[1] + 1;
      quote += 2;
    } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
      if (!is_number(at, static_cast<std::size_t>(scalar_end - at), '-') || !take(field, at, scalar_end))
        return false;
      at = scalar_end;
    } else if (*at == '[') {
      ++at;
      if (*at == ']') {
        ++at;
      } else if (*at == '"') {
        for (;;) {
          if (!take(field, at + 1, text + quote[1])) return false;
          at = text + quote[1] + 1;
          quote += 2;
          if (*at != ',') break;
          if (*++at != '"') return false;
        }
        if (*at++ != ']') return false;
      } else {
        // Numbers of a field that nobody asks for.
        if (field != Fields::unknown || scalar_end - at < 2 || scalar_end[-1] != ']' ||
            !is_number(at, static_cast<std::size_t>(scalar_end - 1 - at), ','))
          return false;
        at = scalar_end;
      }
    } else {
      if (scalar_end <= at || !is_word({at, static_cast<std::size_t>(scalar_end - at)})) return false;
      at = scalar_end;
    }
    if (at == last) return quote == quotes_end;
    if (*at++ != ',') return false;
  }
}

#else

bool PlainWalk::walk(std::string_view, Fields::NodeId, Foresight&) {
  return false;
}

#endif

}  // namespace tocsin::observe
