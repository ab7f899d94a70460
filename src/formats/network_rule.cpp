#include "formats/network_rule.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"

namespace tocsin::formats {
namespace {

constexpr std::uint32_t own_sids_begin = 1'970'000, own_sids = 30'000;  // within the range for local rules

/// What makes a rule more than a look, with what is wrong about it.
struct Forbidden {
  std::string_view option, why;
};
constexpr std::array forbidden{
    Forbidden{"lua", "runs code"},
    Forbidden{"luajit", "runs code"},
    Forbidden{"luaxform", "runs code"},
    Forbidden{"soid", "runs code"},
    Forbidden{"filestore", "writes files"},
    Forbidden{"logto", "writes files"},
    Forbidden{"session", "writes files"},
    Forbidden{"filemd5", "reads a file"},
    Forbidden{"filesha1", "reads a file"},
    Forbidden{"filesha256", "reads a file"},
    Forbidden{"bypass", "takes traffic from the sensor's eyes"},
    Forbidden{"noalert", "only acts on the state of other rules"},
    Forbidden{"replace", "changes traffic"},
    Forbidden{"rewrite", "changes traffic"},
    Forbidden{"react", "changes traffic"},
    Forbidden{"resp", "changes traffic"},
    Forbidden{"include", "includes another file"},
};

Error refused(std::string_view what) {
  return {Errc::invalid_input, "refused: " + std::string{what}};
}

/// Lines continued by a backslash are joined; comments and empty lines before and after are dropped.
Result<std::string> one_line(std::string_view pattern) {
  std::string joined;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      auto next = i + 1;
      if (next < pattern.size() && pattern[next] == '\r') ++next;
      if (next < pattern.size() && pattern[next] == '\n') {
        joined += ' ';
        i = next;
        continue;
      }
    }
    joined += pattern[i] == '\t' ? ' ' : pattern[i];
  }
  std::string found;
  for (const auto line : split(joined, '\n')) {
    const auto text = trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    if (!found.empty()) return refused("more than one line");
    found = text;
  }
  if (found.empty()) return refused("there is no rule in it");
  if (!is_utf8(found) || printable(found) != found) return refused("control characters, or no UTF-8");
  return found;
}

struct Option {
  std::string name;
  std::string_view value;
  std::size_t begin = 0, end = 0;  // of the value, in the rule
};

/// True when a text begins with a quote and does not end with one, or ends before it began.
bool is_half_quoted(std::string_view value) {
  if (value.starts_with('!')) value = trim(value.substr(1));
  return value.starts_with('"') && (value.size() < 2 || !value.ends_with('"'));
}

/// The options between the first bracket and the last. As Suricata does, each semicolon ends one that no
/// backslash takes the meaning from, also within quotes; so whoever takes quotes otherwise sees no option
/// that we do not see.
Result<std::vector<Option>> options_of(std::string_view rule, std::size_t open) {
  if (!rule.ends_with(')')) return refused("text behind the rule, or brackets that do not close");
  std::vector<Option> out;
  std::size_t start = open + 1;
  const auto end = rule.size() - 1;
  for (std::size_t i = start; i < end; ++i) {
    if (rule[i] == '\\') {
      ++i;
      continue;
    }
    if (rule[i] != ';') continue;
    const auto whole = rule.substr(start, i - start);
    const auto colon = whole.find(':');
    Option one;
    one.name = to_lower_ascii(trim(whole.substr(0, colon)));
    const bool is_word = std::ranges::all_of(one.name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
    if (one.name.empty() || !is_word) return refused("'" + one.name + "' is no option");
    if (colon != std::string_view::npos) {
      one.begin = start + colon + 1;
      one.end = i;
      one.value = trim(rule.substr(one.begin, i - one.begin));
    }
    if (is_half_quoted(one.value))
      return refused("quotes that do not close, or a semicolon within them without its backslash");
    out.push_back(std::move(one));
    start = i + 1;
  }
  if (start > end || !trim(rule.substr(start, end - start)).empty())
    return refused("an option without its semicolon");
  return out;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// A set may be asked; one that is loaded from or kept in a file is somebody's path on our disk.
Status check_dataset(const Option& option) {
  for (const auto part : split(option.value, ',')) {
    const auto word = to_lower_ascii(trim(part).substr(0, trim(part).find(' ')));
    for (const auto* bad : {"load", "save", "state"})
      if (word == bad) return refused(option.name + " with " + word + " reads or writes a file");
  }
  return {};
}

}  // namespace

Result<NetworkRule> read_network_rule(std::string_view pattern) {
  if (pattern.size() > network_rule_bytes_max) return refused("more than 32 KiB");
  auto line = one_line(pattern);
  if (!line) return line.error();
  NetworkRule out;
  out.text = *std::move(line);
  const std::string_view rule = out.text;
  const auto action = to_lower_ascii(rule.substr(0, rule.find_first_of(" (")));
  if (action == "include") return refused("include: another file");
  if (action != "alert") return refused("the action '" + action + "': only alert is passed on");
  const auto open = rule.find('(');
  if (open == std::string_view::npos) return refused("no options");
  const auto head = rule.substr(0, open);
  if (head.find("->") == std::string_view::npos && head.find("<>") == std::string_view::npos)
    return refused("no direction");
  const auto options = options_of(rule, open);
  if (!options) return options.error();
  std::size_t sids = 0;
  for (const auto& option : *options) {
    for (const auto& [name, why] : forbidden)
      if (option.name == name) return refused(option.name + ": it " + std::string{why});
    if (option.name == "dataset" || option.name == "datarep") TOCSIN_TRY(check_dataset(option));
    if (option.name == "flowbits" && to_lower_ascii(option.value) == "noalert")
      return refused("flowbits:noalert");
    if (option.name == "metadata" && to_lower_ascii(option.value).find("engine shared") != std::string::npos)
      return refused("engine shared: it runs code");
    if (option.name == "sid") {
      const auto sid = number_of(option.value);
      if (!sid || *sid == 0 || ++sids > 1) return refused("sid is no number from 1 on, or stands twice");
      out.sid = *sid;
    }
    if (option.name == "rev") out.rev = number_of(option.value).value_or(0);
  }
  if (sids == 0) return refused("it has no sid");
  return out;
}

std::string with_sid(const NetworkRule& rule, std::uint32_t sid) {
  const auto options = options_of(rule.text, rule.text.find('('));
  auto out = rule.text;
  if (options)
    for (const auto& option : *options)
      if (option.name == "sid") out.replace(option.begin, option.end - option.begin, std::to_string(sid));
  return out;
}

RuleFile rule_file(std::vector<OwnedRule> rules) {
  std::ranges::sort(rules, [](const OwnedRule& a, const OwnedRule& b) {
    if (a.rule.sid != b.rule.sid) return a.rule.sid < b.rule.sid;
    if (a.rule.rev != b.rule.rev) return a.rule.rev > b.rule.rev;
    return a.owner != b.owner ? a.owner < b.owner : a.rule.text < b.rule.text;
  });
  RuleFile out;
  out.text =
      "# Written by tocsin: rules that circles share and that are in force now. Changes here are "
      "overwritten.\n";
  std::set<std::uint32_t> taken;
  std::set<std::string_view> texts;
  for (const auto& one : rules) taken.insert(one.rule.sid);
  const OwnedRule* first = nullptr;  // of its number: the newest revision
  for (const auto& one : rules) {
    if (!texts.insert(one.rule.text).second) continue;
    if (first == nullptr || first->rule.sid != one.rule.sid) first = &one;
    std::string text = one.rule.text;
    if (first != &one) {
      if (one.rule.rev < first->rule.rev) {
        ++out.superseded;
        continue;
      }
      const auto digest = sha256(one.owner);
      auto sid =
          own_sids_begin +
          (static_cast<std::uint32_t>(digest[0]) << 8 | static_cast<std::uint32_t>(digest[1])) % own_sids;
      for (std::uint32_t tried = 0; tried < own_sids && taken.contains(sid); ++tried)
        sid = own_sids_begin + (sid + 1 - own_sids_begin) % own_sids;
      if (!taken.insert(sid).second) {
        ++out.superseded;
        continue;
      }
      text = with_sid(one.rule, sid);
      ++out.renumbered;
    }
    out.text += "# " + one.owner + "\n" + text + "\n";
    ++out.listed;
  }
  return out;
}

}  // namespace tocsin::formats
