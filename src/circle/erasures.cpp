#include "circle/erasures.hpp"

#include "base/json.hpp"

namespace tocsin::circle {
namespace {

/// What a proposal's bytes hold; see erase.cpp, which writes them.
constexpr std::string_view proposes = R"("act":"propose-erasure")";
constexpr std::string_view has_grace = R"("erase_after":")";

}  // namespace

bool Erasures::concerns(log::Kind kind, std::string_view attributes, std::string_view bytes) {
  switch (kind) {
    case log::Kind::erasure:
      return true;
    case log::Kind::decision:
      return bytes.find(proposes) != std::string_view::npos;
    case log::Kind::withdrawal:
      return attributes.find(has_grace) != std::string_view::npos;
    default:
      return false;
  }
}

void Erasures::note(CircleId circle, Sequence sequence, Timestamp date_added, log::Kind kind,
                    const Sealed& sealed, std::string_view attributes, std::string_view bytes) {
  if (!concerns(kind, attributes, bytes)) return;
  const auto document = json::parse_object(bytes);
  if (!document) return;
  const Place place{circle, sequence};
  const Sequence entry{json::number_or(*document, "sequence")};
  const std::scoped_lock lock{mutex_};
  if (kind == log::Kind::decision) {
    if (json::text_or(*document, "act") == "propose-erasure")
      proposals_[place] = {entry, sealed.holder, date_added, json::text_or(*document, "why")};
  } else if (kind == log::Kind::withdrawal) {
    const auto public_part = json::parse_object(attributes);
    if (!public_part) return;
    const auto due = parse_rfc3339(json::text_or(*public_part, "erase_after"));
    if (!due) return;
    Deletion deletion{*due, json::text_or(*document, "id"), {}};
    if (const auto* versions = public_part->if_contains("versions");
        versions != nullptr && versions->is_array())
      for (const auto& version : versions->get_array())
        deletion.versions.emplace_back(version.to_number<std::uint64_t>());
    deletions_[place] = std::move(deletion);
  } else {
    to_carry_out_.insert({circle, entry});
    if (sealed.tombstone) tombstones_.insert(*sealed.tombstone);
    // What was proposed about the entry is done, and so is the deletion that the entry was.
    std::erase_if(proposals_, [&](const auto& each) {
      return each.first.circle == circle && each.second.entry == entry;
    });
    deletions_.erase({circle, entry});
    for (auto it = deletions_.begin(); it != deletions_.end();) {
      auto& versions = it->second.versions;
      const bool done = it->first.circle == circle && std::erase(versions, entry) > 0 && versions.empty();
      it = done ? deletions_.erase(it) : std::next(it);
    }
  }
}

Hash Erasures::tombstone(CircleId circle, std::string_view id) const {
  return mac_("erased\n" + std::to_string(circle.value()) + '\n' + std::string{id});
}

bool Erasures::forbids(CircleId circle, std::string_view id) const {
  {
    const std::scoped_lock lock{mutex_};
    if (tombstones_.empty()) return false;
  }
  const Hash wanted = tombstone(circle, id);
  const std::scoped_lock lock{mutex_};
  return tombstones_.contains(wanted);
}

std::optional<Erasures::Proposal> Erasures::proposal(const Place& place) const {
  const std::scoped_lock lock{mutex_};
  const auto it = proposals_.find(place);
  return it == proposals_.end() ? std::nullopt : std::optional{it->second};
}

std::map<Sequence, Erasures::Proposal> Erasures::proposals(CircleId circle) const {
  std::map<Sequence, Proposal> found;
  const std::scoped_lock lock{mutex_};
  for (const auto& [place, proposal] : proposals_)
    if (place.circle == circle) found.emplace(place.sequence, proposal);
  return found;
}

std::vector<std::pair<Erasures::Place, Erasures::Deletion>> Erasures::due(Timestamp now) const {
  std::vector<std::pair<Place, Deletion>> found;
  const std::scoped_lock lock{mutex_};
  for (const auto& [place, deletion] : deletions_)
    if (deletion.due <= now) found.emplace_back(place, deletion);
  return found;
}

bool Erasures::leaves(const Place& place) const {
  const std::scoped_lock lock{mutex_};
  return to_carry_out_.contains(place);
}

std::vector<Erasures::Place> Erasures::to_carry_out() const {
  const std::scoped_lock lock{mutex_};
  return {to_carry_out_.begin(), to_carry_out_.end()};
}

void Erasures::carried_out(const std::vector<Place>& places) {
  const std::scoped_lock lock{mutex_};
  for (const auto& place : places) to_carry_out_.erase(place);
}

}  // namespace tocsin::circle
