#include "pattern/constant.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/bytes.hpp"
#include "pattern/unicode.hpp"
#include "stix/stix_time.hpp"

namespace tocsin::pattern {
namespace {

constexpr double two_to_63 = 9223372036854775808.0;

std::partial_ordering compare_mixed(std::int64_t whole, double decimal) {
  if (decimal >= two_to_63) return std::partial_ordering::less;
  if (decimal < -two_to_63) return std::partial_ordering::greater;
  const auto cut = static_cast<std::int64_t>(decimal);
  if (whole != cut) return whole <=> cut;
  return 0.0 <=> decimal - static_cast<double>(cut);
}

std::partial_ordering compare_text(std::string_view a, std::string_view b) {
  return a.compare(b) <=> 0;  // UTF-8 orders as its code points do
}

}  // namespace

Encoding encoding_of(const stix::ObjectPath& path) {
  const auto last = std::find_if(path.steps.rbegin(), path.steps.rend(), [](const stix::PathStep& step) {
    return step.kind == stix::PathStep::Kind::property;
  });
  if (last == path.steps.rend()) return Encoding::plain;
  if (last->name.ends_with("_bin")) return Encoding::base64;
  return last->name.ends_with("_hex") ? Encoding::hex : Encoding::plain;
}

std::optional<std::string> native_text(const json::Value& value, Encoding encoding) {
  if (!value.is_string()) return std::nullopt;
  const auto text = json::view(value.get_string());
  if (encoding == Encoding::plain) return std::string{text};
  auto octets = encoding == Encoding::base64 ? from_base64(text) : from_hex(text);
  if (!octets) return std::nullopt;
  return *std::move(octets);
}

std::string canonical_number(std::string_view decimal) {
  const bool negative = decimal.starts_with('-');
  if (negative) decimal.remove_prefix(1);
  const auto point = decimal.find('.');
  auto whole = decimal.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view{} : decimal.substr(point + 1);
  while (whole.starts_with('0')) whole.remove_prefix(1);
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  std::string out{whole.empty() ? "0" : whole};
  if (!fraction.empty()) out.append(1, '.').append(fraction);
  return negative && out != "0" ? '-' + out : out;
}

std::string canonical_timestamp(std::string_view timestamp) {
  constexpr std::size_t point_at = 19;
  if (timestamp.size() <= point_at + 1) return std::string{timestamp};
  auto kept = timestamp.substr(0, timestamp.size() - 1);
  while (kept.ends_with('0')) kept.remove_suffix(1);
  if (kept.ends_with('.')) kept.remove_suffix(1);
  return std::string{kept} + 'Z';
}

Number number_of(std::string_view decimal) {
  const auto text = canonical_number(decimal);
  std::int64_t whole = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, whole);
  if (error == std::errc{} && stop == end) return whole;
  double nearest = 0;
  std::from_chars(text.data(), end, nearest);
  return nearest;
}

std::partial_ordering compare(const Number& a, const Number& b) {
  if (const auto* whole = std::get_if<std::int64_t>(&a)) {
    if (const auto* other = std::get_if<std::int64_t>(&b)) return *whole <=> *other;
    return compare_mixed(*whole, std::get<double>(b));
  }
  if (const auto* whole = std::get_if<std::int64_t>(&b))
    return 0 <=> compare_mixed(*whole, std::get<double>(a));
  return std::get<double>(a) <=> std::get<double>(b);
}

Constant::Constant(const stix::Literal& literal, Encoding of_property) : encoding_{of_property} {
  using Kind = stix::Literal::Kind;
  switch (literal.kind) {
    case Kind::string:
      if (encoding_ == Encoding::plain) {
        value_ = Text{literal.text};
      } else if (auto octets = to_octets(literal.text)) {
        value_ = Octets{*std::move(octets)};
      }
      return;
    case Kind::hex:
      value_ = Octets{from_hex(literal.text).value()};
      return;
    case Kind::binary:
      value_ = Octets{from_base64(literal.text).value()};
      return;
    case Kind::timestamp:
      value_ = Time{literal.text};
      return;
    case Kind::integer:
    case Kind::decimal:
      value_ = number_of(literal.text);
      return;
    case Kind::boolean:
      value_ = literal.text == "true";
  }
}

std::optional<std::partial_ordering> Constant::compare(const json::Value& value) const {
  if (const auto* truth = std::get_if<bool>(&value_)) {
    if (!value.is_bool()) return std::nullopt;
    return value.get_bool() == *truth ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
  }
  if (const auto* number = std::get_if<Number>(&value_)) {
    if (value.is_int64()) return pattern::compare(Number{value.get_int64()}, *number);
    if (value.is_uint64()) return pattern::compare(Number{static_cast<double>(value.get_uint64())}, *number);
    if (value.is_double()) return pattern::compare(Number{value.get_double()}, *number);
    return std::nullopt;
  }
  if (!value.is_string()) return std::nullopt;
  if (const auto* text = std::get_if<Text>(&value_))
    return compare_text(json::view(value.get_string()), text->text);
  if (const auto* time = std::get_if<Time>(&value_)) {
    const auto observed = json::view(value.get_string());
    if (encoding_ != Encoding::plain || !stix::timestamp_fraction_digits(observed)) return std::nullopt;
    return stix::compare_timestamps(observed, time->text) <=> 0;
  }
  const auto* octets = std::get_if<Octets>(&value_);
  if (octets == nullptr) return std::nullopt;
  auto native = native_text(value, encoding_);
  if (native && encoding_ == Encoding::plain) native = to_octets(*native);
  if (!native) return std::nullopt;
  return compare_text(*native, octets->octets);
}

}  // namespace tocsin::pattern
