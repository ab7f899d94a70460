#include "yara/rules.hpp"

#include <yara.h>

#include <algorithm>
#include <charconv>

namespace tocsin::yara {
namespace {

/// libyara's tables, made once and kept for as long as the program runs.
bool library_ready() {
  static const bool ready = yr_initialize() == ERROR_SUCCESS;
  return ready;
}

struct CompilerEnd {
  void operator()(YR_COMPILER* compiler) const { yr_compiler_destroy(compiler); }
};
using Compiler = std::unique_ptr<YR_COMPILER, CompilerEnd>;

struct ScannerEnd {
  void operator()(YR_SCANNER* scanner) const { yr_scanner_destroy(scanner); }
};

/// Keeps the first error.
void note_error(int level, const char*, int line, const YR_RULE*, const char* message, void* kept) {
  auto& why = *static_cast<std::string*>(kept);
  if (level == YARA_ERROR_LEVEL_ERROR && why.empty())
    why = "line " + std::to_string(line) + ": " + (message != nullptr ? message : "not a rule");
}

Compiler new_compiler(std::string& why) {
  YR_COMPILER* made = nullptr;
  if (yr_compiler_create(&made) != ERROR_SUCCESS) return {};
  Compiler compiler{made};
  yr_compiler_set_callback(made, note_error, &why);
  yr_compiler_set_include_callback(made, nullptr, nullptr, nullptr);
  return compiler;
}

/// Why a text cannot be taken; empty when it can. A compiler that met an error takes nothing more, so each
/// text is tried in one of its own.
std::string fault_of(const Text& text) {
  if (text.rules.size() > Rules::rule_bytes_max)
    return "longer than " + std::to_string(Rules::rule_bytes_max) + " bytes";
  if (text.rules.find('\0') != std::string::npos) return "holds a NUL";
  std::string why;
  const auto compiler = new_compiler(why);
  if (compiler == nullptr) return "no memory for a compiler";
  if (yr_compiler_add_string(compiler.get(), text.rules.c_str(), nullptr) > 0)
    return why.empty() ? "not a rule" : why;
  YR_RULES* rules = nullptr;  // some faults show only here
  if (yr_compiler_get_rules(compiler.get(), &rules) != ERROR_SUCCESS) return "too large to compile";
  const bool none = rules->num_rules == 0;
  yr_rules_destroy(rules);
  return none ? "no rule in it" : std::string{};
}

/// Gathers matches while libyara scans. The namespace of a rule is the place of its text.
int note_match(YR_SCAN_CONTEXT* context, int message, void* data, void* kept) {
  if (message != CALLBACK_MSG_RULE_MATCHING) return CALLBACK_CONTINUE;
  auto* rule = static_cast<YR_RULE*>(data);
  Match match;
  const std::string_view place = rule->ns->name;
  std::from_chars(place.data(), place.data() + place.size(), match.text);
  match.rule = rule->identifier;
  YR_STRING* string = nullptr;
  yr_rule_strings_foreach(rule, string) {
    if (context->matches[string->idx].head == nullptr) continue;
    if (std::find(match.strings.begin(), match.strings.end(), string->identifier) == match.strings.end())
      match.strings.emplace_back(string->identifier);
  }
  static_cast<std::vector<Match>*>(kept)->push_back(std::move(match));
  return CALLBACK_CONTINUE;
}

}  // namespace

struct Rules::Compiled {
  YR_RULES* rules = nullptr;
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (rules != nullptr) yr_rules_destroy(rules);
  }
};

Result<Rules> Rules::compile(std::span<const Text> texts, std::vector<Refused>& refused) {
  if (!library_ready()) return Error{Errc::unavailable, "libyara does not start"};
  std::string why;
  const auto compiler = new_compiler(why);
  if (compiler == nullptr) return Error{Errc::unavailable, "libyara has no memory for a compiler"};
  Rules out;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    bytes += texts[i].rules.size();
    auto fault = bytes > rules_bytes_max
                     ? "beyond " + std::to_string(rules_bytes_max) + " bytes of rules together"
                     : fault_of(texts[i]);
    if (!fault.empty()) {
      refused.push_back({texts[i].id, std::move(fault)});
      continue;
    }
    if (yr_compiler_add_string(compiler.get(), texts[i].rules.c_str(), std::to_string(i).c_str()) > 0)
      return Error{Errc::unavailable,
                   "libyara took the rules of " + texts[i].id + " alone but not beside others: " + why};
    ++out.texts_;
  }
  auto compiled = std::make_shared<Compiled>();
  if (yr_compiler_get_rules(compiler.get(), &compiled->rules) != ERROR_SUCCESS)
    return Error{Errc::unavailable, "the rules are too many to compile together"};
  out.compiled_ = std::move(compiled);
  return out;
}

Result<std::vector<Match>> Rules::scan(std::string_view bytes, std::chrono::seconds time_max) const {
  YR_SCANNER* made = nullptr;
  if (yr_scanner_create(compiled_->rules, &made) != ERROR_SUCCESS)
    return Error{Errc::unavailable, "libyara has no memory for a scan"};
  const std::unique_ptr<YR_SCANNER, ScannerEnd> scanner{made};
  std::vector<Match> matches;
  yr_scanner_set_callback(made, note_match, &matches);
  yr_scanner_set_timeout(made, static_cast<int>(time_max.count()));
  const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  switch (const int error = yr_scanner_scan_mem(made, begin, bytes.size()); error) {
    case ERROR_SUCCESS:
      break;
    case ERROR_SCAN_TIMEOUT:
      return Error{Errc::overloaded, "the rules took longer than " + std::to_string(time_max.count()) + " s"};
    default:
      return Error{Errc::unavailable, "libyara gave up with error " + std::to_string(error)};
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& a, const Match& b) { return a.text < b.text; });
  return matches;
}

}  // namespace tocsin::yara
