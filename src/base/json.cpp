#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/src.hpp>
#include <set>
#include <vector>

namespace tocsin::json {
namespace {

// Boost.JSON keeps the last of two equal keys in silence. This handler only watches for them.
struct DuplicateWatch {
  static constexpr std::size_t max_object_size = 1U << 20;
  static constexpr std::size_t max_array_size = 1U << 20;
  static constexpr std::size_t max_key_size = 1U << 16;
  static constexpr std::size_t max_string_size = 1U << 26;
  using error_code = boost::system::error_code;

  std::vector<std::set<std::string>> open;
  std::string key;
  std::string duplicate;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) {
    key.append(part.data(), part.size());
    return true;
  }
  bool on_key(boost::json::string_view part, std::size_t, error_code& code) {
    key.append(part.data(), part.size());
    if (!open.back().insert(key).second) {
      duplicate = key;
      code = boost::json::make_error_code(boost::json::error::syntax);
      return false;
    }
    key.clear();
    return true;
  }
  bool on_string_part(boost::json::string_view, std::size_t, error_code&) { return true; }
  bool on_string(boost::json::string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(boost::json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, boost::json::string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, boost::json::string_view, error_code&) { return true; }
  bool on_double(double, boost::json::string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }
};

Error wrong_type(std::string_view key, std::string_view wanted) {
  return Error{Errc::invalid_input, "'" + std::string{key} + "' must be " + std::string{wanted}};
}
Error missing(std::string_view key) {
  return Error{Errc::invalid_input, "'" + std::string{key} + "' is missing"};
}

}  // namespace

Result<Value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::json::basic_parser<DuplicateWatch> watch{options};
  boost::system::error_code code;
  const auto used = watch.write_some(false, text.data(), text.size(), code);
  if (!watch.handler().duplicate.empty())
    return Error{Errc::invalid_input, "the key '" + watch.handler().duplicate + "' stands twice"};
  if (code) return Error{Errc::invalid_input, "not JSON: " + code.message()};
  if (used != text.size()) return Error{Errc::invalid_input, "something follows the JSON value"};
  Value value = boost::json::parse({text.data(), text.size()}, code, {}, options);
  if (code) return Error{Errc::invalid_input, "not JSON: " + code.message()};
  return value;
}

Result<Object> parse_object(std::string_view text) {
  auto value = parse(text);
  if (!value) return std::move(value).error();
  if (!value->is_object()) return Error{Errc::invalid_input, "a JSON object is expected"};
  return std::move(value->get_object());
}

Result<std::optional<std::string>> optional_text(const Object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || value->is_null()) return std::optional<std::string>{};
  if (!value->is_string()) return wrong_type(key, "a text");
  return std::optional<std::string>{std::string{view(value->get_string())}};
}

Result<std::string> text(const Object& object, std::string_view key) {
  auto value = optional_text(object, key);
  if (!value) return std::move(value).error();
  if (!*value) return missing(key);
  return std::move(**value);
}

Result<std::optional<std::uint64_t>> optional_number(const Object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || value->is_null()) return std::optional<std::uint64_t>{};
  if (value->is_int64() && value->get_int64() >= 0)
    return std::optional<std::uint64_t>{static_cast<std::uint64_t>(value->get_int64())};
  if (value->is_uint64()) return std::optional<std::uint64_t>{value->get_uint64()};
  return wrong_type(key, "a whole number from 0");
}

Result<std::uint64_t> number(const Object& object, std::string_view key) {
  auto value = optional_number(object, key);
  if (!value) return std::move(value).error();
  if (!*value) return missing(key);
  return **value;
}

Result<std::optional<bool>> optional_flag(const Object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || value->is_null()) return std::optional<bool>{};
  if (!value->is_bool()) return wrong_type(key, "true or false");
  return std::optional<bool>{value->get_bool()};
}

Result<std::vector<std::string>> texts(const Object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  std::vector<std::string> out;
  if (value == nullptr || value->is_null()) return out;
  if (!value->is_array()) return wrong_type(key, "a list of texts");
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) return wrong_type(key, "a list of texts");
    out.emplace_back(view(item.get_string()));
  }
  return out;
}

std::string text_or(const Object& object, std::string_view key, std::string_view otherwise) {
  const auto value = optional_text(object, key);
  return value && *value ? **value : std::string{otherwise};
}
std::uint64_t number_or(const Object& object, std::string_view key, std::uint64_t otherwise) {
  const auto value = optional_number(object, key);
  return value && *value ? **value : otherwise;
}
bool flag_or(const Object& object, std::string_view key, bool otherwise) {
  const auto value = optional_flag(object, key);
  return value && *value ? **value : otherwise;
}

}  // namespace tocsin::json
