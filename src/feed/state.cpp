#include "feed/state.hpp"

#include "base/text.hpp"

namespace tocsin::feed {
namespace {

constexpr std::uint64_t version = 1;
constexpr std::size_t text_bytes_max = 1000;

json::Value time_or_null(Timestamp time) {
  return time == Timestamp{} ? json::Value{} : json::Value(to_rfc3339(time));
}

json::Value text_or_null(const std::string& text) {
  return text.empty() ? json::Value{} : json::Value(text);
}

Timestamp time_in(const json::Object& object, std::string_view key) {
  const auto time = parse_rfc3339(json::text_or(object, key));
  return time ? *time : Timestamp{};
}

}  // namespace

std::string for_people(std::string_view text) {
  return printable(text.substr(0, text_bytes_max));
}

json::Object shown(const State& state) {
  json::Object out{{"taken", state.taken},
                   {"duplicates", state.duplicates},
                   {"held", state.held},
                   {"refused", state.refused},
                   {"withdrawn", state.withdrawn},
                   {"whole", state.whole},
                   {"failures", state.failures},
                   {"next_poll", time_or_null(state.next_poll)},
                   {"next_compare", time_or_null(state.next_compare)},
                   {"last_attempt", time_or_null(state.last_attempt)},
                   {"last_success", time_or_null(state.last_success)},
                   {"last_compare", time_or_null(state.last_compare)},
                   {"last_error", text_or_null(state.last_error)},
                   {"last_error_at", time_or_null(state.last_error_at)},
                   {"last_refusal", text_or_null(state.last_refusal)},
                   {"last_warning", text_or_null(state.last_warning)}};
  out["added_after"] = state.position && state.position->added_after
                           ? json::Value(to_rfc3339(*state.position->added_after))
                           : json::Value{};
  return out;
}

std::string to_json(const State& state) {
  auto out = shown(state);
  out["version"] = version;
  out["quarantined"] = state.quarantined;
  out["run_objects"] = state.run_objects;
  out["usual_objects"] = state.usual_objects;
  out["accept_removals"] = state.accept_removals;
  // Text within text: a position has a format and a reader of its own.
  if (state.position) out["position"] = taxii::client::to_json(*state.position);
  return json::dump(out);
}

Result<State> read_state(std::string_view text) {
  const auto document = json::parse_object(text);
  if (!document) return Error{Errc::corrupt, document.error().detail};
  if (json::number_or(*document, "version") != version)
    return Error{Errc::corrupt, "not a state of version 1"};
  State state;
  if (const auto position = json::text_or(*document, "position"); !position.empty()) {
    auto read = taxii::client::read_position(position);
    if (!read) return Error{Errc::corrupt, "position: " + read.error().detail};
    state.position = *std::move(read);
  }
  state.whole = json::flag_or(*document, "whole");
  state.taken = json::number_or(*document, "taken");
  state.duplicates = json::number_or(*document, "duplicates");
  state.held = json::number_or(*document, "held");
  state.refused = json::number_or(*document, "refused");
  state.withdrawn = json::number_or(*document, "withdrawn");
  state.quarantined = json::number_or(*document, "quarantined");
  state.run_objects = json::number_or(*document, "run_objects");
  state.usual_objects = json::number_or(*document, "usual_objects");
  state.accept_removals = json::flag_or(*document, "accept_removals");
  state.next_poll = time_in(*document, "next_poll");
  state.next_compare = time_in(*document, "next_compare");
  state.last_attempt = time_in(*document, "last_attempt");
  state.last_success = time_in(*document, "last_success");
  state.last_compare = time_in(*document, "last_compare");
  state.last_error_at = time_in(*document, "last_error_at");
  state.failures = static_cast<unsigned>(json::number_or(*document, "failures"));
  state.last_error = json::text_or(*document, "last_error");
  state.last_refusal = json::text_or(*document, "last_refusal");
  state.last_warning = json::text_or(*document, "last_warning");
  return state;
}

}  // namespace tocsin::feed
