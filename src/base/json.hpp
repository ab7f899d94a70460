#pragma once

/// Small JSON documents of our own and of callers, where convenience matters more than speed (RFC 8259).
///
/// Errors:  invalid_input, naming the field and what it should be.
/// Threads: pure functions.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// Depth at most 32, duplicate keys refused, nothing behind the value.
Result<Value> parse(std::string_view text);
Result<Object> parse_object(std::string_view text);

/// Fields of an object. An absent field is nullopt; one of the wrong type is an error.
Result<std::optional<std::string>> optional_text(const Object& object, std::string_view key);
Result<std::string> text(const Object& object, std::string_view key);
Result<std::optional<std::uint64_t>> optional_number(const Object& object, std::string_view key);
Result<std::uint64_t> number(const Object& object, std::string_view key);
Result<std::optional<bool>> optional_flag(const Object& object, std::string_view key);
Result<std::vector<std::string>> texts(const Object& object, std::string_view key);  ///< absent: empty

/// For documents that we wrote ourselves: the field or a default.
std::string text_or(const Object& object, std::string_view key, std::string_view otherwise = {});
std::uint64_t number_or(const Object& object, std::string_view key, std::uint64_t otherwise = 0);
bool flag_or(const Object& object, std::string_view key, bool otherwise = false);

inline std::string_view view(const boost::json::string& text) {
  return {text.data(), text.size()};
}
inline std::string dump(const Value& value) {
  return boost::json::serialize(value);
}

}  // namespace tocsin::json
