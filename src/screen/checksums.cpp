#include "checksums.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::screen {
namespace {

unsigned number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// The registry of ISO 13616, by country.
constexpr std::pair<std::string_view, std::uint8_t> iban_lengths[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
    {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
    {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
    {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
    {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
    {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
    {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20}, {"YE", 30},
};

}  // namespace

bool luhn(std::string_view digits) {
  unsigned sum = 0;
  bool twice = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, twice = !twice) {
    unsigned digit = static_cast<unsigned>(*it - '0');
    if (twice) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return !digits.empty() && sum % 10 == 0;
}

bool is_card(std::string_view digits) {
  const auto size = digits.size();
  if (size < 12 || size > 19) return false;
  const char first = digits[0];
  const unsigned four = number(digits.substr(0, 4));
  bool issuer = false;
  if (first == '4') issuer = size == 13 || size == 16 || size == 19;
  if (first == '5') issuer = size == 16 || four / 100 == 50 || four / 100 >= 56;
  if (first == '6') issuer = size >= 12;
  if (first == '3') issuer = size >= 14 && size <= 16;
  if (first == '2')
    issuer = (size == 16 && four >= 2221 && four <= 2720) ||
             (size == 15 && (four == 2014 || four == 2149 || four == 2131));
  if (first == '1') issuer = size == 15;
  if (first == '0') issuer = size == 12 && four == 604;
  return issuer && digits.find_first_not_of(first) != std::string_view::npos && luhn(digits);
}

std::size_t iban_length(std::string_view country) {
  if (country.size() < 2) return 0;
  const std::array<char, 2> wanted{upper(country[0]), upper(country[1])};
  const std::string_view key{wanted.data(), 2};
  const auto* const it = std::lower_bound(std::begin(iban_lengths), std::end(iban_lengths), key,
                                          [](const auto& row, std::string_view k) { return row.first < k; });
  return it == std::end(iban_lengths) || it->first != key ? 0 : it->second;
}

bool is_iban(std::string_view text) {
  if (text.size() < 15 || text.size() != iban_length(text)) return false;
  unsigned rest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = upper(text[(i + 4) % text.size()]);
    if (c >= '0' && c <= '9')
      rest = (rest * 10 + static_cast<unsigned>(c - '0')) % 97;
    else if (c >= 'A' && c <= 'Z')
      rest = (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
    else
      return false;
  }
  return rest == 1;
}

bool is_ssn(std::string_view digits) {
  if (digits.size() != 9) return false;
  const unsigned area = number(digits.substr(0, 3));
  return area != 0 && area != 666 && area < 900 && digits.substr(3, 2) != "00" &&
         digits.substr(5) != "0000" && digits.find_first_not_of(digits[0]) != std::string_view::npos &&
         digits != "123456789" && digits != "987654321" && digits != "078051120";
}

}  // namespace tocsin::screen
