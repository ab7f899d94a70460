#include "push/client_event.hpp"

#include <simdjson.h>

#include <array>
#include <vector>

#include "base/json.hpp"

namespace tocsin::push {
namespace {

namespace ondemand = simdjson::ondemand;

// The number of a circle stands in the commitment but not in the event. It is found once, by trying: no other
// number opens the first entry.
constexpr std::uint64_t circle_numbers_max = 1 << 16;

struct KindName {
  std::string_view name;
  log::Kind kind;
};
constexpr std::array kind_names{
    KindName{"object", log::Kind::object},     KindName{"withdrawal", log::Kind::withdrawal},
    KindName{"erasure", log::Kind::erasure},   KindName{"sighting", log::Kind::sighting},
    KindName{"rules", log::Kind::rules},       KindName{"membership", log::Kind::membership},
    KindName{"decision", log::Kind::decision}, KindName{"transfer", log::Kind::transfer},
    KindName{"message", log::Kind::message},
};

enum Field : unsigned {
  circle,
  sequence,
  date_added,
  kind,
  commitment,
  previous,
  salt,
  author_commitment,
  attributes,
  object,
  content,
  withdrawn,
  why,
  erased,
  fields_count
};
constexpr std::array<std::string_view, fields_count> field_names{
    "circle",     "sequence", "date_added", "kind",
    "commitment", "previous", "salt",       "author_commitment",
    "attributes", "object",   "content",    "withdrawn",
    "why",        "erased"};
constexpr unsigned bit(Field field) {
  return 1U << field;
}
constexpr unsigned always_there = bit(circle) | bit(sequence) | bit(date_added) | bit(kind) |
                                  bit(commitment) | bit(previous) | bit(salt) | bit(author_commitment) |
                                  bit(attributes);

std::optional<Field> field_of(std::string_view name) {
  for (unsigned i = 0; i < fields_count; ++i)
    if (field_names[i] == name) return static_cast<Field>(i);
  return std::nullopt;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <std::size_t Size>
bool read_hex(std::string_view text, std::array<std::byte, Size>& out) {
  if (text.size() != 2 * Size) return false;
  for (std::size_t i = 0; i < Size; ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

Error wrong(std::string_view what) {
  return {Errc::invalid_input, "the event's '" + std::string{what} + "' cannot be read"};
}

bool holds_object(log::Kind kind) {
  return kind == log::Kind::object || kind == log::Kind::sighting;
}

/// Exact bytes of an object value. White space behind it belongs to what follows.
bool read_raw(ondemand::value value, std::string_view& out) {
  ondemand::object inner;
  if (value.get_object().get(inner) != simdjson::SUCCESS) return false;
  if (inner.raw_json().get(out) != simdjson::SUCCESS) return false;
  while (!out.empty() && out.back() != '}') out.remove_suffix(1);
  return !out.empty();
}

}  // namespace

std::optional<log::Kind> kind_of_event(std::string_view name) {
  for (const auto& known : kind_names)
    if (known.name == name) return known.kind;
  return std::nullopt;
}

struct EventReader::State {
  struct Entry {
    Event event;
    std::string_view kind_name;
    log::Salt salt{};
    Hash author{};
    unsigned seen = 0;
  };

  Status read_fields(std::string_view data, Entry& entry) {
    buffer.resize(data.size() + simdjson::SIMDJSON_PADDING);
    data.copy(buffer.data(), data.size());
    std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(data.size()), buffer.end(), ' ');
    entry.event.data = {buffer.data(), data.size()};
    ondemand::document document;
    ondemand::object whole;
    if (parser.iterate(buffer.data(), data.size(), buffer.size()).get(document) != simdjson::SUCCESS ||
        document.get_object().get(whole) != simdjson::SUCCESS)
      return Error{Errc::invalid_input, "the event is no JSON object"};
    for (auto field : whole) {
      std::string_view name;
      ondemand::value value;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS ||
          field.value().get(value) != simdjson::SUCCESS)
        return Error{Errc::invalid_input, "the event is no JSON object"};
      const auto known = field_of(name);
      if (!known) continue;
      if ((entry.seen & bit(*known)) != 0)
        return Error{Errc::invalid_input, "'" + std::string{name} + "' stands twice"};
      entry.seen |= bit(*known);
      if (!read_field(*known, value, entry)) return wrong(name);
    }
    if (const char* rest = nullptr; document.current_location().get(rest) == simdjson::SUCCESS)
      return Error{Errc::invalid_input, "something follows the event's object"};
    return {};
  }

  static bool read_field(Field field, ondemand::value value, Entry& entry) {
    Event& event = entry.event;
    std::string_view text;
    std::uint64_t number = 0;
    if (field == attributes) return read_raw(value, event.attributes);
    if (field == object || field == content) return read_raw(value, event.content);
    if (field == sequence || field == erased) {
      if (value.get_uint64().get(number) != simdjson::SUCCESS || number == 0) return false;
      if (field == sequence) event.sequence = Sequence{number};
      if (field == erased) event.erased = Sequence{number};
      return true;
    }
    if (value.get_string().get(text) != simdjson::SUCCESS) return false;
    switch (field) {
      case circle:
        event.circle_uuid = text;
        return !text.empty();
      case date_added: {
        const auto time = parse_rfc3339(text);
        if (time) event.date_added = *time;
        return time.has_value();
      }
      case kind:
        entry.kind_name = text;
        return true;
      case commitment:
        return read_hex(text, event.commitment);
      case previous:
        return read_hex(text, event.previous);
      case salt:
        return read_hex(text, entry.salt);
      case author_commitment:
        return read_hex(text, entry.author);
      case withdrawn:
        event.withdrawn = text;
        return true;
      case why:
        event.why = text;
        return true;
      default:
        return false;
    }
  }

  bool opens(const Entry& entry, CircleId number) const {
    const Event& event = entry.event;
    return log::entry_commitment(entry.salt, number, event.sequence, event.date_added, event.kind,
                                 event.previous, event.content, event.attributes,
                                 entry.author) == event.commitment;
  }

  Status check(const Entry& entry) {
    if (circle_uuid == entry.event.circle_uuid) {
      if (opens(entry, circle_number)) return {};
    } else {
      for (std::uint64_t number = 1; number < circle_numbers_max; ++number)
        if (opens(entry, CircleId{number})) {
          circle_uuid = entry.event.circle_uuid;
          circle_number = CircleId{number};
          return {};
        }
    }
    return Error{Errc::corrupt, "entry " + std::to_string(entry.event.sequence.value()) +
                                    " is not what its commitment says"};
  }

  /// What a withdrawal names stands twice: only the bytes under the commitment count.
  Status check_withdrawal(Event& event) {
    const auto document = json::parse_object(event.content);
    if (!document || json::text_or(*document, "id") != event.withdrawn || event.withdrawn.empty())
      return Error{Errc::corrupt, "the withdrawal names another object than its entry"};
    if (json::text_or(*document, "why") != event.why)
      return Error{Errc::corrupt, "the withdrawal gives another reason than its entry"};
    return {};
  }

  ondemand::parser parser;
  std::vector<char> buffer;
  std::string circle_uuid;  // of the circle whose number is known
  CircleId circle_number;
};

EventReader::EventReader() : state_{std::make_unique<State>()} {}
EventReader::~EventReader() = default;

Result<Event> EventReader::read(std::string_view event_name, std::string_view data) {
  State::Entry entry;
  TOCSIN_TRY(state_->read_fields(data, entry));
  for (unsigned i = 0; i < fields_count; ++i)
    if ((always_there & (1U << i) & ~entry.seen) != 0) return wrong(field_names[i]);
  if (!event_name.empty() && entry.kind_name != event_name) return wrong("kind");
  const auto known_kind = kind_of_event(entry.kind_name);
  if (!known_kind) return wrong("kind");
  entry.event.kind = *known_kind;
  const bool has_object = (entry.seen & bit(object)) != 0, has_content = (entry.seen & bit(content)) != 0;
  if (has_object == has_content || has_object != holds_object(*known_kind)) return wrong("object");
  TOCSIN_TRY(state_->check(entry));
  if (*known_kind == log::Kind::withdrawal) TOCSIN_TRY(state_->check_withdrawal(entry.event));
  if (*known_kind == log::Kind::erasure && !entry.event.erased) return wrong("erased");
  return entry.event;
}

Result<Position> EventReader::read_position(std::string_view data) {
  const auto object = json::parse_object(data);
  if (!object) return object.error();
  const auto number = json::number(*object, "sequence");
  if (!number) return number.error();
  Position position{Sequence{*number}, {}};
  if (!read_hex(json::text_or(*object, "commitment"), position.commitment)) return wrong("commitment");
  return position;
}

Result<std::string> EventReader::read_reason(std::string_view data) {
  const auto object = json::parse_object(data);
  if (!object) return object.error();
  return json::text(*object, "reason");
}

Result<Attributes> read_attributes(std::string_view attributes_text) {
  const auto object = json::parse_object(attributes_text);
  if (!object) return object.error();
  Attributes out;
  out.authorship = json::text_or(*object, "authorship");
  out.tlp = json::text_or(*object, "tlp");
  out.author = json::text_or(*object, "author");
  out.author_name = json::text_or(*object, "author_name");
  out.sighting = json::text_or(*object, "sighting");
  if (const auto* members = object->if_contains("members"))
    out.members =
        members->is_string() ? std::string{json::view(members->get_string())} : json::dump(*members);
  if (const auto* handling = object->if_contains("handling"); handling != nullptr && handling->is_object())
    out.permitted_actions = json::text_or(handling->get_object(), "permitted_actions");
  out.addressed = object->contains("to");
  return out;
}

}  // namespace tocsin::push
