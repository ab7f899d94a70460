#include <algorithm>
#include <vector>

#include "stix/name_index.hpp"
#include "stix/schema.hpp"

namespace tocsin::stix {
namespace {

struct Row {
  std::string_view source, relationship;
  std::string_view targets;  ///< types between spaces; "(observable)" stands for each of §6
};

// Appendix B. Sorted by source, then by relationship.
// clang-format off
constexpr Row table[] = {
    {"attack-pattern", "delivers", "malware"},
    {"attack-pattern", "targets", "identity location vulnerability"},
    {"attack-pattern", "uses", "malware tool"},
    {"campaign", "attributed-to", "intrusion-set threat-actor"},
    {"campaign", "compromises", "infrastructure"},
    {"campaign", "originates-from", "location"},
    {"campaign", "targets", "identity location vulnerability"},
    {"campaign", "uses", "attack-pattern infrastructure malware tool"},
    {"course-of-action", "investigates", "indicator"},
    {"course-of-action", "mitigates", "attack-pattern indicator malware tool vulnerability"},
    {"course-of-action", "remediates", "malware vulnerability"},
    {"domain-name", "resolves-to", "domain-name ipv4-addr ipv6-addr"},
    {"identity", "located-at", "location"},
    {"indicator", "based-on", "observed-data"},
    {"indicator", "indicates", "attack-pattern campaign infrastructure intrusion-set malware threat-actor tool"},
    {"infrastructure", "communicates-with", "domain-name infrastructure ipv4-addr ipv6-addr url"},
    {"infrastructure", "consists-of", "(observable) infrastructure observed-data"},
    {"infrastructure", "controls", "infrastructure malware"},
    {"infrastructure", "delivers", "malware"},
    {"infrastructure", "has", "vulnerability"},
    {"infrastructure", "hosts", "malware tool"},
    {"infrastructure", "located-at", "location"},
    {"infrastructure", "uses", "infrastructure"},
    {"intrusion-set", "attributed-to", "threat-actor"},
    {"intrusion-set", "compromises", "infrastructure"},
    {"intrusion-set", "hosts", "infrastructure"},
    {"intrusion-set", "originates-from", "location"},
    {"intrusion-set", "owns", "infrastructure"},
    {"intrusion-set", "targets", "identity location vulnerability"},
    {"intrusion-set", "uses", "attack-pattern infrastructure malware tool"},
    {"ipv4-addr", "belongs-to", "autonomous-system"},
    {"ipv4-addr", "resolves-to", "mac-addr"},
    {"ipv6-addr", "belongs-to", "autonomous-system"},
    {"ipv6-addr", "resolves-to", "mac-addr"},
    {"malware", "authored-by", "intrusion-set threat-actor"},
    {"malware", "beacons-to", "infrastructure"},
    {"malware", "communicates-with", "domain-name ipv4-addr ipv6-addr url"},
    {"malware", "controls", "malware"},
    {"malware", "downloads", "file malware tool"},
    {"malware", "drops", "file malware tool"},
    {"malware", "exfiltrates-to", "infrastructure"},
    {"malware", "exploits", "vulnerability"},
    {"malware", "originates-from", "location"},
    {"malware", "targets", "identity infrastructure location"},
    {"malware", "uses", "attack-pattern infrastructure malware tool"},
    {"malware", "variant-of", "malware"},
    {"malware-analysis", "analysis-of", "malware"},
    {"malware-analysis", "characterizes", "malware"},
    {"malware-analysis", "dynamic-analysis-of", "malware"},
    {"malware-analysis", "static-analysis-of", "malware"},
    {"threat-actor", "attributed-to", "identity"},
    {"threat-actor", "compromises", "infrastructure"},
    {"threat-actor", "hosts", "infrastructure"},
    {"threat-actor", "impersonates", "identity"},
    {"threat-actor", "located-at", "location"},
    {"threat-actor", "owns", "infrastructure"},
    {"threat-actor", "targets", "identity location vulnerability"},
    {"threat-actor", "uses", "attack-pattern infrastructure malware tool"},
    {"tool", "delivers", "malware"},
    {"tool", "drops", "malware"},
    {"tool", "has", "vulnerability"},
    {"tool", "targets", "identity infrastructure location vulnerability"},
    {"tool", "uses", "infrastructure"},
};
// clang-format on

constexpr bool before(const Row& a, const Row& b) {
  return a.source != b.source ? a.source < b.source : a.relationship < b.relationship;
}
static_assert(std::is_sorted(std::begin(table), std::end(table), before));

/// The rows of each source.
struct Sources {
  std::vector<std::span<const Row>> rows;
  NameIndex index{names()};

 private:
  std::vector<std::string_view> names() {
    std::vector<std::string_view> all;
    for (const auto* row = std::begin(table); row != std::end(table);) {
      const auto* end =
          std::find_if(row, std::end(table), [&](const Row& r) { return r.source != row->source; });
      all.push_back(row->source);
      rows.emplace_back(row, end);
      row = end;
    }
    return all;
  }
};

bool has_word(std::string_view words, std::string_view wanted) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == wanted) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

bool is_listed_relationship(std::string_view source, std::string_view relationship, std::string_view target) {
  if (relationship == "related-to") return true;
  if (relationship == "derived-from" || relationship == "duplicate-of") return source == target;
  static const Sources sources;
  const auto place = sources.index.find(source);
  if (place == NameIndex::none) return false;
  const auto rows = sources.rows[place];
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.relationship == relationship; });
  if (row == rows.end()) return false;
  if (has_word(row->targets, target)) return true;
  const auto* rules = rules_of(target);
  return rules != nullptr && rules->family == Family::observable && has_word(row->targets, "(observable)");
}

}  // namespace tocsin::stix
