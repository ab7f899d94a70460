#include "stix/report.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::stix {
namespace {

// A hostile object may break a rule a million times; a person reads the first few.
constexpr std::size_t problems_max = 32;
constexpr std::size_t shown_bytes_max = 120;

}  // namespace

void Report::broken(std::string_view rule, std::string_view section, std::string reason) {
  const auto severity = severity_of(rule, level_);
  if (!severity) return;
  // A warning never stands in the way of the error that refuses the object.
  const bool first_error = *severity == Severity::error && !failed_;
  failed_ = failed_ || first_error;
  if (problems_.size() >= problems_max) {
    if (!first_error) return;
    problems_.pop_back();
  }
  problems_.push_back({{}, path(), std::string{rule}, std::string{section}, std::move(reason), *severity});
}

void Report::broken_at(std::string_view property, std::string_view rule, std::string_view section,
                       std::string reason) {
  enter(property);
  broken(rule, section, std::move(reason));
  leave();
}

std::vector<Problem> Report::take(std::string_view id) {
  for (auto& problem : problems_) problem.id = id;
  std::stable_partition(problems_.begin(), problems_.end(),
                        [](const Problem& problem) { return problem.severity == Severity::error; });
  return std::move(problems_);
}

std::string Report::path() const {
  std::string text;
  for (std::size_t i = 0; i < depth_; ++i) {
    const auto& [key, number] = path_[i];
    if (key == nullptr) {
      text += '[' + std::to_string(number) + ']';
    } else {
      if (!text.empty()) text += '.';
      text += printable(std::string_view{key, number}.substr(0, shown_bytes_max));
    }
  }
  return text;
}

std::string in_quotes(std::string_view text) {
  std::string out = "'" + printable(text.substr(0, shown_bytes_max));
  out += text.size() > shown_bytes_max ? "…'" : "'";
  return out;
}

}  // namespace tocsin::stix
