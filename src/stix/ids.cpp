#include "stix/ids.hpp"

#include <algorithm>
#include <array>

namespace tocsin::stix {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr std::size_t uuid_size = 36;
constexpr std::uint8_t hex_class = 1;
constexpr std::uint8_t hyphen_class = 2;

constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  for (const char c : std::string_view{"0123456789abcdefABCDEF"})
    table[static_cast<unsigned char>(c)] = hex_class;
  table['-'] = hyphen_class;
  return table;
}();

constexpr std::array<std::uint8_t, uuid_size> uuid_shape = [] {
  std::array<std::uint8_t, uuid_size> shape{};
  shape.fill(hex_class);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) shape[at] = hyphen_class;
  return shape;
}();

}  // namespace

std::string_view type_of_id(std::string_view id) {
  const auto at = id.find("--");
  return at == std::string_view::npos ? std::string_view{} : id.substr(0, at);
}

IdForm form_of_id(std::string_view id) {
  if (id.size() < uuid_size + 3 + 2) return IdForm::bad;
  const auto uuid = id.substr(id.size() - uuid_size);
  const auto type = id.substr(0, id.size() - uuid_size - 2);
  if (id.substr(type.size(), 2) != "--" || !is_type_name(type)) return IdForm::bad;
  // Every wrong character leaves its bit; nothing branches on the way.
  unsigned wrong = 0;
  for (std::size_t i = 0; i < uuid_size; ++i)
    wrong |= classes[static_cast<unsigned char>(uuid[i])] ^ uuid_shape[i];
  if (wrong != 0) return IdForm::bad;
  const char variant = uuid[19];
  if (variant != '8' && variant != '9' && (variant | 0x20) != 'a' && (variant | 0x20) != 'b')
    return IdForm::bad;
  return uuid[14] == '4' || uuid[14] == '5' ? IdForm::good : IdForm::odd_version;
}

char version_of_id(std::string_view id) {
  return id[id.size() - uuid_size + 14];
}

bool is_type_name(std::string_view text) {
  if (text.size() < 3 || text.size() > 250 || !is_lower(text.front())) return false;
  char before = '\0';
  for (const char c : text) {
    if (!is_lower(c) && !is_digit(c) && c != '-') return false;
    if (c == '-' && before == '-') return false;
    before = c;
  }
  return before !=
         '-';  // in an id it would be a third hyphen, and readers would differ on where the type ends
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
