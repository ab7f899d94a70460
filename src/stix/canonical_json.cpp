#include "stix/canonical_json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/check.hpp"

namespace tocsin::stix {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

/// The place of a UTF-8 byte in the order of UTF-16: what lies beyond the basic plane is written there with
/// surrogates, which come before U+E000 and what follows it.
unsigned utf16_rank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0xf0) return byte - 2U;
  return byte >= 0xee ? byte + 5U : byte;
}

/// Orders two UTF-8 texts as their UTF-16 forms are ordered. Where they first differ, both bytes begin a
/// character or both go on with one, so the first bytes alone need the other order.
bool before_in_utf16(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  return utf16_rank(*x) < utf16_rank(*y);
}

void append_object(std::string& out, const simdjson::dom::object& object) {
  std::vector<std::pair<std::string_view, element>> members;
  for (const auto field : object) members.emplace_back(field.key, field.value);
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return before_in_utf16(a.first, b.first); });
  out.push_back('{');
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i != 0) out.push_back(',');
    append_canonical(out, members[i].first);
    out.push_back(':');
    append_canonical(out, members[i].second);
  }
  out.push_back('}');
}

void append_list(std::string& out, const simdjson::dom::array& list) {
  out.push_back('[');
  bool first = true;
  for (const element item : list) {
    if (!first) out.push_back(',');
    first = false;
    append_canonical(out, item);
  }
  out.push_back(']');
}

}  // namespace

void append_canonical(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view brief = "btnvfr";  // of U+0008 to U+000D; U+000B has none
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte >= 0x08 && byte <= 0x0d && byte != 0x0b) {
      out.push_back('\\');
      out.push_back(brief[byte - 0x08U]);
    } else if (byte < 0x20) {
      out += "\\u00";
      out.push_back(digits[byte >> 4U]);
      out.push_back(digits[byte & 0xfU]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::string canonical_number(double value) {
  TOCSIN_CHECK(std::isfinite(value), "JSON has finite numbers alone");
  if (value == 0) return "0";
  // The shortest digits that read back as the same double, and where the point stands among them.
  std::array<char, 40> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::abs(value), std::chars_format::scientific);
  const std::string_view written{text.data(), static_cast<std::size_t>(end.ptr - text.data())};
  const auto e = written.find('e');
  std::string digits{written.substr(0, 1)};
  if (e > 1) digits += written.substr(2, e - 2);
  int exponent = 0;
  const auto* from = written.data() + e + (written[e + 1] == '+' ? 2 : 1);
  std::from_chars(from, written.data() + written.size(), exponent);
  const int size = static_cast<int>(digits.size());
  const int point = exponent + 1;  // ECMAScript's n: digits before the point

  std::string out = value < 0 ? "-" : "";
  if (size <= point && point <= 21) {
    out += digits + std::string(static_cast<std::size_t>(point - size), '0');
  } else if (0 < point && point <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(point)) + '.' +
           digits.substr(static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else {
    out += digits.substr(0, 1);
    if (size > 1) out += '.' + digits.substr(1);
    out += 'e';
    out += exponent < 0 ? "-" : "+";
    out += std::to_string(std::abs(exponent));
  }
  return out;
}

void append_canonical(std::string& out, const element& value) {
  switch (value.type()) {
    case element_type::OBJECT:
      return append_object(out, value.get_object().value_unsafe());
    case element_type::ARRAY:
      return append_list(out, value.get_array().value_unsafe());
    case element_type::STRING:
      return append_canonical(out, std::string_view{value.get_string().value_unsafe()});
    case element_type::INT64:
      out += canonical_number(static_cast<double>(value.get_int64().value_unsafe()));
      return;
    case element_type::UINT64:
      out += canonical_number(static_cast<double>(value.get_uint64().value_unsafe()));
      return;
    case element_type::DOUBLE:
      out += canonical_number(value.get_double().value_unsafe());
      return;
    case element_type::BOOL:
      out += value.get_bool().value_unsafe() ? "true" : "false";
      return;
    case element_type::NULL_VALUE:
      out += "null";
      return;
  }
}

Result<std::string> canonical_json(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  const simdjson::padded_string padded{json};
  if (const auto error = parser.parse(padded).get(root); error != simdjson::SUCCESS)
    return Error{Errc::invalid_input, std::string{"no JSON: "} + simdjson::error_message(error)};
  std::string out;
  out.reserve(json.size());
  append_canonical(out, root);
  return out;
}

}  // namespace tocsin::stix
