#include "observe/times.hpp"

#include <array>
#include <cstdint>

#include "observe/values.hpp"

namespace tocsin::observe {
namespace {

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

/// A word or a number of a time, with what stands before it.
struct Part {
  std::string_view text;
  char before = '\0';
};

constexpr std::size_t parts_max = 12;

struct Parts {
  std::array<Part, parts_max> all{};
  std::size_t count = 0;
};

/// Runs of digits and runs of letters; what separates them is one of " /-:.,T+[]".
std::optional<Parts> split_parts(std::string_view text) {
  Parts out;
  char before = '\0';
  for (std::size_t at = 0; at < text.size();) {
    const bool digit = is_digit(text[at]);
    if (!digit && !is_letter(text[at])) {
      if (std::string_view{" /-:.,+"}.find(text[at]) == std::string_view::npos) return std::nullopt;
      if (text[at] != ' ' || before == '\0' || before == ' ') before = text[at];
      ++at;
      continue;
    }
    auto end = at;
    while (end < text.size() && (digit ? is_digit(text[end]) : is_letter(text[end]))) ++end;
    if (out.count == parts_max) return std::nullopt;
    out.all[out.count++] = {text.substr(at, end - at), before};
    before = '\0';
    at = end;
  }
  return out;
}

std::optional<unsigned> number(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::optional<unsigned> month_named(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  for (std::size_t i = 0; i < months.size(); ++i)
    if (lower(text[0]) == months[i][0] && lower(text[1]) == months[i][1] && lower(text[2]) == months[i][2])
      return static_cast<unsigned>(i + 1);
  return std::nullopt;
}

struct Date {
  std::optional<unsigned> year, month, day;
};

unsigned full_year(std::string_view text) {
  const auto year = number(text).value_or(0);
  return text.size() == 2 ? year + 2000 : year;
}

/// The date's parts, in the order in which they stand.
std::optional<Date> date_of(const Part* parts, std::size_t count) {
  Date out;
  std::array<std::string_view, 3> numbers{};
  std::size_t numbers_count = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto month = month_named(parts[i].text); month && !out.month)
      out.month = month;
    else if (is_digit(parts[i].text.front()) && numbers_count < numbers.size())
      numbers[numbers_count++] = parts[i].text;
    else if (is_digit(parts[i].text.front()))
      return std::nullopt;  // else a day of the week
  }
  if (out.month) {  // 29-Apr-2024, Nov 13, Jun 17 2016
    if (numbers_count == 0) return std::nullopt;
    out.day = number(numbers[0]);
    if (numbers_count > 1) out.year = full_year(numbers[1]);
    return out;
  }
  if (numbers_count == 2) return Date{std::nullopt, number(numbers[0]), number(numbers[1])};
  if (numbers_count != 3) return std::nullopt;
  if (numbers[2].size() == 4) return Date{full_year(numbers[2]), number(numbers[0]), number(numbers[1])};
  return Date{full_year(numbers[0]), number(numbers[1]), number(numbers[2])};
}

std::optional<Timestamp> from_epoch(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  switch (text.size()) {
    case 13:
      return from_micros(value * 1000);
    case 16:
      return from_micros(value);
    case 19:
      return from_micros(value / 1000);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Timestamp> to_log_time(std::string_view text, Timestamp now) {
  if (const auto usual = to_time(text)) return usual;
  if (text.size() > 64) return std::nullopt;
  if (is_decimal(text)) return text.size() > 19 ? std::nullopt : from_epoch(text);
  const auto split = split_parts(text);
  if (!split) return std::nullopt;
  const auto* const parts = split->all.data();
  // Hour, minute and second are the last three in a row of numbers with colons between them (also before them
  // in the Common Log Format).
  const auto colon = [&](std::size_t i) { return i < split->count && parts[i].before == ':'; };
  std::size_t clock = 1;
  while (clock + 2 < split->count && !(colon(clock + 1) && colon(clock + 2) && !colon(clock + 3))) ++clock;
  if (clock + 2 >= split->count) return std::nullopt;
  const auto hour = number(parts[clock].text), minute = number(parts[clock + 1].text),
             second = number(parts[clock + 2].text);
  auto date = date_of(parts, clock);
  if (!date || !date->month || !date->day || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
      *second > 60)
    return std::nullopt;

  std::int64_t micros = 0;
  std::chrono::minutes offset{0};
  for (std::size_t i = clock + 3; i < split->count; ++i) {
    const auto& [word, before] = parts[i];
    const auto value = number(word);
    if ((before == '.' || before == ',') && value && i == clock + 3) {
      for (std::size_t digit = 0; digit < 6; ++digit)
        micros = micros * 10 + (digit < word.size() ? word[digit] - '0' : 0);
    } else if ((before == '+' || before == '-') && value && word.size() == 4) {
      offset = std::chrono::hours{*value / 100} + std::chrono::minutes{*value % 100};
      if (before == '-') offset = -offset;
    } else if (value && word.size() == 4 && !date->year) {
      date->year = *value;  // ctime
    } else if (value) {
      return std::nullopt;
    }
  }
  const auto at = [&](int year) -> std::optional<Timestamp> {
    const std::chrono::year_month_day day{std::chrono::year{year}, std::chrono::month{*date->month},
                                          std::chrono::day{*date->day}};
    if (!day.ok()) return std::nullopt;
    return Timestamp{std::chrono::sys_days{day}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second} + std::chrono::microseconds{micros} - offset;
  };
  if (date->year) return *date->year > 9999 ? std::nullopt : at(static_cast<int>(*date->year));
  const auto today = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(now)};
  for (int back = 0; back <= 8; ++back)  // 29 February may lie eight years back
    if (const auto found = at(static_cast<int>(today.year()) + 1 - back);
        found && *found <= now + std::chrono::days{1})
      return found;
  return std::nullopt;
}

}  // namespace tocsin::observe
