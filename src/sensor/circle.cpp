#include "sensor/circle.hpp"

#include <simdjson.h>

#include "base/bytes.hpp"
#include "match/pattern.hpp"

namespace tocsin::sensor {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t batch_max = 4096;
constexpr std::chrono::milliseconds batch_age_max{50};

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

std::string position_json(const push::Position& position) {
  return R"({"sequence":)" + std::to_string(position.sequence.value()) + R"(,"commitment":")" +
         to_hex(position.commitment) + "\"}";
}

}  // namespace

Circle::Circle(Options options, match::IndicatorSet& set) : options_{std::move(options)}, set_{set} {}

Status Circle::open() {
  if (options_.journal.empty()) return {};
  auto journal = Journal::open(options_.journal);
  if (!journal) return journal.error();
  journal_ = *std::move(journal);
  push::EventReader reader;
  TOCSIN_TRY(journal_->replay([&](Record record, std::string_view json, Journal::Place place) {
    return take_record(reader, record, json, place);
  }));
  flush();
  if (rules_came_late_) relearn();
  saved_ = position_;
  if (spent_.empty() || !position_) return {};
  // What the withdrawals ended has been overwritten by now; once that is on disk they are of no more use.
  saved_.reset();
  save_position();
  note(journal_->sync());
  for (const auto place : spent_) take_back(place);
  spent_.clear();
  return {};
}

Status Circle::read() {
  push::EventReader reader;
  TOCSIN_TRY(Journal::read(options_.journal, [&](Record record, std::string_view json, Journal::Place place) {
    return take_record(reader, record, json, place);
  }));
  flush();
  if (rules_came_late_) relearn();
  return {};
}

bool Circle::take_record(push::EventReader& reader, Record record, std::string_view json,
                         Journal::Place place) {
  if (record == Record::position) {
    const auto position = reader.read_position(json);
    if (!position) return false;
    position_ = *position;
    position_place_ = place;
  } else {
    const auto event = reader.read({}, json);
    if (!event) return false;
    take_event(*event, false, place);
  }
  const std::scoped_lock lock{mutex_};
  sequence_ = position_->sequence.value();
  return true;
}

bool Circle::apply(const push::Event& event, bool live) {
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
      std::string id;
      {
        const std::scoped_lock lock{mutex_};
        for (const auto& [key, known] : known_)
          if (known.sequence == *event.erased) id = key;
      }
      if (!id.empty()) remove(id);
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
  fresh.date_added = event.date_added;
  fresh.version = object.version();
  fresh.live = live;
  fresh.revoked = object.revoked;
  if (const auto attributes = push::read_attributes(event.attributes)) {
    fresh.verified = attributes->authorship == "verified";
    fresh.tlp = stix::parse_tlp(attributes->tlp).value_or(stix::Tlp::red);
    fresh.author_name = attributes->author_name;
  }
  Journal::Place before;
  bool known_before = false;
  {
    const std::scoped_lock lock{mutex_};
    if (const auto found = known_.find(object.id); found != known_.end()) {
      known_before = true;
      before = found->second.place;
      if (stix::compare_versions(found->second.version, fresh.version) > 0) {
        if (place) spent_.push_back(*place);  // an older version, from before a kill
        return;
      }
    }
  }
  fresh.place = keep(event, place);
  {
    const std::scoped_lock lock{mutex_};
    auto& stored = known_[object.id];
    if (known_before && !stored.revoked) --active_;
    if (!fresh.revoked) ++active_;
    stored = std::move(fresh);
  }
  if (known_before) flush();  // so that nothing older that waits comes after it
  if (object.revoked)
    set_.remove(options_.number, object.id);
  else
    activate(object, event, live);
  if (known_before) take_back(before);
}

void Circle::activate(const stix::Object& object, const push::Event& event, bool live) {
  auto indicator = match::indicator_of(object, options_.number, event.sequence);
  if (!indicator) {
    set_.add(match::Unevaluable{options_.number, object.id, event.sequence, object.name,
                                indicator.error().detail});
    return;
  }
  indicator->confidence = confidence_of(object.bytes);
  indicator->expires = expires(object, lifetimes_, event.date_added);
  indicator->domains = options_.domains;
  // What cannot be added is listed by the set as not evaluable.
  if (live) {
    (void)set_.add(*indicator);
  } else {
    waiting_.push_back(*std::move(indicator));
    if (waiting_.size() >= batch_max) flush();
  }
}

void Circle::take_rules(const push::Event& event, std::optional<Journal::Place> place) {
  const auto before = std::exchange(rules_place_, keep(event, place));
  auto fresh = lifetimes_of(event.content);
  if (fresh != lifetimes_) {
    lifetimes_ = std::move(fresh);
    if (place)
      rules_came_late_ = !known_.empty();  // while the journal is read, only this thread is here
    else
      relearn();
  }
  take_back(before);
}

/// Rules come before most indicators; when they come later, what is there gets its new end.
void Circle::relearn() {
  flush();
  if (options_.journal.empty()) return;
  push::EventReader reader;
  const auto take = [&](Record record, std::string_view json, Journal::Place place) {
    if (record != Record::entry) return true;
    const auto event = reader.read({}, json);
    if (!event || event->kind != log::Kind::object) return true;
    const auto parsed = parser_.parse_object(event->content);
    if (!parsed.object) return true;
    bool current = false;
    {
      const std::scoped_lock lock{mutex_};
      const auto found = known_.find(parsed.object->id);
      current = found != known_.end() && !found->second.revoked && found->second.place == place;
    }
    if (current) activate(*parsed.object, *event, false);
    return true;
  };
  note(journal_ ? journal_->replay(take) : Journal::read(options_.journal, take));
  flush();
}

void Circle::remove(std::string_view id) {
  flush();
  Journal::Place place;
  {
    const std::scoped_lock lock{mutex_};
    const auto found = known_.find(id);
    if (found == known_.end()) return;
    place = found->second.place;
    if (!found->second.revoked) --active_;
    known_.erase(found);
  }
  set_.remove(options_.number, id);
  take_back(place);
}

void Circle::flush() {
  flushed_ = steady_clock::now();
  if (waiting_.empty()) return;
  set_.add(waiting_);
  waiting_.clear();
}

void Circle::move_to(const push::Position& position) {
  flush();
  position_ = position;
  {
    const std::scoped_lock lock{mutex_};
    sequence_ = position.sequence.value();
  }
}

void Circle::save_position() {
  if (!journal_ || !position_ || position_ == saved_) return;
  const auto place = journal_->append(Record::position, position_json(*position_));
  if (!place) return note(place.error());
  take_back(std::exchange(position_place_, *place));
  saved_ = position_;
}

void Circle::reset() {
  flush();
  std::vector<std::string> ids;
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& [id, known] : known_) ids.push_back(id);
    known_.clear();
    active_ = 0;
    sequence_ = 0;
  }
  for (const auto& id : ids) set_.remove(options_.number, id);
  lifetimes_.clear();
  position_.reset();
  saved_.reset();
  rules_place_ = position_place_ = {};
  if (journal_) note(journal_->clear());
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

std::optional<Origin> Circle::describe(std::string_view id) const {
  const std::scoped_lock lock{mutex_};
  const auto found = known_.find(id);
  if (found == known_.end()) return std::nullopt;
  const auto& known = found->second;
  return Origin{uuid_,
                options_.name,
                known.date_added,
                known.verified ? "verified" : "relayed",
                std::string{stix::name(known.tlp)},
                known.author_name,
                known.live};
}

Circle::Counts Circle::counts() const {
  const std::scoped_lock lock{mutex_};
  return {active_, unreadable_, sequence_, failure_};
}

}  // namespace tocsin::sensor
