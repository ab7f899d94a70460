#pragma once

/// The tokens of STIX patterns. Used by pattern.cpp alone.
/// Source:  STIX 2.1 §9.3, and the OASIS grammar for what white space and comments are.
/// Threads: belongs to one.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::stix {

struct Token {
  enum class Kind : std::uint8_t {
    end,
    keyword,
    identifier,
    hyphenated,
    string,
    integer,
    decimal,
    boolean,
    hex,
    binary,
    timestamp,
    symbol,
  };
  Kind kind = Kind::end;
  /// A string without quotes and escapes, what stands between h' and ', the rest as written. Borrowed from
  /// the pattern or from the lexer: good until its next token.
  std::string_view text;
  std::size_t offset = 0;  ///< of its first byte

  bool is(Kind wanted, std::string_view wanted_text) const { return kind == wanted && text == wanted_text; }
};

/// Words that an unquoted name may not be.
bool is_pattern_keyword(std::string_view word);
/// What may stand as a property without quotes.
bool is_plain_property(std::string_view word);

class PatternLexer {
 public:
  explicit PatternLexer(std::string_view text) : text_{text} {}

  /// Errors: invalid_input with the column, for bytes that begin no token.
  Result<Token> next();
  Error error_at(std::size_t offset, std::string_view what) const;
  /// In characters from 1. Cheap for offsets that grow.
  std::size_t column(std::size_t offset) const;

 private:
  Status skip_blank();
  Result<Token> quoted_string(std::size_t begin);
  Result<Token> prefixed(Token::Kind kind, std::size_t begin);
  Result<Token> number(std::size_t begin);
  Token word(std::size_t begin);

  std::string_view text_;
  std::size_t at_ = 0;
  mutable std::size_t counted_ = 0, characters_ = 0;  // characters before the offset counted last
  std::string rewritten_;                             // the text of a token that is not written as it reads
};

}  // namespace tocsin::stix
