#pragma once

/// What a sensor knows of one circle: its entries, applied to the indicator set and kept on disk.
///
/// Path:    an event → journal → set (at once when live, in batches while a snapshot comes) → `applied`.
///          Now and then all that can match goes, in the background, into a file that the next start maps
///          (`match::Saved`), and the journal keeps only what came since.
/// Meaning: of one id the newest version counts; `revoked` and withdrawal end it; an erasure also overwrites
///          its bytes; the rules' lifetimes hold for all indicators, those that were there before too.
/// Errors:  the disk's are kept for the operator and never stop the matching.
/// Threads: `describe` and `counts` from any; the rest from one.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "match/indicator_set.hpp"
#include "match/saved.hpp"
#include "push/client_event.hpp"
#include "sensor/journal.hpp"
#include "sensor/lifetime.hpp"
#include "sensor/rule_shelf.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {

/// What an alert says of an indicator beside what the set knows.
struct Origin {
  std::string circle_uuid, circle_name;
  Timestamp date_added{};
  std::string authorship, tlp, author_name;
  bool live = false;                    ///< it came while the stream was live
  std::optional<std::uint8_t> trust{};  ///< the receiver's own word, in place of the indicator's confidence
};

class Circle {
 public:
  struct Options {
    CircleId number;   ///< in the set
    std::string name;  ///< as the user calls it
    match::DomainMatch domains = match::DomainMatch::exact;
    std::string journal;         ///< path; empty: nothing is kept
    RuleShelf* shelf = nullptr;  ///< takes the rules that say nothing of log records
    /// So many entries in the journal are read at a start in well under a second; more are saved.
    std::size_t save_after_entries = 20'000;
  };
  /// `set` must outlive it.
  Circle(Options options, match::IndicatorSet& set);
  ~Circle();

  /// Takes the saved set, and reads the journal behind it into the set. Errors: unavailable.
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
  /// Puts the position on disk, when it stands before what was applied. Also begins and ends the saving of
  /// the set when that is due.
  void save_position();
  /// Saves the set now, whether due or not, and waits until it is on disk; or only begins.
  void save();
  void begin_save();
  /// Forgets everything.
  void reset();

  /// From now on each indicator that can match is told when it takes effect: a new one, one that is no longer
  /// revoked, or a new version. In the thread of `apply`.
  void tell_added(std::function<void(Sequence sequence, std::string_view id)> added) {
    added_ = std::move(added);
  }

  std::optional<Origin> describe(std::string_view id) const;
  struct Counts {
    std::size_t indicators = 0;  ///< not revoked or withdrawn, those that cannot be evaluated included
    std::uint64_t unreadable = 0;
    std::uint64_t sequence = 0;
    std::size_t unsaved = 0;  ///< entries in the journal, which a start would read
    std::string failure;      ///< of the disk
  };
  Counts counts() const;
  const Options& options() const { return options_; }

 private:
  /// Of an id whose entry is not in the saved set, or that never matches.
  struct Known {
    Sequence sequence;
    Journal::Place place;
    std::string version;
    bool live = false, revoked = false;
  };
  struct Lookup {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using KnownById = std::unordered_map<std::string, Known, Lookup, std::equal_to<>>;
  struct Saving;

  void load_saved();
  void copy_saved();
  void forget_all();
  bool take_record(push::EventReader& reader, Record record, std::string_view json, Journal::Place place);
  void take_event(const push::Event& event, bool live, std::optional<Journal::Place> place);
  void take_object(const push::Event& event, bool live, std::optional<Journal::Place> place);
  void take_rules(const push::Event& event, std::optional<Journal::Place> place);
  void remove(std::string_view id);
  std::optional<std::string> id_of(Sequence sequence) const;
  void relearn();
  std::optional<std::string> provenance_of(std::string_view id) const;
  bool activate(const stix::Object& object, const push::Event& event, bool live);
  const Known* known(std::string_view id) const;  // under mutex_
  void forget(std::string_view id);               // under mutex_
  Journal::Place keep(const push::Event& event, std::optional<Journal::Place> place);
  void take_back(Journal::Place place);
  void note(const Status& status);

  void tend();
  bool is_save_due() const;
  void begin_saving();
  void end_saving(bool use_it);
  void silence(std::string_view id);
  void silence_now();

  const Options options_;
  match::IndicatorSet& set_;
  std::optional<Journal> journal_;
  stix::Parser parser_;
  LifetimeDays lifetimes_;
  std::vector<match::Indicator> waiting_;
  std::function<void(Sequence sequence, std::string_view id)> added_;
  std::chrono::steady_clock::time_point flushed_{};
  std::optional<push::Position> position_, saved_, saved_position_;  // now, in the journal, of the saved set
  Journal::Place rules_place_, position_place_;
  bool rules_came_late_ = false;  // in the journal, behind indicators
  bool incomplete_ = false;       // the journal goes on from a saved set that is not there
  bool live_ = false;             // the last event was
  std::optional<match::Saved> saved_set_;
  std::unique_ptr<Saving> saving_;
  std::chrono::steady_clock::time_point saved_at_{};
  std::thread freeing_;                // what was known of a million ids takes a while to free
  std::vector<Journal::Place> spent_;  // withdrawals, from the journal: no longer needed once it was read
  // To be overwritten in the saved set, when nobody reads it any more: those that wait for `readers_` to
  // expire, and those that came meanwhile.
  std::vector<std::uint32_t> to_silence_, to_silence_next_;
  std::weak_ptr<const match::Epoch> readers_;

  mutable std::mutex mutex_;
  // Guarded by mutex_. An id stands in one of the three at most.
  KnownById known_;
  KnownById beside_;  // revoked or not evaluable: these are in no saved segment
  KnownById frozen_;  // from before the saving that goes on
  std::string uuid_, failure_;
  std::size_t active_ = 0, unsaved_ = 0;
  std::uint64_t unreadable_ = 0, sequence_ = 0;
};

}  // namespace tocsin::sensor
