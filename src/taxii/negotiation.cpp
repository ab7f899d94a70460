#include "taxii/negotiation.hpp"

#include <string>
#include <vector>

#include "base/text.hpp"

namespace tocsin::taxii {
namespace {

/// The parts between separators that stand outside quotes.
std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == separator && !quoted) {
      parts.push_back(trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(trim(text.substr(begin)));
  return parts;
}

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2)
                                                                       : text;
}

/// Thousandths. What is no quality value counts as none given.
unsigned quality_of(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 1000;
  unsigned value = text[0] == '1' ? 1000 : 0;
  unsigned place = 100;
  for (std::size_t i = 2; i < text.size() && text[1] == '.' && text[i] >= '0' && text[i] <= '9'; ++i) {
    value += static_cast<unsigned>(text[i] - '0') * place;
    place /= 10;
  }
  return value < 1000 ? value : 1000;
}

struct Range {
  std::string name;          // in lower case
  std::string_view version;  // empty: none named
  unsigned quality = 1000;
};

Range range_of(std::string_view text) {
  const auto parts = parts_of(text, ';');
  Range range;
  range.name = to_lower_ascii(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = trim(parts[i].substr(0, equals));
    const auto value = unquoted(trim(parts[i].substr(equals + 1)));
    if (iequals_ascii(key, "version")) range.version = value;
    if (iequals_ascii(key, "q")) range.quality = quality_of(value);
  }
  return range;
}

/// How closely a range names TAXII 2.1; 0: not at all.
unsigned closeness(const Range& range) {
  if (range.name == "application/taxii+json")
    return range.version == "2.1" ? 4 : range.version.empty() ? 3 : 0;
  if (range.name == "application/*") return 2;
  return range.name == "*/*" ? 1 : 0;
}

}  // namespace

bool accepts_taxii(std::string_view accept) {
  if (trim(accept).empty()) return true;
  unsigned closest = 0;
  bool accepted = false;
  for (const auto part : parts_of(accept, ',')) {
    const Range range = range_of(part);
    const unsigned close = closeness(range);
    if (close == 0 || close < closest) continue;
    // The same range twice: one yes is a yes.
    accepted = (close == closest && accepted) || range.quality > 0;
    closest = close;
  }
  return accepted;
}

bool is_taxii(std::string_view content_type) {
  const Range range = range_of(content_type);
  return range.name == "application/taxii+json" && (range.version.empty() || range.version == "2.1");
}

std::string_view name(Coding coding) {
  switch (coding) {
    case Coding::identity:
      return "identity";
    case Coding::gzip:
      return "gzip";
    case Coding::zstd:
      return "zstd";
  }
  return "identity";
}

Coding coding_for(std::string_view accept_encoding) {
  unsigned gzip = 0;
  unsigned zstd = 0;
  for (const auto part : parts_of(accept_encoding, ',')) {
    const Range range = range_of(part);
    if (range.name == "gzip" || range.name == "x-gzip") gzip = range.quality;
    if (range.name == "zstd") zstd = range.quality;
  }
  if (zstd > 0 && zstd >= gzip) return Coding::zstd;
  return gzip > 0 ? Coding::gzip : Coding::identity;
}

}  // namespace tocsin::taxii
