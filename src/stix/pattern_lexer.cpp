#include "stix/pattern_lexer.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "stix/stix_time.hpp"

namespace tocsin::stix {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr std::array<std::string_view, 18> keywords{
    "AND", "EXISTS", "FOLLOWEDBY", "IN",      "ISSUBSET", "ISSUPERSET", "LAST",  "LIKE",   "MATCHES",
    "NOT", "OR",     "REPEATS",    "SECONDS", "START",    "STOP",       "TIMES", "WITHIN", "true"};

/// White space of the grammar beyond ASCII: NEL, the no-break space and the spaces of U+2000 and its like.
constexpr std::array<std::string_view, 19> wide_blanks{
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

std::size_t wide_blank_size(std::string_view text) {
  if (static_cast<unsigned char>(text.front()) < 0x80) return 0;
  const auto* blank = std::find_if(wide_blanks.begin(), wide_blanks.end(),
                                   [&](std::string_view wanted) { return text.starts_with(wanted); });
  return blank == wide_blanks.end() ? 0 : blank->size();
}

// Longer ones before those that they begin with.
constexpr std::array<std::string_view, 16> symbols{"==", "!=", "<>", "<=", ">=", "=", "<", ">",
                                                   "[",  "]",  "(",  ")",  ",",  ".", ":", "*"};

}  // namespace

bool is_pattern_keyword(std::string_view word) {
  return std::binary_search(keywords.begin(), keywords.end(), word) || word == "false";
}

bool is_plain_property(std::string_view word) {
  return !word.empty() && begins_word(word.front()) && !is_pattern_keyword(word) &&
         std::all_of(word.begin(), word.end(), [](char c) { return begins_word(c) || is_digit(c); });
}

Error PatternLexer::error_at(std::size_t offset, std::string_view what) const {
  return {Errc::invalid_input, "column " + std::to_string(column(offset)) + ": " + std::string{what}};
}

std::size_t PatternLexer::column(std::size_t offset) const {
  if (offset < counted_) counted_ = characters_ = 0;
  for (; counted_ < offset; ++counted_)
    if ((static_cast<unsigned char>(text_[counted_]) & 0xc0U) != 0x80U) ++characters_;
  return characters_ + 1;
}

Status PatternLexer::skip_blank() {
  while (at_ < text_.size()) {
    const auto rest = text_.substr(at_);
    const char c = rest.front();
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at_;
    } else if (rest.starts_with("/*")) {
      const auto end = rest.find("*/", 2);
      if (end == std::string_view::npos) return error_at(at_, "a comment that does not end");
      at_ += end + 2;
    } else if (rest.starts_with("//")) {
      at_ += std::min(rest.find_first_of("\r\n"), rest.size());
    } else if (const auto wide = wide_blank_size(rest); wide != 0) {
      at_ += wide;
    } else {
      break;
    }
  }
  return {};
}

Result<Token> PatternLexer::next() {
  TOCSIN_TRY(skip_blank());
  const auto begin = at_;
  if (at_ == text_.size()) return Token{Token::Kind::end, {}, begin};
  const char c = text_[at_];
  const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (after == '\'') {
    if (c == 'h') return prefixed(Token::Kind::hex, begin);
    if (c == 'b') return prefixed(Token::Kind::binary, begin);
    if (c == 't') return prefixed(Token::Kind::timestamp, begin);
  }
  if (c == '\'') return quoted_string(begin);
  if (begins_word(c)) return word(begin);
  if (is_digit(c) || ((c == '+' || c == '-') && (is_digit(after) || after == '.')) ||
      (c == '.' && is_digit(after)))
    return number(begin);
  for (const auto symbol : symbols)
    if (text_.substr(at_).starts_with(symbol)) {
      at_ += symbol.size();
      return Token{Token::Kind::symbol, symbol, begin};
    }
  auto end = begin + 1;  // of the whole character
  while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0U) == 0x80U) ++end;
  return error_at(
      begin, "'" + printable(text_.substr(begin, end - begin)) + "' begins nothing that a pattern may hold");
}

Result<Token> PatternLexer::quoted_string(std::size_t begin) {
  const auto first = begin + 1;
  at_ = std::min(text_.find_first_of("'\\", first), text_.size());
  if (at_ < text_.size() && text_[at_] == '\'')
    return Token{Token::Kind::string, text_.substr(first, at_++ - first), begin};

  rewritten_ = text_.substr(first, at_ - first);
  for (; at_ < text_.size(); ++at_) {
    char c = text_[at_];
    if (c == '\'') {
      ++at_;
      return Token{Token::Kind::string, rewritten_, begin};
    }
    if (c == '\\') {
      if (++at_ == text_.size()) break;
      c = text_[at_];
      if (c != '\'' && c != '\\') return error_at(at_ - 1, "in a string, \\ must stand before ' or \\");
    }
    rewritten_.push_back(c);
  }
  return error_at(begin, "a string that does not end");
}

Result<Token> PatternLexer::prefixed(Token::Kind kind, std::size_t begin) {
  const auto first = begin + 2;
  const auto end = text_.find('\'', first);
  if (end == std::string_view::npos) return error_at(begin, "a constant that does not end");
  Token token{kind, text_.substr(first, end - first), begin};
  at_ = end + 1;
  if (kind == Token::Kind::hex) {
    if (!from_hex(token.text)) return error_at(first, "expected pairs of hexadecimal digits");
    rewritten_ = to_lower_ascii(token.text);
    token.text = rewritten_;
  }
  if (kind == Token::Kind::binary) {
    if (token.text.find('\n') != std::string_view::npos) {  // line ends are allowed there and mean nothing
      rewritten_ = token.text;
      std::erase_if(rewritten_, [](char c) { return c == '\n' || c == '\r'; });
      token.text = rewritten_;
    }
    if (!from_base64(token.text)) return error_at(first, "expected base64");
  }
  if (kind == Token::Kind::timestamp && !timestamp_fraction_digits(token.text))
    return error_at(first, "expected a time of the form YYYY-MM-DDThh:mm:ss[.s+]Z");
  return token;
}

Result<Token> PatternLexer::number(std::size_t begin) {
  constexpr std::size_t digits_max = 64;
  Token token{Token::Kind::integer, {}, begin};
  const bool negative = text_[at_] == '-';
  if (negative || text_[at_] == '+') ++at_;
  const auto whole = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  const auto whole_size = at_ - whole;
  if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1])) {
    token.kind = Token::Kind::decimal;
    for (++at_; at_ < text_.size() && is_digit(text_[at_]);) ++at_;
  } else if (whole_size > 1 && text_[whole] == '0') {
    return error_at(begin, "a whole number does not begin with 0");
  } else if (whole_size == 0) {
    return error_at(begin, "expected a number");
  }
  if (at_ - whole > digits_max) return error_at(begin, "a number of more than 64 digits");
  const auto first = negative ? begin : whole;
  token.text = text_.substr(first, at_ - first);
  return token;
}

Token PatternLexer::word(std::size_t begin) {
  bool hyphen = false;
  while (at_ < text_.size() && (begins_word(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '-'))
    hyphen = text_[at_++] == '-' || hyphen;
  Token token{Token::Kind::identifier, text_.substr(begin, at_ - begin), begin};
  if (hyphen)
    token.kind = Token::Kind::hyphenated;
  else if (token.text == "true" || token.text == "false")
    token.kind = Token::Kind::boolean;
  else if (is_pattern_keyword(token.text))
    token.kind = Token::Kind::keyword;
  return token;
}

}  // namespace tocsin::stix
