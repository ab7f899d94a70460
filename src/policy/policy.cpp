#include "policy/policy.hpp"

#include <algorithm>
#include <array>

namespace tocsin::policy {
namespace {

const Membership* membership_in(const Circle& circle, const std::optional<Member>& member) {
  if (!member || member->standing != Standing::active) return nullptr;
  const auto it = circle.roster.find(member->id);
  return it == circle.roster.end() || it->second.standing != Standing::active ? nullptr : &it->second;
}

bool listens_for_government(const Member& member, const Audience& audience) {
  return member.kind != MemberKind::government ||
         (audience.government_roles >> static_cast<unsigned>(member.role) & 1U) != 0;
}

bool kind_and_sector_admissible(const Member& member, const Audience& audience) {
  return (audience.kinds >> static_cast<unsigned>(member.kind) & 1U) != 0 &&
         (audience.sectors.empty() || member.sector.empty() || audience.sectors.contains(member.sector) ||
          member.kind == MemberKind::government);
}

/// TLP 2.0: what a member's client may read of what the member may read.
bool passes_to_clients(stix::Tlp level) {
  return level <= stix::Tlp::amber;
}

using Said = Ruling::Said;
using Shape = MarkingClass::Shape;

/// What every rule looks at.
struct Question {
  const Principal& principal;
  const Standpoint& at;
  const MarkingClass& entry;
  const Member& member;

  bool own() const { return entry.author.value() != 0 && entry.author == member.id; }
  bool named() const { return entry.recipients.contains(member.id); }
  /// A client reads through its member, so what is asked of a reader is asked of both.
  bool each(bool (*asked)(const Member&, const Question&)) const {
    if (!asked(member, *this)) return false;
    return !at.as_client || (principal.client_of && asked(*principal.client_of, *this));
  }
};

Said yes_if(bool yes) {
  return yes ? Said::yes : Said::no;
}

Reader reader_of(const Member& member) {
  switch (member.kind) {
    case MemberKind::company:
      return Reader::company;
    case MemberKind::association:
      return Reader::association;
    case MemberKind::researcher:
      return Reader::researcher;
    case MemberKind::government:
      break;
  }
  switch (member.role) {
    case GovernmentRole::cert:
      return Reader::cert;
    case GovernmentRole::regulator:
      return Reader::regulator;
    case GovernmentRole::law_enforcement:
      return Reader::law_enforcement;
    case GovernmentRole::intelligence:
      return Reader::intelligence;
    case GovernmentRole::none:
      break;
  }
  return Reader::government;
}

std::string kind_of(const Member& member) {
  if (member.kind != MemberKind::government) return std::string{name(member.kind)};
  return "government (" + std::string{name(member.role)} + ")";
}

Said ask_membership(const Question& question) {
  return yes_if(question.principal.has(Scope::read));
}
std::string why_membership(const Question& question, Said said) {
  if (said == Said::no) return "the token has not the scope 'read'";
  return question.at.as_client ? "it reads through an active member, as its client"
                               : "it is an active member of the circle";
}

Said ask_kind_of_entry(const Question& question) {
  switch (question.entry.shape) {
    case Shape::governance:
      return Said::grants;
    case Shape::held:
      return question.own() || question.at.steward ? Said::grants : Said::no;
    case Shape::direct:
      return question.own() || question.named() ? Said::grants : Said::no;
    case Shape::sighting:
      return yes_if(!question.principal.is_government() || question.own() ||
                    question.entry.sightings_to_government);
    case Shape::content:
      break;
  }
  return Said::yes;
}
std::string why_kind_of_entry(const Question& question, Said said) {
  switch (question.entry.shape) {
    case Shape::governance:
      return "rules and membership are every member's";
    case Shape::held:
      return "what is held is its author's and the stewards'";
    case Shape::direct:
      return "a message is its writer's and its recipients'";
    case Shape::sighting:
      return said == Said::no ? "sightings go to government only by the circle's rule" : "a sighting";
    case Shape::content:
      break;
  }
  return "content: the markings decide";
}

Said ask_author(const Question& question) {
  return question.own() ? Said::grants : Said::yes;
}
std::string why_author(const Question&, Said said) {
  return said == Said::grants ? "it shared this itself" : "not asked: whoever shared it sees it in any case";
}

bool kind_and_sector_admitted(const Member& member, const Question& question) {
  return kind_and_sector_admissible(member, question.entry.audience);
}
Said ask_audience(const Question& question) {
  return yes_if(question.each(kind_and_sector_admitted));
}
std::string why_audience(const Question& question, Said said) {
  return said == Said::no ? "the circle's rules when it was logged did not let in " +
                                kind_of(question.member) + " of its sector"
                          : "the circle's rules when it was logged let in its kind and sector";
}

bool role_admitted(const Member& member, const Question& question) {
  return listens_for_government(member, question.entry.audience);
}
Said ask_government(const Question& question) {
  return yes_if(question.each(role_admitted));
}
std::string why_government(const Question& question, Said said) {
  if (!question.principal.is_government()) return "it is no government body";
  const std::string role = " government in the role " + std::string{name(question.member.role)};
  if (said == Said::no)
    return "the circle's rules, or its screen for government, did not let in" + role + " when it was logged";
  return "the circle's rules when it was logged let in" + role;
}

Said ask_tlp(const Question& question) {
  return yes_if(question.entry.tlp != stix::Tlp::red || !question.entry.recipients.empty());
}
std::string why_tlp(const Question& question, Said said) {
  const std::string level = "TLP:" + std::string{stix::name(question.entry.tlp)};
  if (question.entry.handling.not_read)
    return level + ": it carries a marking that the hub cannot read" +
           (said == Said::no ? ", and names nobody" : "");
  if (said == Said::no) return level + " that names nobody";
  return level + (question.entry.tlp == stix::Tlp::red ? ": its recipients" : ": members of the circle");
}

Said ask_clients(const Question& question) {
  return yes_if(!question.at.as_client || passes_to_clients(question.entry.tlp));
}
std::string why_clients(const Question& question, Said said) {
  if (!question.at.as_client) return "it is nobody's client here";
  return said == Said::no ? "clients read up to TLP:amber"
                          : "clients read up to TLP:amber, and this is not above";
}

Said ask_recipients(const Question& question) {
  if (question.entry.recipients.empty()) return Said::yes;
  return yes_if(!question.at.as_client && question.named());
}
std::string why_recipients(const Question& question, Said said) {
  if (question.entry.recipients.empty()) return "it names none: everyone whom the other rules let in";
  return said == Said::no ? "it names recipients, and this is none of them" : "it is a named recipient";
}

bool in_reach_of_access(const Member& member, const Question& question) {
  return question.entry.handling.access.lets(reader_of(member), question.named());
}
bool in_reach_of_use(const Member& member, const Question& question) {
  return question.entry.handling.use.lets(reader_of(member), question.named());
}
Said ask_acs(const Question& question) {
  return yes_if((!question.at.as_client || question.entry.handling.clients) &&
                question.each(in_reach_of_access) && question.each(in_reach_of_use));
}
std::string why_acs(const Question& question, Said said) {
  const Handling& handling = question.entry.handling;
  if (handling.access == Reach{} && handling.use == Reach{} && handling.clients) return "it has no ACS limit";
  if (said == Said::yes) return "its ACS marking permits it to " + kind_of(question.member);
  if (question.at.as_client && !handling.clients)
    return "its ACS marking forbids further sharing, so clients are out";
  const bool has_access = question.each(in_reach_of_access);
  if ((has_access ? handling.use : handling.access).lets(reader_of(question.member), true))
    return "its ACS marking asks what the hub cannot check (nationality, organisation): only named "
           "recipients";
  if (!has_access) return "its ACS control set or further sharing leaves out " + kind_of(question.member);
  switch (reader_of(question.member)) {
    case Reader::law_enforcement:
      return "its ACS marking does not permit law-enforcement use (LEGAL)";
    case Reader::intelligence:
      return "its ACS marking does not permit intelligence use (INTEL)";
    case Reader::regulator:
      return "its ACS marking does not permit legal use (LEGAL), which is what a regulator reads for";
    default:
      return "its ACS marking does not permit defensive use (DSPLY, NETDEF, CISAUSES) to " +
             kind_of(question.member);
  }
}

Said ask_iep(const Question&) {
  return Said::yes;
}
std::string why_iep(const Question& question, Said) {
  if (!question.entry.handling.iep) return "it has no IEP policy";
  return "IEP limits no reader beyond its TLP; it permits " +
         std::string{stix::name(question.entry.handling.actions)} + " (actions)";
}

bool consented(const Member& member, const Question& question) {
  return question.entry.handling.consent.lets(reader_of(member), question.named());
}
Said ask_ais(const Question& question) {
  return yes_if(question.each(consented));
}
std::string why_ais(const Question& question, Said said) {
  if (question.entry.handling.consent == Reach{})
    return "it has no AIS consent that limits who learns the source";
  if (question.entry.handling.consent.named == 0) return "it tells its source, whose AIS consent is 'none'";
  return said == Said::no ? "it tells its source, whose AIS consent is for government alone"
                          : "it tells its source, whose AIS consent is for government";
}

struct Rule {
  std::string_view name;
  Said (*ask)(const Question&);
  std::string (*why)(const Question&, Said);
};
constexpr std::array<Rule, 11> rules{{{"membership", ask_membership, why_membership},
                                      {"kind of entry", ask_kind_of_entry, why_kind_of_entry},
                                      {"author", ask_author, why_author},
                                      {"audience", ask_audience, why_audience},
                                      {"government role", ask_government, why_government},
                                      {"TLP", ask_tlp, why_tlp},
                                      {"AMBER+STRICT", ask_clients, why_clients},
                                      {"recipients", ask_recipients, why_recipients},
                                      {"ACS", ask_acs, why_acs},
                                      {"IEP", ask_iep, why_iep},
                                      {"AIS consent", ask_ais, why_ais}}};

}  // namespace

bool admissible(const Member& member, const Audience& audience) {
  return kind_and_sector_admissible(member, audience) && listens_for_government(member, audience);
}

Standpoint standpoint(const Principal& principal, const Circle& circle) {
  Standpoint at;
  const Membership* membership = membership_in(circle, principal.member);
  if (membership == nullptr && principal.member && principal.member->standing == Standing::active) {
    membership = membership_in(circle, principal.client_of);
    at.as_client = membership != nullptr;
  }
  if (membership == nullptr) return at;
  at.inside = true;
  at.steward = !at.as_client && principal.has(Scope::steward) && circle.stewards.contains(principal.holder);
  if (!circle.rules.empty() && !circle.current_rules().newcomers_see_history)
    at.visible_after = membership->since_sequence;
  return at;
}

bool sees(const Principal& principal, const Standpoint& at, const MarkingClass& entry) {
  if (!at.inside || !principal.member) return false;
  const Question question{principal, at, entry, *principal.member};
  for (const auto& rule : rules) {
    const Said said = rule.ask(question);
    if (said != Said::yes) return said == Said::grants;
  }
  return true;
}

std::vector<Ruling> rulings(const Principal& principal, const Standpoint& at, const MarkingClass& entry) {
  std::vector<Ruling> out;
  if (!at.inside || !principal.member) {
    out.push_back(
        {"membership", Said::no, "it is no active member of the circle, nor an active client of one"});
    return out;
  }
  const Question question{principal, at, entry, *principal.member};
  for (const auto& rule : rules) {
    const Said said = rule.ask(question);
    out.push_back({rule.name, said, rule.why(question, said)});
  }
  return out;
}

Status may_share(const Principal& principal, const Circle& circle, const Standpoint& at, stix::Tlp tlp,
                 const std::set<MemberId>& recipients) {
  if (!at.inside || !principal.member) return Error{Errc::not_found, "no such circle"};
  if (at.as_client)
    return Error{Errc::denied, "a client reads through its member; it shares through it, too"};
  if (!principal.has(Scope::share)) return Error{Errc::denied, "this token has not the scope 'share'"};
  if (tlp > circle.current_rules().tlp_max)
    return Error{Errc::invalid_input, "TLP:" + std::string{stix::name(tlp)} +
                                          " is above the circle's ceiling, TLP:" +
                                          std::string{stix::name(circle.current_rules().tlp_max)}};
  if (tlp == stix::Tlp::red && recipients.empty())
    return Error{Errc::invalid_input, "TLP:RED names its recipients (--to)"};
  for (const auto member : recipients)
    if (!circle.roster.contains(member))
      return Error{Errc::invalid_input, "a recipient is no member of the circle"};
  return {};
}

namespace {
bool narrower(Reach before, Reach after) {
  return (before.open & ~after.open) != 0 || (before.named & ~after.named) != 0;
}
bool narrower(const Handling& before, const Handling& after) {
  return narrower(before.access, after.access) || narrower(before.use, after.use) ||
         narrower(before.consent, after.consent) || (before.clients && !after.clients);
}
}  // namespace

bool keeps_all_readers(const MarkingClass& before, const MarkingClass& after) {
  if (after.tlp > before.tlp || narrower(before.handling, after.handling)) return false;
  if ((before.audience.kinds & ~after.audience.kinds) != 0) return false;
  if ((before.audience.government_roles & ~after.audience.government_roles) != 0) return false;
  if (!after.audience.sectors.empty() && before.audience.sectors != after.audience.sectors) return false;
  if (after.recipients.empty()) return true;
  return !before.recipients.empty() && std::includes(after.recipients.begin(), after.recipients.end(),
                                                     before.recipients.begin(), before.recipients.end());
}

bool wider(const MarkingClass& from, const std::set<MemberId>& from_members, const MarkingClass& to,
           const std::set<MemberId>& to_members) {
  // The definition of a marking is what its circle has under the id: elsewhere it may say less.
  if (to.tlp < from.tlp || !at_least_as_strict(to.handling, from.handling)) return true;
  const std::set<MemberId>& before = from.recipients.empty() ? from_members : from.recipients;
  const std::set<MemberId>& after = to.recipients.empty() ? to_members : to.recipients;
  return !std::includes(before.begin(), before.end(), after.begin(), after.end());
}

}  // namespace tocsin::policy
