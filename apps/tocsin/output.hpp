#pragma once

/// What people and scripts see. Every text that came from outside is made harmless here.
/// Threads: one.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace tocsin::cli {

/// A line on standard error: "tocsin: …". Control characters in it are shown, not sent.
void say(std::string_view text);
/// The same, marked as a warning.
void warn(std::string_view text);

/// One JSON value and a line end on standard output.
void print_json(const json::Value& value);
void print_line(std::string_view text);  ///< on standard output, made printable

enum class Colour { plain, green, yellow, red, dim };
/// Wrapped in colour when standard output (or error) is a terminal and NO_COLOR is not set.
std::string coloured(std::string_view text, Colour colour, bool to_error = false);

/// A table of columns as wide as they need to be. Cells are made printable.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : heads_{std::move(heads)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print() const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::string> heads_;
  std::vector<std::vector<std::string>> rows_;
};

/// A JSON value as a cell: texts bare, lists joined by commas, members by their name, other objects field by
/// field.
std::string cell(const json::Value* value);
std::string cell(const json::Object& object, std::string_view key);

/// A bar on standard error while something long goes on; nothing when that is no terminal.
class Progress {
 public:
  Progress(std::string what, std::uint64_t total_bytes);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::uint64_t done_bytes, std::uint64_t objects);
  void clear();

 private:
  std::string what_;
  std::uint64_t total_bytes_;
  std::int64_t shown_ms_ = 0;
  bool terminal_;
  bool visible_ = false;
};

}  // namespace tocsin::cli
