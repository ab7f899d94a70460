#include "screen/policy.hpp"

#include <algorithm>
#include <charconv>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/crypto.hpp"
#include "formats/flat_toml.hpp"

namespace tocsin::screen {
namespace {

using formats::TomlField;
constexpr unsigned review_hours_max = 24 * 366;
using List = std::vector<std::string>;

Result<Kinds> kinds_of(const List& names) {
  Kinds kinds = 0;
  for (const auto& text : names) {
    const auto kind = parse_kind(text);
    if (!kind) return Error{Errc::invalid_input, "there is no detector '" + text + "'"};
    kinds |= bit(*kind);
  }
  return kinds;
}

bool fits_detector(Action action) {
  return action == Action::pass || action == Action::drop || action == Action::generalise ||
         action == Action::pseudonym || action == Action::review || action == Action::withhold;
}

Status set_detectors(Policy& policy, const List& rows) {
  for (const auto& row : rows) {
    FieldNode one;
    TOCSIN_TRY(add_row(one, row));
    const auto kind = parse_kind(one.below.front().first);
    if (!kind || !one.below.front().second->action)
      return Error{Errc::invalid_input, "the row '" + row + "' names no detector that there is"};
    const auto action = *one.below.front().second->action;
    if (!fits_detector(action))
      return Error{Errc::invalid_input, "the row '" + row + "': a detector cannot do that"};
    policy.detectors[static_cast<std::size_t>(*kind)] = action;
  }
  return {};
}

Status set_list(Policy& policy, const std::string& key, const List& list) {
  if (key == "detectors") return set_detectors(policy, list);
  if (key == "guard" || key == "third_party") {
    const auto kinds = kinds_of(list);
    if (!kinds) return kinds.error();
    (key == "guard" ? policy.guard : policy.third_party) = *kinds;
    return {};
  }
  List* own = key == "own_domains"         ? &policy.own.domains
              : key == "own_networks"      ? &policy.own.networks
              : key == "own_names"         ? &policy.own.names
              : key == "internal_suffixes" ? &policy.own.suffixes
                                           : nullptr;
  if (own != nullptr) {
    *own = list;
    return {};
  }
  auto& type = policy.types[key];
  if (!type) type = std::make_unique<FieldNode>();
  for (const auto& row : list) TOCSIN_TRY(add_row(*type, row));
  return {};
}

Status set(Policy& policy, const TomlField& field) {
  const auto wrong = [&](std::string_view what) {
    return Error{Errc::invalid_input, "'" + field.key + "' must be " + std::string{what}};
  };
  if (field.key == "derived_from" || field.key == "arriving") {
    if (!std::holds_alternative<bool>(field.value)) return wrong("true or false");
    (field.key == "arriving" ? policy.arriving : policy.derived_from) = std::get<bool>(field.value);
    return {};
  }
  if (field.key == "review_hours") {
    const auto* hours = std::get_if<std::string>(&field.value);
    unsigned count = 0;
    const auto* const end = hours == nullptr ? nullptr : hours->data() + hours->size();
    if (hours == nullptr || std::from_chars(hours->data(), end, count).ptr != end || count == 0 ||
        count > review_hours_max)
      return wrong("a text of 1 to " + std::to_string(review_hours_max) + ", in hours");
    policy.review_hours = count;
    return {};
  }
  std::string* text = field.key == "version" ? &policy.version
                      : field.key == "title" ? &policy.title
                      : field.key == "epoch" ? &policy.epoch
                                             : nullptr;
  if (text != nullptr) {
    if (!std::holds_alternative<std::string>(field.value)) return wrong("a text");
    *text = std::get<std::string>(field.value);
    return {};
  }
  if (!std::holds_alternative<List>(field.value)) return wrong("a list of texts");
  auto done = set_list(policy, field.key, std::get<List>(field.value));
  if (!done) return in_context(field.key, done.error());
  return {};
}

Status apply(Policy& policy, std::string_view toml) {
  const auto fields = formats::parse_flat_toml(toml);
  if (!fields) return fields.error();
  for (const auto& field : *fields) TOCSIN_TRY(set(policy, field));
  if (policy.version.empty()) return Error{Errc::invalid_input, "'version' is missing"};
  const auto own = Own::build(policy.own);
  if (!own) return own.error();
  policy.hash = to_hex(sha256(policy.rules()));
  return {};
}

void append(std::string& out, std::string_view key, const List& list) {
  out += std::string{key} + " = [\n";
  for (const auto& text : list) out += "  " + formats::toml_string(text) + ",\n";
  out += "]\n";
}

void scan_what_was_read(FieldNode& node) {
  if (node.action == Action::review) node.action = Action::scan;
  if (node.action == Action::generalise) node.action = Action::pass;
  for (auto& [name, below] : node.below) scan_what_was_read(*below);
}

List names_of(Kinds kinds) {
  List out;
  for (std::size_t i = 0; i < kind_count; ++i)
    if ((kinds >> i & 1U) != 0) out.emplace_back(name(static_cast<Kind>(i)));
  return out;
}

}  // namespace

const FieldNode* Policy::rows_of_type(std::string_view type) const {
  auto it = types.find(type);
  if (it == types.end() || type == "any") it = types.find("other");
  return it == types.end() ? nullptr : it->second.get();
}

const FieldNode* Policy::row_of(const FieldNode& type, std::string_view property) const {
  if (const auto* node = type.exact(property)) return node;
  const auto any = types.find("any");
  if (any != types.end())
    if (const auto* node = any->second->exact(property)) return node;
  return type.exact("*");
}

std::string Policy::rules() const {
  std::string out = "version = " + formats::toml_string(version) +
                    "\ntitle = " + formats::toml_string(title) + "\nepoch = " + formats::toml_string(epoch) +
                    "\nderived_from = " + (derived_from ? "true" : "false") + "\n" +
                    (arriving ? "arriving = true\n" : "");  // only where it is, so that older hashes stay
  List rows;
  for (std::size_t i = 0; i < kind_count; ++i)
    rows.push_back(std::string{name(static_cast<Kind>(i))} + ": " + std::string{name(detectors[i])});
  append(out, "detectors", rows);
  append(out, "guard", names_of(guard));
  append(out, "third_party", names_of(third_party));
  for (const auto& [type, root] : types) append(out, type, rows_of(*root));
  return out;
}

Kinds Policy::scanned() const {
  Kinds kinds = 0;
  for (std::size_t i = 0; i < kind_count; ++i)
    if (detectors[i] != Action::pass) kinds |= Kinds{1} << i;
  return kinds;
}

Policy default_policy() {
  static const Policy made = [] {
    Policy policy;
    const auto read = apply(policy, default_policy_text());
    TOCSIN_CHECK(read.has_value(), "the default policy can be read");
    return policy;
  }();
  Policy out;
  out.version = made.version;
  out.title = made.title;
  out.epoch = made.epoch;
  out.derived_from = made.derived_from;
  out.arriving = made.arriving;
  out.detectors = made.detectors;
  out.guard = made.guard;
  out.third_party = made.third_party;
  for (const auto& [type, rows] : made.types) out.types.emplace(type, copy(*rows));
  out.hash = made.hash;
  return out;
}

Result<Policy> parse_policy(std::string_view toml) {
  auto policy = default_policy();
  policy.version.clear();  // a file must say its own
  TOCSIN_TRY(apply(policy, toml));
  return policy;
}

Policy arriving_policy() {
  auto policy = default_policy();
  policy.title = "what a hub takes";
  return arriving(std::move(policy));
}

Policy arriving(Policy policy) {
  policy.arriving = true;
  // What a detector is unsure of has been decided on by then.
  for (std::size_t i = 0; i < kind_count; ++i) {
    if (policy.detectors[i] != Action::review) continue;
    policy.detectors[i] = Action::pass;
    policy.guard &= ~(Kinds{1} << i);
  }
  // An id that can be turned back stands where it stands: the member's screen decided on it.
  policy.detectors[static_cast<std::size_t>(Kind::observable_id)] = Action::pass;
  policy.guard &= ~bit(Kind::observable_id);
  const auto scan_the_rest = [](FieldNode& type) {
    TOCSIN_CHECK(type.exact("*") != nullptr || add_row(type, "*: scan").has_value(),
                 "a row of ours can be read");
  };
  for (auto& [name, type] : policy.types) {
    scan_what_was_read(*type);
    if (name != "any") scan_the_rest(*type);
  }
  auto& other = policy.types["other"];
  if (!other) other = std::make_unique<FieldNode>();
  scan_the_rest(*other);
  policy.hash = to_hex(sha256(policy.rules()));
  return policy;
}

Result<Policy> parse_arriving_policy(std::initializer_list<std::string_view> files) {
  auto policy = arriving_policy();
  for (const auto toml : files) {
    if (toml.empty()) continue;
    policy.version.clear();
    TOCSIN_TRY(apply(policy, toml));
  }
  return policy;
}

}  // namespace tocsin::screen
