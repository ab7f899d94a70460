#pragma once

/// The constants of a pattern, ready to be compared with values of observed objects.
///
/// Source:  STIX 2.1 §9.2 (what is comparable with what), §9.6.1 to §9.6.4.
/// Threads: values.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.hpp"
#include "stix/pattern.hpp"

namespace tocsin::pattern {

/// How a property's JSON text stands for its value, which its name tells.
enum class Encoding : std::uint8_t { plain, base64, hex };
Encoding encoding_of(const stix::ObjectPath& path);  ///< by its last property: _bin, _hex

/// The text of a property in its native form; nullopt when the value is no text or not in that encoding.
std::optional<std::string> native_text(const json::Value& value, Encoding encoding);

/// An integer when it is one that fits, exactly; else the nearest double.
using Number = std::variant<std::int64_t, double>;
Number number_of(std::string_view decimal);
std::partial_ordering compare(const Number& a, const Number& b);

/// "-0.50" is "-0.5", "5.0" is "5", "-0" is "0".
std::string canonical_number(std::string_view decimal);
/// Without zeros at the end of the fraction.
std::string canonical_timestamp(std::string_view timestamp);

class Constant {
 public:
  Constant(const stix::Literal& literal, Encoding of_property);

  /// The value's place before or behind the constant; nullopt when the two cannot be compared.
  std::optional<std::partial_ordering> compare(const json::Value& value) const;

 private:
  struct Nothing {};  // a text with code points above U+00FF cannot be compared with octets
  struct Text {
    std::string text;
  };
  struct Octets {
    std::string octets;
  };
  struct Time {
    std::string text;
  };
  Encoding encoding_;
  std::variant<Nothing, Text, Octets, Time, Number, bool> value_;
};

}  // namespace tocsin::pattern
