#include "policy/policy.hpp"

#include <gtest/gtest.h>

#include "policy/directory.hpp"

namespace tocsin::policy {
namespace {

using std::chrono::hours;
const Timestamp start = *parse_rfc3339("2026-11-23T12:00:00Z");

Member member(std::uint64_t id, MemberKind kind = MemberKind::company,
              GovernmentRole role = GovernmentRole::none) {
  Member made;
  made.id = MemberId{id};
  made.kind = kind;
  made.role = role;
  return made;
}

Principal principal_of(const Member& who, Scopes scopes = scope_bit(Scope::read) | scope_bit(Scope::share)) {
  Principal principal;
  principal.holder = HolderId{who.id.value()};
  principal.scopes = scopes;
  principal.member = who;
  return principal;
}

Circle circle_of(std::initializer_list<std::uint64_t> members, Rules rules = {}) {
  Circle circle;
  circle.id = CircleId{1};
  circle.rules.push_back({1, start, std::move(rules)});
  for (const auto id : members) circle.roster[MemberId{id}] = {Standing::active, start, Sequence{1}};
  return circle;
}

MarkingClass content(stix::Tlp tlp, const Circle& circle, std::set<MemberId> recipients = {}) {
  MarkingClass made;
  made.tlp = tlp;
  made.audience = audience_at(circle, start);
  made.recipients = std::move(recipients);
  made.author = MemberId{1};
  return made;
}

bool sees_as(const Member& who, const Circle& circle, const MarkingClass& entry) {
  const Principal principal = principal_of(who);
  return sees(principal, standpoint(principal, circle), entry);
}

TEST(Sees, NothingForWhoeverIsNotInside) {
  const Circle circle = circle_of({1, 2});
  const auto entry = content(stix::Tlp::clear, circle);
  EXPECT_TRUE(sees_as(member(2), circle, entry));
  EXPECT_FALSE(sees_as(member(3), circle, entry));
  Member suspended = member(2);
  suspended.standing = Standing::suspended;
  EXPECT_FALSE(sees_as(suspended, circle, entry));
  Circle without = circle;
  without.roster[MemberId{2}].standing = Standing::suspended;
  EXPECT_FALSE(sees_as(member(2), without, entry));
  Principal op;
  op.scopes = 0xff;
  EXPECT_FALSE(sees(op, standpoint(op, circle), entry)) << "an operator reads no content";
}

TEST(Sees, RedOnlyForNamedRecipientsAndTheAuthor) {
  const Circle circle = circle_of({1, 2, 3});
  const auto entry = content(stix::Tlp::red, circle, {MemberId{2}});
  EXPECT_TRUE(sees_as(member(1), circle, entry));
  EXPECT_TRUE(sees_as(member(2), circle, entry));
  EXPECT_FALSE(sees_as(member(3), circle, entry));
  EXPECT_FALSE(sees_as(member(2), circle, content(stix::Tlp::red, circle))) << "red that names nobody";
}

TEST(Sees, AClientReadsThroughItsMemberButNeverStrict) {
  const Circle circle = circle_of({1, 2});
  Member client = member(9);
  client.client_of = MemberId{2};
  Principal principal = principal_of(client);
  principal.client_of = member(2);
  const auto at = standpoint(principal, circle);
  EXPECT_TRUE(sees(principal, at, content(stix::Tlp::amber, circle)));
  EXPECT_FALSE(sees(principal, at, content(stix::Tlp::amber_strict, circle)));
  EXPECT_FALSE(sees(principal, at, content(stix::Tlp::green, circle, {MemberId{2}})));
}

TEST(Sees, GovernmentOnlyInARoleThatTheRulesAdmitted) {
  const Circle circle = circle_of({1, 2, 3});
  const auto entry = content(stix::Tlp::green, circle);
  EXPECT_TRUE(sees_as(member(2, MemberKind::government, GovernmentRole::cert), circle, entry));
  EXPECT_FALSE(sees_as(member(3, MemberKind::government, GovernmentRole::intelligence), circle, entry));
}

TEST(Sees, SightingsReachGovernmentOnlyByRule) {
  const Circle circle = circle_of({1, 2});
  auto entry = content(stix::Tlp::green, circle);
  entry.shape = MarkingClass::Shape::sighting;
  const auto cert = member(2, MemberKind::government, GovernmentRole::cert);
  EXPECT_FALSE(sees_as(cert, circle, entry));
  entry.sightings_to_government = true;
  EXPECT_TRUE(sees_as(cert, circle, entry));
}

TEST(Sees, WhatIsHeldOnlyForItsAuthorAndStewards) {
  Circle circle = circle_of({1, 2, 3});
  circle.stewards.insert(HolderId{3});
  auto entry = content(stix::Tlp::green, circle);
  entry.shape = MarkingClass::Shape::held;
  EXPECT_TRUE(sees_as(member(1), circle, entry));
  EXPECT_FALSE(sees_as(member(2), circle, entry));
  Principal steward = principal_of(member(3), scope_bit(Scope::read) | scope_bit(Scope::steward));
  EXPECT_TRUE(sees(steward, standpoint(steward, circle), entry));
  EXPECT_FALSE(sees_as(member(3), circle, entry)) << "a token without the scope does not act as steward";
}

// Law 7: a widening takes effect after 72 hours, and never for older entries.
TEST(Audience, AWideningWaitsAndANarrowingDoesNot) {
  Circle circle = circle_of({1});
  Rules wider_rules;
  wider_rules.government_roles.insert(GovernmentRole::intelligence);
  circle.rules.push_back({2, start + hours{1}, wider_rules});
  const auto intelligence = member(5, MemberKind::government, GovernmentRole::intelligence);
  EXPECT_FALSE(admissible(intelligence, audience_at(circle, start)));
  EXPECT_FALSE(admissible(intelligence, audience_at(circle, start + hours{72})));
  EXPECT_TRUE(admissible(intelligence, audience_at(circle, start + hours{73})));

  Rules companies_only;
  companies_only.kinds = {MemberKind::company};
  circle.rules.push_back({3, start + hours{80}, companies_only});
  EXPECT_FALSE(admissible(member(6, MemberKind::researcher), audience_at(circle, start + hours{80})));

  // Narrow, then wide again within the delay: what was never shut off for long still waits.
  circle.rules.push_back({4, start + hours{81}, wider_rules});
  EXPECT_FALSE(admissible(member(6, MemberKind::researcher), audience_at(circle, start + hours{82})));
  EXPECT_TRUE(admissible(member(6, MemberKind::researcher), audience_at(circle, start + hours{81 + 72})));
}

TEST(Audience, SectorsThatNeverMeetLetNobodyIn) {
  Rules finance;
  finance.sectors = {"finance"};
  Circle circle = circle_of({1}, finance);
  Rules energy;
  energy.sectors = {"energy"};
  circle.rules.push_back({2, start + hours{1}, energy});
  Member bank = member(1);
  bank.sector = "finance";
  EXPECT_FALSE(admissible(bank, audience_at(circle, start + hours{2})));
}

TEST(MayShare, NamesTheRuleThatIsBroken) {
  const Circle circle = circle_of({1, 2});
  const auto principal = principal_of(member(1));
  const auto at = standpoint(principal, circle);
  EXPECT_TRUE(may_share(principal, circle, at, stix::Tlp::amber, {}));
  EXPECT_EQ(may_share(principal, circle, at, stix::Tlp::amber_strict, {}).error().code, Errc::invalid_input);
  EXPECT_EQ(may_share(principal, circle, at, stix::Tlp::green, {MemberId{7}}).error().code,
            Errc::invalid_input);
  const auto outside = principal_of(member(3));
  EXPECT_EQ(may_share(outside, circle, standpoint(outside, circle), stix::Tlp::clear, {}).error().code,
            Errc::not_found);
}

TEST(Wider, IsANewReaderOrALooserMarking) {
  MarkingClass from;
  from.tlp = stix::Tlp::amber;
  const std::set<MemberId> small{MemberId{1}, MemberId{2}};
  const std::set<MemberId> large{MemberId{1}, MemberId{2}, MemberId{3}};
  const auto to = [](stix::Tlp tlp, std::set<MemberId> recipients = {}) {
    MarkingClass made;
    made.tlp = tlp;
    made.recipients = std::move(recipients);
    return made;
  };
  EXPECT_FALSE(wider(from, large, to(stix::Tlp::amber), small));
  EXPECT_TRUE(wider(from, small, to(stix::Tlp::amber), large));
  EXPECT_FALSE(wider(from, small, to(stix::Tlp::amber, {MemberId{2}}), large));
  EXPECT_TRUE(wider(from, large, to(stix::Tlp::green), small));
}

TEST(Rules, RoundTripAndRefuseWhatTheyDoNotKnow) {
  Rules rules;
  rules.sectors = {"finance"};
  rules.lifetime_days["ipv4"] = 30;
  EXPECT_EQ(*parse_rules(to_json(rules)), rules);
  EXPECT_EQ(parse_rules(R"({"tlp":"red"})").error().detail, "rules have no field 'tlp'");
  EXPECT_FALSE(parse_rules(R"({"kinds":["martian"]})"));
  EXPECT_FALSE(parse_rules(R"({"tlp_max":"green","tlp_default":"red"})"));
  EXPECT_EQ(parse_rules(R"({"tlp_max":"green"})")->tlp_default, stix::Tlp::green);
}

TEST(MarkingClasses, RoundTrip) {
  const Circle circle = circle_of({1, 2});
  const auto made = content(stix::Tlp::amber_strict, circle, {MemberId{2}});
  EXPECT_EQ(*parse_marking_class(to_json(made)), made);
}

TEST(Directory, BuildsPrincipalsFromEntriesAndForgetsRevokedOnes) {
  Directory directory;
  ASSERT_TRUE(directory.apply_hub(R"({"act":"member","id":1,"uuid":"u1","name":"Studio","kind":"company"})"));
  ASSERT_TRUE(directory.apply_hub(R"({"act":"holder","id":1,"member":1,"name":"ada"})"));
  ASSERT_TRUE(directory.apply_hub(R"({"act":"token","id":1,"holder":1,"scopes":["read","operate"]})"));
  const auto principal = directory.principal(TokenId{1}, start);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->member->name, "Studio");
  EXPECT_FALSE(principal->has(Scope::operate)) << "only the hub's own people operate it";
  const auto before = directory.rights_version();
  ASSERT_TRUE(directory.apply_hub(R"({"act":"standing","member":1,"standing":"suspended"})"));
  EXPECT_GT(directory.rights_version(), before);
  EXPECT_FALSE(directory.principal(TokenId{1}, start));
  ASSERT_TRUE(directory.apply_hub(R"({"act":"standing","member":1,"standing":"active"})"));
  ASSERT_TRUE(directory.apply_hub(R"({"act":"token-revoked","id":1})"));
  EXPECT_FALSE(directory.principal(TokenId{1}, start));
}

}  // namespace
}  // namespace tocsin::policy
