#pragma once

/// The events of a circle's stream, read and checked on the member's side.
///
/// Source:  docs/formats/push.md; the commitment's formula stands in log/entry.hpp.
/// Errors:  invalid_input for what is no event; corrupt for one that does not open its commitment.
/// Threads: one per EventReader.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "log/entry.hpp"

namespace tocsin::push {

/// Where a reader stands: it has applied everything up to `sequence` that it may see.
struct Position {
  Sequence sequence;
  Hash commitment{};
  friend bool operator==(const Position&, const Position&) = default;
};

/// One entry as it was pushed. Everything that is a view lives until the listener's call returns.
struct Event {
  log::Kind kind = log::Kind::object;
  Sequence sequence;
  Timestamp date_added{};
  Hash commitment{}, previous{};
  std::string_view circle_uuid;
  std::string_view attributes;  ///< exact bytes: {"authorship":…,"tlp":…} (see read_attributes)
  std::string_view content;     ///< exact bytes: the STIX object for object and sighting, else the document
  std::string_view withdrawn,
      why;                         ///< of a withdrawal; of an erasure `withdrawn` when the reader knew the id
  std::optional<Sequence> erased;  ///< of an erasure
  std::string_view data;           ///< the whole event as one line of JSON
};

/// The public attributes of an entry; absent ones are empty.
struct Attributes {
  std::string authorship;  ///< "verified" or "relayed"
  std::string tlp;         ///< the level in force when it was logged
  std::string author, author_name, sighting, members;
  std::string permitted_actions;  ///< what an IEP policy on it lets its readers do; empty: no policy
  bool addressed = false;         ///< it names recipients
};
/// Errors: invalid_input.
Result<Attributes> read_attributes(std::string_view attributes);

/// Reads the data of events. Keeps buffers; views in an `Event` live until the next call. One thread.
class EventReader {
 public:
  EventReader();
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  /// An entry's event of this name; an empty name: of whatever kind it says it is. Errors: invalid_input when
  /// it is none, naming the field; corrupt when what it holds does not open its commitment.
  Result<Event> read(std::string_view event_name, std::string_view data);
  /// The data of `live` and `heartbeat`.
  Result<Position> read_position(std::string_view data);
  /// The data of `reset`.
  Result<std::string> read_reason(std::string_view data);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The kind that an event's name stands for; nullopt for `live`, `heartbeat`, `reset` and names unknown.
std::optional<log::Kind> kind_of_event(std::string_view name);

}  // namespace tocsin::push
