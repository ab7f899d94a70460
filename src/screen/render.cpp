#include "screen/render.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "screen/site.hpp"
#include "stix/canonical_json.hpp"
#include "stix/property_table.hpp"

namespace tocsin::screen {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::string_view redacted = "redacted";
constexpr std::string_view redacted_host = "redacted.invalid";

/// Puts the name of a property behind the path for as long as it lives.
class Step {
 public:
  Step(std::string& path, std::string_view key) : path_{path}, size_{path.size()} {
    if (!path.empty()) path += '.';
    path += key;
  }
  Step(std::string& path, std::size_t place) : path_{path}, size_{path.size()} {
    path += '[';
    path += std::to_string(place);
    path += ']';
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() { path_.resize(size_); }

 private:
  std::string& path_;
  const std::size_t size_;
};

std::string_view view(const element& value) {
  return value.is_string() ? value.get_string().value_unsafe() : std::string_view{};
}

bool is_time(std::string_view text) {
  return text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
         text.back() == 'Z';
}

/// What an earlier screen put there, to the letter: nothing else may pass for it.
bool is_replacement(std::string_view text) {
  constexpr std::string_view psn = "psn1-";
  constexpr std::size_t psn_bytes = 28;
  if (text.starts_with(psn) && text.size() >= psn_bytes) {
    const auto rest = text.substr(psn_bytes);
    return text.substr(psn.size(), psn_bytes - psn.size())
                   .find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string_view::npos &&
           (rest.empty() || (rest.front() == '@' && rest.substr(1) == redacted_host));
  }
  return text == redacted || text == "<user>" || text == "<host>" ||
         (text.size() > 2 && text.front() == '[' && text.back() == ']' &&
          parse_kind(text.substr(1, text.size() - 2)));
}

/// 32 and more letters and digits without a break, digits among them: a ticket, not a word.
bool is_ticket(std::string_view text) {
  std::size_t run = 0, digits = 0;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    const bool part =
        is_digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '=';
    run = part ? run + 1 : 0;
    digits = part ? digits + (is_digit ? 1 : 0) : 0;
    if (run >= 32 && digits >= 3) return true;
  }
  return false;
}

}  // namespace

bool is_reference(std::string_view key) {
  return (key.ends_with("_ref") || key.ends_with("_refs")) &&
         key.find("marking_ref") == std::string_view::npos;
}

bool is_observable(std::string_view type) {
  const auto* const table = stix::table_of(type);
  return table != nullptr && table->family == stix::Family::observable;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) out += letters[bits >> (count - 5) & 31];
  }
  if (count > 0) out += letters[bits << (5 - count) & 31];
  return out;
}

bool left_before(const Member& member, std::string_view id) {
  return member.left_before && member.left_before(id);
}

std::string minted_id(std::string_view key, std::string_view id) {
  const auto hash = hmac_sha256(as_bytes(key), "tocsin screen id" + std::string(1, '\0') + std::string{id});
  std::array<std::byte, 16> uuid{};
  std::copy_n(hash.begin(), uuid.size(), uuid.begin());
  uuid[6] = (uuid[6] & std::byte{0x0f}) | std::byte{0x40};
  uuid[8] = (uuid[8] & std::byte{0x3f}) | std::byte{0x80};
  const auto hex = to_hex(uuid);
  return std::string{id.substr(0, id.find("--"))} + "--" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" +
         hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

Renderer::Renderer(const Batch& batch) : batch_{batch}, scanned_kinds_{batch.policy.scanned()} {}

void Renderer::note(std::string_view rule, Action action) {
  Finding finding{path_, std::string{rule}, action};
  if (action == Action::withhold) done_.withheld = true;
  if (action == Action::review) done_.review = true;
  if (action != Action::withhold) done_.changed = true;
  if (done_.findings.empty() || done_.findings.back() != finding)
    done_.findings.push_back(std::move(finding));
}

bool Renderer::left_out(std::string_view rule, Action action) {
  note(rule, action);
  return false;
}

void Renderer::text(std::string_view value) {
  const bool plain = std::none_of(value.begin(), value.end(), [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  });
  if (!plain) return stix::append_canonical(done_.out, value);
  done_.out += '"';
  done_.out += value;
  done_.out += '"';
}

void Renderer::as_is(const element& value) {
  if (value.is_string()) return text(view(value));
  if (!value.is_array()) return stix::append_canonical(done_.out, value);
  done_.out += '[';
  bool first = true;
  for (const auto& item : items_of(value)) {
    if (!first) done_.out += ',';
    first = false;
    as_is(item);
  }
  done_.out += ']';
}

std::string Renderer::pseudonym(std::string_view kind, std::string_view value) const {
  const auto hash = hmac_sha256(as_bytes(batch_.member.key),
                                "tocsin screen pseudonym" + std::string(1, '\0') + batch_.policy.epoch +
                                    '\0' + std::string{kind} + '\0' + to_lower_ascii(value));
  return "psn1-" + base32(as_text(std::span{hash}.first(14)));
}

// ---- an object ----

Renderer::Rendered Renderer::own_object(const simdjson::dom::object& object, std::string_view id,
                                        std::string_view type, Texts texts) {
  done_ = {};
  path_.clear();
  texts_ = texts;
  const auto& policy = batch_.policy;
  const auto* const rows = policy.rows_of_type(type);
  if (rows == nullptr) {
    note("type-not-in-policy", Action::withhold);
    return std::move(done_);
  }
  const auto& ids = batch_.member.identities;
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) {
    if (policy.arriving) return std::move(done_);  // who shares under a name shows it
    note("own-identity", Action::withhold);
    return std::move(done_);
  }
  const auto role = batch_.roles.find(std::string{id});
  role_ = role == batch_.roles.end() ? Role::unknown : role->second;
  if (role_ == Role::victim && is_observable(type)) {
    note("victim", Action::withhold);
    return std::move(done_);
  }
  const auto* const table = stix::table_of(type);
  const auto fate = batch_.fates.find(std::string{id});
  const bool forced = texts == Texts::read || (fate != batch_.fates.end() && fate->second.minted);
  std::size_t id_begin = 0, id_end = 0;
  bool granular = false;
  done_.out = "{";
  for (const auto& [key, value] : object) {
    const Step step{path_, key};
    const auto before = done_.out.size();
    if (before > 1) done_.out += ',';
    text(key);
    done_.out += ':';
    const auto value_begin = done_.out.size();
    const auto* const row = policy.row_of(*rows, key);
    bool kept = row != nullptr ? property(value, *row, key) : left_out("not-in-policy", Action::drop);
    if (!kept && table != nullptr) {
      const auto place = table->properties.find(key);
      const bool required =
          place != stix::PropertyTable::none && (table->properties.required() >> place & 1U) != 0 &&
          table->properties.at(place).type.kind == stix::Kind::text && !table->properties.at(place).type.list;
      if (required) {
        done_.out.resize(value_begin);
        text(redacted);
        kept = true;
      }
    }
    if (!kept) {
      done_.out.resize(before);
      continue;
    }
    granular |= key == "granular_markings";
    if (key == "id") {
      id_begin = value_begin;
      id_end = done_.out.size();
    }
  }
  done_.out += '}';
  if (forced && !done_.changed) note("other-version", Action::pseudonym);
  // Selectors name places, and places have moved: nobody could say what the marking speaks of.
  if (done_.changed && granular) note("granular-markings", Action::withhold);
  if (done_.changed && id_end != 0)
    done_.out.replace(id_begin, id_end - id_begin, json_string(minted_id(batch_.member.key, id)));
  return std::move(done_);
}

Renderer::Rendered Renderer::object_of_others(const element& object) {
  done_ = {};
  path_.clear();
  guarded(object, batch_.policy.third_party, true);
  return std::move(done_);
}

bool Renderer::property(const element& value, const FieldNode& node, std::string_view key) {
  if (node.below.empty()) return apply(value, node.action.value_or(Action::drop), key);
  if (value.is_array()) {
    done_.out += '[';
    const auto start = done_.out.size();
    std::size_t place = 0;
    for (const auto& item : items_of(value)) {
      const Step step{path_, place++};
      const auto before = done_.out.size();
      if (before != start) done_.out += ',';
      if (!property(item, node, key)) done_.out.resize(before);
    }
    done_.out += ']';
    return done_.out.size() > start + 1;
  }
  if (value.is_object()) return members(members_of(value), node);
  return apply(value, node.action.value_or(Action::drop), key);
}

bool Renderer::members(const simdjson::dom::object& object, const FieldNode& node) {
  done_.out += '{';
  const auto start = done_.out.size();
  for (const auto& [key, value] : object) {
    const auto* const exact = node.exact(key);
    const auto* const row = exact != nullptr ? exact : node.exact("*");
    // A key without a row may itself be what must not be told.
    const Step step{path_, exact != nullptr ? key : std::string_view{"*"}};
    const auto before = done_.out.size();
    if (before != start) done_.out += ',';
    text(key);
    done_.out += ':';
    if (!(row != nullptr ? property(value, *row, key) : left_out("not-in-policy", Action::drop)))
      done_.out.resize(before);
  }
  done_.out += '}';
  return done_.out.size() > start + 1;
}

bool Renderer::apply(const element& value, Action action, std::string_view key) {
  // What an earlier screen put there stays, so that screening twice is screening once.
  if (view(value) == redacted) action = Action::pass;
  switch (action) {
    case Action::pass:
      if (is_reference(key)) return references(value);
      as_is(value);
      return true;
    case Action::guard:
      guarded(value, batch_.policy.guard, true);
      as_is(value);
      return true;
    case Action::attacker:
      if (role_ != Role::attacker) return left_out("role-unknown", Action::drop);
      guarded(value, batch_.policy.guard, true);
      as_is(value);
      return true;
    case Action::scan:
      return scanned(value, {.kinds = scanned_kinds_});
    case Action::command:
      return scanned(value, {.kinds = scanned_kinds_, .command_line = true});
    case Action::url:
      return value.is_string() ? url(view(value)) : left_out("field", Action::drop);
    case Action::generalise:
      return generalised(value);
    case Action::pseudonym:
      if (!value.is_string()) return left_out("field", Action::drop);
      if (is_replacement(view(value))) return scanned(value, {.kinds = scanned_kinds_});
      note("field", Action::pseudonym);
      text(pseudonym("field", view(value)));
      return true;
    case Action::review:
      if (texts_ == Texts::read) return scanned(value, {.kinds = scanned_kinds_});
      break;
    case Action::drop:
    case Action::withhold:
      break;
  }
  return left_out("field", action);
}

// ---- references ----

bool Renderer::references(const element& value) {
  if (value.is_string()) return reference(view(value));
  if (!value.is_array()) return left_out("field", Action::drop);
  done_.out += '[';
  const auto start = done_.out.size();
  for (const auto& item : items_of(value)) {
    const auto before = done_.out.size();
    if (before != start) done_.out += ',';
    if (!reference(view(item))) done_.out.resize(before);
  }
  done_.out += ']';
  return done_.out.size() > start + 1;
}

bool Renderer::reference(std::string_view id) {
  const auto keep = [&] {
    text(id);
    return true;
  };
  const auto& ids = batch_.member.identities;
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) return keep();
  const auto fate = batch_.fates.find(std::string{id});
  const auto follow_to_new_id = [&] {
    note("reference-follows", Action::pseudonym);
    text(minted_id(batch_.member.key, id));
    return true;
  };
  if (fate == batch_.fates.end() || !fate->second.present) {
    if (batch_.policy.arriving) return keep();
    if (left_before(batch_.member, id)) return follow_to_new_id();
    // A name-based id of an observable that does not leave by this way is as good as its value.
    const auto type = id.substr(0, id.find("--"));
    const bool name_based = id.size() == type.size() + 38 && id[type.size() + 16] == '5';
    return name_based && is_observable(type) ? left_out("unknown-observable", Action::drop) : keep();
  }
  if (fate->second.withheld) return left_out("refers-to-withheld", Action::drop);
  return fate->second.minted ? follow_to_new_id() : keep();
}

// ---- values ----

bool Renderer::guarded(const element& value, Kinds kinds, bool all_members) {
  const auto look = [&](std::string_view in) {
    for (const auto& found : find(in, batch_.own, {.kinds = kinds})) {
      // What a detector is unsure of is a person's to decide.
      const bool unsure = batch_.policy.detectors[static_cast<std::size_t>(found.kind)] == Action::review;
      if (unsure && texts_ == Texts::read) continue;
      done_.review |= unsure;
      note(name(found.kind), Action::withhold);
    }
  };
  if (value.is_string()) {
    look(view(value));
  } else if (value.is_array()) {
    for (const auto& item : items_of(value)) guarded(item, kinds, all_members);
  } else if (value.is_object() && all_members) {
    for (const auto& [key, item] : members_of(value)) {
      const Step step{path_, "*"};
      look(key);
      guarded(item, kinds, all_members);
    }
  }
  return true;
}

bool Renderer::scanned(const element& value, const Search& search) {
  switch (value.type()) {
    case element_type::STRING:
      return scanned_text(view(value), search);
    case element_type::ARRAY: {
      done_.out += '[';
      const auto start = done_.out.size();
      std::size_t place = 0;
      bool any = false;
      for (const auto& item : items_of(value)) {
        const Step step{path_, place++};
        const auto before = done_.out.size();
        if (before != start) done_.out += ',';
        if (!scanned(item, search)) done_.out.resize(before);
        any = true;
      }
      done_.out += ']';
      return !any || done_.out.size() > start + 1;
    }
    case element_type::OBJECT: {
      done_.out += '{';
      const auto start = done_.out.size();
      bool any = false;
      for (const auto& [key, item] : members_of(value)) {
        const bool telling = !find(key, batch_.own, search).empty();
        const bool schema =
            !telling && key.size() < 40 &&
            key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string_view::npos;
        const Step step{path_, schema ? key : std::string_view{"*"}};
        const auto before = done_.out.size();
        any = true;
        if (telling) {
          note("field", Action::drop);
          continue;
        }
        if (before != start) done_.out += ',';
        text(key);
        done_.out += ':';
        if (!scanned(item, search)) done_.out.resize(before);
      }
      done_.out += '}';
      return !any || done_.out.size() > start + 1;
    }
    case element_type::INT64:
    case element_type::UINT64: {
      std::string digits;
      stix::append_canonical(digits, value);
      if (digits.size() >= 12 && !find(digits, batch_.own, search).empty())
        return left_out("field", Action::drop);
      done_.out += digits;
      return true;
    }
    default:
      stix::append_canonical(done_.out, value);
      return true;
  }
}

bool Renderer::scanned_text(std::string_view in, const Search& search) {
  const auto all = find(in, batch_.own, search);
  if (all.empty()) {
    text(in);
    return true;
  }
  std::string out;
  std::size_t copied = 0;
  for (const auto& found : all) {
    const auto value = in.substr(found.begin, found.end - found.begin);
    if (is_replacement(value)) continue;
    const auto action = batch_.policy.detectors[static_cast<std::size_t>(found.kind)];
    if (action == Action::review && texts_ == Texts::read) {
      // A person says whether the value leaves with the text around it, and is told of it.
      done_.findings.push_back({path_, std::string{name(found.kind)}, Action::pass});
      out += in.substr(copied, found.end - copied);
      copied = found.end;
      continue;
    }
    note(name(found.kind), action);
    out += in.substr(copied, found.begin - copied);
    out += replacement(found, value);
    copied = found.end;
  }
  out += in.substr(copied);
  text(out);
  return true;
}

std::string Renderer::replacement(const Found& found, std::string_view value) {
  const auto action = batch_.policy.detectors[static_cast<std::size_t>(found.kind)];
  if (action == Action::pseudonym) {
    const auto psn = pseudonym(name(found.kind), value);
    return found.kind == Kind::email ? psn + "@" + std::string{redacted_host} : psn;
  }
  if (found.kind == Kind::user_path) return "<user>";
  if (found.kind == Kind::unc_host) return "<host>";
  return "[" + std::string{name(found.kind)} + "]";
}

bool Renderer::generalised(const element& value) {
  const auto in = view(value);
  if (!is_time(in)) return left_out("field", Action::drop);
  std::string hour{in.substr(0, 14)};
  hour += "00:00Z";
  if (in.substr(14) == "00:00Z" || in.substr(14) == "00:00.000Z") {
    text(in);
    return true;
  }
  note("field", Action::generalise);
  text(hour);
  return true;
}

bool Renderer::url(std::string_view in) {
  const auto plain = in.substr(0, in.find('#'));
  auto rest = plain;
  if (plain.size() != in.size()) note("url-fragment", Action::drop);
  std::string out;
  if (const auto colon = rest.find("://"); colon != std::string_view::npos) {
    out += rest.substr(0, colon + 3);
    rest.remove_prefix(colon + 3);
    auto authority = rest.substr(0, rest.find_first_of("/?"));
    rest.remove_prefix(authority.size());
    if (const auto sign = authority.rfind('@'); sign != std::string_view::npos) {
      note("userinfo", Action::drop);
      authority.remove_prefix(sign + 1);
    }
    // The member's own ticket systems and hosts: the URL is of no use without them.
    for (const auto& found : find(authority, batch_.own, {.kinds = batch_.policy.guard}))
      return left_out(name(found.kind), Action::drop);
    out += authority;
  }
  const auto question = rest.find('?');
  const auto path = rest.substr(0, question);
  std::size_t copied = 0;
  for (const auto& found : find(path, batch_.own, {.kinds = scanned_kinds_})) {
    note(name(found.kind), Action::drop);
    out += path.substr(copied, found.begin - copied);
    out += redacted;
    copied = found.end;
  }
  out += path.substr(copied);
  if (question != std::string_view::npos) {
    out += '?';
    bool first = true;
    for (const auto part : split(rest.substr(question + 1), '&')) {
      if (!first) out += '&';
      first = false;
      query_part(out, part);
    }
  }
  text(out);
  return true;
}

bool Renderer::query_part(std::string& out, std::string_view part) {
  const auto sign = part.find('=');
  const auto value = sign == std::string_view::npos ? part : part.substr(sign + 1);
  // The whole part is searched, because "password=" is what gives a password away.
  const auto found = find(part, batch_.own, {.kinds = scanned_kinds_});
  if (is_replacement(value) || (found.empty() && !is_ticket(value))) {
    out += part;
    return true;
  }
  note(found.empty() ? "url-ticket" : name(found.front().kind), Action::pseudonym);
  const bool key_tells =
      sign != std::string_view::npos &&
      std::any_of(found.begin(), found.end(), [&](const Found& f) { return f.begin < sign; });
  if (sign != std::string_view::npos && !key_tells) out += part.substr(0, sign + 1);
  out += pseudonym("query", value);
  return true;
}

}  // namespace tocsin::screen
