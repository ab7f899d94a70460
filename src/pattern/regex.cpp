#include "pattern/regex.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "base/text.hpp"
#include "pattern/unicode.hpp"

namespace tocsin::pattern {
namespace {

constexpr std::int64_t memory_bytes_max = 2 << 20;  // of one compiled expression and its automaton

/// Members of a class, without its brackets.
constexpr std::string_view space = R"(\s\x0b)";
constexpr std::string_view horizontal_octets = R"(\t \xa0)";
constexpr std::string_view horizontal = R"(\t \xa0\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view vertical_octets = R"(\n\x0b\f\r\x85)";
constexpr std::string_view vertical = R"(\n\x0b\f\r\x85\x{2028}\x{2029})";
constexpr std::string_view end_of_subject = R"((?:\n?\z))";

/// True when a group such as (?im) or (?m: switches lines on: $ then means the end of a line in both engines.
bool turns_lines_on(std::string_view pcre) {
  for (auto at = pcre.find("(?"); at != std::string_view::npos; at = pcre.find("(?", at + 2)) {
    const auto flags = pcre.substr(at + 2, pcre.find_first_not_of("imsU", at + 2) - at - 2);
    if (flags.find('m') != std::string_view::npos) return true;
  }
  return false;
}

class Rewriter {
 public:
  Rewriter(std::string_view pcre, bool octets) : pcre_{pcre}, octets_{octets}, lines_{turns_lines_on(pcre)} {}

  std::string run() {
    while (at_ < pcre_.size()) {
      const char c = pcre_[at_];
      if (c == '\\' && at_ + 1 < pcre_.size())
        escape();
      else if (in_class_)
        class_member(c);
      else if (c == '[')
        open_class();
      else if (c == '$' && !lines_)
        put(end_of_subject, 1);
      else if (pcre_.substr(at_).starts_with("(?<") && at_ + 3 < pcre_.size() && pcre_[at_ + 3] != '=' &&
               pcre_[at_ + 3] != '!')
        put("(?P<", 3);
      else
        copy(1);
    }
    return std::move(out_);
  }

 private:
  void escape() {
    switch (pcre_[at_ + 1]) {
      case 'Q': {  // copied whole: nothing in it is an operator
        const auto end = pcre_.find("\\E", at_ + 2);
        return copy((end == std::string_view::npos ? pcre_.size() : end + 2) - at_);
      }
      case 's':
        return put_class(space);
      case 'S':
        if (in_class_) break;
        return put(R"([^\s\x0b])", 2);
      case 'h':
        return put_class(octets_ ? horizontal_octets : horizontal);
      case 'v':
        return put_class(octets_ ? vertical_octets : vertical);
      case 'e':
        return put(R"(\x1b)", 2);
      case 'Z':
        if (in_class_) break;
        return put(end_of_subject, 2);
      default:
        break;
    }
    copy(2);
  }
  void open_class() {
    in_class_ = true;
    copy(1);
    if (at_ < pcre_.size() && pcre_[at_] == '^') copy(1);
    if (at_ < pcre_.size() && pcre_[at_] == ']') copy(1);  // a first ] is itself
  }
  void class_member(char c) {
    if (c == '[' && at_ + 1 < pcre_.size() && pcre_[at_ + 1] == ':') {
      const auto end = pcre_.find(":]", at_ + 2);
      if (end != std::string_view::npos) return copy(end + 2 - at_);
    }
    if (c == ']') in_class_ = false;
    copy(1);
  }
  void put_class(std::string_view members) {
    put(in_class_ ? std::string{members} : '[' + std::string{members} + ']', 2);
  }
  void put(std::string_view text, std::size_t in_place_of) {
    out_ += text;
    at_ += in_place_of;
  }
  void copy(std::size_t size) {
    out_ += pcre_.substr(at_, size);
    at_ += size;
  }

  std::string_view pcre_;
  bool octets_, lines_;
  bool in_class_ = false;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string to_re2(std::string_view pcre, bool octets) {
  return Rewriter{pcre, octets}.run();
}

Regex::Regex(std::unique_ptr<re2::RE2> engine) : engine_{std::move(engine)} {
  constexpr std::uint64_t instructions_a_step = 4;
  steps_per_character_ =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(engine_->ProgramSize()) / instructions_a_step);
}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pcre, bool octets) {
  re2::RE2::Options options{octets ? re2::RE2::Latin1 : re2::RE2::DefaultOptions};
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes_max);
  const auto text = to_re2(octets ? std::string{pcre} : to_nfc(pcre), octets);
  auto engine = std::make_unique<re2::RE2>(re2::StringPiece{text.data(), text.size()}, options);
  if (!engine->ok()) {
    // The engine quotes what it refuses; octets above 127 are no UTF-8 there.
    const auto& part = engine->error_arg();
    return Error{
        Errc::invalid_input,
        "the regular expression is refused: " + engine->error() +
            (part.empty() || engine->error().ends_with(part) ? std::string{} : ": " + printable(part))};
  }
  return Regex{std::move(engine)};
}

bool Regex::found_in(std::string_view subject) const {
  return re2::RE2::PartialMatch(re2::StringPiece{subject.data(), subject.size()}, *engine_);
}

}  // namespace tocsin::pattern
