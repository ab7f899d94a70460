#include "formats/flat_toml.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/text.hpp"

namespace tocsin::formats {
namespace {

constexpr std::size_t text_bytes_max = 1 << 20;

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_{text} {}

  Result<std::vector<TomlField>> run() {
    std::vector<TomlField> fields;
    std::set<std::string> keys;
    for (skip_blank(true); at_ < text_.size(); skip_blank(true)) {
      TomlField field;
      while (at_ < text_.size() && is_key_character(text_[at_])) field.key += text_[at_++];
      if (field.key.empty()) return wrong(peek() == '[' ? "there are no tables here" : "a key is expected");
      if (!keys.insert(field.key).second) return wrong("'" + field.key + "' stands twice");
      skip_blank(false);
      if (!take("=")) return wrong("'=' is expected behind '" + field.key + "'");
      skip_blank(false);
      TOCSIN_TRY(read_value(field));
      skip_blank(false);
      if (at_ < text_.size() && !take("\n") && !take("\r\n")) return wrong("one line holds one value");
      fields.push_back(std::move(field));
    }
    return fields;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }
  Error wrong(std::string_view why) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    return Error{Errc::invalid_input, "line " + std::to_string(line) + ": " + std::string{why}};
  }

  /// Spaces and comments; with `lines` also line ends.
  void skip_blank(bool lines) {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        if (!lines || at_ == text_.size()) return;
      } else if (c != ' ' && c != '\t' && (!lines || (c != '\n' && c != '\r'))) {
        return;
      }
    }
  }

  Status read_value(TomlField& field) {
    if (take("true")) {
      field.value = true;
    } else if (take("false")) {
      field.value = false;
    } else if (take("[")) {
      std::vector<std::string> list;
      for (;;) {
        skip_blank(true);
        if (take("]")) break;
        if (peek() != '"' && peek() != '\'') return wrong("'" + field.key + "' must be a list of texts");
        list.emplace_back();
        TOCSIN_TRY(read_text(list.back()));
        skip_blank(true);
        if (take("]")) break;
        if (!take(",")) return wrong("',' or ']' is expected");
      }
      field.value = std::move(list);
    } else if (peek() == '"' || peek() == '\'') {
      std::string text;
      TOCSIN_TRY(read_text(text));
      field.value = std::move(text);
    } else {
      return wrong("'" + field.key + "' must be a text in quotes, true, false, or a list of texts");
    }
    return {};
  }

  Status read_text(std::string& out) {
    const char quote = peek();
    const std::string three(3, quote);
    const bool long_text = take(three);
    if (long_text) {
      if (!take("\n")) take("\r\n");  // a line end right behind the quotes does not count
    } else {
      ++at_;
    }
    const std::string end = long_text ? three : std::string(1, quote);
    while (at_ < text_.size()) {
      // Up to two quotes may stand before the three that end a long text.
      if (take(end)) {
        while (long_text && out.size() < text_bytes_max && peek() == quote) out += text_[at_++];
        return {};
      }
      const char c = text_[at_];
      if (!long_text && (c == '\n' || c == '\r')) return wrong("a text in quotes ends on its line");
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == '\x7f')
        return wrong("a control character stands in a text");
      if (c == '\\' && quote == '"') {
        TOCSIN_TRY(read_escape(out));
      } else {
        out += c;
        ++at_;
      }
    }
    return wrong("a text in quotes does not end");
  }

  Status read_escape(std::string& out) {
    constexpr std::string_view names = "btnfr\"\\";
    constexpr std::string_view meant = "\b\t\n\f\r\"\\";
    ++at_;
    const char name = peek();
    if (const auto simple = names.find(name); name != '\0' && simple != std::string_view::npos) {
      out += meant[simple];
      ++at_;
      return {};
    }
    const std::size_t digits = name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (digits == 0) return wrong("there is no such escape");
    const auto hex = text_.substr(at_ + 1, digits);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    const bool scalar = value < 0xd800 || (value > 0xdfff && value < 0x110000);
    if (hex.size() != digits || error != std::errc{} || end != hex.data() + digits || !scalar)
      return wrong("an escape names no character");
    append_utf8(out, value);
    at_ += 1 + digits;
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<TomlField>> parse_flat_toml(std::string_view text) {
  if (text.size() > text_bytes_max) return Error{Errc::invalid_input, "larger than 1 MiB"};
  if (!is_utf8(text)) return Error{Errc::invalid_input, "not UTF-8"};
  return Reader{text}.run();
}

// A basic string has the escapes of a JSON string.
std::string toml_string(std::string_view text) {
  return json_string(text);
}

}  // namespace tocsin::formats
