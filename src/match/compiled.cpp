#include "match/compiled.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "match/rule.hpp"

namespace tocsin::match {
namespace {

using stix::Path;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

bool less_common(const Atom& a, const Atom& b) {
  // A subset counts as one step more common than equality: a network holds many addresses.
  const auto rank = [](const Atom& atom) {
    return commonness(atom.path) * 2 + (atom.relation == Relation::subset ? 1 : 0);
  };
  return rank(a) < rank(b);
}

Status append_value(std::string& out, const Indicator& indicator, const Atom& atom,
                    const std::string& value) {
  Form form = Form::text;
  std::string buffer;
  if (atom.relation == Relation::subset) {
    const auto network = parse_network(value);
    if (!holds_addresses(atom.path))
      return Error{Errc::invalid_input, "a subset is asked of a path that holds no addresses"};
    if (!network) return Error{Errc::invalid_input, "not a network: " + value};
    form = Form::prefix;
    buffer = PrefixKey{*network}.bytes();
  } else if (const auto address = holds_addresses(atom.path) ? parse_address(value) : std::nullopt) {
    form = Form::prefix;
    buffer = PrefixKey{*address}.bytes();
  } else {
    if (holds_domains(atom.path) && indicator.domains == DomainMatch::with_subdomains) form = Form::suffix;
    std::string folded;
    buffer = fold(atom.path, value, folded);
  }
  out.push_back(static_cast<char>(form));
  append_text(out, buffer);
  return {};
}

Status append_alternative(std::string& out, const Indicator& indicator, const Conjunction& conjunction) {
  const auto& atoms = conjunction.atoms;
  if (atoms.empty()) return Error{Errc::invalid_input, "an alternative without comparisons"};
  const auto anchor = std::min_element(atoms.begin(), atoms.end(), less_common);
  const bool timed = conjunction.start || conjunction.stop;
  append_varint(out, atoms.size() * 2 + (timed ? 1 : 0));
  if (timed) {
    append_number(out, conjunction.start ? to_micros(*conjunction.start) : INT64_MIN);
    append_number(out, conjunction.stop ? to_micros(*conjunction.stop) : INT64_MAX);
  }
  const auto append_atom = [&](const Atom& atom) -> Status {
    if (atom.values.empty()) return Error{Errc::invalid_input, "a comparison without values"};
    out.push_back(static_cast<char>(atom.path));
    append_varint(out, atom.values.size());
    for (const auto& value : atom.values) TOCSIN_TRY(append_value(out, indicator, atom, value));
    return {};
  };
  TOCSIN_TRY(append_atom(*anchor));
  for (auto atom = atoms.begin(); atom != atoms.end(); ++atom)
    if (atom != anchor) TOCSIN_TRY(append_atom(*atom));
  return {};
}

void append_trigger_front(std::string& out) {
  append_varint(out, 3);  // one comparison, and times
  append_number(out, INT64_MAX);
  append_number(out, INT64_MIN);
}

Status append_rule(std::string& out, const Indicator& indicator) {
  const auto& rule = *indicator.rule;
  append_varint(out, 1 + rule.triggers.exact.size());
  append_trigger_front(out);
  out.push_back('\0');
  append_varint(out, 1);
  out.push_back(static_cast<char>(Form::pattern));
  append_text(out, rule.text);
  for (const auto& atom : rule.triggers.exact) {
    append_trigger_front(out);
    out.push_back(static_cast<char>(atom.path));
    append_varint(out, atom.values.size());
    for (const auto& value : atom.values) TOCSIN_TRY(append_value(out, indicator, atom, value));
  }
  return {};
}

}  // namespace

int commonness(Path path) {
  switch (path) {
    case Path::network_protocols:
    case Path::network_src_port:
    case Path::network_dst_port:
    case Path::process_pid:
    case Path::process_parent_pid:
      return 4;
    case Path::software_name:
    case Path::network_http_user_agent:
    case Path::autonomous_system_number:
    case Path::user_account_user_id:
    case Path::directory_path:
    case Path::file_parent_directory_path:
    case Path::process_image_parent_directory_path:
    case Path::file_size:
      return 3;
    case Path::file_name:
    case Path::process_image_name:
    case Path::process_parent_image_name:
    case Path::process_parent_command_line:
    case Path::network_http_request_value:
    case Path::registry_value_name:
    case Path::registry_value_data:
    case Path::x509_issuer:
    case Path::x509_subject:
      return 2;
    default:
      return 1;
  }
}

std::string_view pattern_text(const char* alternatives) {
  Cursor cursor{alternatives};
  cursor.number();
  const Alternative first{cursor.at()};
  if (!first.is_trigger()) return {};
  cursor = first.cursor;
  cursor.byte();    // a path, which says nothing
  cursor.number();  // one value
  const auto form = static_cast<Form>(cursor.byte());
  return form == Form::pattern ? cursor.text() : std::string_view{};
}

std::string with_circle(std::string_view bytes, CircleId circle) {
  Cursor cursor{bytes.data()};
  cursor.number();
  std::string out;
  append_varint(out, circle.value());
  return out.append(bytes.substr(static_cast<std::size_t>(cursor.at() - bytes.data())));
}

std::uint32_t to_second(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX - 1));
}

Result<Compiled> compile(const Indicator& indicator) {
  std::size_t values = 0;
  for (const auto& conjunction : indicator.alternatives)
    for (const auto& atom : conjunction.atoms) values += atom.values.size();
  if (values == 0 && !indicator.rule)
    return Error{Errc::invalid_input, indicator.id + ": the pattern names no value"};
  if (values > indicator_values_max)
    return Error{Errc::invalid_input,
                 indicator.id + ": more than " + std::to_string(indicator_values_max) + " values"};

  Compiled out;
  if (indicator.valid_from) out.from_second = to_second(*indicator.valid_from);
  if (indicator.valid_until) out.until_second = to_second(*indicator.valid_until);
  if (indicator.expires) out.until_second = std::min(out.until_second, to_second(*indicator.expires));
  append_varint(out.bytes, indicator.circle.value());
  append_varint(out.bytes, indicator.sequence.value());
  out.bytes.push_back(static_cast<char>(indicator.confidence ? *indicator.confidence + 1 : 0));
  append_text(out.bytes, indicator.id);
  append_text(out.bytes, indicator.name);
  append_text(out.bytes, indicator.note);
  if (indicator.rule) {
    out.rule = indicator.rule;
    if (auto done = append_rule(out.bytes, indicator); !done)
      return in_context(indicator.id + ": ", std::move(done).error());
    return out;
  }
  append_varint(out.bytes, indicator.alternatives.size());
  for (const auto& conjunction : indicator.alternatives)
    if (auto done = append_alternative(out.bytes, indicator, conjunction); !done)
      return in_context(indicator.id + ": ", std::move(done).error());
  return out;
}

Head read_head(const char* bytes) {
  Cursor cursor{bytes};
  Head head{};
  head.circle = CircleId{cursor.number()};
  head.sequence = Sequence{cursor.number()};
  if (const auto confidence = cursor.byte()) head.confidence = static_cast<std::uint8_t>(confidence - 1);
  head.id = cursor.text();
  head.name = cursor.text();
  head.note = cursor.text();
  head.alternatives = cursor.at();
  return head;
}

bool others_fulfilled(const char* alternative, const stix::Observation& observation, std::uint8_t object) {
  const Alternative whole{alternative};
  const auto time = to_micros(observation.time());
  if (time < whole.start || time >= whole.stop) return false;
  Cursor cursor = whole.cursor;
  for (std::uint64_t atom = 0; atom < whole.atoms; ++atom) {
    const auto path = static_cast<Path>(cursor.byte());
    bool fulfilled = atom == 0;
    for (auto values = cursor.number(); values > 0; --values) {
      const auto form = static_cast<Form>(cursor.byte());
      const auto bytes = cursor.text();
      if (fulfilled) continue;
      fulfilled = std::ranges::any_of(observation.values(), [&](const stix::Observed& observed) {
        return observed.object == object && observed.path == path &&
               fulfils(path, form, bytes, observed.text);
      });
    }
    if (!fulfilled) return false;
  }
  return true;
}

}  // namespace tocsin::match
