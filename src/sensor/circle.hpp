#pragma once

/// What a sensor knows of one circle: its entries, applied to the indicator set and kept in a journal.
///
/// Path:    an event → journal → set (at once when live, in batches while a snapshot comes) → `applied`.
/// Meaning: of one id the newest version counts; `revoked` and withdrawal end it; an erasure also overwrites
///          its bytes; the rules' lifetimes hold for all indicators, those that were there before too.
/// Errors:  the disk's are kept for the operator and never stop the matching.
/// Threads: `describe` and `counts` from any; the rest from one.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "match/indicator_set.hpp"
#include "push/client_event.hpp"
#include "sensor/journal.hpp"
#include "sensor/lifetime.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {

/// What an alert says of an indicator beside what the set knows.
struct Origin {
  std::string circle_uuid, circle_name;
  Timestamp date_added{};
  std::string authorship, tlp, author_name;
  bool live = false;  ///< it came while the stream was live
};

class Circle {
 public:
  struct Options {
    CircleId number;   ///< in the set
    std::string name;  ///< as the user calls it
    match::DomainMatch domains = match::DomainMatch::exact;
    std::string journal;  ///< path; empty: nothing is kept
  };
  /// `set` must outlive it.
  Circle(Options options, match::IndicatorSet& set);

  /// Reads the journal into the set. Errors: unavailable.
  Status open();
  /// Only reads what another one has written there.
  Status read();

  /// Where to go on; absent: from the beginning.
  const std::optional<push::Position>& position() const { return position_; }

  /// Applied when it returns true; else with the next `flush`. Live events are never put off.
  bool apply(const push::Event& event, bool live);
  void flush();
  /// Nothing else up to here.
  void move_to(const push::Position& position);
  /// Puts the position on disk, when it stands before what was applied.
  void save_position();
  /// Forgets everything.
  void reset();

  std::optional<Origin> describe(std::string_view id) const;
  struct Counts {
    std::size_t indicators = 0;  ///< not revoked or withdrawn, those that cannot be evaluated included
    std::uint64_t unreadable = 0;
    std::uint64_t sequence = 0;
    std::string failure;  ///< of the disk
  };
  Counts counts() const;
  const Options& options() const { return options_; }

 private:
  struct Known {
    Sequence sequence;
    Timestamp date_added{};
    Journal::Place place;
    std::string version, author_name;
    stix::Tlp tlp{};
    bool verified = false, live = false, revoked = false;
  };
  struct Lookup {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  bool take_record(push::EventReader& reader, Record record, std::string_view json, Journal::Place place);
  void take_event(const push::Event& event, bool live, std::optional<Journal::Place> place);
  void take_object(const push::Event& event, bool live, std::optional<Journal::Place> place);
  void take_rules(const push::Event& event, std::optional<Journal::Place> place);
  void remove(std::string_view id);
  void relearn();
  void activate(const stix::Object& object, const push::Event& event, bool live);
  Journal::Place keep(const push::Event& event, std::optional<Journal::Place> place);
  void take_back(Journal::Place place);
  void note(const Status& status);

  const Options options_;
  match::IndicatorSet& set_;
  std::optional<Journal> journal_;
  stix::Parser parser_;
  LifetimeDays lifetimes_;
  std::vector<match::Indicator> waiting_;
  std::chrono::steady_clock::time_point flushed_{};
  std::optional<push::Position> position_, saved_;
  Journal::Place rules_place_, position_place_;
  bool rules_came_late_ = false;       // in the journal, behind indicators
  std::vector<Journal::Place> spent_;  // withdrawals, from the journal: no longer needed once it was read

  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::unordered_map<std::string, Known, Lookup, std::equal_to<>> known_;
  std::string uuid_, failure_;
  std::size_t active_ = 0;
  std::uint64_t unreadable_ = 0, sequence_ = 0;
};

}  // namespace tocsin::sensor
