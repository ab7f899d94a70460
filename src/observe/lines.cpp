#include "observe/lines.hpp"

#include "observe/values.hpp"

namespace tocsin::observe {
namespace {

constexpr std::string_view word_ends = " \t\r\n\"<>`|\x01\x1f";
constexpr std::string_view token_ends = "()[]{},;'=";

bool is_defanged(std::string_view word) {
  for (const auto mark :
       {"[.", ".]", "(.", ".)", "{.", ".}", "[:", "[at]", "(at)", "[@", "[dot]", "(dot)", "hxxp"})
    if (word.find(mark) != std::string_view::npos) return true;
  return false;
}

std::string_view without_end_marks(std::string_view token) {
  const auto last = token.find_last_not_of(".,:;!?");
  return token.substr(0, last + 1);  // npos + 1 is 0
}

/// "DIRECT/192.0.2.1" names an address; "192.0.2.0/24" names a network, which nothing here stands for.
void read_token(std::string_view token, Recorder& recorder) {
  token = without_end_marks(token);
  if (token.size() < 2 || recorder.add_token(token)) return;
  const auto slash = token.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return;
  const auto last = token.substr(slash + 1);
  if (!is_decimal(last) && (!to_address(last, recorder.out()).text.empty())) recorder.add_token(last);
}

void read_word(std::string_view word, Recorder& recorder) {
  if (const auto scheme = word.find("://"); scheme != std::string_view::npos && scheme > 0) {
    // Within a URL brackets and commas are the URL's; only what runs on behind it is not.
    const auto begin = word.find_last_of("([{=,;'", scheme);
    auto url = without_end_marks(word.substr(begin + 1));  // npos + 1 is 0
    while (!url.empty() &&
           (url.back() == ')' || url.back() == ']' || url.back() == '\'' || url.back() == '}'))
      url = without_end_marks(url.substr(0, url.size() - 1));
    recorder.add_token(url);
    return;
  }
  // "[2001:db8::1]:443" needs its brackets.
  if (word.starts_with('[') && word.find("]:") != std::string_view::npos && recorder.add_token(word)) return;
  while (!word.empty()) {
    const auto end = word.find_first_of(token_ends);
    read_token(word.substr(0, end), recorder);
    if (end == std::string_view::npos) return;
    word.remove_prefix(end + 1);
  }
}

}  // namespace

void read_tokens(std::string_view line, Recorder& recorder) {
  while (!line.empty()) {
    const auto end = line.find_first_of(word_ends);
    if (const auto word = line.substr(0, end); !word.empty() && !is_defanged(word)) read_word(word, recorder);
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

}  // namespace tocsin::observe
