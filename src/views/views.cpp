#include "views/views.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "views/keys.hpp"
#include "views/store.hpp"

namespace tocsin::views {
namespace {

const std::string position_key(1, static_cast<char>(Table::position));

std::string position_value(log::Position position) {
  std::string value(1, static_cast<char>(format_number));
  append_number(value, position.frame);
  return value;
}

Result<log::Position> stored_position(const Store& store) {
  auto value = store.get(position_key);
  if (!value) return value.error();
  if (!*value) return log::Position{};
  ByteReader reader{**value};
  const auto format = reader.number<std::uint8_t>();
  const auto frame = reader.number<std::uint64_t>();
  if (!reader.ok() || format != format_number)
    return Error{Errc::corrupt, "views: written by another version of the program; they must be built again"};
  return log::Position{frame};
}

std::string with_sequence(std::string group, Sequence sequence) {
  append_ordered(group, sequence.value());
  return group;
}

std::string first_key(const Change& change) {
  return group_key(Table::first, change.circle, id_group(change.object->id));
}
std::string version_key(CircleId circle, std::string_view id, Sequence sequence) {
  return with_sequence(group_key(Table::version, circle, id_group(id)), sequence);
}
std::string version_record(log::Kind kind, MemberId owner, std::string_view version) {
  std::string record(1, static_cast<char>(kind));
  append_ordered(record, owner.value());
  return record.append(pack_version(version));
}

/// Where the places of one frame begin.
std::string places_in(log::Position frame) {
  std::string key(1, static_cast<char>(Table::governance));
  append_ordered(key, frame.frame);
  return key;
}
std::string place_value(const Change& change) {
  std::string place;
  append_ordered(place, change.circle.value());
  append_ordered(place, change.sequence.value());
  return place;
}

bool is_transfer(const Change& change) {
  return change.kind == log::Kind::transfer && !change.subject.empty();
}

/// The property of an opinion or a sighting that names what it is about.
std::string_view spoken_of(Voice::Kind voice) {
  return voice == Voice::Kind::opinion ? "object_refs" : "sighting_of_ref";
}

/// Calls `put` for every row of a change but those of its version, which depend on what is there already.
template <class Put>
void rows_of(const Change& change, const Put& put) {
  const auto group_row = [&](Table table, std::string_view group, std::string_view value) {
    put(with_sequence(group_key(table, change.circle, group), change.sequence), value);
  };
  const auto voice_row = [&](std::string_view id) {
    auto key =
        group_key(Table::voice, change.circle, voice_group(id, static_cast<std::uint8_t>(change.voice)));
    append_ordered(key, change.author.value());
    append_ordered(key, ~change.sequence.value());
    put(std::move(key), std::string_view{reinterpret_cast<const char*>(&change.says), 1});
  };
  const bool speaks = change.voice != Voice::Kind::none;
  if (speaks && change.object == nullptr && !change.subject.empty()) voice_row(change.subject);
  if (!change.subject.empty() && !is_transfer(change))
    group_row(Table::act, id_group(change.subject) + static_cast<char>(change.kind), {});
  if (change.object == nullptr) return;

  const auto& object = *change.object;
  group_row(Table::type, object.type, {});
  std::vector<std::string> values;
  for (const auto& value : object.values) values.push_back(value_group(value));
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (const auto& value : values) group_row(Table::value, value, {});

  std::vector<std::pair<std::string_view, std::string_view>> references;
  for (const auto& reference : object.references)
    references.emplace_back(reference.target, reference.property);
  std::ranges::sort(references);
  references.erase(std::unique(references.begin(), references.end()), references.end());
  for (std::size_t i = 0; i < references.size();) {
    const auto target = references[i].first;
    std::string properties{references[i].second};
    while (++i < references.size() && references[i].first == target)
      properties.append(1, '\0').append(references[i].second);
    group_row(Table::reference, id_group(target), properties);
    if (speaks && properties.find(spoken_of(change.voice)) != std::string::npos) voice_row(target);
  }
  if (!change.pattern.empty()) group_row(Table::pattern, change.pattern, {});
}

}  // namespace

Views::Views(std::unique_ptr<Store> store, log::Position applied)
    : store_{std::move(store)}, applied_{applied.frame} {}
Views::~Views() = default;

Result<std::unique_ptr<Views>> Views::open(const Options& options) {
  auto store = Store::open(options);
  if (!store) return store.error();
  const auto position = stored_position(**store);
  if (!position) return position.error();
  return std::unique_ptr<Views>{new Views{std::move(*store), *position}};
}

Status Views::reset(const Options& options) {
  return Store::destroy(options);
}

Status Views::apply(std::span<const Change> changes) {
  std::scoped_lock lock{writing_};
  const auto done = applied();
  changes = changes.subspan(static_cast<std::size_t>(
      std::ranges::find_if(changes, [&](const Change& change) { return change.position > done; }) -
      changes.begin()));
  if (changes.empty()) return {};

  std::vector<std::string> ids;
  for (const auto& change : changes)
    if (change.object != nullptr) ids.push_back(first_key(change));
  const auto known = store_->contain(ids);
  if (!known) return known.error();
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if ((*known)[i]) seen.insert(ids[i]);

  Rows rows;
  const auto put = [&](std::string_view key, std::string_view value) { rows.put(key, value); };
  log::Position frame = done;
  std::uint64_t number = 0;  // of the change in its frame
  std::size_t id = 0;
  for (const auto& change : changes) {
    TOCSIN_CHECK(change.position >= frame, "changes come in log order");
    number = change.position > frame ? 0 : number + 1;
    frame = change.position;
    rows_of(change, put);
    if (change.object != nullptr) {
      const auto record = version_record(change.kind, change.owner, change.object->version());
      const auto& key = ids[id++];
      if (seen.insert(key).second) {
        rows.put(key, with_sequence({}, change.sequence) + record);
      } else {
        rows.put(version_key(change.circle, change.object->id, change.sequence), record);
      }
    } else if (is_transfer(change)) {
      rows.put(version_key(change.circle, change.subject, change.sequence),
               version_record(change.kind, change.owner, {}));
    }
    if (change.governance) {
      auto key = places_in(frame);
      append_ordered(key, number);
      rows.put(key, place_value(change));
    }
  }
  rows.put(position_key, position_value(frame));
  TOCSIN_TRY(store_->write(rows));
  applied_.store(frame.frame, std::memory_order_release);
  return {};
}

Status Views::flush() {
  std::scoped_lock lock{writing_};
  return store_->flush();
}

Status Views::compact() {
  return store_->compact();
}

Status Views::forget(std::span<const Change> changes) {
  std::vector<std::string> gone;
  {
    std::scoped_lock lock{writing_};
    for (const auto& change : changes)
      if (change.position > applied())
        return Error{Errc::conflict, "views: an entry can be forgotten only once it has been applied"};
    for (const auto& change : changes) TOCSIN_TRY(forget_one(change, gone));
    TOCSIN_TRY(store_->flush());
  }
  return store_->rewrite(gone);
}

Status Views::forget_one(const Change& change, std::vector<std::string>& gone) {
  std::vector<std::string> keys;
  rows_of(change, [&](std::string key, std::string_view) { keys.push_back(std::move(key)); });
  if (change.governance) {
    const auto frame = places_in(change.position);
    TOCSIN_TRY(store_->walk(frame, [&](std::string_view key, std::string_view value) {
      if (!key.starts_with(frame)) return false;
      if (value == place_value(change)) keys.emplace_back(key);
      return true;
    }));
  }
  std::string first;  // the `first` row that takes the place of the one that goes
  std::string first_value;
  if (change.object != nullptr) {
    const auto& id = change.object->id;
    const auto stored = store_->get(first_key(change));
    if (!stored) return stored.error();
    auto rest = std::string_view{*stored ? **stored : std::string_view{}};
    if (take_ordered(rest) == change.sequence.value()) {
      const auto group = group_key(Table::version, change.circle, id_group(id));
      TOCSIN_TRY(store_->walk_group(group, group, [&](std::string_view key, std::string_view value) {
        if (value.starts_with(static_cast<char>(log::Kind::transfer))) return true;
        first = first_key(change);
        first_value = std::string{key.substr(group.size())}.append(value);
        keys.emplace_back(key);
        return false;
      }));
      // The key that goes for good is rewritten too; one that only changes its value holds the old one in the
      // files.
      if (first.empty()) {
        keys.push_back(first_key(change));
      } else {
        gone.push_back(first);
      }
    } else {
      keys.push_back(version_key(change.circle, id, change.sequence));
    }
  } else if (is_transfer(change)) {
    keys.push_back(version_key(change.circle, change.subject, change.sequence));
  }
  TOCSIN_TRY(store_->replace(keys, first, first_value));
  std::ranges::move(keys, std::back_inserter(gone));
  return {};
}

Result<Hash> Views::digest() const {
  Sha256 hash;
  const auto add = [&](std::string_view bytes) {
    std::string size;
    append_number(size, static_cast<std::uint64_t>(bytes.size()));
    hash.add(size).add(bytes);
  };
  TOCSIN_TRY(store_->walk({}, [&](std::string_view key, std::string_view value) {
    add(key);
    add(value);
    return true;
  }));
  return hash.finish();
}

std::uint64_t Views::bytes_on_disk() const {
  return store_->bytes_on_disk();
}

}  // namespace tocsin::views
