#include "stix/report.hpp"

#include "base/text.hpp"

namespace tocsin::stix {
namespace {

// A hostile object may break a rule a million times; a person reads the first few.
constexpr std::size_t problems_max = 32;
constexpr std::size_t shown_bytes_max = 120;

}  // namespace

void Report::error(std::string_view rule, std::string_view section, std::string reason) {
  add(Severity::error, rule, section, std::move(reason));
}

void Report::error_at(std::string_view property, std::string_view rule, std::string_view section,
                      std::string reason) {
  enter(property);
  add(Severity::error, rule, section, std::move(reason));
  leave();
}

void Report::warn_at(std::string_view property, std::string_view rule, std::string_view section,
                     std::string reason) {
  enter(property);
  add(Severity::warning, rule, section, std::move(reason));
  leave();
}

void Report::add(Severity severity, std::string_view rule, std::string_view section, std::string reason) {
  failed_ = failed_ || severity == Severity::error;
  if (problems_.size() < problems_max)
    problems_.push_back({{}, path(), std::string{rule}, std::string{section}, std::move(reason), severity});
}

std::vector<Problem> Report::take(std::string_view id) {
  for (auto& problem : problems_) problem.id = id;
  return std::move(problems_);
}

std::string Report::path() const {
  std::string text;
  for (const auto& [key, index] : path_) {
    if (key.empty()) {
      text += '[' + std::to_string(index) + ']';
    } else {
      if (!text.empty()) text += '.';
      text += printable(key.substr(0, shown_bytes_max));
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
