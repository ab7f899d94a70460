#include <algorithm>

#include "base/text.hpp"
#include "views/keys.hpp"
#include "views/store.hpp"
#include "views/views.hpp"

namespace tocsin::views {
namespace {

Error bad_row(std::string_view table) {
  return {Errc::corrupt, "views: a row of " + std::string{table} + " cannot be read"};
}

std::string behind(std::string group, Sequence after) {
  append_ordered(group, after.value() + 1);
  return group;
}

std::optional<Version> version_of(std::uint64_t sequence, std::string_view record) {
  if (record.empty()) return std::nullopt;
  const auto kind = static_cast<log::Kind>(record.front());
  record.remove_prefix(1);
  const auto owner = take_ordered(record);
  if (!owner) return std::nullopt;
  return Version{Sequence{sequence}, kind, unpack_version(record), MemberId{*owner}};
}

Result<std::optional<Version>> first_version(const Store& store, CircleId circle, std::string_view id) {
  const auto stored = store.get(group_key(Table::first, circle, id_group(id)));
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Version>{};
  std::string_view record = **stored;
  const auto sequence = take_ordered(record);
  auto version = sequence ? version_of(*sequence, record) : std::nullopt;
  if (!version) return bad_row("first versions");
  return version;
}

/// Walks the sequences of a group; `visit` gets each with its value, and may find it bad.
template <class Visit>
Status walk_sequences(const Store& store, const std::string& group, Sequence after, std::size_t most,
                      const Visit& visit) {
  most = std::min(most, list_most);
  bool good = true;
  if (most == 0) return {};
  TOCSIN_TRY(store.walk_group(group, behind(group, after), [&](std::string_view key, std::string_view value) {
    key.remove_prefix(group.size());
    const auto sequence = take_ordered(key);
    good = sequence && key.empty() && visit(*sequence, value);
    return good && --most > 0;
  }));
  if (!good) return bad_row("sequences");
  return {};
}

}  // namespace

Result<bool> Views::exists(CircleId circle, std::string_view id) const {
  const auto stored = store_->get(group_key(Table::first, circle, id_group(id)));
  if (!stored) return stored.error();
  return stored->has_value();
}

Result<std::vector<bool>> Views::exist(CircleId circle, std::span<const std::string_view> ids) const {
  std::vector<std::string> keys;
  keys.reserve(ids.size());
  for (const auto id : ids) keys.push_back(group_key(Table::first, circle, id_group(id)));
  return store_->contain(keys);
}

Result<std::vector<Version>> Views::versions(CircleId circle, std::string_view id, Sequence after,
                                             std::size_t most) const {
  most = std::min(most, list_most);
  const auto first = first_version(*store_, circle, id);
  if (!first) return first.error();
  std::vector<Version> found;
  TOCSIN_TRY(walk_sequences(*store_, group_key(Table::version, circle, id_group(id)), after, most,
                            [&](std::uint64_t sequence, std::string_view record) {
                              auto version = version_of(sequence, record);
                              if (version) found.push_back(std::move(*version));
                              return version.has_value();
                            }));
  // A transfer may stand before the first version, when an earlier one was erased.
  if (*first && (*first)->sequence > after) {
    found.insert(std::ranges::upper_bound(found, (*first)->sequence, {}, &Version::sequence), **first);
    if (found.size() > most) found.pop_back();
  }
  return found;
}

Result<std::vector<bool>> Views::have_further(CircleId circle, std::span<const std::string> ids) const {
  std::vector<std::string> groups;
  groups.reserve(ids.size());
  for (const auto& id : ids) groups.push_back(group_key(Table::version, circle, id_group(id)));
  return store_->are_used(groups);
}

Result<std::optional<MemberId>> Views::owner(CircleId circle, std::string_view id) const {
  auto newest = first_version(*store_, circle, id);
  if (!newest) return newest.error();
  const auto group = group_key(Table::version, circle, id_group(id));
  bool good = true;
  TOCSIN_TRY(store_->last_of_group(group, [&](std::string_view key, std::string_view record) {
    key.remove_prefix(group.size());
    const auto sequence = take_ordered(key);
    auto version = sequence ? version_of(*sequence, record) : std::nullopt;
    good = version.has_value();
    if (good && (!*newest || (*newest)->sequence < version->sequence)) *newest = std::move(version);
    return false;
  }));
  if (!good) return bad_row("versions");
  if (!*newest) return std::optional<MemberId>{};
  return std::optional{(*newest)->owner};
}

Result<std::vector<Sequence>> Views::sequences(const std::string& group, Sequence after,
                                               std::size_t most) const {
  std::vector<Sequence> found;
  TOCSIN_TRY(walk_sequences(*store_, group, after, most, [&](std::uint64_t sequence, std::string_view) {
    found.emplace_back(sequence);
    return true;
  }));
  return found;
}

Result<std::vector<Sequence>> Views::of_type(CircleId circle, std::string_view type, Sequence after,
                                             std::size_t most) const {
  return sequences(group_key(Table::type, circle, type), after, most);
}

Result<std::vector<Sequence>> Views::with_value(CircleId circle, const stix::Value& value, Sequence after,
                                                std::size_t most) const {
  return sequences(group_key(Table::value, circle, value_group(value)), after, most);
}

Result<std::vector<Sequence>> Views::acts(CircleId circle, std::string_view id, log::Kind kind,
                                          Sequence after, std::size_t most) const {
  return sequences(group_key(Table::act, circle, id_group(id) + static_cast<char>(kind)), after, most);
}

Result<std::vector<Sequence>> Views::with_pattern(CircleId circle, std::string_view pattern, Sequence after,
                                                  std::size_t most) const {
  return sequences(group_key(Table::pattern, circle, pattern), after, most);
}

Result<std::vector<Voice>> Views::voices(CircleId circle, std::string_view id, Voice::Kind kind,
                                         MemberId after, std::size_t most) const {
  const auto group = group_key(Table::voice, circle, voice_group(id, static_cast<std::uint8_t>(kind)));
  most = std::min(most, list_most);
  std::vector<Voice> found;
  // One walk for each author: whoever has spoken a million times costs no more than the others.
  for (std::size_t authors = 0; authors < most; ++authors) {
    auto from = group;
    append_ordered(from, after.value() + 1);
    std::size_t of_one = 0;
    bool good = true;
    TOCSIN_TRY(store_->walk_group(group, from, [&](std::string_view key, std::string_view value) {
      key.remove_prefix(group.size());
      const auto author = take_ordered(key);
      const auto turned = take_ordered(key);
      good = author && turned && key.empty() && value.size() == 1;
      if (!good || (of_one > 0 && found.back().author.value() != *author)) return false;
      found.push_back({MemberId{*author}, Sequence{~*turned}, static_cast<std::uint8_t>(value.front())});
      return ++of_one < voices_each_most;
    }));
    if (!good) return bad_row("voices");
    if (of_one == 0) break;
    after = found.back().author;
  }
  return found;
}

Result<std::vector<Referrer>> Views::referrers(CircleId circle, std::string_view id, Sequence after,
                                               std::size_t most) const {
  std::vector<Referrer> found;
  TOCSIN_TRY(walk_sequences(*store_, group_key(Table::reference, circle, id_group(id)), after, most,
                            [&](std::uint64_t sequence, std::string_view value) {
                              Referrer referrer{Sequence{sequence}, {}};
                              for (const auto property : split(value, '\0'))
                                referrer.properties.emplace_back(property);
                              found.push_back(std::move(referrer));
                              return true;
                            }));
  return found;
}

Result<std::vector<Place>> Views::governance(std::optional<Place> after, std::size_t most) const {
  most = std::min(most, list_most);
  std::string from(1, static_cast<char>(Table::governance));
  if (after) {
    append_ordered(from, after->position.frame);
    append_ordered(from, after->number + 1);
  }
  std::vector<Place> found;
  bool good = true;
  if (most == 0) return found;
  TOCSIN_TRY(store_->walk(from, [&](std::string_view key, std::string_view value) {
    if (!key.starts_with(static_cast<char>(Table::governance))) return false;
    key.remove_prefix(1);
    const auto frame = take_ordered(key);
    const auto number = take_ordered(key);
    const auto circle = take_ordered(value);
    const auto sequence = take_ordered(value);
    good = frame && number && circle && sequence;
    if (good) found.push_back({log::Position{*frame}, *number, CircleId{*circle}, Sequence{*sequence}});
    return good && found.size() < most;
  }));
  if (!good) return bad_row("governance");
  return found;
}

}  // namespace tocsin::views
