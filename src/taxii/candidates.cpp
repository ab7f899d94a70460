#include "taxii/candidates.hpp"

#include <algorithm>

namespace tocsin::taxii {
namespace {

constexpr std::size_t rows_at_once = 512;
constexpr std::size_t sequences_at_once = 256;

}  // namespace

Candidates::Candidates(Reader& reader, const Filters& filters, Sequence after)
    : reader_{reader}, filters_{filters}, after_{after} {
  for (const auto& type : filters.types) types_.push_back({type, {}, after, false});
}

Result<std::optional<Candidate>> Candidates::next() {
  if (!filters_.ids.empty()) return next_of_ids();
  return filters_.types.empty() ? next_of_all() : next_of_types();
}

Status Candidates::find_ids() {
  of_ids_.emplace();
  for (const auto& id : filters_.ids) {
    const std::string type = id.substr(0, id.rfind("--"));
    if (!filters_.types.empty() &&
        std::find(filters_.types.begin(), filters_.types.end(), type) == filters_.types.end())
      continue;
    auto versions = reader_.matching(id, filters_.versions);
    if (!versions) return std::move(versions).error();
    for (const auto& version : *versions)
      if (version.sequence > after_) of_ids_->emplace(version.sequence, id);
  }
  return {};
}

Result<std::optional<Candidate>> Candidates::next_of_ids() {
  if (!of_ids_) TOCSIN_TRY(find_ids());
  if (of_ids_->empty()) return std::optional<Candidate>{};
  const auto found = of_ids_->extract(of_ids_->begin());
  auto row = reader_.services().log.row(reader_.circle(), found.key());
  if (!row) return std::move(row).error();
  return std::optional<Candidate>{{found.key(), *row, found.mapped()}};
}

Result<std::optional<Candidate>> Candidates::next_of_types() {
  OfType* first = nullptr;
  for (auto& type : types_) {
    if (type.waiting.empty() && !type.ended) {
      auto more =
          reader_.services().views.of_type(reader_.circle(), type.type, type.after, sequences_at_once);
      if (!more) return std::move(more).error();
      static_cast<void>(reader_.spend(look_up_units));
      type.ended = more->size() < sequences_at_once;
      type.waiting.assign(more->begin(), more->end());
      if (!more->empty()) type.after = more->back();
    }
    if (!type.waiting.empty() && (first == nullptr || type.waiting.front() < first->waiting.front()))
      first = &type;
  }
  if (first == nullptr || first->waiting.front() > reader_.head()) return std::optional<Candidate>{};
  const Sequence sequence = first->waiting.front();
  first->waiting.pop_front();
  auto row = reader_.services().log.row(reader_.circle(), sequence);
  if (!row) return std::move(row).error();
  return std::optional<Candidate>{{sequence, *row, {}}};
}

Result<std::optional<Candidate>> Candidates::next_of_all() {
  if (next_row_ == rows_.size()) {
    const std::uint64_t left = reader_.head().value() - std::min(after_, reader_.head()).value();
    auto rows = reader_.services().log.rows(reader_.circle(), Sequence{after_.value() + 1},
                                            std::min<std::uint64_t>(left, rows_at_once));
    if (!rows) return std::move(rows).error();
    rows_ = *std::move(rows);
    next_row_ = 0;
    if (rows_.empty()) return std::optional<Candidate>{};
  }
  after_ = Sequence{after_.value() + 1};
  return std::optional<Candidate>{{after_, rows_[next_row_++], {}}};
}

}  // namespace tocsin::taxii
