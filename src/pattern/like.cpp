#include "pattern/like.hpp"

#include "pattern/unicode.hpp"

namespace tocsin::pattern {

bool is_like(std::string_view subject, std::string_view wanted, bool octets, Budget& budget) {
  const auto character_size = [octets](char lead) { return octets ? 1 : code_point_size(lead); };
  constexpr auto none = std::string_view::npos;
  std::size_t at = 0, want = 0;
  // Where to go on when a try fails: the last '%' takes one character more. An earlier one never needs to.
  std::size_t run = none, run_end = 0;
  while (at < subject.size()) {
    if (!budget.take()) return false;
    if (want < wanted.size() && wanted[want] == '%') {
      run = want++;
      run_end = at;
    } else if (want < wanted.size() && wanted[want] == '_') {
      at += character_size(subject[at]);
      ++want;
    } else if (want < wanted.size() && wanted[want] == subject[at]) {
      ++at;
      ++want;
    } else if (run != none) {
      run_end += character_size(subject[run_end]);
      at = run_end;
      want = run + 1;
    } else {
      return false;
    }
  }
  while (want < wanted.size() && wanted[want] == '%') ++want;
  return want == wanted.size();
}

}  // namespace tocsin::pattern
