#include "screen/warning_lists.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.hpp"
#include "match/address.hpp"
#include "screen/network_map.hpp"
#include "screen/probes.hpp"
#include "screen/site.hpp"

namespace tocsin::screen {
namespace {

constexpr std::size_t refused_max = 1000;
constexpr std::size_t substring_prefix_bytes = 4;

using Labels = std::vector<std::uint32_t>;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using TextMap = std::unordered_map<std::string, Labels, TextHash, std::equal_to<>>;

void add_once(Labels& labels, std::uint32_t label) {
  if (std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
}

/// Substrings by their first four bytes: most places of a value begin none.
struct Substring {
  std::string text;
  std::uint32_t label;
};

struct Regex {
  std::unique_ptr<re2::RE2> compiled;
  std::uint32_t label;
};

/// "/…/i" as the lists write it, or the expression alone.
std::pair<std::string_view, std::string_view> pattern_and_flags(std::string_view entry) {
  if (entry.size() < 2 || entry.front() != '/') return {entry, {}};
  const auto end = entry.rfind('/');
  if (end == 0) return {entry, {}};
  return {entry.substr(1, end - 1), entry.substr(end + 1)};
}

/// At most `most` entries, from all of the list.
void sample(const std::vector<std::string>& entries, std::size_t most, Probes& probes) {
  const std::size_t step = entries.size() / most + 1;
  for (std::size_t i = 0; i < entries.size(); i += step) probes.add(entries[i]);
}

}  // namespace

struct WarningLists::State {
  std::vector<WarningList> lists;
  std::size_t entries = 0;
  std::vector<std::string> refused;
  TextMap texts, hosts;
  NetworkMap networks;
  std::unordered_map<std::string, std::vector<Substring>, TextHash, std::equal_to<>> substrings;
  std::vector<Substring> short_substrings;
  std::vector<Regex> regexes;
  Probes probes;

  void refuse(const WarningList& list, std::string_view why) {
    if (refused.size() < refused_max) refused.push_back(list.id + ": " + std::string{why});
  }

  void add_regex(const WarningList& list, const std::string& entry, std::uint32_t label,
                 const WarningListLimits& limits) {
    if (regexes.size() >= limits.regexes_max) return refuse(list, "too many regular expressions");
    const auto [pattern, flags] = pattern_and_flags(entry);
    re2::RE2::Options options;
    options.set_max_mem(limits.regex_memory_bytes_max);
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_case_sensitive(flags.find('i') == std::string_view::npos);
    auto compiled = std::make_unique<re2::RE2>(re2::StringPiece{pattern.data(), pattern.size()}, options);
    if (!compiled->ok()) return refuse(list, "regular expression " + entry + ": " + compiled->error());
    regexes.push_back({std::move(compiled), label});
  }

  void add_substring(const std::string& entry, std::uint32_t label) {
    auto folded = to_lower_ascii(entry);
    if (folded.size() < substring_prefix_bytes) {
      short_substrings.push_back({std::move(folded), label});
    } else {
      auto key = folded.substr(0, substring_prefix_bytes);
      substrings[std::move(key)].push_back({std::move(folded), label});
    }
  }

  void check_host(std::string_view host, Labels& out) const {
    for (;;) {
      if (const auto at = hosts.find(host); at != hosts.end())
        out.insert(out.end(), at->second.begin(), at->second.end());
      const auto dot = host.find('.');
      if (dot == std::string_view::npos) return;
      host.remove_prefix(dot + 1);
    }
  }

  void check_substrings(std::string_view text, Labels& out) const {
    for (const auto& [part, label] : short_substrings)
      if (text.find(part) != std::string_view::npos) out.push_back(label);
    if (substrings.empty()) return;
    for (; text.size() >= substring_prefix_bytes; text.remove_prefix(1))
      if (const auto at = substrings.find(text.substr(0, substring_prefix_bytes)); at != substrings.end())
        for (const auto& [part, label] : at->second)
          if (text.starts_with(part)) out.push_back(label);
  }

  void check_regexes(const stix::Value& value, Labels& out) const {
    for (const auto& [compiled, label] : regexes)
      if ((lists[label].kinds & bit_of(value.kind)) != 0 && re2::RE2::PartialMatch(value.text, *compiled))
        out.push_back(label);
  }

  /// Adds the labels of the lists that hold the value and speak of its kind.
  void check(const stix::Value& value, Labels& out) const {
    Labels found;
    const auto folded = to_lower_ascii(value.text);
    if (const auto at = texts.find(folded); at != texts.end()) found = at->second;
    if (value.kind == stix::ValueKind::domain) check_host(folded, found);
    if (value.kind == stix::ValueKind::ipv4 || value.kind == stix::ValueKind::ipv6)
      if (const auto network = match::parse_network(folded)) {
        const auto touching = networks.touching(*network);
        found.insert(found.end(), touching.begin(), touching.end());
      }
    check_substrings(folded, found);
    check_regexes(value, found);
    for (const auto label : found)
      if ((lists[label].kinds & bit_of(value.kind)) != 0) out.push_back(label);
  }
};

std::uint32_t bit_of(stix::ValueKind kind) {
  const auto number = static_cast<std::uint32_t>(kind);
  return 1U << (number < 31 ? number : 31);
}

WarningLists::WarningLists() : state_{std::make_unique<State>()} {}
WarningLists::~WarningLists() = default;
WarningLists::WarningLists(WarningLists&&) noexcept = default;
WarningLists& WarningLists::operator=(WarningLists&&) noexcept = default;

WarningLists::WarningLists(std::vector<WarningList> lists, const WarningListLimits& limits,
                           std::vector<std::string> refused) {
  auto state = std::make_unique<State>();
  state->refused = std::move(refused);
  std::map<std::string, std::size_t> last_of;
  for (std::size_t i = 0; i < lists.size(); ++i) last_of[lists[i].id] = i;

  std::vector<std::pair<match::Network, std::uint32_t>> networks;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    WarningList& list = lists[i];
    if (last_of[list.id] != i) continue;
    if (state->lists.size() >= limits.lists_max ||
        state->entries + list.entries.size() > limits.entries_max) {
      state->refuse(list, "too many lists or entries");
      continue;
    }
    const auto label = static_cast<std::uint32_t>(state->lists.size());
    const auto entries = std::exchange(list.entries, {});
    state->entries += entries.size();
    state->lists.push_back(std::move(list));
    const WarningList& kept = state->lists.back();
    if (kept.type != WarningList::Type::regex && kept.type != WarningList::Type::substring)
      sample(entries, Probes::entries_most / last_of.size() + 1, state->probes);
    for (const auto& entry : entries) switch (kept.type) {
        case WarningList::Type::string:
          add_once(state->texts[to_lower_ascii(entry)], label);
          break;
        case WarningList::Type::hostname:
          add_once(state->hosts[bare_host(entry)], label);
          break;
        case WarningList::Type::cidr:
          if (const auto network = match::parse_network(entry))
            networks.emplace_back(*network, label);
          else
            state->refuse(kept, "not a network: " + entry);
          break;
        case WarningList::Type::substring:
          state->add_substring(entry, label);
          break;
        case WarningList::Type::regex:
          state->add_regex(kept, entry, label, limits);
          break;
      }
  }
  state->networks = NetworkMap{std::move(networks)};
  state_ = std::move(state);
}

std::vector<const WarningList*> WarningLists::check(const stix::Value& value) const {
  Labels labels;
  state_->check(value, labels);
  if (value.kind == stix::ValueKind::url)
    if (const auto site = whole_site(value.text)) state_->check(*site, labels);
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  std::vector<const WarningList*> out;
  for (const auto label : labels) out.push_back(&state_->lists[label]);
  return out;
}

const Probes& WarningLists::probes() const {
  return state_->probes;
}
std::span<const WarningList> WarningLists::lists() const {
  return state_->lists;
}
std::size_t WarningLists::entries() const {
  return state_->entries;
}
const std::vector<std::string>& WarningLists::refused() const {
  return state_->refused;
}

}  // namespace tocsin::screen
