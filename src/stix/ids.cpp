#include "stix/ids.hpp"

#include <algorithm>

namespace tocsin::stix {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::string_view type_of_id(std::string_view id) {
  const auto at = id.find("--");
  return at == std::string_view::npos ? std::string_view{} : id.substr(0, at);
}

IdForm form_of_id(std::string_view id) {
  constexpr std::size_t uuid_size = 36;
  if (id.size() < uuid_size + 3 + 2) return IdForm::bad;
  const auto uuid = id.substr(id.size() - uuid_size);
  const auto type = id.substr(0, id.size() - uuid_size - 2);
  if (id.substr(type.size(), 2) != "--" || !is_type_name(type)) return IdForm::bad;
  for (std::size_t i = 0; i < uuid_size; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? uuid[i] != '-' : !is_hex(uuid[i])) return IdForm::bad;
  }
  if (std::string_view{"89abAB"}.find(uuid[19]) == std::string_view::npos) return IdForm::bad;
  return uuid[14] == '4' || uuid[14] == '5' ? IdForm::good : IdForm::odd_version;
}

bool is_type_name(std::string_view text) {
  if (text.size() < 3 || text.size() > 250 || !is_lower(text.front())) return false;
  char before = '\0';
  for (const char c : text) {
    if (!is_lower(c) && !is_digit(c) && c != '-') return false;
    if (c == '-' && before == '-') return false;
    before = c;
  }
  return true;
}

bool is_property_name(std::string_view text) {
  if (text == "id") return true;
  if (text.size() < 3 || text.size() > 250 || !is_lower(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_dictionary_key(std::string_view text) {
  if (text.empty() || text.size() > 250) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
}

}  // namespace tocsin::stix
