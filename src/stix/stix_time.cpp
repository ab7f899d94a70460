#include "stix/stix_time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "stix/object.hpp"

namespace tocsin::stix {
namespace {

constexpr std::size_t seconds_size = 19;  // of "YYYY-MM-DDThh:mm:ss"

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Eight characters of a form, where "0" stands for any digit; of eight bytes at once.
class Form {
 public:
  constexpr explicit Form(const char (&form)[9]) {
    std::array<char, 8> bytes{}, room{};
    for (std::size_t i = 0; i < 8; ++i) {
      bytes[i] = form[i];
      room[i] = static_cast<char>(form[i] == '0' ? 0x7f - 9 : 0x7f);
    }
    bytes_ = std::bit_cast<std::uint64_t>(bytes);
    room_ = std::bit_cast<std::uint64_t>(room);
  }
  bool holds(const char* text) const {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text, 8);
    const auto apart = bytes ^ bytes_;  // of a digit its number, else nothing
    constexpr auto upper = 0x8080808080808080ULL;
    return ((((apart & ~upper) + room_) | apart) & upper) == 0;
  }

 private:
  std::uint64_t bytes_ = 0, room_ = 0;
};

unsigned two_digits(std::string_view text, std::size_t at) {
  return static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
}

unsigned days_in(unsigned year, unsigned month) {
  constexpr std::array<unsigned, 13> days{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month];
}

/// The digits after the point without zeros at the end.
std::string_view fraction_of(std::string_view timestamp) {
  if (timestamp[seconds_size] != '.') return {};
  auto digits = timestamp.substr(seconds_size + 1, timestamp.size() - seconds_size - 2);
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  return digits;
}

}  // namespace

std::optional<std::size_t> timestamp_fraction_digits(std::string_view text) {
  constexpr Form date{"0000-00-"}, day_and_hour{"00T00:00"}, time{"00:00:00"};
  if (text.size() < seconds_size + 1 || text.back() != 'Z') return std::nullopt;
  const char* at = text.data();
  if (!date.holds(at) || !day_and_hour.holds(at + 8) || !time.holds(at + 11)) return std::nullopt;

  const unsigned year = two_digits(text, 0) * 100 + two_digits(text, 2);
  const unsigned month = two_digits(text, 5);
  const unsigned day = two_digits(text, 8);
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return std::nullopt;
  if (two_digits(text, 11) > 23 || two_digits(text, 14) > 59 || two_digits(text, 17) > 60)
    return std::nullopt;

  const auto rest = text.substr(seconds_size, text.size() - seconds_size - 1);
  if (rest.empty()) return 0;
  if (rest.front() != '.' || rest.size() < 2) return std::nullopt;
  if (!std::all_of(rest.begin() + 1, rest.end(), is_digit)) return std::nullopt;
  return rest.size() - 1;
}

Timestamp moment_of(std::string_view timestamp) {
  using namespace std::chrono;
  const auto number = [&](std::size_t at) { return two_digits(timestamp, at); };
  const year_month_day date{year{static_cast<int>(number(0) * 100 + number(2))}, month{number(5)},
                            day{number(8)}};
  std::int64_t micros = 0;
  const auto digits = fraction_of(timestamp).substr(0, 6);
  for (std::size_t i = 0; i < 6; ++i) micros = micros * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return Timestamp{sys_days{date}} + hours{number(11)} + minutes{number(14)} + seconds{number(17)} +
         microseconds{micros};
}

int compare_timestamps(std::string_view a, std::string_view b) {
  const int seconds = a.substr(0, seconds_size).compare(b.substr(0, seconds_size));
  // Without zeros at the end, decimals behind a point order as their texts do.
  return seconds != 0 ? seconds : fraction_of(a).compare(fraction_of(b));
}

int compare_versions(std::string_view a, std::string_view b) {
  const bool a_is_time = timestamp_fraction_digits(a).has_value();
  const bool b_is_time = timestamp_fraction_digits(b).has_value();
  // Texts that are no times come first, so that the order stays total whatever is stored.
  if (a_is_time != b_is_time) return a_is_time ? 1 : -1;
  if (!a_is_time) return a.compare(b);
  return compare_timestamps(a, b);
}

}  // namespace tocsin::stix
