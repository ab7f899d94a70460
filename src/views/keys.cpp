#include "views/keys.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace tocsin::views {
namespace {

constexpr std::size_t group_bytes_max = 40;
constexpr std::size_t group_hash_bytes = 20;
constexpr char hashed_group = '\xFF';
constexpr char other_id = '\x01';       // never the first byte of a STIX type
constexpr char other_version = '\x00';  // never the first byte of packed digits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// 16 bytes of a UUID in lower case with its hyphens; empty when the text is none.
std::string uuid_bytes(std::string_view text) {
  if (text.size() != 36) return {};
  std::string out;
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return {};
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return {};
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}

/// The digits of "dddd-dd-ddTdd:dd:dd[.d…]Z"; empty when the text has another form.
std::string digits_of(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= shape.size() || text.back() != 'Z') return {};
  std::string digits;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 'd' ? text[i] != shape[i] : !is_digit(text[i])) return {};
    if (shape[i] == 'd') digits.push_back(text[i]);
  }
  auto fraction = text.substr(shape.size(), text.size() - shape.size() - 1);
  if (fraction.empty()) return digits;
  if (fraction.front() != '.' || fraction.size() == 1) return {};
  fraction.remove_prefix(1);
  if (!std::ranges::all_of(fraction, is_digit)) return {};
  return digits.append(fraction);
}

}  // namespace

void append_ordered(std::string& out, std::uint64_t number) {
  int count = 0;
  for (auto rest = number; rest != 0; rest >>= 8) ++count;
  out.push_back(static_cast<char>(count));
  for (int i = count - 1; i >= 0; --i) out.push_back(static_cast<char>(number >> (8 * i)));
}

std::optional<std::uint64_t> take_ordered(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto count = static_cast<std::uint8_t>(bytes.front());
  if (count > 8 || bytes.size() < 1U + count) return std::nullopt;
  std::uint64_t number = 0;
  for (std::size_t i = 1; i <= count; ++i) number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
  bytes.remove_prefix(1U + count);
  return number;
}

std::string group_key(Table table, CircleId circle, std::string_view group) {
  std::string key;
  key.reserve(48);
  key.push_back(static_cast<char>(table));
  append_ordered(key, circle.value());
  if (group.size() <= group_bytes_max) {
    key.push_back(static_cast<char>(group.size()));
    key.append(group);
  } else {
    key.push_back(hashed_group);
    const Hash hash = sha256(group);
    key.append(reinterpret_cast<const char*>(hash.data()), group_hash_bytes);
  }
  return key;
}

std::size_t group_size(std::string_view key) {
  if (key.size() < 2) return key.size();
  const auto table = static_cast<Table>(key[0]);
  if (table == Table::position || table == Table::governance) return key.size();
  const std::size_t length_at = 2U + static_cast<std::uint8_t>(key[1]);
  if (length_at >= key.size()) return key.size();
  const std::size_t length =
      key[length_at] == hashed_group ? group_hash_bytes : static_cast<std::uint8_t>(key[length_at]);
  return std::min(key.size(), length_at + 1 + length);
}

std::string id_group(std::string_view id) {
  const auto middle = id.size() >= 38 ? id.size() - 38 : 0;
  const auto type = id.substr(0, middle);
  const bool plain = middle > 0 && id.substr(middle, 2) == "--" && std::ranges::all_of(type, [](char c) {
                       return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
                     });
  const auto uuid = plain ? uuid_bytes(id.substr(middle + 2)) : std::string{};
  if (uuid.empty()) return std::string(1, other_id).append(id);
  std::string out{type};
  out.push_back('\0');
  return out.append(uuid);
}

std::string voice_group(std::string_view id, std::uint8_t kind) {
  auto group = id_group(id);
  group.push_back(static_cast<char>(kind));
  return group;
}

std::string value_group(const stix::Value& value) {
  return std::string(1, static_cast<char>(value.kind)).append(value.text);
}

std::string pack_version(std::string_view text) {
  if (text.empty()) return {};
  const auto digits = digits_of(text);
  if (digits.empty()) return std::string(1, other_version).append(text);
  std::string out;
  const auto nibble = [&](std::size_t i) { return i < digits.size() ? digits[i] - '0' + 1 : 0; };
  for (std::size_t i = 0; i < digits.size(); i += 2)
    out.push_back(static_cast<char>(nibble(i) << 4 | nibble(i + 1)));
  return out;
}

std::string unpack_version(std::string_view packed) {
  if (packed.empty()) return {};
  if (packed.front() == other_version) return std::string{packed.substr(1)};
  constexpr std::string_view before = "    - - T : : .";
  std::string out;
  std::size_t count = 0;
  for (const char byte : packed) {
    for (const int digit : {static_cast<std::uint8_t>(byte) >> 4, byte & 15}) {
      if (digit == 0) continue;
      if (count < before.size() && before[count] != ' ') out.push_back(before[count]);
      out.push_back(static_cast<char>('0' + digit - 1));
      ++count;
    }
  }
  out.push_back('Z');
  return out;
}

}  // namespace tocsin::views
