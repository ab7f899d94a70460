#include "observe/line_template.hpp"

namespace tocsin::observe {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

/// One piece of a template: a character that stands for itself, or a field.
struct Piece {
  bool field = false;
  char letter = '\0';
  std::string name{};
  std::size_t column = 0;
  std::size_t option = 0;  // the part in braces that it belongs to, from 1
};

Error wrong(std::size_t column, std::string_view why) {
  return {Errc::invalid_input, "column " + std::to_string(column + 1) + ": " + std::string{why}};
}

Result<std::vector<Piece>> pieces_of(std::string_view text, std::size_t& options) {
  std::vector<Piece> out;
  bool open = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    Piece piece{.column = at, .option = open ? options : 0};
    if (c == '{') {
      if (open) return wrong(at, "a part in { } holds no other");
      open = true;
      ++options;
      continue;
    }
    if (c == '}') {
      if (!open) return wrong(at, "there is no '{' before this '}'");
      open = false;
      continue;
    }
    if (c == '<') {
      const auto end = text.find('>', at);
      if (end == std::string_view::npos) return wrong(at, "this '<' is not closed");
      piece.field = true;
      piece.name = text.substr(at + 1, end - at - 1);
      for (const char letter : piece.name)
        if (!is_name_letter(letter)) return wrong(at, "a field's name has letters, digits, '_', '-' and '.'");
      at = end;
    } else {
      if (c == '\\' && ++at == text.size())
        return wrong(at - 1, "a backslash stands before another character");
      piece.letter = text[at];
    }
    out.push_back(std::move(piece));
  }
  if (open) return wrong(text.size(), "a '{' is not closed");
  return out;
}

}  // namespace

Result<std::vector<LineTemplate>> LineTemplate::parse(std::string_view text) {
  std::size_t options = 0;
  const auto pieces = pieces_of(text, options);
  if (!pieces) return pieces.error();
  if (options > 16 || (std::size_t{1} << options) > variants_max)
    return Error{Errc::invalid_input, "more than 6 parts in { }"};
  std::vector<LineTemplate> out;
  for (std::size_t absent = 0; absent < (std::size_t{1} << options); ++absent) {
    LineTemplate variant;
    variant.literals_.emplace_back();
    bool after_field = false;
    for (const auto& piece : *pieces) {
      if (piece.option != 0 && (absent >> (options - piece.option) & 1) != 0) continue;
      if (piece.field) {
        if (after_field) return wrong(piece.column, "something must stand between two fields");
        variant.fields_.push_back(piece.name);
        variant.literals_.emplace_back();
      } else if (!(is_blank(piece.letter) && variant.literals_.back().ends_with(' '))) {
        variant.literals_.back() += is_blank(piece.letter) ? ' ' : piece.letter;
      }
      after_field = piece.field;
    }
    if (variant.fields_.empty()) return Error{Errc::invalid_input, "a template needs a field"};
    if (variant.fields_.size() > fields_max) return Error{Errc::invalid_input, "more than 64 fields"};
    out.push_back(std::move(variant));
  }
  return out;
}

bool LineTemplate::skip(std::string_view literal, std::string_view& line) {
  std::size_t at = 0;
  for (const char c : literal) {
    if (c == ' ') {
      const auto begin = at;
      while (at < line.size() && is_blank(line[at])) ++at;
      if (at == begin) return false;
    } else if (at == line.size() || line[at] != c) {
      return false;
    } else {
      ++at;
    }
  }
  line.remove_prefix(at);
  return true;
}

std::size_t LineTemplate::find(std::string_view literal, std::string_view line) {
  const char first = literal.front();
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (first == ' ' ? !is_blank(line[at]) : line[at] != first) continue;
    if (first == '"') {
      std::size_t backslashes = 0;
      while (backslashes < at && line[at - backslashes - 1] == '\\') ++backslashes;
      if (backslashes % 2 == 1) continue;
    }
    auto rest = line.substr(at);
    if (skip(literal, rest)) return at;
    // Blanks that something else follows need not be looked at one by one.
    if (first == ' ')
      while (at + 1 < line.size() && is_blank(line[at + 1])) ++at;
  }
  return std::string_view::npos;
}

}  // namespace tocsin::observe
