#include "screen/national_numbers.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/text.hpp"
#include "screen/checksums.hpp"

namespace tocsin::screen {
namespace {

using View = std::string_view;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
unsigned digit(char c) {
  return static_cast<unsigned>(c - '0');
}
unsigned number(View digits) {
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + digit(c);
  return value;
}
bool all_alike(View digits) {
  return digits.find_first_not_of(digits[0]) == View::npos;
}

template <std::size_t Size>
unsigned weighted(View digits, const std::array<unsigned, Size>& weights) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < Size; ++i) sum += digit(digits[i]) * weights[i];
  return sum;
}

bool is_day(unsigned year, unsigned month, unsigned day) {
  constexpr std::array<unsigned, 13> days{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= (month == 2 && leap ? 29 : days[month]);
}
/// Two digits each of year, month and day, the year being of either century.
bool is_date(View digits, std::size_t year, std::size_t month, std::size_t day) {
  const auto two = [&](std::size_t at) { return number(digits.substr(at, 2)); };
  return is_day(1900 + two(year), two(month), two(day)) || is_day(2000 + two(year), two(month), two(day));
}

// ---- what holds of the characters of a number, separators left out, letters in upper case ----

/// 50 to 65, 70 to 88, 90 to 92, 94 to 99 (IRS).
bool us_itin(View text) {
  const auto group = number(text.substr(3, 2));
  return text[0] == '9' &&
         ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group != 93));
}
/// No letters that look like digits (CMS).
bool us_medicare(View text) {
  return text[0] != '0' && text.find_first_of("SLOIBZ") == View::npos;
}
bool uk_nhs(View text) {
  const auto check = 11 - weighted(text, std::array{10U, 9U, 8U, 7U, 6U, 5U, 4U, 3U, 2U}) % 11;
  return check != 10 && digit(text[9]) == check % 11 && !all_alike(text);
}
bool uk_insurance(View text) {
  constexpr std::array<View, 7> unused{"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
  const auto prefix = text.substr(0, 2);
  return prefix.find_first_of("DFIQUV") == View::npos && prefix[1] != 'O' &&
         std::find(unused.begin(), unused.end(), prefix) == unused.end() && text[8] >= 'A' && text[8] <= 'D';
}
bool ca_insurance(View text) {
  return text[0] != '0' && text[0] != '8' && !all_alike(text) && luhn(text);
}
bool au_tax(View text) {
  return weighted(text, std::array{1U, 4U, 3U, 7U, 5U, 8U, 6U, 9U, 10U}) % 11 == 0 && !all_alike(text);
}
bool au_medicare(View text) {
  return text[0] >= '2' && text[0] <= '6' &&
         weighted(text, std::array{1U, 3U, 7U, 9U, 1U, 3U, 7U, 9U}) % 10 == digit(text[8]);
}
/// Verhoeff's check: permutations in the dihedral group of order ten.
bool in_aadhaar(View text) {
  constexpr std::array<View, 8> permuted{"0123456789", "1576283094", "5803796142", "8916043527",
                                         "9453126870", "4286573901", "2793806415", "7046913258"};
  if (text[0] < '2' || std::equal(text.begin(), text.begin() + 6, text.rbegin())) return false;
  const auto product = [](unsigned a, unsigned b) {
    const auto turn = (a < 5 ? a + b : a + 10 - b) % 5;
    return (a < 5) == (b < 5) ? turn : 5 + turn;
  };
  unsigned check = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    check = product(check, digit(permuted[i % 8][digit(text[text.size() - 1 - i])]));
  return check == 0;
}
/// ISO 7064 MOD 11,10; none of the first ten digits stands more than three times.
bool de_tax(View text) {
  if (text[0] == '0') return false;
  unsigned product = 10;
  for (const char c : text.substr(0, 10)) {
    const auto sum = (digit(c) + product) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
    if (std::count(text.begin(), text.begin() + 10, c) > 3) return false;
  }
  return digit(text[10]) == (11 - product) % 10;
}
bool es_letter(View digits, char letter) {
  return View{"TRWAGMYFPDXBNJZSQVHLCKE"}[number(digits) % 23] == letter;
}
bool es_identity(View text) {
  return es_letter(text.substr(0, text.size() - 1), text.back());
}
bool es_foreigner(View text) {
  if (text[0] < 'X' || text[0] > 'Z') return false;
  return es_letter(std::string{static_cast<char>('0' + (text[0] - 'X'))} + std::string{text.substr(1, 7)},
                   text[8]);
}
bool it_fiscal(View text) {
  const auto day = number(text.substr(9, 2));
  return View{"ABCDEHLMPRST"}.find(text[8]) != View::npos &&
         ((day >= 1 && day <= 31) || (day >= 41 && day <= 71));
}
/// The century stands in the month.
bool pl_pesel(View text) {
  const auto month = number(text.substr(2, 2));
  return is_day(2000 + number(text.substr(0, 2)), month % 20, number(text.substr(4, 2))) &&
         (weighted(text, std::array{1U, 3U, 7U, 9U, 1U, 3U, 7U, 9U, 1U, 3U}) + digit(text[10])) % 10 == 0;
}
bool fi_identity(View text) {
  return is_date(text, 4, 2, 0) &&
         View{"0123456789ABCDEFHJKLMNPRSTUVWXY"}[number(std::string{text.substr(0, 6)} +
                                                        std::string{text.substr(7, 3)}) %
                                                 31] == text[10];
}
bool se_identity(View text) {
  return is_date(text, 0, 2, 4) && luhn(text);
}
bool se_identity_with_century(View text) {
  const auto year = number(text.substr(0, 4));
  return year >= 1850 && year < 2100 && is_day(year, number(text.substr(4, 2)), number(text.substr(6, 2))) &&
         luhn(text.substr(2));
}
/// The digit behind the date says century and sex; newer numbers have no check digit.
bool kr_resident(View text) {
  return is_date(text, 0, 2, 4) && text[6] >= '1' && text[6] <= '4' && number(text.substr(7, 2)) <= 95;
}
bool za_identity(View text) {
  return is_date(text, 0, 2, 4) && text[10] <= '2' && (text[11] == '8' || text[11] == '9') && luhn(text);
}
bool in_tax(View text) {
  return View{"ABCFGHLJPT"}.find(text[3]) != View::npos;
}
bool cn_mobile(View text) {
  return text[0] == '1' && text[1] >= '3';
}
/// With the zero that is dialled within a country.
bool trunk(View text) {
  return text[0] == '0' && text[1] != '0' && !all_alike(text.substr(1));
}
bool any(View) {
  return true;
}

enum class Sure : std::uint8_t {
  as_it_is,      ///< its form is telling enough
  when_grouped,  ///< when its groups are kept apart, or a word stands beside it
  beside_word,   ///< then; else it is unsure
  never_alone,   ///< without the word it is none
};

/// In a form, "d" is a digit, "a" a letter, "n" either, "~" a sign of the century; "." a separator that may
/// stand there, "," one that must.
struct Row {
  View form, separators;
  bool (*holds)(View);
  Sure sure;
  std::array<View, 4> words;
};
constexpr Row rows[] = {
    {"ddd.dd.dddd", "- ", us_itin, Sure::when_grouped, {"itin", "taxpayer", "tax id"}},
    {"dand.and.aadd", "-", us_medicare, Sure::as_it_is, {}},
    {"ddd.ddd.dddd", "- ", uk_nhs, Sure::when_grouped, {"nhs"}},
    {"aa.dd.dd.dd.a", " -", uk_insurance, Sure::as_it_is, {}},
    {"ddd.ddd.ddd",
     " -",
     ca_insurance,
     Sure::beside_word,
     {"sin", "nas", "social insurance", "assurance sociale"}},
    {"ddd.ddd.ddd", " -", au_tax, Sure::beside_word, {"tfn", "tax file"}},
    {"dddd.ddddd.d", " -", au_medicare, Sure::when_grouped, {"medicare"}},
    {"dddd.dddd.dddd", " -:", in_aadhaar, Sure::when_grouped, {"aadhaar", "uidai"}},
    {"aaaaadddda", "", in_tax, Sure::as_it_is, {}},
    {"dd.ddd.ddd.ddd", " ", de_tax, Sure::beside_word, {"steuer", "idnr", "tin", "tax id"}},
    {"dddddddd.a", "-", es_identity, Sure::as_it_is, {}},
    {"ddddddd.a", "-", es_identity, Sure::as_it_is, {}},
    {"addddddd.a", "-", es_foreigner, Sure::as_it_is, {}},
    {"aaaaaaddaddaddda", "", it_fiscal, Sure::as_it_is, {}},
    {"ddddddddddd", "", pl_pesel, Sure::beside_word, {"pesel"}},
    {"dddddd~dddn", "", fi_identity, Sure::as_it_is, {}},
    {"dddddd.dddd", "-+", se_identity, Sure::when_grouped, {"personnummer", "pnr", "personal identity"}},
    {"dddddddd.dddd",
     "-+",
     se_identity_with_century,
     Sure::when_grouped,
     {"personnummer", "pnr", "personal identity"}},
    {"dddddd.ddddddd", "-", kr_resident, Sure::when_grouped, {"rrn", "resident registration"}},
    {"ddddddddddddd", "", za_identity, Sure::beside_word, {"south african", "rsa id", "sa id", "id number"}},
    {"aaaaadddda", "", any, Sure::beside_word, {"pan", "income tax"}},
    {"ddd,dddddd", "-", is_ssn, Sure::beside_word, {"ssn", "social security"}},
    {"ddddd,dddd", "-", is_ssn, Sure::beside_word, {"ssn", "social security"}},
    {"ddddddddddd", "", cn_mobile, Sure::beside_word, {"mobile", "phone", "wechat", "whatsapp"}},
    {"ddd,dddd,dddd", "-", trunk, Sure::when_grouped, {}},
    {"dd,ddddddd", "-", trunk, Sure::beside_word, {"phone", "mobile", "tel"}},
    {"aaddddddd", "", any, Sure::never_alone, {"passport"}},
    {"adddddddd", "", any, Sure::never_alone, {"passport"}},
    {"ddddddddd", "", any, Sure::never_alone, {"passport"}},
};

/// The characters that the form asks for, without separators; where they end.
struct Taken {
  std::array<char, national_number_max> bytes{};
  std::size_t size = 0, end = 0;
  bool grouped = false;
  View text() const { return {bytes.data(), size}; }
};

bool fits(char form, char c) {
  switch (form) {
    case 'd':
      return is_digit(c);
    case 'a':
      return is_letter(c);
    case 'n':
      return is_digit(c) || is_letter(c);
    default:
      return View{"-+ABCDEFUVWXYabcdefuvwxy"}.find(c) != View::npos;
  }
}

bool take(const Row& row, View text, std::size_t begin, Taken& out) {
  std::size_t at = begin;
  char separator = '\0';
  for (const char form : row.form) {
    const char c = at < text.size() ? text[at] : '\0';
    if (form == '.' || form == ',') {
      if (c == '\0' || row.separators.find(c) == View::npos) {
        if (form == ',') return false;
        continue;
      }
      if (separator != '\0' && c != separator) return false;
      separator = c;
      out.grouped = true;
      ++at;
    } else {
      if (!fits(form, c)) return false;
      out.bytes[out.size++] = upper(c);
      ++at;
    }
  }
  out.end = at;
  return true;
}

/// Whether it stands for itself, and is no part of an id, an address or a longer number.
bool stands_alone(View text, std::size_t begin, std::size_t end) {
  const auto joins = [](char c) { return c == '-' || c == '.' || c == ':' || c == '/' || c == '+'; };
  const auto at = [&](std::size_t i) { return i < text.size() ? text[i] : '\0'; };
  if (is_word(at(end)) || (joins(at(end)) && (is_word(at(end + 1)) || at(end + 1) == ':'))) return false;
  return begin == 0 ||
         (!is_word(text[begin - 1]) && !(joins(text[begin - 1]) && begin > 1 && is_word(text[begin - 2])));
}

/// One of the words, whole, within 40 bytes.
bool has_word_near(View text, std::size_t begin, std::size_t end, std::span<const View> words) {
  constexpr std::size_t near_bytes = 40;
  const std::size_t from = begin > near_bytes ? begin - near_bytes : 0;
  const auto around =
      to_lower_ascii(text.substr(from, begin - from)) + ' ' + to_lower_ascii(text.substr(end, near_bytes));
  return std::any_of(words.begin(), words.end(), [&](View word) {
    for (auto at = word.empty() ? View::npos : around.find(word); at != View::npos;
         at = around.find(word, at + 1))
      if ((at == 0 || !is_word(around[at - 1])) &&
          (at + word.size() == around.size() || !is_word(around[at + word.size()])))
        return true;
    return false;
  });
}

/// How many bytes of the first one's class a form begins with: at least up to its first separator, at most
/// all.
struct Lead {
  bool digits = false;
  std::size_t least = 0, most = 0;
};
constexpr auto leads = [] {
  std::array<Lead, std::size(rows)> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char first = rows[i].form[0];
    out[i].digits = first == 'd';
    for (const char form : rows[i].form) {
      if ((form == '.' || form == ',') && out[i].least == 0) out[i].least = out[i].most;
      if (form == '.') continue;
      if (form != first) break;
      ++out[i].most;
    }
    if (out[i].least == 0) out[i].least = out[i].most;
  }
  return out;
}();

}  // namespace

std::optional<NationalNumber> national_number(View text, std::size_t begin) {
  const bool digits = is_digit(text[begin]);
  std::size_t count = 1;  // of its class
  while (begin + count < text.size() && count <= national_number_max &&
         (digits ? is_digit(text[begin + count]) : is_letter(text[begin + count])))
    ++count;
  std::optional<NationalNumber> best;
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    if (leads[i].digits != digits || count < leads[i].least || count > leads[i].most) continue;
    const auto& row = rows[i];
    Taken taken;
    if (!take(row, text, begin, taken) || !stands_alone(text, begin, taken.end) || !row.holds(taken.text()))
      continue;
    const bool by_itself = row.sure == Sure::as_it_is || (row.sure == Sure::when_grouped && taken.grouped);
    const bool sure = by_itself || has_word_near(text, begin, taken.end, row.words);
    if (!sure && row.sure == Sure::never_alone) continue;
    if (!best || (sure && !best->sure)) best = NationalNumber{taken.end, sure};
    if (best->sure) break;
  }
  return best;
}

}  // namespace tocsin::screen
