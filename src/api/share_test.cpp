#include "api/test_hub.hpp"
#include "circle/sealed.hpp"

namespace tocsin::api {
namespace {

/// An indicator as its author writes it.
struct Indicator {
  int number = 1;
  std::string modified = "2026-01-01T00:00:00.000Z";
  std::string value = "203.131.222.102";
  std::string more{};  // further members, with a comma in front

  std::string id() const {
    const auto digits = std::to_string(number);
    return "indicator--00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
  }
  std::string json() const {
    return R"({"type":"indicator","spec_version":"2.1","id":")" + id() +
           R"(","created":"2026-01-01T00:00:00.000Z","modified":")" + modified +
           R"(","pattern":"[ipv4-addr:value = ')" + value +
           R"(']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z")" + more + '}';
  }
};

constexpr const char* amber_strict =
    R"(,"object_marking_refs":["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"])";

/// Three companies in a circle; the first keeps it.
struct Sharing {
  explicit Sharing(const json::Object& rules = {}) {
    hub.make_circle("alpha", rules);
    studio = hub.join("Studio", {{"circles", {"alpha"}}, {"steward", true}});
    bank = hub.join("Bank", {{"circles", {"alpha"}}});
    grid = hub.join("Grid", {{"circles", {"alpha"}}});
  }
  json::Object share(std::string_view token, const std::string& body, std::string_view query = "") {
    const auto reply = hub.call("POST", "/api/v1/circles/alpha/objects" + std::string{query}, token, body);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    return reply.object();
  }
  /// The rule that a single object was refused by; empty when it was not.
  static std::string rule(const json::Object& verdict) {
    const auto& refused = verdict.at("refused").as_array();
    return refused.empty() ? "" : std::string{refused[0].at("rule").as_string()};
  }
  Reply withdraw(std::string_view token, const std::string& id) {
    return hub.post("/api/v1/circles/alpha/withdrawals", token, {{"id", id}, {"why", "a test"}});
  }
  /// Kinds and sequences of what a member gets by pages.
  std::string sees(std::string_view token) {
    std::string out;
    const auto page = hub.get("/api/v1/circles/alpha/entries?limit=1000", token).object();
    for (const auto& entry : page.at("entries").as_array()) {
      const std::string kind{entry.at("kind").as_string()};
      if (kind == "rules" || kind == "membership") continue;
      out += kind + ' ';
    }
    return out;
  }
  std::size_t hits(std::string_view token, std::string_view value) {
    return hub.get("/api/v1/search?value=" + std::string{value}, token).object().at("hits").as_array().size();
  }
  TestHub hub;
  std::string studio, bank, grid;
};

TEST(Share, GivesEachObjectAVerdictAndKeepsTheGoodOnes) {
  Sharing t;
  const auto verdict =
      t.share(t.studio, Indicator{1}.json() + "\n{\"type\":\"indicator\"}\n" + Indicator{2}.json());
  EXPECT_EQ(verdict.at("accepted"), 2);
  EXPECT_EQ(verdict.at("refused").as_array().size(), 1U);
  EXPECT_EQ(verdict.at("receipts").as_array().size(), 2U);
  EXPECT_EQ(verdict.at("unscreened"), true);
  EXPECT_EQ(t.sees(t.bank), "object object ");
}

TEST(Share, TheSameAgainIsADuplicateWithTheFirstSequence) {
  Sharing t;
  const auto first = t.share(t.studio, Indicator{1}.json());
  const auto again = t.share(t.bank, Indicator{1}.json());
  EXPECT_EQ(again.at("duplicates"), 1);
  EXPECT_EQ(again.at("receipts").as_array()[0].at("sequence"),
            first.at("receipts").as_array()[0].at("sequence"));
  EXPECT_EQ(t.sees(t.bank), "object ");
}

TEST(Share, OneVersionHasOneContent) {
  Sharing t;
  t.share(t.studio, Indicator{1}.json());
  EXPECT_EQ(Sharing::rule(t.share(t.studio, Indicator{.number = 1, .value = "9.8.7.6"}.json())),
            "version-exists");
}

TEST(Share, OnlyTheOwnerAddsAVersion) {
  Sharing t;
  t.share(t.studio, Indicator{1}.json());
  const Indicator next{.number = 1, .modified = "2026-02-01T00:00:00.000Z"};
  EXPECT_EQ(Sharing::rule(t.share(t.bank, next.json())), "not-the-owner");
  EXPECT_EQ(t.share(t.studio, next.json()).at("accepted"), 1);
}

TEST(Share, AProvenCreatorReclaimsItsObject) {
  Sharing t;
  const std::string identity = "identity--11111111-1111-4111-8111-111111111111";
  const std::string mine = R"(,"created_by_ref":")" + identity + '"';
  EXPECT_EQ(t.share(t.bank, Indicator{.number = 1, .more = mine}.json()).at("accepted"), 1) << "relayed";
  EXPECT_EQ(t.hub.post("/api/v1/identities", t.studio, {{"stix_id", identity}}).status, 201U);
  const Indicator next{.number = 1, .modified = "2026-02-01T00:00:00.000Z", .more = mine};
  EXPECT_EQ(Sharing::rule(t.share(t.studio, next.json())), "names-the-sharer");
  const auto named = t.share(t.studio, next.json(), "?attribution=named");
  EXPECT_EQ(named.at("accepted"), 1);
  const auto page = t.hub.get("/api/v1/circles/alpha/objects/" + Indicator{1}.id(), t.grid).object();
  const auto& versions = page.at("versions").as_array();
  EXPECT_EQ(versions[0].at("attributes").at("authorship"), "relayed");
  EXPECT_EQ(versions[1].at("attributes").at("authorship"), "verified");
  EXPECT_EQ(versions[1].at("attributes").at("author_name"), "Studio");
  EXPECT_FALSE(versions[0].at("attributes").as_object().contains("author")) << "unnamed is the default";
}

TEST(Share, ALateOlderVersionIsKeptButNeverCurrent) {
  Sharing t;
  t.share(t.studio,
          Indicator{.number = 1, .modified = "2026-03-01T00:00:00.000Z", .value = "1.2.3.4"}.json());
  EXPECT_EQ(t.share(t.studio,
                    Indicator{.number = 1, .modified = "2026-02-01T00:00:00.000Z", .value = "4.3.2.1"}.json())
                .at("accepted"),
            1);
  EXPECT_EQ(t.hits(t.bank, "1.2.3.4"), 1U);
  EXPECT_EQ(t.hits(t.bank, "4.3.2.1"), 0U);
  t.hub.restart();
  EXPECT_EQ(t.share(t.studio,
                    Indicator{.number = 1, .modified = "2026-02-15T00:00:00.000Z", .value = "5.5.5.5"}.json())
                .at("accepted"),
            1);
  EXPECT_EQ(t.hits(t.bank, "1.2.3.4"), 1U) << "still the newest after a restart";
}

TEST(Share, TheFutureIsRefused) {
  Sharing t;
  const Indicator late{.number = 1, .modified = to_rfc3339(t.hub.clock().now() + std::chrono::minutes{11})};
  EXPECT_EQ(Sharing::rule(t.share(t.studio, late.json())), "modified-in-the-future");
}

TEST(Share, ADryRunDecidesAndWritesNothing) {
  Sharing t;
  EXPECT_EQ(t.share(t.studio, Indicator{1}.json(), "?dry_run=1").at("accepted"), 1);
  EXPECT_EQ(t.sees(t.bank), "");
  EXPECT_EQ(t.share(t.bank, Indicator{1}.json()).at("accepted"), 1) << "a dry run owns nothing";
}

TEST(Share, RecipientsAreTheOnlyReaders) {
  Sharing t{{{"tlp_max", "red"}}};
  EXPECT_EQ(Sharing::rule(t.share(t.studio, Indicator{1}.json(), "?tlp=red")), "marking")
      << "red names its recipients";
  EXPECT_EQ(t.share(t.studio, Indicator{1}.json(), "?tlp=red&to=Bank").at("accepted"), 1);
  EXPECT_EQ(t.sees(t.bank), "object ");
  EXPECT_EQ(t.sees(t.grid), "");
  EXPECT_EQ(t.hits(t.grid, "203.131.222.102"), 0U);
  EXPECT_EQ(t.hub.get("/api/v1/circles/alpha/objects/" + Indicator{1}.id(), t.grid).status, 404U);
  // An id that is hidden from it behaves like one that never was, now and later.
  const auto own = [&](std::string modified, std::string more = {}) {
    return t.share(t.grid, Indicator{1, std::move(modified), "6.6.6.6", std::move(more)}.json());
  };
  EXPECT_EQ(own("2026-01-01T00:00:00.000Z").at("accepted"), 1);
  EXPECT_EQ(own("2026-02-01T00:00:00.000Z").at("accepted"), 1);
  EXPECT_EQ(t.hits(t.bank, "203.131.222.102"), 1U) << "the recipient's own version stands";
  EXPECT_EQ(t.withdraw(t.grid, Indicator{1}.id()).status, 200U);
  EXPECT_EQ(t.hits(t.bank, "203.131.222.102"), 1U);
  EXPECT_EQ(Sharing::rule(own("2026-03-01T00:00:00.000Z")), "withdrawn");
}

TEST(Share, ATighterMarkingRecallsFromWhoeverLosesIt) {
  Sharing t{{{"tlp_max", "red"}}};
  t.share(t.studio, Indicator{1}.json());
  EXPECT_EQ(t.share(t.studio, Indicator{.number = 1, .modified = "2026-02-01T00:00:00.000Z"}.json(),
                    "?tlp=red&to=Bank")
                .at("accepted"),
            1);
  EXPECT_EQ(t.sees(t.grid), "withdrawal ") << "the old version is no longer its to read";
  EXPECT_EQ(t.sees(t.bank), "object withdrawal object ");
  EXPECT_EQ(t.hits(t.bank, "203.131.222.102"), 1U);
  EXPECT_EQ(t.hits(t.grid, "203.131.222.102"), 0U);
}

TEST(Share, AboveTheCeilingIsRefused) {
  Sharing t;
  EXPECT_EQ(Sharing::rule(t.share(t.studio, Indicator{.number = 1, .more = amber_strict}.json())), "marking");
}

TEST(Share, ABadMarkingIsTheStrictest) {
  Sharing t{{{"tlp_max", "red"}}};
  const std::string unknown =
      R"(,"object_marking_refs":["marking-definition--12345678-1234-4234-8234-123456789012"])";
  EXPECT_EQ(Sharing::rule(t.share(t.studio, Indicator{.number = 1, .more = unknown}.json())), "marking");
}

TEST(Share, WhatWasReceivedNarrowlyIsNotSharedWider) {
  Sharing t;
  t.hub.make_circle("pair");
  const auto invite = [&](std::string_view member) {
    return t.hub.post("/api/v1/circles/pair/members", t.hub.operator_token(),
                      {{"act", "admit"}, {"member", member}});
  };
  EXPECT_EQ(invite("Studio").status, 200U);
  EXPECT_EQ(invite("Bank").status, 200U);
  const auto shared = t.hub.call("POST", "/api/v1/circles/pair/objects", t.studio, Indicator{1}.json());
  EXPECT_EQ(shared.object().at("accepted"), 1);
  EXPECT_EQ(Sharing::rule(t.share(t.bank, Indicator{1}.json())), "not-released");
  EXPECT_EQ(t.share(t.grid, Indicator{1}.json()).at("accepted"), 1) << "it knows the object from elsewhere";
}

TEST(Share, AReleaseLetsItsReceiverCarryItOn) {
  Sharing t;
  t.hub.make_circle("pair");
  for (const auto* member : {"Studio", "Bank"})
    EXPECT_EQ(t.hub
                  .post("/api/v1/circles/pair/members", t.hub.operator_token(),
                        {{"act", "admit"}, {"member", member}})
                  .status,
              200U);
  t.hub.call("POST", "/api/v1/circles/pair/objects", t.studio, Indicator{1}.json());
  const auto alpha = t.hub.get("/api/v1/circles/alpha", t.bank).text("uuid");
  const auto say = [&](std::string_view token, std::string_view act) {
    return t.hub.post("/api/v1/circles/pair/messages", token,
                      {{"act", act}, {"id", Indicator{1}.id()}, {"text", "please"}, {"to", alpha}});
  };
  EXPECT_EQ(say(t.bank, "request-release").status, 200U);
  EXPECT_EQ(say(t.bank, "release").status, 403U);
  EXPECT_EQ(say(t.studio, "release").status, 200U);
  // The search waits for the views, which the release is then in.
  EXPECT_EQ(t.hits(t.bank, "203.131.222.102"), 1U);
  EXPECT_EQ(t.share(t.bank, Indicator{1}.json()).at("accepted"), 1);
}

TEST(Withdraw, EndsTheObjectForAllAndForGood) {
  Sharing t;
  t.share(t.studio, Indicator{1}.json());
  EXPECT_EQ(t.withdraw(t.bank, Indicator{1}.id()).status, 403U);
  EXPECT_EQ(t.withdraw(t.bank, Indicator{2}.id()).status, 404U);
  EXPECT_EQ(t.withdraw(t.studio, Indicator{1}.id()).status, 200U);
  EXPECT_EQ(t.withdraw(t.studio, Indicator{1}.id()).status, 409U);
  EXPECT_EQ(t.hits(t.bank, "203.131.222.102"), 0U);
  t.hub.restart();
  EXPECT_EQ(
      Sharing::rule(t.share(t.studio, Indicator{.number = 1, .modified = "2026-02-01T00:00:00.000Z"}.json())),
      "withdrawn");
  const Indicator last{.number = 1, .modified = "2026-03-01T00:00:00.000Z", .more = R"(,"revoked":true)"};
  EXPECT_EQ(t.share(t.studio, last.json()).at("accepted"), 1) << "pollers learn of it by a version";
}

TEST(Withdraw, AStewardRecallsWhatItsOwnerDoesNot) {
  Sharing t;
  t.share(t.bank, Indicator{1}.json());
  EXPECT_EQ(t.withdraw(t.studio, Indicator{1}.id()).status, 200U);
}

TEST(Withdraw, ARevokedVersionDoesTheSame) {
  Sharing t;
  t.share(t.studio, Indicator{1}.json());
  t.share(
      t.studio,
      Indicator{.number = 1, .modified = "2026-02-01T00:00:00.000Z", .more = R"(,"revoked":true)"}.json());
  EXPECT_EQ(
      Sharing::rule(t.share(t.studio, Indicator{.number = 1, .modified = "2026-03-01T00:00:00.000Z"}.json())),
      "withdrawn");
}

TEST(Held, WaitsOnceForAStewardWhoMayLetItPass) {
  Sharing t;
  t.hub.hold([](const stix::Object&, MemberId) { return circle::Hold{"warning-list", "everybody uses it"}; });
  const auto first = t.share(t.bank, Indicator{1}.json());
  ASSERT_EQ(first.at("held").as_array().size(), 1U);
  const auto sequence = first.at("held").as_array()[0].at("sequence");
  EXPECT_EQ(t.hits(t.bank, "203.131.222.102"), 0U);
  EXPECT_EQ(t.share(t.bank, Indicator{1}.json()).at("held").as_array()[0].at("sequence"), sequence);
  const auto waiting = [&](std::string_view token) {
    return t.hub.get("/api/v1/circles/alpha/held", token).object().at("held").as_array().size();
  };
  EXPECT_EQ(waiting(t.bank), 1U);
  EXPECT_EQ(waiting(t.studio), 1U) << "it keeps the circle";
  EXPECT_EQ(waiting(t.grid), 0U);
  const std::string door = "/api/v1/circles/alpha/held/" + std::to_string(sequence.as_int64());
  EXPECT_EQ(t.hub.post(door, t.bank, {{"act", "release"}}).status, 403U);
  EXPECT_EQ(t.hub.post(door, t.studio, {{"act", "release"}, {"why", "we checked"}}).status, 200U);
  EXPECT_EQ(t.hub.post(door, t.studio, {{"act", "dismiss"}}).status, 409U);
  EXPECT_EQ(t.hits(t.grid, "203.131.222.102"), 1U);
  EXPECT_EQ(waiting(t.bank), 0U);
  EXPECT_EQ(t.withdraw(t.bank, Indicator{1}.id()).status, 200U) << "it is its sharer's still";
  const auto [live, rebuilt] = t.hub.digests();
  EXPECT_EQ(live, rebuilt);
}

TEST(Views, AreTheSameAfterARebuild) {
  Sharing t;
  t.share(t.studio, Indicator{1}.json() + '\n' + Indicator{2}.json());
  t.share(t.studio, Indicator{.number = 1, .modified = "2026-02-01T00:00:00.000Z"}.json());
  t.withdraw(t.studio, Indicator{2}.id());
  const auto [live, rebuilt] = t.hub.digests();
  EXPECT_EQ(live, rebuilt);
}

TEST(Seal, RoundTripsAndRefusesOtherVersions) {
  circle::Sealed sealed{HolderId{7}, MemberId{3}, policy::MarkingClass{}, sha256("an id")};
  const auto bytes = circle::encode(sealed);
  const auto decoded = circle::decode_sealed(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->holder, sealed.holder);
  EXPECT_EQ(decoded->owner, sealed.owner);
  EXPECT_EQ(*decoded->introduces, *sealed.introduces);
  EXPECT_EQ(decoded->tombstone, sealed.tombstone);
  EXPECT_FALSE(circle::decode_sealed("\x09" + bytes.substr(1)));
  EXPECT_FALSE(circle::decode_sealed(bytes.substr(0, 5)));
}

}  // namespace
}  // namespace tocsin::api
