#pragma once

/// Rules for Snort and Suricata that come from others: looked at before a file of ours holds them, because a
/// rule can do more than look. Whether a rule means anything is for Suricata to say.
///
/// Meaning: one rule of action `alert` with a `sid`. Refused by name is what runs code (lua, luajit, so
/// rules), reads
///          or writes files (filestore, filemd5 and its like, logto, datasets with a file), silences or
///          changes traffic (other actions, bypass, replace, react, resp), and what would smuggle further
///          lines in.
/// Source:  Suricata's manual (rules), Snort 2.9's manual §3.
/// Errors:  invalid_input, naming what is refused. Threads: pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::formats {

constexpr std::size_t network_rule_bytes_max = 32U << 10;

struct NetworkRule {
  std::string text;  ///< on one line: continued lines are joined
  std::uint32_t sid = 0, rev = 0;
};
Result<NetworkRule> read_network_rule(std::string_view pattern);

/// The same rule under another number.
std::string with_sid(const NetworkRule& rule, std::uint32_t sid);

struct OwnedRule {
  std::string owner;  ///< an indicator's id
  NetworkRule rule;
};
struct RuleFile {
  std::string text;
  std::size_t listed = 0, renumbered = 0, superseded = 0;
};
/// A file of rules whose numbers are unique, the same for the same rules in whatever order they come: of
/// equal rules one is kept; of one number the highest revision; what is left over at the same number and
/// revision keeps it by the order of its owners, and the others get one from 1970000 on that follows from
/// their owner.
RuleFile rule_file(std::vector<OwnedRule> rules);

}  // namespace tocsin::formats
