#pragma once

/// STIX 2.1 objects: parsed under hard limits, kept as bytes, summed up for the hub.
///
/// Source:  STIX 2.1 (Errata 01) §2 (types), §3 (common properties, versioning), §7.2 (markings).
/// Errors:  a `Problem` per broken rule, naming the object, the path and the rule; never throws.
/// Threads: pure functions; a `Parser` keeps buffers and belongs to one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::stix {

struct Limits {
  std::size_t body_bytes_max = 64ULL << 20;
  std::size_t object_bytes_max = 4ULL << 20;
  std::size_t objects_max = 100'000;
  std::size_t depth_max = 32;
  std::size_t string_bytes_max = 1ULL << 20;
};

enum class Severity : std::uint8_t { warning, error };

/// How much of the standard makes an object refused (levels.cpp has the table, docs/stix.md the reasons):
/// all it demands, what others could not read alike, or what nobody could work with.
enum class Level : std::uint8_t { strict, normal, lenient };

/// One broken rule.
struct Problem {
  std::string id;       ///< of the object; "(object 3)" when it has none that can be read
  std::string path;     ///< e.g. "object_marking_refs[1]"
  std::string rule;     ///< a short stable name, e.g. "modified-before-created"
  std::string section;  ///< of the standard, e.g. "STIX 2.1 §3.2"
  std::string reason;   ///< a sentence for a person
  Severity severity = Severity::error;
};

/// The levels of TLP 1 and 2 as one lattice, from free to strict (STIX 2.1 §7.2.1.4, TLP 2.0).
enum class Tlp : std::uint8_t { clear = 0, green = 1, amber = 2, amber_strict = 3, red = 4 };
std::string_view name(Tlp level);                ///< "clear", "green", "amber", "amber+strict", "red"
std::optional<Tlp> parse_tlp(std::string_view);  ///< also "white"; any case

/// The level a marking id stands for; nullopt for an id that is no TLP marking.
std::optional<Tlp> tlp_of_marking(std::string_view marking_id);

/// What a value is, so that it is compared in the right way. The numbers stand in the views.
enum class ValueKind : std::uint8_t {
  ipv4 = 1,
  ipv6 = 2,
  domain = 3,
  url = 4,
  email = 5,
  md5 = 6,
  sha1 = 7,
  sha256 = 8,
  sha512 = 9,
  file_name = 10,
  mutex = 11,
  registry_key = 12,
  ja3 = 13,
  ja4 = 14,
  mac = 15,
  other = 255,
};

/// A value in the form in which it is looked up (lower case where case means nothing, no trailing dot).
struct Value {
  ValueKind kind = ValueKind::other;
  std::string text;
  friend auto operator<=>(const Value&, const Value&) = default;
};
/// Recognises what a person typed: an address, a network, a domain, a URL, a hash, else a file name. Refangs
/// (hxxp, [.]) first.
Value recognise_value(std::string_view typed);
/// Canonical form of a text that is known to be of `kind`.
std::string canonical_value(ValueKind kind, std::string_view text);

struct Reference {
  std::string property;  ///< e.g. "source_ref", "object_refs"
  std::string target;    ///< the id
};

/// What the hub knows of an object without reading it again.
struct Object {
  std::string bytes;  ///< the accepted JSON text without white space outside strings
  std::string id, type;
  std::string created, modified;  ///< source text; empty where the type has none
  std::string created_by_ref;
  bool revoked = false;
  std::vector<std::string> marking_refs;  ///< object markings, then granular ones, without repeats
  bool granular_markings = false;
  std::optional<Timestamp> valid_from, valid_until;
  std::string name, pattern, pattern_type;
  std::vector<Reference> references;  ///< every *_ref and *_refs but markings
  std::vector<Value> values;          ///< observable values it holds or its pattern names, without repeats
  std::vector<Problem> warnings;

  /// The version in TAXII's sense (§4.3.1): modified, else created, else empty.
  const std::string& version() const { return modified.empty() ? created : modified; }
};

/// The strictest TLP level among the markings. A marking id that is not TLP counts as `unknown_is`: most
/// restrictive by default, because nobody can say what it forbids (standards §2.5).
struct EffectiveMarking {
  std::optional<Tlp> level;  ///< nullopt: unmarked
  bool unknown = false;      ///< at least one marking that is not TLP and not in `known_harmless`
};
EffectiveMarking effective_marking(const Object& object);

/// Orders two version texts as exact decimals of time, not as strings. Negative, zero, positive.
int compare_versions(std::string_view a, std::string_view b);

/// One object of a submission, or why it is not one.
struct Parsed {
  std::optional<Object> object;
  std::vector<Problem> problems;  ///< of severity error when there is no object
};

/// What is to be said of a submission, when nothing of it is to be kept.
struct Verdicts {
  std::size_t objects = 0;
  std::size_t refused = 0;
  std::vector<Problem> problems;  ///< of bundles, then of objects in order; warnings too
};

class Parser {
 public:
  explicit Parser(Limits limits = {}, Level level = Level::normal);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// Reads a bundle, a TAXII envelope, a list, a single object, or newline-delimited ones of these, and gives
  /// one `Parsed` per object, in order. Errors: invalid_input when the whole body is none of these or breaks
  /// a limit of the body (size, count, not JSON, not UTF-8); single bad objects do not fail the others.
  Result<std::vector<Parsed>> parse_submission(std::string_view body);

  /// Checks what `parse_submission` would read, under the same limits and with the same errors.
  Result<Verdicts> validate(std::string_view body);

  /// Reads one object.
  Parsed parse_object(std::string_view json);
  /// Whether `parse_object` would give an object.
  bool accepts(std::string_view json);

  /// Broken rules of the bundles themselves in what `parse_submission` read last; their objects are taken all
  /// the same.
  const std::vector<Problem>& bundle_problems() const;

 private:
  struct State;
  Result<std::vector<Parsed>> read(std::string_view body);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::stix
