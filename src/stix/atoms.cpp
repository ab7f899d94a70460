#include "stix/atoms.hpp"

#include <algorithm>
#include <cstring>

#include "stix/name_index.hpp"

namespace tocsin::stix {
namespace {

Error not_evaluated(const std::string& why) {
  return {Errc::invalid_input, "not evaluated yet: " + why};
}

bool is_address(ValueKind kind) {
  return kind == ValueKind::ipv4 || kind == ValueKind::ipv6;
}

/// The kind that a text's own form shows, at a path behind a reference to an address or a name.
ValueKind kind_behind_reference(std::string_view text) {
  const auto value = recognise_value(text);
  return is_address(value.kind) || value.kind == ValueKind::domain || value.kind == ValueKind::mac
             ? value.kind
             : ValueKind::other;
}

bool behind_address_reference(Path path) {
  return path == Path::network_src_ref_value || path == Path::network_dst_ref_value ||
         path == Path::domain_name_resolves_to_refs_value;
}

/// The type of the object that a test on the value behind a reference can only mean.
std::string_view type_named_by(std::string_view text) {
  switch (kind_behind_reference(text)) {
    case ValueKind::ipv4:
      return "ipv4-addr";
    case ValueKind::ipv6:
      return "ipv6-addr";
    case ValueKind::domain:
      return "domain-name";
    case ValueKind::mac:
      return "mac-addr";
    default:
      return {};
  }
}

/// `x_ref.type = 'ipv4-addr'` beside `x_ref.value = '203.0.113.1'`: the value says it already.
bool is_implied_type_test(const ComparisonExpression& part,
                          const std::vector<ComparisonExpression>& siblings) {
  const auto names_property = [](const PathStep& step, std::string_view name) {
    return step.kind == PathStep::Kind::property && step.name == name;
  };
  const auto& test = part.test;
  if (part.kind != ComparisonExpression::Kind::test || test.op != Operator::equal || test.negated ||
      test.path.steps.size() != 2 || !names_property(test.path.steps[1], "type") ||
      test.literals.front().kind != Literal::Kind::string)
    return false;
  auto value_path = test.path;
  value_path.steps[1].name = "value";
  return std::any_of(siblings.begin(), siblings.end(), [&](const ComparisonExpression& sibling) {
    const auto& other = sibling.test;
    const bool positive =
        other.op == Operator::equal || other.op == Operator::in || other.op == Operator::is_subset;
    return sibling.kind == ComparisonExpression::Kind::test && positive && !other.negated &&
           other.path == value_path &&
           std::all_of(other.literals.begin(), other.literals.end(), [&](const Literal& literal) {
             return literal.kind == Literal::Kind::string &&
                    type_named_by(literal.text) == test.literals.front().text;
           });
  });
}

/// The only types that can satisfy an expression; more than one only through OR.
void root_types(const ComparisonExpression& expression, std::vector<std::string_view>& types) {
  if (expression.kind == ComparisonExpression::Kind::test) {
    types.push_back(expression.test.path.type);
    return;
  }
  for (const auto& part : expression.parts) root_types(part, types);
}

Result<AtomExpression> atom_of(const Comparison& test) {
  const auto written = print(test);
  if (test.negated) return not_evaluated("NOT in " + written);
  if (test.op != Operator::equal && test.op != Operator::in && test.op != Operator::is_subset)
    return not_evaluated(std::string{name(test.op)} + " in " + written);
  const auto path = path_of(print(test.path));
  if (!path) return not_evaluated("no log reader fills " + print(test.path));

  AtomExpression expression;
  auto& atom = expression.atom;
  atom.path = *path;
  atom.compare = test.op == Operator::is_subset ? Atom::Compare::subset
                 : test.op == Operator::in      ? Atom::Compare::in
                                                : Atom::Compare::equals;
  for (const auto& literal : test.literals) {
    if (literal.kind != Literal::Kind::string && literal.kind != Literal::Kind::integer)
      return not_evaluated("a constant that is neither a string nor a whole number in " + written);
    atom.values.push_back({literal.text, atom_key(*path, literal.text)});
  }
  if (atom.compare == Atom::Compare::subset) {
    const auto network = recognise_value(test.literals.front().text);
    const bool addresses = is_address(kind_of(*path)) || behind_address_reference(*path);
    if (!addresses || !is_address(network.kind))
      return not_evaluated("no network of addresses in " + written);
    atom.values.front().key = network.text;
  }
  return expression;
}

Result<AtomExpression> expression_of(const ComparisonExpression& expression) {
  if (expression.kind == ComparisonExpression::Kind::test) return atom_of(expression.test);
  AtomExpression joined;
  const bool all = expression.kind == ComparisonExpression::Kind::all_of;
  joined.kind = all ? AtomExpression::Kind::all_of : AtomExpression::Kind::any_of;
  for (const auto& part : expression.parts) {
    if (all && is_implied_type_test(part, expression.parts)) continue;
    auto atoms = expression_of(part);
    if (!atoms) return atoms;
    joined.parts.push_back(*std::move(atoms));
  }
  if (joined.parts.size() == 1) {
    auto only = std::move(joined.parts.front());
    return only;
  }
  return joined;
}

/// AND over objects of two types: no object is of both, so it can never hold as written.
const ComparisonExpression* two_types_joined(const ComparisonExpression& expression) {
  if (expression.kind == ComparisonExpression::Kind::test) return nullptr;
  if (expression.kind == ComparisonExpression::Kind::all_of) {
    std::vector<std::string_view> shared;
    for (const auto& part : expression.parts) {
      std::vector<std::string_view> types;
      root_types(part, types);
      std::sort(types.begin(), types.end());
      types.erase(std::unique(types.begin(), types.end()), types.end());
      if (&part == &expression.parts.front()) {
        shared = std::move(types);
        continue;
      }
      std::vector<std::string_view> both;
      std::set_intersection(shared.begin(), shared.end(), types.begin(), types.end(),
                            std::back_inserter(both));
      shared = std::move(both);
    }
    if (shared.empty()) return &expression;
  }
  for (const auto& part : expression.parts)
    if (const auto* found = two_types_joined(part)) return found;
  return nullptr;
}

struct Window {
  std::optional<Timestamp> start, stop;
};

Status add_observations(const ObservationExpression& pattern, Window window, AtomPattern& out) {
  using Kind = ObservationExpression::Kind;
  for (const auto& qualifier : pattern.qualifiers) {
    if (qualifier.kind == Qualifier::Kind::within) return not_evaluated("the qualifier WITHIN");
    if (qualifier.kind == Qualifier::Kind::repeats) return not_evaluated("the qualifier REPEATS");
    const auto start = parse_rfc3339(qualifier.first);
    const auto stop = parse_rfc3339(qualifier.second);
    if (!start || !stop) return not_evaluated("the times of START and STOP");
    window.start = window.start ? std::max(*window.start, *start) : *start;
    window.stop = window.stop ? std::min(*window.stop, *stop) : *stop;
  }
  if (pattern.kind == Kind::all_of) return not_evaluated("AND between observations");
  if (pattern.kind == Kind::followed_by) return not_evaluated("FOLLOWEDBY");
  if (pattern.kind == Kind::any_of) {
    for (const auto& part : pattern.parts) TOCSIN_TRY(add_observations(part, window, out));
    return {};
  }
  if (two_types_joined(pattern.comparison) != nullptr)
    return not_evaluated("AND joins comparisons of objects of different types, and no object is of both");
  auto expression = expression_of(pattern.comparison);
  if (!expression) return std::move(expression).error();
  out.any_of.push_back({*std::move(expression), window.start, window.stop});
  return {};
}

void add_values(const ComparisonExpression& expression, std::vector<Value>& values) {
  for (const auto& part : expression.parts) add_values(part, values);
  const auto& test = expression.test;
  const bool positive =
      test.op == Operator::equal || test.op == Operator::in || test.op == Operator::is_subset;
  if (expression.kind != ComparisonExpression::Kind::test || !positive || test.negated) return;
  const auto path = path_of(print(test.path));
  if (!path) return;
  for (const auto& literal : test.literals) {
    if (literal.kind != Literal::Kind::string || literal.text.empty()) continue;
    const auto kind = behind_address_reference(*path) ? kind_behind_reference(literal.text) : kind_of(*path);
    values.push_back({kind, canonical_value(kind, literal.text)});
  }
}

void add_values(const ObservationExpression& pattern, std::vector<Value>& values) {
  if (pattern.kind == ObservationExpression::Kind::single) add_values(pattern.comparison, values);
  for (const auto& part : pattern.parts) add_values(part, values);
}

/// The paths as feeds write them: as they are named here, and hashes in the spellings that are seen most.
struct PlainPaths {
  std::vector<Path> paths;
  NameIndex index{names()};

 private:
  std::vector<std::string_view> names() {
    std::vector<std::string_view> all;
    const auto add = [&](std::string_view spelling, Path path) {
      all.push_back(spelling);
      paths.push_back(path);
    };
    for (std::size_t i = 0; i < static_cast<std::size_t>(Path::count_); ++i)
      add(name(static_cast<Path>(i)), static_cast<Path>(i));
    add("file:hashes.'MD5'", Path::file_md5);
    add("file:hashes.md5", Path::file_md5);
    add("file:hashes.SHA1", Path::file_sha1);
    add("file:hashes.sha1", Path::file_sha1);
    add("file:hashes.SHA256", Path::file_sha256);
    add("file:hashes.sha256", Path::file_sha256);
    return all;
  }
};

/// ASCII without quote and backslash; eight bytes at once.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101ULL, upper = 0x80 * ones;
  // The upper bit of the first byte that is 0; of those behind it perhaps too much.
  const auto holds = [](std::uint64_t bytes, unsigned char c) {
    const auto apart = bytes ^ (c * ones);
    return (apart - ones) & ~apart;
  };
  std::uint64_t odd = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t bytes;
    std::memcpy(&bytes, text.data(), 8);
    odd |= bytes | holds(bytes, '\'') | holds(bytes, '\\');
  }
  for (const char c : text)
    odd |= c == '\'' || c == '\\' || static_cast<unsigned char>(c) >= 0x80 ? upper : 0;
  return (odd & upper) == 0;
}

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<AtomPattern> atoms_of(const ObservationExpression& pattern) {
  AtomPattern out;
  TOCSIN_TRY(add_observations(pattern, {}, out));
  return out;
}

ValueKind kind_of(Path path) {
  switch (path) {
    case Path::ipv4_addr_value:
      return ValueKind::ipv4;
    case Path::ipv6_addr_value:
      return ValueKind::ipv6;
    case Path::domain_name_value:
    case Path::network_http_host:
      return ValueKind::domain;
    case Path::url_value:
      return ValueKind::url;
    case Path::email_addr_value:
    case Path::email_message_from_ref_value:
    case Path::email_message_to_refs_value:
    case Path::email_message_sender_ref_value:
      return ValueKind::email;
    case Path::mac_addr_value:
      return ValueKind::mac;
    case Path::file_md5:
    case Path::process_image_md5:
    case Path::x509_md5:
      return ValueKind::md5;
    case Path::file_sha1:
    case Path::process_image_sha1:
    case Path::x509_sha1:
      return ValueKind::sha1;
    case Path::file_sha256:
    case Path::process_image_sha256:
    case Path::x509_sha256:
      return ValueKind::sha256;
    case Path::file_sha512:
      return ValueKind::sha512;
    case Path::network_ja3:
    case Path::network_ja3s:
      return ValueKind::ja3;
    case Path::network_ja4:
      return ValueKind::ja4;
    case Path::file_name:
    case Path::process_image_name:
    case Path::process_parent_image_name:
      return ValueKind::file_name;
    case Path::mutex_name:
      return ValueKind::mutex;
    case Path::registry_key:
      return ValueKind::registry_key;
    default:
      return ValueKind::other;
  }
}

std::string atom_key(Path path, std::string_view text) {
  const auto kind = behind_address_reference(path) ? kind_behind_reference(text) : kind_of(path);
  switch (kind) {
    // = on these is equality of code points; folding would match what the pattern does not say.
    case ValueKind::url:
    case ValueKind::file_name:
    case ValueKind::mutex:
    case ValueKind::registry_key:
    case ValueKind::email:
    case ValueKind::other:
      return std::string{text};
    default:
      return canonical_value(kind, text);
  }
}

std::optional<PlainPattern> plain_pattern(std::string_view pattern) {
  static const PlainPaths known;
  if (pattern.size() > PatternLimits{}.text_bytes_max || !pattern.starts_with('[') ||
      !pattern.ends_with("']"))
    return std::nullopt;
  pattern = pattern.substr(1, pattern.size() - 3);
  const auto equals = pattern.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto place = known.index.find(without_spaces(pattern.substr(0, equals)));
  if (place == NameIndex::none) return std::nullopt;
  auto text = without_spaces(pattern.substr(equals + 1));
  if (!text.starts_with('\'') || text.size() == 1) return std::nullopt;
  text.remove_prefix(1);
  // What stood before the last quote belongs to the text, its spaces too.
  text = {text.data(), static_cast<std::size_t>(pattern.data() + pattern.size() - text.data())};
  if (!is_plain(text)) return std::nullopt;
  return PlainPattern{known.paths[place], text};
}

Value value_of(const PlainPattern& pattern) {
  const auto kind =
      behind_address_reference(pattern.path) ? kind_behind_reference(pattern.text) : kind_of(pattern.path);
  return {kind, canonical_value(kind, pattern.text)};
}

std::vector<Value> values_of(const ObservationExpression& pattern) {
  std::vector<Value> values;
  add_values(pattern, values);
  return values;
}

}  // namespace tocsin::stix
