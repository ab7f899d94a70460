#include "remint.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/json.hpp"
#include "raw_json.hpp"

namespace tocsin::cli {
namespace {

/// An id as it may stand in a text: "type--uuid".
bool is_id_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-';
}

/// Calls `visit` with each run of id bytes that holds "--", which is every STIX id in the text and little
/// else.
template <class Visit>
void for_each_id(std::string_view text, Visit visit) {
  for (std::size_t at = text.find("--"); at != std::string_view::npos; at = text.find("--", at)) {
    std::size_t begin = at;
    while (begin > 0 && is_id_byte(text[begin - 1])) --begin;
    std::size_t end = at;
    while (end < text.size() && is_id_byte(text[end])) ++end;
    visit(begin, text.substr(begin, end - begin));
    at = end;
  }
}

/// The new id for the id at the end of a run ("see-indicator--…" ends in one); empty when none is known.
std::pair<std::size_t, std::string> minted_within(std::string_view run, const Mapping& mapping) {
  for (std::size_t skip = 0; skip < run.size() && skip <= run.find("--"); ++skip)
    if (auto minted = mapping.find(std::string{run.substr(skip)}); !minted.empty()) return {skip, minted};
  return {0, {}};
}

std::string with_minted_ids(std::string_view object, const Mapping& mapping) {
  std::string out;
  std::size_t copied = 0;
  for_each_id(object, [&](std::size_t begin, std::string_view run) {
    const auto [skip, minted] = minted_within(run, mapping);
    if (minted.empty()) return;
    out += object.substr(copied, begin + skip - copied);
    out += minted;
    copied = begin + run.size();
  });
  out += object.substr(copied);
  return out;
}

/// The first own id or identity that any text of the value holds, after escapes are undone.
std::optional<std::string> named_in(const json::Value& value, const std::vector<std::string>& identities,
                                    const Mapping& mapping) {
  const auto in_text = [&](std::string_view text) -> std::optional<std::string> {
    for (const auto& identity : identities)
      if (text.find(identity) != std::string_view::npos) return identity;
    std::optional<std::string> found;
    for_each_id(text, [&](std::size_t, std::string_view run) {
      if (!found && !minted_within(run, mapping).second.empty()) found = run;
    });
    return found;
  };
  if (value.is_string()) return in_text(json::view(value.get_string()));
  if (value.is_array()) {
    for (const auto& item : value.get_array())
      if (auto found = named_in(item, identities, mapping)) return found;
  }
  if (value.is_object()) {
    for (const auto& [key, item] : value.get_object()) {
      if (auto found = in_text({key.data(), key.size()})) return found;
      if (auto found = named_in(item, identities, mapping)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_own(std::string_view object, const std::vector<std::string>& identities, std::string& id) {
  const auto parsed = json::parse_object(object);
  if (!parsed) return false;
  const auto creator = json::text_or(*parsed, "created_by_ref");
  if (std::find(identities.begin(), identities.end(), creator) == identities.end()) return false;
  id = json::text_or(*parsed, "id");
  return !id.empty();
}

Result<std::string> reminted(std::string_view object, const std::vector<std::string>& identities,
                             const Mapping& mapping) {
  std::string id;
  std::string out{object};
  if (is_own(object, identities, id))
    out = with_minted_ids(without_member(object, "created_by_ref"), mapping);
  const auto parsed = json::parse(out);
  if (!parsed) return parsed.error();
  if (const auto named = named_in(*parsed, identities, mapping))
    return Error{Errc::denied, "it names your own " + *named + ", and would tell who you are"};
  return out;
}

}  // namespace tocsin::cli
