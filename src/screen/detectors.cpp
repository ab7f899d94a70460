#include "screen/detectors.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "screen/decode.hpp"
#include "screen/national_numbers.hpp"
#include "screen/number_shapes.hpp"
#include "screen/person_names.hpp"

namespace tocsin::screen {
namespace {

// What a byte may be part of.
enum : std::uint8_t { digit = 1, letter = 2, hex = 4, word = 8, local = 16, blob = 32, space = 64 };

constexpr auto classes = [] {
  std::array<std::uint8_t, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_hex = is_digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    unsigned bits = 0;
    if (is_digit) bits |= digit;
    if (is_letter) bits |= letter;
    if (is_hex) bits |= hex;
    if (is_digit || is_letter || c >= 0x80 || c == '_') bits |= word | local;
    if (c == '.' || c == '%' || c == '+' || c == '-') bits |= local;
    if (is_digit || is_letter || c == '+' || c == '/' || c == '-' || c == '_' || c == '=') bits |= blob;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') bits |= space;
    out[c] = static_cast<std::uint8_t>(bits);
  }
  return out;
}();
bool is(char c, unsigned what) {
  return (classes[static_cast<unsigned char>(c)] & what) != 0;
}

struct Shape {
  std::string_view prefix;
  std::size_t least;  // bytes behind the prefix
};
// Keys and tickets whose makers gave them a shape.
constexpr Shape token_shapes[] = {
    {"AKIA", 16},  {"ASIA", 16},  {"AIza", 35},        {"ghp_", 36},     {"gho_", 36},     {"ghs_", 36},
    {"ghu_", 36},  {"ghr_", 36},  {"github_pat_", 22}, {"glpat-", 20},   {"xoxb-", 10},    {"xoxp-", 10},
    {"xoxa-", 10}, {"xoxs-", 10}, {"xoxr-", 10},       {"sk_live_", 16}, {"rk_live_", 16}, {"sk_test_", 16},
    {"npm_", 36},  {"pypi-", 32}, {"ya29.", 20},       {"SG.", 40},      {"hf_", 30},      {"dop_v1_", 40},
};

constexpr auto begins_token = [] {
  std::array<bool, 256> out{};
  for (const auto& shape : token_shapes) out[static_cast<unsigned char>(shape.prefix[0])] = true;
  return out;
}();

constexpr std::string_view secret_words[] = {
    "password",      "passwd",        "pwd",         "passphrase", "passwort",   "secret",
    "apikey",        "api_key",       "api-key",     "access_key", "access-key", "auth_token",
    "access_token",  "refresh_token", "token",       "sessionid",  "session_id", "sessid",
    "authorization", "credential",    "credentials", "pin"};

class Scanner {
 public:
  Scanner(std::string_view text, const Own& own, const Search& search, int layer, std::vector<Found>& out)
      : text_{text}, own_{own}, search_{search}, layer_{layer}, out_{out} {}

  void run() {
    for (std::size_t i = 0; i < text_.size();) {
      const char c = text_[i];
      if (is(c, word))
        i = at_word(i);
      else
        i = at_mark(i, c);
    }
  }

 private:
  bool wants(Kind kind) const { return (search_.kinds & bit(kind)) != 0; }
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  std::size_t past(std::size_t i, unsigned what) const {
    while (i < text_.size() && is(text_[i], what)) ++i;
    return i;
  }
  void put(std::size_t begin, std::size_t end, Kind kind) {
    if (end > begin && wants(kind)) out_.push_back({begin, end, kind, static_cast<std::uint8_t>(layer_)});
  }
  std::string_view piece(std::size_t begin, std::size_t end) const {
    return text_.substr(begin, end - begin);
  }

  // ---- words ----
  std::size_t at_word(std::size_t i) {
    const std::size_t end = past(i, word);
    if (i >= host_until_) host(i);
    if (const auto size = own_.name_at(text_.substr(i))) put(i, i + size, Kind::own_name);
    if (is(text_[i], digit)) {
      if (i >= dotted_until_) dotted(i);
      if (i >= number_until_) number(i);
      if ((i < shaped_.begin || i >= shaped_.end) && goes_on(i, end)) national(i);
    }
    if (is(text_[i], hex)) {
      hex_groups(i, end);
      dotted_mac(i, end);
    }
    if (is(text_[i], letter)) {
      iban(i);
      if (begins_number(i, end)) national(i);
      if (i >= person_until_ && text_[i] >= 'A' && text_[i] <= 'Z') person(i);
      if (const auto stop = secret_at(i, end)) return stop;
    }
    if (i >= blob_until_) encoded(i);
    return end;
  }

  void host(std::size_t i) {
    std::size_t end = i;
    bool dot = false;
    for (; end < text_.size() && (is(text_[end], word) || text_[end] == '.' || text_[end] == '-'); ++end)
      dot |= text_[end] == '.';
    host_until_ = end;
    if (!dot) return;
    while (end > i && (text_[end - 1] == '.' || text_[end - 1] == '-')) --end;
    const auto name = piece(i, end);
    if (own_.is_own_domain(name))
      put(i, end, Kind::own_domain);
    else if (own_.is_internal_host(name))
      put(i, end, Kind::internal_host);
  }

  void address(std::size_t begin, std::size_t end) {
    const auto network = match::parse_address(piece(begin, end));
    if (network) put(begin, end, own_.kind_of(*network));
  }

  void dotted(std::size_t i) {
    std::size_t end = i;
    while (end < text_.size() && (is(text_[end], digit) || text_[end] == '.')) ++end;
    dotted_until_ = end;
    if (i > 1 && text_[i - 1] == '.' && is(text_[i - 2], word)) return;
    while (end > i && text_[end - 1] == '.') --end;
    if (!is(at(end), word) && end - i >= 7 && end - i <= 15) address(i, end);
  }

  void number(std::size_t i) {
    if (i > 1 && (text_[i - 1] == '.' || text_[i - 1] == '%') && is(text_[i - 2], word)) return;
    const auto shapes = number_shapes(text_, i);
    number_until_ = std::max(shapes.until, i + 1);
    for (const auto& shape : shapes.found) put(shape.begin, shape.end, shape.kind);
    if (!shapes.found.empty()) shaped_ = {shapes.found.front().begin, shapes.found.back().end};
  }

  /// Digits enough for a number of a person, or a group and more behind it.
  bool goes_on(std::size_t i, std::size_t word_end) const {
    if (word_end - i > national_number_max) return false;
    const auto end = past(i, digit);
    if (end - i >= 6) return true;
    const char c = at(end);
    return ((c == '-' || c == ' ' || c == ':') && is(at(end + 1), digit)) || (end - i == 1 && is(c, letter));
  }
  void national(std::size_t i) {
    const auto found = national_number(text_, i);
    if (!found) return;
    put(i, found->end, found->sure ? Kind::national_id : Kind::number);
    number_until_ = std::max(number_until_, found->end);
    shaped_ = {i, found->end};
  }

  /// IPv6 and MAC addresses.
  void hex_groups(std::size_t i, std::size_t end) {
    if (i < hex_until_ || end - i > 4 || (at(end) != ':' && at(end) != '-')) return;
    if (i > 0 && (text_[i - 1] == ':' || text_[i - 1] == '-')) return;
    if (end - i == 2) {
      const char separator = text_[end];
      std::size_t pairs = 1, next = end;
      while (at(next) == separator && is(at(next + 1), hex) && is(at(next + 2), hex) &&
             !is(at(next + 3), word)) {
        ++pairs;
        next += 3;
      }
      if (pairs == 6 && at(next) != separator) {
        hex_until_ = next;
        return put(i, next, Kind::mac);
      }
    }
    if (text_[end] == ':') address_v6(i);
  }
  /// 0012.3456.789a, as routers write it.
  void dotted_mac(std::size_t i, std::size_t end) {
    if (end - i != 4 || at(end) != '.' || (i > 0 && text_[i - 1] == '.')) return;
    const auto is_group = [&](std::size_t from) {
      return past(from, hex) == from + 4 && past(from, word) == from + 4;
    };
    if (is_group(i) && is_group(i + 5) && at(i + 9) == '.' && is_group(i + 10) && at(i + 14) != '.')
      put(i, i + 14, Kind::mac);
  }
  void address_v6(std::size_t i) {
    std::size_t end = i, colons = 0;
    for (; end < text_.size() && end - i < 46 &&
           (is(text_[end], hex) || text_[end] == ':' || text_[end] == '.');
         ++end)
      colons += text_[end] == ':';
    hex_until_ = end;
    if (colons < 2 || is(at(end), word)) return;
    while (end > i && (text_[end - 1] == '.' || (text_[end - 1] == ':' && !piece(i, end).ends_with("::"))))
      --end;
    if (end - i > 2) address(i, end);
    if (!out_.empty() && out_.back().end == end && at(end) == '%') out_.back().end = past(end + 1, word);
  }

  void person(std::size_t i) {
    person_until_ = std::max(i, person_name(text_, i));
    put(i, person_until_, Kind::person);
  }

  /// Few letters and then digits, as national numbers have them.
  bool begins_number(std::size_t i, std::size_t end) const {
    if (end - i > national_number_max) return false;
    std::size_t letters = 1;
    while (letters < 7 && is(at(i + letters), letter)) ++letters;
    const auto next = i + letters;
    return is(at(next), digit) || (letters == 2 && next == end && is(at(next + 1), digit));
  }

  void iban(std::size_t i) {
    if (!is(at(i + 1), letter) || !is(at(i + 2), digit) || !is(at(i + 3), digit)) return;
    const auto wanted = iban_length(text_.substr(i, 2));
    if (wanted == 0) return;
    std::string bare;
    std::size_t end = i;
    for (; end < text_.size() && bare.size() < wanted; ++end) {
      if (is(text_[end], digit | letter))
        bare += text_[end];
      else if ((text_[end] != ' ' && text_[end] != '-') || !is(at(end + 1), digit | letter))
        break;
    }
    if (bare.size() == wanted && !is(at(end), word) && is_iban(bare)) {
      put(i, end, Kind::iban);
      number_until_ = std::max(number_until_, end);
    }
  }

  // ---- secrets ----
  /// Where to go on when a secret stood here, else 0.
  std::size_t secret_at(std::size_t i, std::size_t end) {
    const auto rest = text_.substr(i);
    const bool may_be_token = begins_token[static_cast<unsigned char>(rest[0])];
    for (const auto& shape : token_shapes) {
      if (!may_be_token) break;
      if (rest[0] != shape.prefix[0] || !rest.starts_with(shape.prefix)) continue;
      std::size_t stop = i + shape.prefix.size();
      while (is(at(stop), word) || at(stop) == '-' || (at(stop) == '.' && is(at(stop + 1), word))) ++stop;
      if (stop - i - shape.prefix.size() < shape.least) continue;
      put(i, stop, Kind::token);
      return stop;
    }
    if (rest.starts_with("eyJ")) {
      std::size_t stop = i, dots = 0;
      for (; is(at(stop), word) || at(stop) == '-' || at(stop) == '.'; ++stop) dots += text_[stop] == '.';
      if (dots >= 2 && stop - i >= 24) {
        put(i, stop, Kind::token);
        return stop;
      }
    }
    if (rest.starts_with("S-1-5-21-") && is(at(i + 9), digit)) {
      std::size_t stop = i + 9;
      while (is(at(stop), digit) || (at(stop) == '-' && is(at(stop + 1), digit))) ++stop;
      put(i, stop, Kind::sid);
      return stop;
    }
    return behind_word(i, end);
  }

  std::size_t behind_word(std::size_t i, std::size_t end) {
    const auto is_word = [&](std::string_view wanted) { return iequals_ascii(piece(i, end), wanted); };
    if ((end - i == 6 && is_word("bearer")) || (end - i == 5 && is_word("basic"))) {
      if (at(end) != ' ') return 0;
      std::size_t stop = end + 1;
      while (is(at(stop), blob) || at(stop) == '.' || at(stop) == '~') ++stop;
      const auto value = piece(end + 1, stop);
      const auto decoded = text_of_base64(value);
      const bool is_secret =
          end - i == 6 ? value.size() >= 16 : decoded && decoded->find(':') != std::string::npos;
      if (!is_secret) return 0;
      put(end + 1, stop, Kind::token);
      return stop;
    }
    std::size_t mark = end;
    while (at(mark) == '"' || at(mark) == '\'') ++mark;
    while (at(mark) == ' ') ++mark;
    if (at(mark) != '=' && at(mark) != ':') return 0;
    std::size_t begin = i;  // x-api-key is one name
    while (begin > 0 && i - begin < 24 && (text_[begin - 1] == '-' || is(text_[begin - 1], word))) --begin;
    const auto lower = to_lower_ascii(piece(begin, std::min(end, begin + 48)));
    if (lower == "cookie" || lower == "set-cookie") {
      const auto stop = std::min(text_.find_first_of("\r\n", mark), text_.size());
      put(mark + 1, stop, Kind::token);
      return stop;
    }
    if (std::none_of(std::begin(secret_words), std::end(secret_words),
                     [&](std::string_view w) { return lower == w || (w.size() > 3 && lower.ends_with(w)); }))
      return 0;
    return value_behind(mark, lower);
  }

  std::size_t value_behind(std::size_t mark, const std::string& lower) {
    constexpr std::size_t value_bytes_max = 4096;
    std::size_t value = mark + 1;
    while (at(value) == '=' || at(value) == ' ') ++value;
    if (at(value) == '>') ++value;
    char quote = '\0';
    if (at(value) == '"' || at(value) == '\'') quote = text_[value++];
    std::size_t stop = value;
    while (stop < text_.size() && stop - value < value_bytes_max &&
           (quote != '\0' ? text_[stop] != quote && text_[stop] != '\n'
                          : !is(text_[stop], space) &&
                                std::string_view{"&;,<\"'"}.find(text_[stop]) == std::string_view::npos))
      ++stop;
    const auto text = piece(value, stop);
    // "token: the ticket that …" is prose; behind "=" or in quotes, or with a digit in it, it is a value.
    const bool has_digit = std::any_of(text.begin(), text.end(), [](char c) { return is(c, digit); });
    const bool firm =
        text_[mark] == '=' || quote != '\0' || has_digit || lower.find("pass") != std::string::npos;
    if (text.size() < 3 || !firm || (lower == "pin" && !has_digit)) return 0;
    put(value, stop, Kind::password);
    return stop;
  }

  // ---- marks ----
  std::size_t at_mark(std::size_t i, char c) {
    switch (c) {
      case '@':
        email(i);
        break;
      case '+':
      case '(':
        if (i >= number_until_ && is(at(i + 1), digit) && (i == 0 || !is(text_[i - 1], word))) number(i);
        break;
      case ':':
        if (at(i + 1) == ':' && i >= hex_until_ && (i == 0 || !is(text_[i - 1], word))) address_v6(i);
        if (at(i + 1) == '/' && at(i + 2) == '/') userinfo(i + 3);
        break;
      case '\\':
        if (at(i + 1) == '\\') unc(i);
        user_path(i);
        break;
      case '/':
        user_path(i);
        break;
      case '-':
        return dash(i);
      case '%':
      case '=':
        if (i >= percent_until_ && is(at(i + 1), hex) && is(at(i + 2), hex)) percent(i);
        break;
      default:
        break;
    }
    return i + 1;
  }

  void email(std::size_t i) {
    if (i < userinfo_until_) return;
    std::size_t begin = i;
    while (begin > 0 && i - begin < 64 && is(text_[begin - 1], local)) --begin;
    while (begin < i && (text_[begin] == '.' || text_[begin] == '-' || text_[begin] == '%')) ++begin;
    std::size_t end = i + 1, dot = 0;
    while (is(at(end), word) || at(end) == '-' || (at(end) == '.' && is(at(end + 1), word))) {
      if (text_[end] == '.') dot = end;
      ++end;
    }
    while (end > i + 1 && (text_[end - 1] == '-' || text_[end - 1] == '_')) --end;
    if (begin == i || dot == 0 || end < dot + 3 || at(i + 1) == '-') return;
    const auto top = piece(dot + 1, end);
    if (std::any_of(top.begin(), top.end(), [](char c) { return is(c, digit) || c == '_'; }) &&
        !top.starts_with("xn--"))
      return;
    put(begin, end, Kind::email);
  }

  void userinfo(std::size_t begin) {
    std::size_t at_sign = 0;
    for (std::size_t i = begin; i < text_.size() && i - begin < 512; ++i) {
      const char c = text_[i];
      if (is(c, space) || c == '/' || c == '?' || c == '#' || c == '"' || c == '\'' || c == '<' || c == '>')
        break;
      if (c == '@') at_sign = i;
    }
    if (at_sign == 0) return;
    put(begin, at_sign + 1, Kind::userinfo);
    userinfo_until_ = at_sign + 1;
  }

  bool is_root(std::size_t i) const {
    return i == 0 || is(text_[i - 1], space) ||
           std::string_view{"\"'=(<:,;`[|>"}.find(text_[i - 1]) != std::string_view::npos;
  }

  void unc(std::size_t i) {
    if (!is_root(i) || (i > 0 && text_[i - 1] == ':')) return;
    std::size_t begin = i;
    while (at(begin) == '\\') ++begin;
    std::size_t end = begin;
    while (is(at(end), word) || at(end) == '-' || at(end) == '.') ++end;
    if (end > begin && at(end) == '\\') put(begin, end, Kind::unc_host);
  }

  void user_path(std::size_t i) {
    static constexpr std::string_view folders[] = {"users", "home", "documents and settings", "export/home"};
    const char separator = text_[i];
    if (i > 0 && text_[i - 1] == separator) return;
    std::size_t begin = i;
    while (at(begin) == separator) ++begin;
    for (const auto folder : folders) {
      if (!iequals_ascii(text_.substr(begin, folder.size()), folder) ||
          at(begin + folder.size()) != separator)
        continue;
      // On a web site a folder "home" is a page, not a person.
      if (separator == '/' && !is_root(i) && !(i > 2 && piece(i - 2, i) == "//")) return;
      begin += folder.size();
      while (at(begin) == separator) ++begin;
      return user_name(begin, separator);
    }
  }
  void user_name(std::size_t begin, char separator) {
    static constexpr std::string_view nobody[] = {
        "public", "default",    "all users", "default user", "*",
        "user",   "%username%", "$user",     "localservice", "networkservice"};
    constexpr std::size_t name_bytes_max = 64;
    std::size_t end = begin, first_space = 0;
    for (; end < text_.size() && end - begin < name_bytes_max; ++end) {
      const char c = text_[end];
      if (c == separator || c == '/' || c == '\\' ||
          std::string_view{"\"'<>|:*?\r\n\t,;]"}.find(c) != std::string_view::npos)
        break;
      if (c == ' ' && first_space == 0) first_space = end;
    }
    // A name with a space in it counts only when the path goes on behind it.
    if (at(end) != separator && first_space != 0) end = first_space;
    while (end > begin && text_[end - 1] == '.') --end;
    const auto lower = to_lower_ascii(piece(begin, end));
    if (std::find(std::begin(nobody), std::end(nobody), lower) == std::end(nobody))
      put(begin, end, Kind::user_path);
  }

  std::size_t dash(std::size_t i) {
    const auto rest = text_.substr(i);
    if (rest.starts_with("-----BEGIN ")) {
      const auto head = rest.substr(0, 64).find("PRIVATE KEY");
      if (head == std::string_view::npos) return i + 1;
      const auto tail = rest.find("-----END ");
      const auto close = tail == std::string_view::npos ? tail : rest.find("-----", tail + 9);
      const auto size = close == std::string_view::npos ? rest.size() : close + 5;
      put(i, i + size, Kind::private_key);
      return i + size;
    }
    if (rest.starts_with("--")) observable_id(i);
    if (search_.command_line && i > 0 && text_[i - 1] == ' ') return option(i);
    return i + 1;
  }

  void observable_id(std::size_t i) {
    constexpr std::size_t uuid = 36;
    const auto id = text_.substr(i + 2, uuid);
    if (id.size() != uuid || id[8] != '-' || id[13] != '-' || id[14] != '5' || id[18] != '-' || id[23] != '-')
      return;
    std::size_t begin = i;
    while (begin > 0 && i - begin < 40 && (is(text_[begin - 1], word) || text_[begin - 1] == '-')) --begin;
    if (begin < i) put(begin, i + 2 + uuid, Kind::observable_id);
  }

  /// "-p secret", "-psecret", "--password secret", "-u name:secret".
  std::size_t option(std::size_t i) {
    const auto rest = text_.substr(i);
    std::size_t value = 0;
    for (const std::string_view flag :
         {"--password ", "--pass ", "--passwd ", "--user ", "-password ", "-pass ", "-pw ", "-p ", "-u "})
      if (value == 0 && rest.starts_with(flag)) value = i + flag.size();
    if (value == 0 && rest.starts_with("-p") && rest.size() > 3 && is(rest[2], word)) value = i + 2;
    if (value == 0) return i + 1;
    std::size_t end = value;
    const char quote = at(value) == '"' || at(value) == '\'' ? text_[value] : ' ';
    if (quote != ' ') end = ++value;
    while (end < text_.size() && text_[end] != quote) ++end;
    put(value, end, Kind::password);
    return std::max(end, i + 1);
  }

  // ---- layers ----
  void encoded(std::size_t i) {
    const std::size_t end = past(i, blob);
    blob_until_ = end;
    if (layer_ >= layers_max || end - i < 12) return;
    auto begin = i;
    if (auto inner = text_of_hex(piece(begin, end))) return below(*inner, begin, end);
    if (auto inner = text_of_base64(piece(begin, end))) return below(*inner, begin, end);
    // A key in front ("data=…") and paths ("/x/…") stand in the same run.
    for (std::size_t next = begin; next < end && next - begin < 256; ++next)
      if (text_[next] == '=' || text_[next] == '/') {
        if (next + 13 > end) return;
        if (auto inner = text_of_base64(piece(next + 1, end))) return below(*inner, next + 1, end);
        if (auto inner = text_of_hex(piece(next + 1, end))) return below(*inner, next + 1, end);
      }
  }

  void percent(std::size_t i) {
    const auto ends = [](char c) { return is(c, space) || c == '"' || c == '\'' || c == '<' || c == '>'; };
    std::size_t begin = i, end = i;
    // Parts of a query are read one by one, so that a finding takes no more with it than it must.
    while (begin > percent_until_ && !ends(text_[begin - 1]) &&
           std::string_view{"&?=/"}.find(text_[begin - 1]) == std::string_view::npos)
      --begin;
    while (end < text_.size() && !ends(text_[end]) &&
           std::string_view{"&?/"}.find(text_[end]) == std::string_view::npos)
      ++end;
    percent_until_ = end;
    if (layer_ >= layers_max) return;
    if (const auto inner = text_of_percent(piece(begin, end))) below(*inner, begin, end);
  }

  void below(std::string_view inner, std::size_t begin, std::size_t end) {
    std::vector<Found> found;
    Scanner{inner, own_, search_, layer_ + 1, found}.run();
    if (found.empty()) return;
    const auto worst = std::min_element(found.begin(), found.end(),
                                        [](const Found& a, const Found& b) { return a.kind < b.kind; });
    out_.push_back({begin, end, worst->kind, worst->layer});
  }

  const std::string_view text_;
  const Own& own_;
  const Search& search_;
  const int layer_;
  std::vector<Found>& out_;
  struct {
    std::size_t begin = 0, end = 0;
  } shaped_;  // where numbers were found
  std::size_t host_until_ = 0, dotted_until_ = 0, userinfo_until_ = 0, number_until_ = 0, hex_until_ = 0,
              blob_until_ = 0, percent_until_ = 0, person_until_ = 0;
};

void join(std::vector<Found>& found) {
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.begin < b.begin; });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < found.size(); ++i) {
    auto& last = found[kept];
    if (found[i].begin >= last.end) {
      found[++kept] = found[i];
      continue;
    }
    last.end = std::max(last.end, found[i].end);
    if (found[i].kind < last.kind) {
      last.kind = found[i].kind;
      last.layer = found[i].layer;
    }
  }
  if (!found.empty()) found.resize(kept + 1);
}

}  // namespace

std::vector<Found> find(std::string_view text, const Own& own, const Search& search) {
  std::vector<Found> found;
  if (const auto plain = refanged(text)) {
    Scanner{plain->text, own, search, 0, found}.run();
    for (auto& one : found) {
      one.begin = plain->origin[one.begin];
      one.end = plain->origin[one.end];
    }
  } else {
    Scanner{text, own, search, 0, found}.run();
  }
  join(found);
  return found;
}

}  // namespace tocsin::screen
