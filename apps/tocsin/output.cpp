#include "output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

bool wants_colour(int descriptor) {
  const char* none = std::getenv("NO_COLOR");
  return ::isatty(descriptor) == 1 && (none == nullptr || *none == '\0');
}

/// Columns that a UTF-8 text takes, near enough for a table.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void say(std::string_view text) {
  fmt::print(stderr, "tocsin: {}\n", printable(text));
}

void warn(std::string_view text) {
  fmt::print(stderr, "tocsin: {} {}\n", coloured("warning:", Colour::yellow, true), printable(text));
}

int fail(const Error& error) {
  fmt::print(stderr, "tocsin: {}: {}\n", coloured(name(error.code), Colour::red, true),
             printable(error.detail));
  return error.code == Errc::unavailable ? exit_unreachable : exit_refused;
}

void print_json(const json::Value& value) {
  const auto text = json::dump(value) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_line(std::string_view text) {
  const auto line = printable(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

std::string coloured(std::string_view text, Colour colour, bool to_error) {
  if (colour == Colour::plain || !wants_colour(to_error ? STDERR_FILENO : STDOUT_FILENO))
    return std::string{text};
  const char* code = colour == Colour::green    ? "32"
                     : colour == Colour::yellow ? "33"
                     : colour == Colour::red    ? "31"
                                                : "2";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void Table::print() const {
  std::vector<std::vector<std::string>> shown{heads_};
  for (const auto& row : rows_) {
    shown.emplace_back();
    for (const auto& text : row) shown.back().push_back(printable(text));
  }
  std::vector<std::size_t> widths(heads_.size());
  for (const auto& row : shown)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  for (std::size_t number = 0; number < shown.size(); ++number) {
    std::string line;
    for (std::size_t i = 0; i < shown[number].size(); ++i) {
      line += shown[number][i];
      if (i + 1 < shown[number].size()) line.append(widths[i] - width(shown[number][i]) + 2, ' ');
    }
    fmt::print("{}\n", coloured(line, number == 0 ? Colour::dim : Colour::plain));
  }
  std::fflush(stdout);
}

std::string cell(const json::Value* value) {
  if (value == nullptr || value->is_null()) return "-";
  if (value->is_string())
    return value->get_string().empty() ? "-" : std::string{json::view(value->get_string())};
  if (value->is_bool()) return value->get_bool() ? "yes" : "no";
  if (value->is_object()) {
    const auto& object = value->get_object();
    if (const auto* named = object.if_contains("name")) return cell(named);
    std::string out;
    for (const auto& field : object)
      out += (out.empty() ? "" : ", ") + std::string{field.key()} + ' ' + cell(&field.value());
    return out.empty() ? "-" : out;
  }
  if (value->is_array()) {
    std::string out;
    for (const auto& item : value->get_array()) out += (out.empty() ? "" : ",") + cell(&item);
    return out.empty() ? "-" : out;
  }
  return json::dump(*value);
}

std::string cell(const json::Object& object, std::string_view key) {
  return cell(object.if_contains({key.data(), key.size()}));
}

Progress::Progress(std::string what, std::uint64_t total_bytes)
    : what_{std::move(what)}, total_bytes_{total_bytes}, terminal_{::isatty(STDERR_FILENO) == 1} {}

Progress::~Progress() {
  clear();
}

void Progress::show(std::uint64_t done_bytes, std::uint64_t objects) {
  constexpr std::int64_t interval_ms = 100;
  constexpr std::size_t bar_columns = 24;
  if (!terminal_ || now_ms() - shown_ms_ < interval_ms) return;
  shown_ms_ = now_ms();
  visible_ = true;
  if (total_bytes_ == 0) {
    fmt::print(stderr, "\r\x1b[K{} {} objects", what_, objects);
    return;
  }
  const auto part = std::min(1.0, static_cast<double>(done_bytes) / static_cast<double>(total_bytes_));
  const auto filled = static_cast<std::size_t>(part * bar_columns);
  fmt::print(stderr, "\r\x1b[K{} [{}{}] {:3.0f}% {} objects", what_, std::string(filled, '#'),
             std::string(bar_columns - filled, '.'), part * 100, objects);
}

void Progress::clear() {
  if (visible_) fmt::print(stderr, "\r\x1b[K");
  visible_ = false;
}

}  // namespace tocsin::cli
