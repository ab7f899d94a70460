#include "sensor/trust.hpp"

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace tocsin::sensor {

Result<std::uint8_t> parse_percent(std::string_view what, std::string_view text) {
  unsigned number = 101;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > 100)
    return Error{Errc::invalid_input,
                 std::string{what} + " must be a number from 0 to 100, not '" + printable(text) + "'"};
  return static_cast<std::uint8_t>(number);
}

Result<std::uint8_t> parse_trust(std::string_view what, std::string_view text) {
  constexpr std::array<std::uint8_t, 6> by_letter{100, 80, 60, 40, 20, 50};
  if (text.size() == 1 && text[0] >= 'A' && text[0] <= 'F')
    return by_letter[static_cast<std::size_t>(text[0] - 'A')];
  auto number = parse_percent(what, text);
  if (!number && number.error().code == Errc::invalid_input)
    return Error{Errc::invalid_input, number.error().detail + ", nor a letter A to F"};
  return number;
}

Result<std::uint64_t> parse_count(std::string_view what, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0)
    return Error{Errc::invalid_input,
                 std::string{what} + " must be a number from 1 on, not '" + printable(text) + "'"};
  return number;
}

Result<Trust> Trust::parse(const std::vector<std::string>& rules) {
  Trust out;
  for (const auto& rule : rules) {
    const auto equals = rule.rfind('='), colon = rule.find(':');
    const auto whose = rule.substr(0, colon);
    if (equals == std::string::npos || colon == std::string::npos || colon + 1 >= equals ||
        (whose != "circle" && whose != "author"))
      return Error{Errc::invalid_input,
                   "trust '" + printable(rule) +
                       "' must be circle:NAME=NUMBER or author:NAME=NUMBER, or a letter A to F"};
    const auto number = parse_trust("trust in '" + printable(rule.substr(0, equals)) + "'",
                                    std::string_view{rule}.substr(equals + 1));
    if (!number) return number.error();
    (whose == "circle" ? out.circles_ : out.authors_)[rule.substr(colon + 1, equals - colon - 1)] = *number;
  }
  return out;
}

std::optional<std::uint8_t> Trust::of(std::string_view circle, std::string_view author) const {
  if (!author.empty())
    if (const auto found = authors_.find(author); found != authors_.end()) return found->second;
  if (const auto found = circles_.find(circle); found != circles_.end()) return found->second;
  return std::nullopt;
}

}  // namespace tocsin::sensor
