#include "circle/replay.hpp"

#include "base/json.hpp"
#include "circle/sealed.hpp"
#include "circle/voice.hpp"

namespace tocsin::circle {
namespace {

/// One batch holds at most this many changes, so that a rebuild of any size runs in bounded memory.
constexpr std::size_t batch_changes = 50'000;

Error in_entry(const log::Entry& entry, const Error& error) {
  return Error{Errc::corrupt, "circle " + std::to_string(entry.circle.value()) + " entry " +
                                  std::to_string(entry.sequence.value()) + ": " + error.detail};
}

class Replaying {
 public:
  Replaying(views::Views& views, policy::Directory& directory, Classes& classes, Erasures& erasures)
      : views_{views}, directory_{directory}, classes_{classes}, erasures_{erasures} {}

  /// Directory, classes and erasures only.
  Status govern(const log::Entry& entry) {
    if (entry.erased) return {};
    auto sealed = decode_sealed(entry.sealed);
    if (!sealed) return in_entry(entry, sealed.error());
    if (sealed->introduces) classes_.restore(entry.circle, entry.marking_class, *sealed->introduces);
    if (Status applied = apply_governance(directory_, entry.circle, entry.sequence, entry.date_added,
                                          entry.kind, entry.bytes);
        !applied)
      return in_entry(entry, applied.error());
    erasures_.note(entry.circle, entry.sequence, entry.date_added, entry.kind, *sealed, entry.attributes,
                   entry.bytes);
    return {};
  }

  Status add(const log::Entry& entry, log::Position position) {
    if (changes_.size() >= batch_changes && position != position_) TOCSIN_TRY(flush());
    position_ = position;
    TOCSIN_TRY(govern(entry));
    auto owned = change_of(entry, position, parser_);
    if (!owned) return std::move(owned).error();
    changes_.push_back(*std::move(owned));
    return {};
  }

  Status flush() {
    std::vector<views::Change> changes;
    changes.reserve(changes_.size());
    for (auto& owned : changes_) {
      owned.change.object = owned.object.get();
      changes.push_back(owned.change);
    }
    if (!changes.empty()) TOCSIN_TRY(views_.apply(changes));
    changes_.clear();
    return {};
  }

 private:
  views::Views& views_;
  policy::Directory& directory_;
  Classes& classes_;
  Erasures& erasures_;
  stix::Parser parser_;
  std::vector<OwnedChange> changes_;
  log::Position position_;
};

Status replay_known_governance(const log::Log& log, const views::Views& views, Replaying& replaying) {
  std::optional<views::Place> after;
  for (;;) {
    auto places = views.governance(after, views::list_most);
    if (!places) return std::move(places).error();
    for (const auto& place : *places) {
      auto entry = log.read(place.circle, place.sequence);
      if (!entry) return std::move(entry).error();
      TOCSIN_TRY(replaying.govern(*entry));
      after = place;
    }
    if (places->size() < views::list_most) return {};
  }
}

}  // namespace

std::string subject_of(const log::Entry& entry) {
  if (entry.kind == log::Kind::held) {
    const auto document = json::parse_object(entry.bytes);
    const auto* object = document ? document->if_contains("object") : nullptr;
    return object != nullptr && object->is_object() ? json::text_or(object->get_object(), "id")
                                                    : std::string{};
  }
  const bool names_id = entry.kind == log::Kind::withdrawal || entry.kind == log::Kind::message ||
                        entry.kind == log::Kind::transfer;
  if (!names_id && entry.kind != log::Kind::sighting) return {};
  const auto document = json::parse_object(entry.bytes);
  return document ? json::text_or(*document, names_id ? "id" : "sighting_of_ref") : std::string{};
}

Result<OwnedChange> change_of(const log::Entry& entry, log::Position position, stix::Parser& parser) {
  OwnedChange owned;
  owned.change.circle = entry.circle;
  owned.change.sequence = entry.sequence;
  owned.change.position = position;
  owned.change.kind = entry.kind;
  if (entry.erased) return owned;
  auto sealed = decode_sealed(entry.sealed);
  if (!sealed) return in_entry(entry, sealed.error());
  owned.change.owner = sealed->owner;
  owned.change.governance = is_governance(entry.kind, entry.bytes) || sealed->introduces.has_value() ||
                            Erasures::concerns(entry.kind, entry.attributes, entry.bytes);
  owned.change.subject = subject_of(entry);
  if (entry.kind != log::Kind::object) {
    give_voice(owned.change, entry.author, entry.attributes, nullptr);
    return owned;
  }
  auto parsed = parser.parse_object(entry.bytes);
  if (!parsed.object) return in_entry(entry, Error{Errc::corrupt, "its object does not parse"});
  owned.object = std::make_shared<const stix::Object>(*std::move(parsed.object));
  owned.change.pattern = pattern_key(*owned.object);
  give_voice(owned.change, entry.author, entry.attributes, owned.object.get());
  return owned;
}

bool is_governance(log::Kind kind, std::string_view bytes) {
  return kind == log::Kind::hub || kind == log::Kind::rules || kind == log::Kind::membership ||
         (kind == log::Kind::decision && policy::Directory::concerns_decision(bytes));
}

Status apply_governance(policy::Directory& directory, CircleId circle, Sequence sequence,
                        Timestamp date_added, log::Kind kind, std::string_view bytes) {
  switch (kind) {
    case log::Kind::hub:
      return directory.apply_hub(bytes);
    case log::Kind::rules:
      return directory.apply_rules(circle, date_added, bytes);
    case log::Kind::membership:
      return directory.apply_membership(circle, sequence, date_added, bytes);
    case log::Kind::decision:
      return directory.apply_decision(circle, bytes);
    default:
      return {};
  }
}

Status catch_up(const log::Log& log, std::unique_ptr<views::Views>& views,
                const views::Views::Options& options, policy::Directory& directory, Classes& classes,
                Erasures& erasures) {
  if (views->applied() > log.end()) {
    views.reset();
    TOCSIN_TRY(views::Views::reset(options));
    auto fresh = views::Views::open(options);
    if (!fresh) return std::move(fresh).error();
    views = *std::move(fresh);
  }
  Replaying replaying{*views, directory, classes, erasures};
  TOCSIN_TRY(replay_known_governance(log, *views, replaying));
  TOCSIN_TRY(log.scan(views->applied(), [&](const log::Entry& entry, log::Position position) {
    return replaying.add(entry, position);
  }));
  return replaying.flush();
}

}  // namespace tocsin::circle
