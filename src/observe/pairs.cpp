#include "observe/pairs.hpp"

#include <charconv>
#include <string>

#include "base/text.hpp"

namespace tocsin::observe {
namespace {

bool is_key_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || c == '[' || c == ']';
}

class PairsReader {
 public:
  PairsReader(const Fields& fields, Recorder& recorder) : fields_{fields}, recorder_{recorder} {}

  void add(std::string_view key, std::string_view value) {
    if (value.empty() || value == "-") return;
    if (const auto field = fields_.find_copy(Fields::root, key); field != Fields::unknown)
      if (const auto* row = fields_.row(field, recorder_.kind())) recorder_.add(*row, value);
  }

  /// \\, \=, \| and line ends.
  std::string_view unescaped(std::string_view text) {
    if (text.find('\\') == std::string_view::npos) return text;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                          std::string_view{"\\=|nr\""}.find(text[i + 1]) != std::string_view::npos;
      if (escape) ++i;
      out += escape && text[i] == 'n' ? '\n' : escape && text[i] == 'r' ? '\r' : text[i];
    }
    return recorder_.out().keep(std::move(out));
  }

  /// The header's next field, up to a '|' that stands for itself.
  bool take_head(std::string_view& line, std::string_view& out) {
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (line[at] == '\\') {
        ++at;
      } else if (line[at] == '|') {
        out = line.substr(0, at);
        line.remove_prefix(at + 1);
        return true;
      }
    }
    return false;
  }

  Status heads(std::string_view& line, std::span<const std::string_view> names) {
    for (const auto name : names) {
      std::string_view value;
      if (!take_head(line, value)) return Error{Errc::invalid_input, "the header ends early"};
      add(name, unescaped(value));
    }
    return {};
  }

  /// A value runs to the blank before the next key.
  void cef_pairs(std::string_view line) {
    auto equals = next_equals(line, 0);
    while (equals != std::string_view::npos) {
      const auto key = key_before(line, equals);
      const auto next = next_equals(line, equals + 1);
      auto end = line.size();
      if (next != std::string_view::npos)
        end = static_cast<std::size_t>(key_before(line, next).data() - line.data());
      add(key, unescaped(trim(line.substr(equals + 1, end - equals - 1))));
      equals = next;
    }
  }

  void divided_pairs(std::string_view line, char separator) {
    while (!line.empty()) {
      const auto end = line.find(separator);
      const auto pair = line.substr(0, end);
      if (const auto equals = pair.find('='); equals != std::string_view::npos)
        add(trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)));
      if (end == std::string_view::npos) return;
      line.remove_prefix(end + 1);
    }
  }

  /// Returns how many there are.
  std::size_t plain_pairs(std::string_view line) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < line.size();) {
      const auto equals = line.find('=', at);
      if (equals == std::string_view::npos) break;
      const auto key = key_before(line, equals);
      auto begin = equals + 1, end = begin;
      if (begin < line.size() && line[begin] == '"') {
        end = ++begin;
        while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
        end = std::min(end, line.size());
      } else {
        end = std::min(line.find_first_of(" \t,;", begin), line.size());
      }
      if (!key.empty()) {
        ++count;
        add(key, unescaped(line.substr(begin, end - begin)));
      }
      at = std::max(end, equals + 1);
    }
    return count;
  }

 private:
  /// The next '=' that has a key before it, which a blank or nothing precedes.
  static std::size_t next_equals(std::string_view line, std::size_t from) {
    for (auto at = line.find('=', from); at != std::string_view::npos; at = line.find('=', at + 1)) {
      if (line[at - (at > 0 ? 1 : 0)] == '\\') continue;
      const auto key = key_before(line, at);
      const auto begin = static_cast<std::size_t>(key.data() - line.data());
      if (key.empty() || begin < from) continue;
      if (begin == 0 || line[begin - 1] == ' ' || line[begin - 1] == '\t') return at;
    }
    return std::string_view::npos;
  }
  static std::string_view key_before(std::string_view line, std::size_t equals) {
    constexpr std::size_t key_bytes_max = 128;
    auto begin = equals;
    while (begin > 0 && equals - begin < key_bytes_max && is_key_letter(line[begin - 1])) --begin;
    return line.substr(begin, equals - begin);
  }

  const Fields& fields_;
  Recorder& recorder_;
};

/// "^", "x5E", "0x5e": a LEEF 2.0 header's separator.
char separator_named(std::string_view text) {
  const auto hex = text.starts_with("0x")  ? text.substr(2)
                   : text.starts_with('x') ? text.substr(1)
                                           : std::string_view{};
  int code = 0;
  if (hex.size() >= 2 &&
      std::from_chars(hex.data(), hex.data() + hex.size(), code, 16).ptr == hex.data() + hex.size() &&
      code > 0 && code < 128)
    return static_cast<char>(code);
  return text.size() == 1 ? text.front() : '\t';
}

}  // namespace

Status read_pairs(PairsForm form, std::string_view line, const Fields& fields, Recorder& recorder) {
  PairsReader reader{fields, recorder};
  if (form == PairsForm::plain) {
    if (reader.plain_pairs(line) == 0) return Error{Errc::invalid_input, "there is no key=value in the line"};
    return {};
  }
  const std::string_view mark = form == PairsForm::cef ? "CEF:" : "LEEF:";
  const auto begin = line.find(mark);
  if (begin == std::string_view::npos)
    return Error{Errc::invalid_input, "there is no " + std::string{mark} + " in the line"};
  line.remove_prefix(begin + mark.size());
  std::string_view version;
  if (!reader.take_head(line, version)) return Error{Errc::invalid_input, "the header ends early"};
  if (form == PairsForm::cef) {
    static constexpr std::string_view names[] = {"vendor", "product", "version", "id", "name", "severity"};
    TOCSIN_TRY(reader.heads(line, names));
    reader.cef_pairs(line);
    return {};
  }
  static constexpr std::string_view names[] = {"vendor", "product", "version", "id"};
  TOCSIN_TRY(reader.heads(line, names));
  char separator = '\t';
  if (std::string_view given; version.starts_with('2') && reader.take_head(line, given))
    separator = separator_named(given);
  reader.divided_pairs(line, separator);
  return {};
}

}  // namespace tocsin::observe
