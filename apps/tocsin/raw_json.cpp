#include "raw_json.hpp"

#include <optional>

namespace tocsin::cli {
namespace {

/// Where a member stands: its key begins at `begin`, its value ends before `end`, which is a comma or a
/// brace.
struct Place {
  std::size_t begin, value, end;
};

std::optional<Place> find_member(std::string_view object, std::string_view key) {
  const std::string quoted = "\"" + std::string{key} + "\":";
  std::size_t depth = 0, begin = 0;
  bool in_string = false, matches = false;
  for (std::size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (matches && depth == 1 && (c == ',' || c == '}')) return Place{begin, begin + quoted.size(), i};
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if ((c == '{' || c == ',') && depth == 1) {
      begin = i + 1;
      matches = object.substr(begin).starts_with(quoted);
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view member_value(std::string_view object, std::string_view key) {
  const auto place = find_member(object, key);
  return place ? object.substr(place->value, place->end - place->value) : std::string_view{};
}

std::string without_member(std::string_view object, std::string_view key) {
  const auto place = find_member(object, key);
  if (!place) return std::string{object};
  // With the comma behind it; the last member with the comma in front of it.
  const bool last = object[place->end] == '}';
  const std::size_t from = last && object[place->begin - 1] == ',' ? place->begin - 1 : place->begin;
  const std::size_t to = last ? place->end : place->end + 1;
  return std::string{object.substr(0, from)} + std::string{object.substr(to)};
}

}  // namespace tocsin::cli
