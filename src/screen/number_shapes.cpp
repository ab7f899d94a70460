#include "screen/number_shapes.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"

namespace tocsin::screen {
namespace {

constexpr std::size_t groups_max = 10, digits_max = 24, context_bytes = 40;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct Group {
  std::size_t begin, end;
  char before = '\0';  // the separator in front, the most telling of several
};

struct Run {
  std::vector<Group> groups;
  std::size_t end = 0, until = 0;
  bool plus = false, bracket = false, cut = false;
};

Run read_run(std::string_view text, std::size_t begin) {
  Run run;
  std::size_t i = begin;
  const auto at = [&](std::size_t k) { return k < text.size() ? text[k] : '\0'; };
  char before = '\0';
  if (at(i) == '+') {
    run.plus = true;
    ++i;
  }
  if (at(i) == '(') {
    run.bracket = true;
    ++i;
  }
  std::size_t digits = 0;
  while (is_digit(at(i)) && run.groups.size() < groups_max) {
    Group group{i, i, before};
    while (is_digit(at(i))) ++i;
    group.end = run.until = i;
    const bool extension = (at(i) == 'x' && is_digit(at(i + 1))) || text.substr(i).starts_with("ext");
    if ((is_word(at(i)) && !extension) || at(i) == ':') break;  // a word, a time, a port
    digits += group.end - group.begin;
    if (digits > digits_max) {
      run.cut = true;
      break;
    }
    run.groups.push_back(group);
    if (extension) {
      while (at(i) == 'x' || at(i) == 'e' || at(i) == 't' || at(i) == '.') ++i;
      while (is_digit(at(i))) ++i;
      run.until = std::max(run.until, i);
      run.end = i;
      return run;
    }
    std::size_t next = i;
    before = '\0';
    while (next - i < 2 && std::string_view{" -.()/"}.find(at(next)) != std::string_view::npos &&
           at(next) != '\0') {
      if (at(next) == '(') run.bracket = true;
      if (before == '\0' || at(next) == '(' || at(next) == ')') before = at(next);
      ++next;
    }
    if (next == i) break;
    i = next;
  }
  run.until = std::max(run.until, begin + 1);
  run.end = run.groups.empty() ? begin : run.groups.back().end;
  return run;
}

std::string digits_of(std::string_view text, const Run& run, std::size_t first, std::size_t last) {
  std::string out;
  for (std::size_t g = first; g <= last; ++g)
    out += text.substr(run.groups[g].begin, run.groups[g].end - run.groups[g].begin);
  return out;
}

std::size_t size(const Group& group) {
  return group.end - group.begin;
}

bool one_separator(const Run& run, std::size_t first, std::size_t last, std::string_view allowed) {
  for (std::size_t g = first + 1; g <= last; ++g)
    if (run.groups[g].before != run.groups[first + 1].before ||
        allowed.find(run.groups[g].before) == std::string_view::npos)
      return false;
  return true;
}

bool context(std::string_view text, std::size_t begin, std::size_t end,
             std::initializer_list<std::string_view> words) {
  const std::size_t from = begin > context_bytes ? begin - context_bytes : 0;
  const auto around = to_lower_ascii(std::string{text.substr(from, begin - from)} + ' ' +
                                     std::string{text.substr(end, context_bytes)});
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view w) { return around.find(w) != std::string::npos; });
}

bool is_date(const Run& run, std::string_view text, std::size_t first) {
  if (run.groups.size() < first + 3) return false;
  const auto year = [&](std::size_t g) {
    const auto t = text.substr(run.groups[g].begin, size(run.groups[g]));
    return t.size() == 4 && (t.starts_with("19") || t.starts_with("20"));
  };
  const auto small = [&](std::size_t g) { return size(run.groups[g]) <= 2; };
  return (year(first) && small(first + 1) && small(first + 2)) ||
         (small(first) && small(first + 1) && year(first + 2));
}

/// The number is a part of a host's name: one made by chance is a card's in one of a thousand cases.
bool is_label(std::string_view text, std::size_t end) {
  return end + 1 < text.size() && text[end] == '.' && is_word(text[end + 1]) && !is_digit(text[end + 1]);
}

bool is_phone(std::string_view text, const Run& run, std::size_t first, std::size_t last) {
  std::size_t digits = 0;
  for (std::size_t g = first; g <= last; ++g) digits += size(run.groups[g]);
  const bool plus = run.plus && first == 0;
  if (digits < 7 || digits > 15) return false;
  if (plus) return digits >= 8;
  if (is_date(run, text, first)) return false;
  // 415-555-0132, (415) 555-0132, 1-415-555-0132, 001-415-555-0132
  std::size_t start = first;
  const auto prefix = text.substr(run.groups[first].begin, size(run.groups[first]));
  if (last - first == 3 && (prefix == "1" || prefix == "001")) ++start;
  if (last - start == 2 && size(run.groups[start]) == 3 && size(run.groups[start + 1]) == 3 &&
      size(run.groups[last]) == 4)
    return true;
  return context(text, run.groups[first].begin, run.groups[last].end,
                 {"phone", "tel", "mobile", "fax", "desk", "office", "call", "answering", "message",
                  "registered", "cell", "contact", "sms", "whatsapp", "hotline", "dial", "reach me"});
}

}  // namespace

NumberShapes number_shapes(std::string_view text, std::size_t begin) {
  const auto run = read_run(text, begin);
  NumberShapes out;
  out.until = run.until;
  const auto& groups = run.groups;
  const auto put = [&](std::size_t first, std::size_t last, Kind kind) {
    std::size_t from = groups[first].begin;
    if (kind == Kind::phone && first == 0) from = begin;
    if (kind == Kind::phone && first > 0 && text[from - 1] == '(') --from;
    out.found.push_back(
        {from, last + 1 == groups.size() && kind == Kind::phone ? run.end : groups[last].end, kind});
  };
  for (std::size_t first = 0; first < groups.size();) {
    std::size_t next = first + 1;
    for (std::size_t last = groups.size(); last-- > first;) {
      std::size_t count = 0;
      for (std::size_t g = first; g <= last; ++g) count += size(groups[g]);
      if (count < 7) break;
      if (!run.plus && count >= 12 && count <= 19 && one_separator(run, first, last, " -.")) {
        const auto digits = digits_of(text, run, first, last);
        if (count == 15 && luhn(digits) && context(text, groups[first].begin, groups[last].end, {"imei"})) {
          put(first, last, Kind::imei);
          next = last + 1;
          break;
        }
        if (is_card(digits) && (first == last || size(groups[first]) >= 3) &&
            !is_label(text, groups[last].end)) {
          put(first, last, Kind::card);
          next = last + 1;
          break;
        }
      }
      const bool grouped = last - first == 2 && size(groups[first]) == 3 && size(groups[first + 1]) == 2 &&
                           size(groups[last]) == 4 && one_separator(run, first, last, "- .");
      const bool bare = first == last && count == 9 &&
                        context(text, groups[first].begin, groups[last].end, {"ssn", "social security"});
      if ((grouped || bare) && is_ssn(digits_of(text, run, first, last))) {
        put(first, last, Kind::ssn);
        next = last + 1;
        break;
      }
      if (is_phone(text, run, first, last)) {
        put(first, last, Kind::phone);
        next = last + 1;
        break;
      }
    }
    first = next;
  }
  // What was cut off is read again with what comes behind it.
  if (run.cut && !groups.empty()) out.until = out.found.empty() ? groups.front().end : out.found.back().end;
  return out;
}

}  // namespace tocsin::screen
