#include "stix/ids.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tocsin::stix {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr std::size_t uuid_size = 36;

/// The upper bit of each byte that is no hexadecimal digit; other bits mean nothing. Of eight bytes at once.
std::uint64_t not_hex(std::string_view text, std::size_t at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data() + at, 8);
  const auto each = [](std::uint64_t byte) { return byte * 0x0101010101010101ULL; };
  const auto low = bytes & each(0x7f);
  // A sum reaches the upper bit where the byte is at least the one after the minus; none reaches its
  // neighbour.
  const auto digit = (low + each(0x80 - '0')) & ~(low + each(0x80 - ('9' + 1)));
  const auto lower = low | each(0x20);
  const auto letter = (lower + each(0x80 - 'a')) & ~(lower + each(0x80 - ('f' + 1)));
  return bytes | ~(digit | letter);
}

/// Digits and hyphens where a UUID has them.
bool has_uuid_shape(std::string_view uuid) {
  const auto wrong = not_hex(uuid, 0) | not_hex(uuid, 28) |
                     // 8-4-4-4-12: between the ends, four times a hyphen and four digits
                     (0x80ULL * (uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' || uuid[23] != '-'));
  char middle[16];
  for (std::size_t part = 0; part < 4; ++part) std::memcpy(middle + 4 * part, uuid.data() + 9 + 5 * part, 4);
  const std::string_view digits{middle, 16};
  return ((wrong | not_hex(digits, 0) | not_hex(digits, 8)) & 0x8080808080808080ULL) == 0;
}

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
  if (!has_uuid_shape(uuid)) return IdForm::bad;
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
