#pragma once

/// Who is who, and what a circle's rules say.
///
/// Source:  design: words, laws 5 and 7; TLP 2.0 (FIRST, August 2022).
/// Threads: values; a `Directory` (directory.hpp) guards its own.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "policy/handling.hpp"
#include "stix/object.hpp"

namespace tocsin::policy {

enum class MemberKind : std::uint8_t { company = 0, government = 1, association = 2, researcher = 3 };
enum class GovernmentRole : std::uint8_t {
  none = 0,
  cert = 1,
  regulator = 2,
  law_enforcement = 3,
  intelligence = 4
};
enum class Standing : std::uint8_t { active = 0, suspended = 1, removed = 2 };

std::string_view name(MemberKind kind);
std::string_view name(
    GovernmentRole role);  ///< "none", "cert", "regulator", "law-enforcement", "intelligence"
std::string_view name(Standing standing);
std::optional<MemberKind> parse_member_kind(std::string_view text);
std::optional<GovernmentRole> parse_government_role(std::string_view text);

/// What a token may do. A token holds a set of these; the rest is denied.
enum class Scope : std::uint8_t {
  read = 1,        ///< read circles of the member, follow, search
  share = 2,       ///< share, withdraw, ask
  sight = 4,       ///< report sightings, acknowledge
  administer = 8,  ///< the member's own people, machines, tokens, assets
  steward = 16,    ///< act as steward where its holder is one
  operate = 32,    ///< run the hub: circles, invites, suspension; never content
};
using Scopes = std::uint8_t;
constexpr Scopes scope_bit(Scope scope) {
  return static_cast<Scopes>(scope);
}
std::string_view name(Scope scope);
std::optional<Scope> parse_scope(std::string_view text);
std::vector<std::string_view> names_of(Scopes scopes);

/// A domain or an address range that a member has shown to be its own.
struct Asset {
  std::uint64_t id = 0;
  MemberId member;
  std::string kind;      ///< "domain" or "cidr"
  std::string value;     ///< canonical
  std::string verified;  ///< "steward", "dns", "http"; empty: not yet, and without effect
};

struct Member {
  MemberId id;
  std::string uuid;
  std::string name;
  MemberKind kind = MemberKind::company;
  GovernmentRole role = GovernmentRole::none;
  std::string sector;
  Standing standing = Standing::active;
  MemberId client_of;  ///< 0: none. A client reads through that member, never AMBER+STRICT or RED
  std::set<std::string> identities;  ///< STIX identity ids registered as this member's own
};

/// A collection of another server that the hub follows into a circle. Its secrets lie in the hub's.
struct Feed {
  std::uint64_t id = 0;
  CircleId circle;
  std::string name;      ///< unique in its circle
  TokenId token;         ///< it shares and withdraws under this one, and ends with it
  std::string settings;  ///< JSON (src/feed/settings.hpp)
  bool paused = false;
  std::string why;  ///< it is paused
};

/// A person or a machine of a member. Member 0: the hub's operators.
struct Holder {
  HolderId id;
  MemberId member;
  std::string name;
  bool machine = false;
};

struct Token {
  TokenId id;
  HolderId holder;
  Scopes scopes = 0;
  std::string certificate_sha256;  ///< hex; empty: a secret, not a certificate
  Timestamp expires;               ///< epoch 0: never
  bool revoked = false;
  bool sign_in = false;  ///< has no secret: the rights of its holder's sessions in a browser
};

enum class Attribution : std::uint8_t { unnamed = 0, named = 1 };
enum class SightingRule : std::uint8_t { off = 0, count = 1, named = 2 };
/// What an indicator must say beside its pattern: `any` of a confidence, a kill chain phase, a sentence.
enum class ContextRule : std::uint8_t { none = 0, any = 1 };

/// The rules of a circle. Every field has a meaning when the circle is created with none given.
struct Rules {
  stix::Tlp tlp_max = stix::Tlp::amber;
  stix::Tlp tlp_default = stix::Tlp::amber;  ///< of an object that carries no TLP marking
  std::set<MemberKind> kinds{MemberKind::company, MemberKind::association, MemberKind::researcher,
                             MemberKind::government};
  std::set<GovernmentRole> government_roles{GovernmentRole::cert};
  std::set<std::string> sectors;  ///< empty: any
  bool newcomers_see_history = true;
  Attribution attribution = Attribution::unnamed;
  SightingRule sightings = SightingRule::count;
  bool sightings_to_government = false;
  std::map<std::string, std::uint32_t> lifetime_days;  ///< by value kind ("ipv4", "domain", …); absent: none
  bool screening = false;                ///< the hub refuses what may point at a person or into a house
  std::string screen_policy;             ///< what the circle's screen has beyond the hub's; empty: nothing
  std::string government_screen_policy;  ///< government reads only what passes this too; empty: all
  std::map<std::string, std::uint32_t> decay_days;  ///< half-life, by value kind; absent: it does not fade
  std::uint32_t decay_floor = 10;  ///< per cent of freshness below which decay ends an indicator; 0: never
  bool end_expired = false;        ///< what is past its `valid_until` or lifetime is ended in the log, too
  std::optional<std::uint32_t> flood;  ///< objects an hour that pass from one member; none: any number
  std::optional<std::uint32_t> newcomer_flood;  ///< the same while it is new here
  std::uint32_t newcomer_days = 30;
  ContextRule context = ContextRule::none;
  friend bool operator==(const Rules&, const Rules&) = default;
};

/// Who may read what is logged now; bound to an entry when it is logged.
struct Audience {
  std::uint8_t kinds = 0;             ///< bit per MemberKind
  std::uint8_t government_roles = 0;  ///< bit per GovernmentRole
  std::set<std::string> sectors;      ///< empty: any
  friend bool operator==(const Audience&, const Audience&) = default;
};

/// How long a widening of the audience waits after its visible entry (law 7).
inline constexpr std::chrono::hours widening_delay{72};

struct RulesVersion {
  std::uint32_t version = 1;
  Timestamp logged;
  Rules rules;
};

struct Membership {
  Standing standing = Standing::active;
  Timestamp since;          ///< of the admission that counts
  Sequence since_sequence;  ///< of that entry: newcomers see what came after, when history is closed to them
  char reliability = 'F';   ///< as the stewards see it: A (completely) to E (not), F: cannot be judged
};

struct Circle {
  CircleId id;
  std::string uuid;
  std::string name;
  std::vector<RulesVersion> rules;  ///< ascending; never empty once created
  std::map<MemberId, Membership> roster;
  std::set<HolderId> stewards;

  const Rules& current_rules() const { return rules.back().rules; }
  std::uint32_t rules_version() const { return rules.empty() ? 0 : rules.back().version; }
};

/// The audience in force at `time`: the newest rules, but what they widened less than 72 h before counts only
/// as far as the rules before allowed it.
Audience audience_at(const Circle& circle, Timestamp time);

/// What an entry's readers are chosen by. Interned per circle; rows carry its index.
struct MarkingClass {
  enum class Shape : std::uint8_t {
    content = 0,     ///< an object, a withdrawal: by TLP, audience, recipients
    governance = 1,  ///< rules, membership, decisions: every member of the circle
    held = 2,        ///< waits: its author and the stewards
    sighting = 3,    ///< as content, and government only when the rules said so
    direct = 4,      ///< a message: its author and its recipients
  };
  Shape shape = Shape::content;
  stix::Tlp tlp = stix::Tlp::amber;
  Audience audience;
  std::set<MemberId> recipients;  ///< empty: everyone of the audience
  MemberId author;
  bool sightings_to_government = false;
  Handling handling;  ///< what markings ask beyond TLP
  friend bool operator==(const MarkingClass&, const MarkingClass&) = default;
};

/// Rules and marking classes as JSON, for entries and replies. Errors: invalid_input names the field.
std::string to_json(const Rules& rules);
Result<Rules> parse_rules(std::string_view json, const Rules& base = {});
std::string to_json(const MarkingClass& marking_class);
Result<MarkingClass> parse_marking_class(std::string_view json);

}  // namespace tocsin::policy
