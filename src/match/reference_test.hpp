#pragma once

/// What a set of indicators means, written without any index: the measure for the real one. And random
/// indicators and records over few values, so that they meet.

#include <algorithm>
#include <cctype>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "match/indicator.hpp"

namespace tocsin::match::reference {

using stix::Path;
using Model = std::map<std::pair<CircleId, std::string>, Indicator>;
using Found = std::set<std::tuple<std::string, std::uint64_t, std::string>>;  // value, circle, id

inline bool has_letters_folded(Path path) {
  return path == Path::domain_name_value || path == Path::network_dst_ref_value || path == Path::file_sha256;
}
inline bool is_domain(Path path) {
  return path == Path::domain_name_value || path == Path::network_dst_ref_value;
}

inline std::string plain(Path path, std::string text) {
  if (has_letters_folded(path))
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (is_domain(path) && text.ends_with('.')) text.pop_back();
  return text;
}

/// An address as a row of zeros and ones; empty when it is none. Knows only the forms that `Random` makes.
inline std::string bits_of(const std::string& text) {
  std::string bits;
  std::vector<unsigned> parts;
  const bool v6 = text.find(':') != std::string::npos;
  std::string part;
  for (const char c : text + (v6 ? ":" : ".")) {
    if (c == (v6 ? ':' : '.')) {
      if (part.empty() || part.size() > 4) return {};
      parts.push_back(static_cast<unsigned>(std::stoul(part, nullptr, v6 ? 16 : 10)));
      part.clear();
    } else if (std::isxdigit(static_cast<unsigned char>(c)) != 0 &&
               (v6 || std::isdigit(static_cast<unsigned char>(c)) != 0)) {
      part += c;
    } else {
      return {};
    }
  }
  if (parts.size() != (v6 ? 8U : 4U)) return {};
  for (const unsigned value : parts)
    for (int bit = v6 ? 15 : 7; bit >= 0; --bit) bits += (value >> bit & 1U) != 0 ? '1' : '0';
  return bits;
}

inline bool value_fits(const Indicator& indicator, const Atom& atom, const std::string& value,
                       const std::string& seen) {
  if (atom.relation == Relation::subset) {
    const auto slash = value.find('/');
    const auto network = bits_of(value.substr(0, slash));
    const auto address = bits_of(seen);
    const auto length = static_cast<std::size_t>(std::stoul(value.substr(slash + 1)));
    return network.size() == address.size() && !address.empty() &&
           network.substr(0, length) == address.substr(0, length);
  }
  const auto a = plain(atom.path, value);
  const auto b = plain(atom.path, seen);
  if (a == b) return true;
  if (const auto bits = bits_of(a); !bits.empty() && bits == bits_of(b)) return true;
  return is_domain(atom.path) && indicator.domains == DomainMatch::with_subdomains && bits_of(a).empty() &&
         b.ends_with("." + a);
}

inline bool atom_fits(const Indicator& indicator, const Atom& atom, const stix::Observed& observed) {
  return atom.path == observed.path && std::ranges::any_of(atom.values, [&](const std::string& value) {
           return value_fits(indicator, atom, value, std::string{observed.text});
         });
}

/// Every value whose place in the record fulfils the indicator's rarest atom, when the others hold on the
/// same object. With one atom, that is every value that fulfils it.
inline Found evaluate(const Model& model, const stix::Observation& record, Timestamp now) {
  Found out;
  for (const auto& entry : model) {
    const auto& key = entry.first;
    const Indicator& indicator = entry.second;
    const auto second = [](Timestamp time) { return std::chrono::floor<std::chrono::seconds>(time); };
    if (indicator.valid_from && second(now) < second(*indicator.valid_from)) continue;
    if (indicator.valid_until && second(now) >= second(*indicator.valid_until)) continue;
    if (indicator.expires && second(now) >= second(*indicator.expires)) continue;
    for (const auto& conjunction : indicator.alternatives)
      for (const auto& observed : record.values()) {
        const bool all = std::ranges::all_of(conjunction.atoms, [&](const Atom& atom) {
          return std::ranges::any_of(record.values(), [&](const stix::Observed& other) {
            return other.object == observed.object && atom_fits(indicator, atom, other);
          });
        });
        // `Random` puts the atom that the set anchors in front.
        if (all && atom_fits(indicator, conjunction.atoms.front(), observed))
          out.emplace(std::string{observed.text}, key.first.value(), key.second);
      }
  }
  return out;
}

inline std::set<std::pair<std::uint64_t, std::string>> keys_of(const std::vector<Indicator>& indicators) {
  std::set<std::pair<std::uint64_t, std::string>> out;
  for (const auto& one : indicators) out.emplace(one.circle.value(), one.id);
  return out;
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_{seed} {}
  std::uint32_t below(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>{0, limit - 1}(engine_);
  }

  std::string domain() {
    std::string out = label();
    for (auto more = below(3); more > 0; --more) out += "." + label();
    return below(8) == 0 ? out + "." : out;
  }
  std::string v4() {
    return std::to_string(below(2) * 10) + "." + std::to_string(below(2) * 128) + "." +
           std::to_string(below(3)) + "." + std::to_string(below(4) * 80);
  }
  std::string v6() {
    static constexpr const char* zero_forms[] = {"0", "0000"};
    std::string out = below(2) == 0 ? "2001:db8" : "2001:DB8";
    for (int i = 0; i < 5; ++i) out += std::string(":") + zero_forms[below(2)];
    return out + (below(2) == 0 ? ":a" : ":8000");
  }
  std::string value(Path path) {
    switch (path) {
      case Path::ipv4_addr_value:
        return v4();
      case Path::ipv6_addr_value:
        return v6();
      case Path::network_dst_ref_value:
        return below(3) == 0 ? domain() : below(2) == 0 ? v4() : v6();
      case Path::domain_name_value:
        return domain();
      case Path::network_dst_port:
        return std::to_string(below(3));
      default:
        return std::string(below(2) == 0 ? "a" : "B") + std::to_string(below(3));
    }
  }
  Path path() {
    static constexpr Path some[] = {Path::ipv4_addr_value,       Path::ipv6_addr_value,
                                    Path::network_dst_ref_value, Path::domain_name_value,
                                    Path::file_sha256,           Path::url_value};
    return some[below(6)];
  }
  Atom atom(Path path) {
    Atom out{path, Relation::equals, {}};
    const bool addresses = path == Path::ipv4_addr_value || path == Path::ipv6_addr_value;
    if (addresses && below(2) == 0) out.relation = Relation::subset;
    for (auto left = 1 + below(3); left > 0; --left) {
      auto text = value(path);
      if (out.relation == Relation::subset)
        text += "/" + std::to_string(below(path == Path::ipv4_addr_value ? 33 : 129));
      out.values.push_back(std::move(text));
    }
    return out;
  }
  Indicator indicator(Timestamp now) {
    Indicator out;
    out.id = "indicator--" + std::to_string(below(400));
    out.circle = CircleId{1 + below(2)};
    out.sequence = Sequence{++sequence_};
    if (below(3) == 0) out.valid_from = now + std::chrono::milliseconds{below(20'000)};
    if (below(3) == 0) out.valid_until = now + std::chrono::milliseconds{below(20'000)};
    if (below(5) == 0) out.expires = now + std::chrono::milliseconds{below(20'000)};
    if (below(2) == 0) out.domains = DomainMatch::with_subdomains;
    for (auto left = 1 + below(2); left > 0; --left) {
      Conjunction conjunction{{atom(path())}, {}, {}};
      if (below(3) == 0) conjunction.atoms.push_back(atom(Path::network_dst_port));
      out.alternatives.push_back(std::move(conjunction));
    }
    return out;
  }
  void fill(stix::Observation& record) {
    for (auto objects = 1 + below(3); objects > 0; --objects) {
      const auto object = record.next_object();
      for (auto left = 1 + below(4); left > 0; --left) {
        const auto where = below(4) == 0 ? Path::network_dst_port : path();
        record.add(where, object, record.keep(value(where)));
      }
    }
  }

 private:
  std::string label() { return std::string(1, "abAB"[below(4)]) + (below(4) == 0 ? "x" : ""); }
  std::mt19937 engine_;
  std::uint64_t sequence_ = 0;
};

}  // namespace tocsin::match::reference
