#include "stix/levels.hpp"

#include <algorithm>

namespace tocsin::stix {
namespace {

struct Row {
  std::string_view rule;
  std::optional<Severity> strict, normal, lenient;
};

constexpr std::optional<Severity> error = Severity::error;
constexpr std::optional<Severity> warn = Severity::warning;
constexpr std::optional<Severity> pass;

// Sorted by rule. A rule that does not stand here is an error at every level: without it an object could not
// be told from another, or two readers would read it differently.
// clang-format off
constexpr Row table[] = {
    // rule                    strict normal lenient
    {"bad-extension-key",      error, error, warn},
    {"bad-extension-type",     error, error, warn},
    {"bad-form",               error, warn,  pass},
    {"bad-hash",               error, warn,  pass},
    {"bad-key",                error, error, warn},
    {"bad-nested-reference",   error, warn,  pass},
    {"bad-pattern",            error, error, warn},
    {"bad-property-name",      error, error, warn},
    {"bad-timestamp",          error, error, warn},
    {"closed-vocabulary",      error, error, warn},
    {"custom-property",        error, pass,  pass},
    {"deprecated",             warn,  pass,  pass},
    {"empty-custom-list",      error, pass,  pass},
    {"empty-dictionary",       error, error, warn},
    {"empty-list",             error, error, warn},
    {"extension-misplaced",    error, warn,  warn},
    {"extension-type-missing", error, warn,  pass},
    {"external-id-form",       error, warn,  pass},
    {"forbidden-property",     error, error, warn},
    {"hash-name",              warn,  warn,  pass},
    {"id-not-of-contents",     warn,  pass,  pass},
    {"id-of-no-contents",      error, warn,  pass},
    {"kill-chain-form",        warn,  pass,  pass},
    {"missing-nested-property", error, warn, pass},
    {"missing-property",       error, error, warn},
    {"needs-exactly-one",      error, warn,  pass},
    {"needs-one-of",           error, warn,  pass},
    {"needs-other",            error, warn,  pass},
    {"not-beside",             error, error, warn},
    {"null-value",             error, error, warn},
    {"odd-uuid-version",       warn,  warn,  pass},
    {"open-vocabulary",        warn,  warn,  pass},
    {"reference-target",       error, warn,  pass},
    {"reserved-property",      error, error, warn},
    {"selector-without-target", error, error, warn},
    {"timestamp-precision",    error, error, warn},
    {"tlp-altered",            error, warn,  pass},
    {"unknown-extension",      error, warn,  pass},
    {"unknown-property",       error, warn,  pass},
    {"unlisted-relationship",  warn,  warn,  pass},
    {"value-range",            error, error, warn},
    {"wrong-nested-type",      error, warn,  pass},
    {"wrong-order-of-times",   error, error, warn},
    {"wrong-type",             error, error, warn},
};
// clang-format on

static_assert(std::is_sorted(std::begin(table), std::end(table),
                             [](const Row& a, const Row& b) { return a.rule < b.rule; }));

}  // namespace

std::optional<Severity> severity_of(std::string_view rule, Level level) {
  const auto* row = std::lower_bound(std::begin(table), std::end(table), rule,
                                     [](const Row& a, std::string_view wanted) { return a.rule < wanted; });
  if (row == std::end(table) || row->rule != rule) return Severity::error;
  switch (level) {
    case Level::strict:
      return row->strict;
    case Level::normal:
      return row->normal;
    case Level::lenient:
      break;
  }
  return row->lenient;
}

}  // namespace tocsin::stix
