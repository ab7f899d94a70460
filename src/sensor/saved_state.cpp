#include "sensor/saved_state.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/json.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::string_view suffix = ".journal";

}  // namespace

std::string to_json(const SavedState& state) {
  json::Object lifetimes;
  for (const auto& [kind, days] : state.lifetimes) lifetimes[kind] = days;
  json::Array beside;
  for (const auto& one : state.beside)
    beside.push_back(json::Object{{"id", one.id},
                                  {"sequence", one.sequence.value()},
                                  {"version", one.version},
                                  {"name", one.name},
                                  {"reason", one.reason},
                                  {"revoked", one.revoked}});
  return json::dump(json::Object{{"circle", state.uuid},
                                 {"sequence", state.position.sequence.value()},
                                 {"commitment", to_hex(state.position.commitment)},
                                 {"subdomains", state.domains == match::DomainMatch::with_subdomains},
                                 {"lifetime_days", std::move(lifetimes)},
                                 {"beside", std::move(beside)}});
}

Result<SavedState> to_saved_state(std::string_view text) {
  const auto parsed = json::parse_object(text);
  if (!parsed) return parsed.error();
  const auto bad = [](std::string_view field) {
    return Error{Errc::invalid_input, "the saved set says no " + std::string{field}};
  };
  SavedState out;
  out.uuid = json::text_or(*parsed, "circle");
  out.position.sequence = Sequence{json::number_or(*parsed, "sequence")};
  const auto commitment = from_hex(json::text_or(*parsed, "commitment"));
  if (!commitment || commitment->size() != out.position.commitment.size()) return bad("commitment");
  std::ranges::copy(as_bytes(*commitment), out.position.commitment.begin());
  if (json::flag_or(*parsed, "subdomains")) out.domains = match::DomainMatch::with_subdomains;
  const auto* lifetimes = parsed->if_contains("lifetime_days");
  const auto* beside = parsed->if_contains("beside");
  if (lifetimes == nullptr || !lifetimes->is_object()) return bad("lifetimes");
  if (beside == nullptr || !beside->is_array()) return bad("ids beside it");
  for (const auto& [kind, days] : lifetimes->get_object())
    if (days.is_int64() && days.get_int64() > 0 && days.get_int64() <= 36'500)
      out.lifetimes[std::string{kind}] = static_cast<std::uint32_t>(days.get_int64());
  for (const auto& value : beside->get_array()) {
    if (!value.is_object()) return bad("ids beside it");
    const auto& one = value.get_object();
    out.beside.push_back({json::text_or(one, "id"), json::text_or(one, "version"), json::text_or(one, "name"),
                          json::text_or(one, "reason"), Sequence{json::number_or(one, "sequence")},
                          json::flag_or(one, "revoked")});
  }
  return out;
}

std::string saved_path(const std::string& journal) {
  const auto stem = journal.ends_with(suffix) ? journal.substr(0, journal.size() - suffix.size()) : journal;
  return stem + ".set";
}

}  // namespace tocsin::sensor
