#pragma once

/// The single place that answers who may do what. Every way out asks here; the default is no.
///
/// Contract: pure questions over values. Knowing that a thing exists counts as seeing it, so callers answer
///           not_found, byte for byte alike, wherever `sees` says no.
/// Source:   design laws 5 to 7 and 3a (Markings, Government reads, Doors); TLP 2.0.
/// Threads:  pure functions.

#include "policy/types.hpp"

namespace tocsin::policy {

/// Who asks: a token or certificate that was checked, and the member behind it as it stands now.
struct Principal {
  TokenId token;
  HolderId holder;
  std::string holder_name;
  Scopes scopes = 0;
  std::optional<Member> member;     ///< none: an operator of the hub
  std::optional<Member> client_of;  ///< the member it reads through, when it is somebody's client
  bool has(Scope scope) const { return (scopes & scope_bit(scope)) != 0; }
  bool is_operator() const { return !member && has(Scope::operate); }
  bool is_government() const { return member && member->kind == MemberKind::government; }
  MemberId member_id() const { return member ? member->id : MemberId{}; }
};

/// The part of a circle's state that a question needs about one principal, resolved once per request.
struct Standpoint {
  bool inside = false;     ///< an active member of the circle, or an active client of one
  bool as_client = false;  ///< reads through another member
  bool steward = false;    ///< its holder keeps this circle, and its token may act so
  Sequence visible_after;  ///< entries up to this one are closed to it (newcomer without history)
};
Standpoint standpoint(const Principal& principal, const Circle& circle);

/// May this principal know the content of an entry of this class? Asked once per class, not per entry.
bool sees(const Principal& principal, const Standpoint& standpoint, const MarkingClass& marking_class);

/// One rule that `sees` asks, and what it said. `why` is for the reader of the answer: it names no other
/// member.
struct Ruling {
  enum class Said : std::uint8_t { yes, no, grants };  ///< grants: yes, whatever the rules after it say
  std::string_view rule;
  Said said = Said::no;
  std::string why;
};
/// Every rule in the order in which `sees` asks it. The first that does not say yes decides.
std::vector<Ruling> rulings(const Principal& principal, const Standpoint& standpoint,
                            const MarkingClass& marking_class);

/// May a member of this kind, role and sector belong to the circle at all, by the rules as they are?
bool admissible(const Member& member, const Audience& audience);

/// May the principal share into the circle with this level? Errors: not_found (it is not inside), denied,
/// or invalid_input, naming the rule.
Status may_share(const Principal& principal, const Circle& circle, const Standpoint& standpoint,
                 stix::Tlp tlp, const std::set<MemberId>& recipients);

/// Does everyone who may see an entry of class `before` also see one of class `after`?
bool keeps_all_readers(const MarkingClass& before, const MarkingClass& after);

/// May content of (`from`, class) be shared as `to` by somebody who only received it? False when `to` would
/// show it to anyone whom the first audience, recipients or markings kept out.
bool wider(const MarkingClass& from, const std::set<MemberId>& from_members, const MarkingClass& to,
           const std::set<MemberId>& to_members);

}  // namespace tocsin::policy
