#include "sensor/circle.hpp"

#include <simdjson.h>

#include <algorithm>
#include <atomic>

#include "base/bytes.hpp"
#include "match/pattern.hpp"
#include "sensor/circle_saving.hpp"
#include "sensor/provenance.hpp"
#include "sensor/saved_state.hpp"
#include "stix/marking_terms.hpp"

namespace tocsin::sensor {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t batch_max = 4096;
constexpr std::chrono::milliseconds batch_age_max{50};
constexpr int read_attempts = 5;

/// IEP 2.0: an attacker sees who is cut off, so a block is an action that shows outside. An action that
/// nobody here knows permits nothing.
bool may_block(std::string_view permitted_actions) {
  if (permitted_actions.empty()) return true;
  const auto actions = stix::parse_permitted_actions(permitted_actions);
  return actions && *actions >= stix::PermittedActions::externally_visible_indirect;
}

/// STIX 2.1 §3.2: 0 to 100.
std::optional<std::uint8_t> confidence_of(const std::string& object) {
  if (object.find("\"confidence\"") == std::string::npos) return std::nullopt;
  thread_local simdjson::ondemand::parser parser;
  thread_local std::string padded;
  padded = object;
  padded.reserve(object.size() + simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document;
  std::uint64_t number = 0;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document["confidence"].get_uint64().get(number) != simdjson::SUCCESS || number > 100)
    return std::nullopt;
  return static_cast<std::uint8_t>(number);
}

}  // namespace

Circle::Circle(Options options, match::IndicatorSet& set) : options_{std::move(options)}, set_{set} {}

Circle::~Circle() {
  if (saving_) end_saving(true);
  silence_now();
  if (freeing_.joinable()) freeing_.join();
}

Status Circle::open() {
  if (options_.journal.empty()) return {};
  load_saved();
  auto journal = Journal::open(options_.journal);
  if (!journal) return journal.error();
  journal_ = *std::move(journal);
  push::EventReader reader;
  TOCSIN_TRY(journal_->replay([&](Record record, std::string_view json, Journal::Place place) {
    return take_record(reader, record, json, place);
  }));
  flush();
  if (incomplete_) {
    reset();
    note(Error{Errc::corrupt, "the saved set was lost: everything comes from the hub again"});
    return {};
  }
  if (rules_came_late_) relearn();
  saved_ = position_;
  if (spent_.empty() || !position_) return {};
  // What the withdrawals ended has been overwritten by now; once that is on disk they are of no more use.
  silence_now();
  if (saved_set_) note(saved_set_->sync());
  saved_.reset();
  save_position();
  note(journal_->sync());
  for (const auto place : spent_) take_back(place);
  spent_.clear();
  return {};
}

Status Circle::read() {
  // The one who writes there may put a saved set in place between our two looks.
  for (int attempt = 0; attempt < read_attempts; ++attempt) {
    forget_all();
    load_saved();
    push::EventReader reader;
    TOCSIN_TRY(
        Journal::read(options_.journal, [&](Record record, std::string_view json, Journal::Place place) {
          return take_record(reader, record, json, place);
        }));
    flush();
    if (incomplete_) continue;
    if (rules_came_late_) relearn();
    return {};
  }
  return Error{Errc::corrupt, options_.journal + " goes on from a saved set that is not there"};
}

void Circle::load_saved() {
  auto saved = match::Saved::open(saved_path(options_.journal), options_.number);
  if (!saved && saved.error().code == Errc::not_found) return;
  if (!saved) return note(saved.error());  // the journal knows whether it can do without
  const auto state = to_saved_state(saved->note());
  if (!state) return note(state.error());
  saved_set_ = *std::move(saved);
  if (state->domains == options_.domains)
    set_.adopt(saved_set_->segment());
  else
    copy_saved();
  position_ = saved_position_ = state->position;
  lifetimes_ = state->lifetimes;
  for (const auto& one : state->beside)
    if (!one.revoked)
      set_.add(match::Unevaluable{options_.number, one.id, one.sequence, one.name, one.reason});
  const std::scoped_lock lock{mutex_};
  uuid_ = state->uuid;
  sequence_ = position_->sequence.value();
  active_ = saved_set_->segment()->size() - saved_set_->segment()->removed();
  for (const auto& one : state->beside) {
    if (!one.revoked) ++active_;
    beside_[one.id] = {one.sequence, {}, one.version, false, one.revoked};
  }
}

/// The saved set takes domains otherwise than we were told to.
void Circle::copy_saved() {
  std::vector<match::Compiled> copies;
  const auto& segment = *saved_set_->segment();
  for (std::uint32_t i = 0; i < segment.size(); ++i) {
    if (segment.is_removed(i)) continue;
    copies.push_back(segment.compiled(i));
    match::take_domains(copies.back().bytes, options_.domains);
  }
  const auto count = copies.size();
  set_.add(std::move(copies));
  unsaved_ += count;  // soon saved as they now are
}

bool Circle::take_record(push::EventReader& reader, Record record, std::string_view json,
                         Journal::Place place) {
  if (record == Record::entry) {
    const auto event = reader.read({}, json);
    if (!event) return false;
    if (saved_position_ && event->sequence <= saved_position_->sequence) return true;  // saved before a kill
    take_event(*event, false, place);
  } else {
    const auto position = reader.read_position(json);
    if (!position) return false;
    const bool behind = !position_ || position_->sequence < position->sequence;
    if (record == Record::base) {
      incomplete_ = behind;
      return !behind;
    }
    if (behind || position_->sequence == position->sequence) {
      position_ = *position;
      position_place_ = place;
    }
  }
  const std::scoped_lock lock{mutex_};
  sequence_ = position_->sequence.value();
  return true;
}

bool Circle::apply(const push::Event& event, bool live) {
  live_ = live;
  take_event(event, live, std::nullopt);
  {
    const std::scoped_lock lock{mutex_};
    sequence_ = event.sequence.value();
  }
  if (live || event.kind != log::Kind::object || waiting_.size() >= batch_max ||
      steady_clock::now() - flushed_ > batch_age_max)
    flush();
  return waiting_.empty();
}

void Circle::take_event(const push::Event& event, bool live, std::optional<Journal::Place> place) {
  {
    const std::scoped_lock lock{mutex_};
    if (uuid_ != event.circle_uuid) uuid_ = event.circle_uuid;
  }
  switch (event.kind) {
    case log::Kind::object:
      take_object(event, live, place);
      break;
    case log::Kind::rules:
      take_rules(event, place);
      break;
    case log::Kind::withdrawal:
    case log::Kind::erasure: {
      if (place)
        spent_.push_back(*place);
      else
        keep(event, place);
      if (!event.withdrawn.empty()) remove(event.withdrawn);
      if (!event.erased) break;
      if (const auto id = id_of(*event.erased)) remove(*id);
      break;
    }
    default:
      break;
  }
  position_ = push::Position{event.sequence, event.commitment};
}

void Circle::take_object(const push::Event& event, bool live, std::optional<Journal::Place> place) {
  // Most entries of other types end here, unparsed.
  if (event.content.find("\"indicator\"") == std::string_view::npos) return;
  auto parsed = parser_.parse_object(event.content);
  if (!parsed.object) {
    const std::scoped_lock lock{mutex_};
    ++unreadable_;
    return;
  }
  const auto& object = *parsed.object;
  if (object.type != "indicator") return;
  Known fresh;
  fresh.sequence = event.sequence;
  fresh.version = object.version();
  fresh.live = live;
  fresh.revoked = object.revoked;
  Journal::Place before;
  bool known_before = false, was_active = false;
  std::string version;
  {
    const std::scoped_lock lock{mutex_};
    if (const auto* found = known(object.id)) {
      known_before = true;
      was_active = !found->revoked;
      before = found->place;
      version = found->version;
    }
  }
  if (!known_before) {
    if (const auto found = set_.find(options_.number, object.id)) {
      known_before = was_active = true;
      version = to_provenance(found->note).version;
    }
  }
  if (known_before && stix::compare_versions(version, fresh.version) > 0) {
    if (place) spent_.push_back(*place);  // an older version, from before a kill
    return;
  }
  fresh.place = keep(event, place);
  {
    const std::scoped_lock lock{mutex_};
    forget(object.id);
    if (was_active) --active_;
    if (!fresh.revoked) ++active_;
    ++unsaved_;
    (fresh.revoked ? beside_ : known_)[object.id] = std::move(fresh);
  }
  if (known_before) flush();  // so that nothing older that waits comes after it
  if (object.revoked) {
    if (options_.shelf != nullptr) options_.shelf->remove(options_.name, object.id);
    set_.remove(options_.number, object.id);
  } else if (!activate(object, event, live)) {
    const std::scoped_lock lock{mutex_};
    beside_.insert(known_.extract(object.id));
  }
  if (!known_before) return;
  flush();  // what it replaces no longer matches from here on
  take_back(before);
  silence(object.id);
}

const Circle::Known* Circle::known(std::string_view id) const {
  for (const auto* map : {&known_, &beside_, &frozen_})
    if (const auto found = map->find(id); found != map->end()) return &found->second;
  return nullptr;
}

void Circle::forget(std::string_view id) {
  for (auto* map : {&known_, &beside_, &frozen_})
    if (const auto found = map->find(id); found != map->end()) map->erase(found);
}

/// False when it cannot be evaluated.
bool Circle::activate(const stix::Object& object, const push::Event& event, bool live) {
  Provenance provenance;
  provenance.date_added = event.date_added;
  provenance.lasting = lasting(object, event.date_added);
  provenance.version = object.version();
  if (const auto attributes = push::read_attributes(event.attributes)) {
    provenance.verified = attributes->authorship == "verified";
    provenance.tlp = stix::parse_tlp(attributes->tlp).value_or(stix::Tlp::red);
    provenance.author_name = attributes->author_name;
    provenance.may_block = may_block(attributes->permitted_actions);
  }
  if (options_.shelf != nullptr) {
    if (RuleShelf::takes(object.pattern_type))
      options_.shelf->put(options_.name, object, expires(provenance.lasting, lifetimes_), event.sequence,
                          to_bytes(provenance));
    else
      options_.shelf->remove(options_.name, object.id);
  }
  auto indicator = match::indicator_of(object, options_.number, event.sequence);
  if (!indicator) {
    set_.add(match::Unevaluable{options_.number, object.id, event.sequence, object.name,
                                indicator.error().detail});
    return false;
  }
  indicator->note = to_bytes(provenance);
  indicator->confidence = confidence_of(object.bytes);
  indicator->expires = expires(provenance.lasting, lifetimes_);
  indicator->domains = options_.domains;
  // What cannot be added is listed by the set as not evaluable.
  if (live) {
    const bool can_match = set_.add(*indicator).has_value();
    if (can_match && added_) added_(indicator->sequence, indicator->id);
    return can_match;
  }
  waiting_.push_back(*std::move(indicator));
  if (waiting_.size() >= batch_max) flush();
  return true;
}

void Circle::take_rules(const push::Event& event, std::optional<Journal::Place> place) {
  const auto before = std::exchange(rules_place_, keep(event, place));
  auto fresh = lifetimes_of(event.content);
  if (fresh != lifetimes_) {
    lifetimes_ = std::move(fresh);
    if (place)
      rules_came_late_ =
          saved_set_ || !known_.empty();  // while the journal is read, only this thread is here
    else
      relearn();
  }
  take_back(before);
}

/// Rules come before most indicators; when they come later, what is there gets its new end.
void Circle::relearn() {
  flush();
  if (saving_) saving_->spoiled = true;  // it holds the former ends
  const auto pinned = set_.pin();
  std::vector<match::Compiled> changed;
  std::size_t count = 0;
  const auto add = [&] {
    count += changed.size();
    set_.add(std::exchange(changed, {}));
  };
  for (const auto& segment : pinned->segments) {
    for (std::uint32_t i = 0; i < segment->size(); ++i) {
      if (segment->is_removed(i)) continue;
      const auto head = segment->head(i);
      if (head.circle != options_.number) continue;
      const auto about = to_provenance(head.note).lasting;
      const auto end = expires(about, lifetimes_);
      const auto second = end ? match::to_second(*end) : UINT32_MAX;
      if (about.own_end || segment->item(i).until_second == second) continue;
      changed.push_back(segment->compiled(i));
      changed.back().until_second = second;
      if (changed.size() == batch_max) add();
    }
  }
  add();
  const std::scoped_lock lock{mutex_};
  unsaved_ += count;
}

void Circle::remove(std::string_view id) {
  if (options_.shelf != nullptr) options_.shelf->remove(options_.name, id);
  flush();
  Journal::Place place;
  bool was_active = true;
  const bool matches = set_.find(options_.number, id).has_value();
  {
    const std::scoped_lock lock{mutex_};
    if (const auto* found = known(id)) {
      place = found->place;
      was_active = !found->revoked;
      forget(id);
    } else if (!matches) {
      return;
    }
    if (was_active) --active_;
    ++unsaved_;
  }
  set_.remove(options_.number, id);
  take_back(place);
  silence(id);
}

std::optional<std::string> Circle::id_of(Sequence sequence) const {
  {
    const std::scoped_lock lock{mutex_};
    for (const auto* map : {&known_, &beside_, &frozen_})
      for (const auto& [id, known] : *map)
        if (known.sequence == sequence) return id;
  }
  const auto pinned = set_.pin();
  for (const auto& segment : pinned->segments)
    for (std::uint32_t i = 0; i < segment->size(); ++i) {
      const auto head = segment->head(i);
      if (head.sequence == sequence && head.circle == options_.number && !segment->is_removed(i))
        return std::string{head.id};
    }
  return std::nullopt;
}

void Circle::flush() {
  flushed_ = steady_clock::now();
  if (waiting_.empty()) return;
  set_.add(waiting_);
  if (added_)
    for (const auto& one : waiting_) added_(one.sequence, one.id);
  waiting_.clear();
}

void Circle::move_to(const push::Position& position) {
  flush();
  live_ = true;
  position_ = position;
  {
    const std::scoped_lock lock{mutex_};
    sequence_ = position.sequence.value();
  }
}

void Circle::save_position() {
  if (!journal_) return;
  tend();
  if (!position_ || position_ == saved_) return;
  const auto place = journal_->append(Record::position, position_json(*position_));
  if (!place) return note(place.error());
  take_back(std::exchange(position_place_, *place));
  saved_ = position_;
}

void Circle::reset() {
  if (options_.shelf != nullptr) options_.shelf->clear(options_.name);
  if (saving_) end_saving(false);
  // The journal first: without it the saved set stands for itself, without the saved set it would not.
  if (journal_) {
    note(journal_->clear());
    note(system_files().remove(saved_path(options_.journal)));
  }
  forget_all();
}

void Circle::forget_all() {
  flush();
  if (saved_set_) set_.drop(saved_set_->segment().get());
  saved_set_.reset();
  to_silence_.clear();
  to_silence_next_.clear();
  std::vector<std::string> ids;
  const auto pinned = set_.pin();
  for (const auto& segment : pinned->segments)
    for (std::uint32_t i = 0; i < segment->size(); ++i)
      if (const auto head = segment->head(i); head.circle == options_.number && !segment->is_removed(i))
        ids.emplace_back(head.id);
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& [id, unused] : beside_) ids.push_back(id);
    for (const auto& [id, unused] : known_) ids.push_back(id);
    known_.clear();
    beside_.clear();
    frozen_.clear();
    active_ = unsaved_ = 0;
    sequence_ = 0;
  }
  for (const auto& id : ids) set_.remove(options_.number, id);
  lifetimes_.clear();
  position_.reset();
  saved_.reset();
  saved_position_.reset();
  spent_.clear();
  incomplete_ = rules_came_late_ = false;
  rules_place_ = position_place_ = {};
}

Journal::Place Circle::keep(const push::Event& event, std::optional<Journal::Place> place) {
  if (place) return *place;
  if (!journal_) return {};
  const auto kept = journal_->append(Record::entry, event.data);
  if (kept) return *kept;
  note(kept.error());
  return {};
}

void Circle::take_back(Journal::Place place) {
  if (journal_ && place.size > 0) note(journal_->take_back(place));
}

void Circle::note(const Status& status) {
  if (status) return;
  const std::scoped_lock lock{mutex_};
  failure_ = status.error().detail;
}

std::optional<std::string> Circle::provenance_of(std::string_view id) const {
  if (const auto found = set_.find(options_.number, id)) return found->note;
  const auto rule = options_.shelf != nullptr ? options_.shelf->find(options_.name, id) : std::nullopt;
  return rule ? std::optional{rule->provenance} : std::nullopt;
}

std::optional<Origin> Circle::describe(std::string_view id) const {
  const auto bytes = provenance_of(id);
  if (!bytes) return std::nullopt;
  const auto about = to_provenance(*bytes);
  const std::scoped_lock lock{mutex_};
  const auto* recent = known(id);
  return Origin{uuid_,
                options_.name,
                about.date_added,
                about.verified ? "verified" : "relayed",
                std::string{stix::name(about.tlp)},
                about.author_name,
                recent != nullptr && recent->live};
}

Circle::Counts Circle::counts() const {
  const std::scoped_lock lock{mutex_};
  return {active_, unreadable_, sequence_, journal_ ? unsaved_ : 0, failure_};
}

}  // namespace tocsin::sensor
