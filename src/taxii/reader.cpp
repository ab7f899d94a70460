#include "taxii/reader.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace tocsin::taxii {
namespace {

constexpr std::size_t units_max = 200'000;
constexpr std::size_t classes_told_max = 1000;
constexpr std::size_t versions_at_once = 1000;

bool fits(const ObjectVersion& version, const VersionFilter& filter, bool first, bool last) {
  if (filter.all || (filter.first && first) || (filter.last && last)) return true;
  return std::any_of(filter.exact.begin(), filter.exact.end(), [&](const std::string& exact) {
    return stix::compare_versions(exact, version.version) == 0;
  });
}

}  // namespace

Reader::Reader(const serve::Services& services, circle::Sight& sight, Sequence head)
    : services_{services}, sight_{sight}, circle_{sight.circle()->id}, head_{head} {
  look_at_classes();
}

void Reader::look_at_classes() {
  append_number(fingerprint_, sight_.standpoint().visible_after.value());
  log::Row row;
  for (std::uint32_t number = 1; services_.classes.find(circle_, number) != nullptr; ++number) {
    if (number > classes_told_max) {
      fingerprint_.clear();
      return;
    }
    row.marking_class = number;
    fingerprint_ += sight_.sees(Sequence{~0ULL}, row) ? '1' : '0';
  }
}

bool Reader::sees(Sequence sequence, const log::Row& row) const {
  return row.kind == log::Kind::object && !row.withdrawn && !row.erased && sight_.sees(sequence, row);
}

bool Reader::spend(std::size_t units) {
  spent_ += units;
  return spent_ <= units_max;
}

Result<const std::vector<ObjectVersion>*> Reader::versions(const std::string& id) {
  if (id.empty() || id != versions_of_) {
    auto found = find_versions(id);
    if (!found) return std::move(found).error();
    versions_ = *std::move(found);
    versions_of_ = id;
  }
  return &versions_;
}

Result<std::vector<ObjectVersion>> Reader::find_versions(const std::string& id) {
  std::vector<ObjectVersion> found;
  Sequence after;
  for (;;) {
    auto some = services_.views.versions(circle_, id, after, versions_at_once);
    if (!some) return std::move(some).error();
    static_cast<void>(spend(look_up_units + some->size()));
    for (const auto& each : *some) {
      after = each.sequence;
      if (each.kind != log::Kind::object || each.sequence > head_) continue;
      auto row = services_.log.row(circle_, each.sequence);
      if (!row) return std::move(row).error();
      if (!sees(each.sequence, *row)) continue;
      found.push_back({each.sequence, each.version.empty() ? to_rfc3339(row->date_added) : each.version,
                       row->date_added});
    }
    if (some->size() < versions_at_once) break;
  }
  std::sort(found.begin(), found.end(), [](const ObjectVersion& a, const ObjectVersion& b) {
    const int order = stix::compare_versions(a.version, b.version);
    return order != 0 ? order < 0 : a.sequence < b.sequence;
  });
  // Of the same version, the later entry is the one that every reader of both has not missed.
  std::vector<ObjectVersion> distinct;
  for (auto& each : found) {
    if (!distinct.empty() && stix::compare_versions(distinct.back().version, each.version) == 0)
      distinct.back() = std::move(each);
    else
      distinct.push_back(std::move(each));
  }
  return distinct;
}

Result<std::vector<ObjectVersion>> Reader::matching(const std::string& id, const VersionFilter& filter) {
  const auto found = versions(id);
  if (!found) return found.error();
  const auto& all = **found;
  VersionFilter asked = filter;
  asked.last = filter.last || !filter.any();
  std::vector<ObjectVersion> matched;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (fits(all[i], asked, i == 0, i + 1 == all.size())) matched.push_back(all[i]);
  return matched;
}

}  // namespace tocsin::taxii
