// What markings let each kind of member read, by every door of the native API, and how the hub explains it.

#include "api/test_hub.hpp"

namespace tocsin::api {
namespace {

constexpr const char* acs_key = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce";
constexpr const char* iep_key = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a";

std::string uuid_of(int number) {
  const auto digits = std::to_string(number);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}
std::string marking_id(int number) {
  return "marking-definition--" + uuid_of(number);
}
std::string marking(int number, const std::string& key, const std::string& fields) {
  return R"({"type":"marking-definition","spec_version":"2.1","id":")" + marking_id(number) +
         R"(","created":"2026-01-01T00:00:00.000Z","extensions":{")" + key +
         R"(":{"extension_type":"property-extension",)" + fields + "}}}";
}
std::string acs(int number, const std::string& defaults, const std::string& control = "",
                const std::string& more = "") {
  return marking(
      number, acs_key,
      R"("identifier":"isa:guide.19001.ACS3-1","create_date_time":"2026-01-01T00:00:00Z",)"
      R"("responsible_entity_custodian":"USA.DHS","policy_reference":"urn:isa:policy:acs:ns:v3.0?)" +
          defaults + R"(","control_set":{"classification":"U")" + control + "}" + more);
}
std::string permit(const std::string& action, const std::string& effect = "permit") {
  return R"(,"access_privilege":[{"privilege_action":")" + action +
         R"(","privilege_scope":{"entity":["ALL"]},"rule_effect":")" + effect + R"("}])";
}
std::string iep(int number, const std::string& attribution) {
  return marking(
      number, iep_key,
      R"("encrypt_in_transit":"must","permitted_actions":"internally-visible-actions","affected_party_notifications":"may",)"
      R"("tlp":"green","provider_attribution":")" +
          attribution +
          R"(","unmodified_resale":"must-not","iep_id":"0224bfdf-ea3a-49c3-96f6-66d908bb1845","iep_version":2.0,)"
          R"("description":"d","start_date":"2022-10-01T00:00:00Z")");
}
std::string indicator(int number, const std::string& more) {
  return R"({"type":"indicator","spec_version":"2.1","id":"indicator--)" + uuid_of(number) +
         R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"n","pattern":"[ipv4-addr:value = '203.131.222.)" +
         std::to_string(number) + R"(']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z")" + more +
         '}';
}
std::string marked(int number, int by, const std::string& more = "") {
  return indicator(number, R"(,"object_marking_refs":[")" + marking_id(by) + R"("])" + more);
}

/// A circle of every kind of member.
struct Town {
  Town() {
    hub.make_circle("alpha",
                    {{"government_roles", {"cert", "regulator", "law-enforcement", "intelligence"}}});
    hub.make_circle("beta", {{"government_roles", {"cert", "regulator", "law-enforcement", "intelligence"}}});
    const auto join = [this](const std::string& name, json::Object fields) {
      fields["circles"] = json::Array{"alpha", "beta"};
      tokens[name] = hub.join(name, fields);
      columns.push_back(name);
    };
    tokens["author"] = hub.join("author", {{"circles", {"alpha"}}, {"steward", true}});
    join("company", {});
    join("association", {{"kind", "association"}});
    for (const auto* role : {"cert", "regulator", "law-enforcement", "intelligence"})
      join(role, {{"kind", "government"}, {"role", role}});
    const auto members = hub.get("/api/v1/circles/alpha", tokens["author"]).object();
    for (const auto& member : members.at("members").as_array())
      if (member.at("name") == "company") company = std::string{member.at("uuid").as_string()};
    tokens["client"] = hub.join("client", {{"circles", json::Array{}}, {"client_of", company}});
    columns.emplace_back("client");
  }

  json::Object share(const std::string& who, const std::string& body, const std::string& query = "",
                     const std::string& circle = "alpha") {
    // One object a line: in what these tests share, only the ends of two meet so.
    std::string lines = body;
    for (auto at = lines.find("}{"); at != std::string::npos; at = lines.find("}{", at))
      lines.insert(at + 1, "\n");
    const auto reply = hub.call("POST", "/api/v1/circles/" + circle + "/objects" + query, tokens[who], lines);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    return reply.object();
  }
  static std::string refusal(const json::Object& verdict) {
    const auto& refused = verdict.at("refused").as_array();
    return refused.empty() ? "" : std::string{refused[0].at("reason").as_string()};
  }

  /// Who sees an indicator: asked of pages, of the object's own page, of search and of `why`, which must all
  /// say the same.
  std::string who(int number) {
    const std::string id = "indicator--" + uuid_of(number);
    std::string out;
    for (const auto& name : columns) {
      const auto& token = tokens[name];
      const auto page = hub.get("/api/v1/circles/alpha/entries?limit=1000", token);
      const bool listed = page.body.find(id) != std::string::npos;
      const auto shown = hub.get("/api/v1/circles/alpha/objects/" + id, token).status;
      const auto hits = hub.get("/api/v1/search?value=203.131.222." + std::to_string(number), token);
      const bool found = !hits.object().at("hits").as_array().empty();
      const auto own = hub.get("/api/v1/circles/alpha/objects/" + id + "/why", token);
      const auto said = why(number, name);
      EXPECT_EQ(shown, listed ? 200U : 404U) << name;
      EXPECT_EQ(found, listed) << name;
      EXPECT_EQ(own.status, listed ? 200U : 404U) << name << own.body;
      EXPECT_EQ(said.at("sees").as_bool(), listed) << name << json::dump(said);
      if (listed) out += (out.empty() ? "" : " ") + name;
    }
    return out;
  }
  json::Object why(int number, const std::string& member, const std::string& asker = "author") {
    const auto reply =
        hub.get("/api/v1/circles/alpha/objects/indicator--" + uuid_of(number) + "/why?member=" + member,
                tokens[asker]);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    return reply.object();
  }
  std::string decided(int number, const std::string& member) {
    const auto said = why(number, member);
    const auto& by = said.at("decided_by");
    if (by.is_null()) return "";
    for (const auto& rule : said.at("rules").as_array())
      if (rule.at("rule") == by)
        return std::string{by.as_string()} + ": " + std::string{rule.at("why").as_string()};
    return "no rule of that name";
  }

  TestHub hub;
  std::map<std::string, std::string> tokens;
  std::vector<std::string> columns;
  std::string company;
};

const std::string all = "company association cert regulator law-enforcement intelligence client";

TEST(Markings, BindOnEveryDoor) {
  Town t;
  const auto legal = acs(1, "privdefault=permit&sharedefault=permit", "", permit("LEGAL", "deny"));
  const auto act = acs(2, "privdefault=deny&sharedefault=permit", R"(,"formal_determination":["AIS"])",
                       permit("CISAUSES"));
  const auto sensitive = acs(3, "privdefault=permit&sharedefault=permit", R"(,"sensitivity":["LES"])");
  const auto further = acs(4, "privdefault=permit&sharedefault=deny");
  const auto people =
      R"({"type":"marking-definition","spec_version":"2.1","id":")" + marking_id(5) +
      R"(","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"Copyright"}})";
  t.share("author", legal + act + sensitive + further + people);
  struct Row {
    std::string object, who, denied, why;
  };
  const std::string foreign = R"(,"created_by_ref":"identity--99999999-9999-4999-8999-999999999999")";
  const std::vector<Row> table{
      {indicator(10, ""), all, "", ""},
      {marked(11, 5), all, "", ""},
      {marked(12, 1), "company association cert intelligence client", "law-enforcement",
       "ACS: its ACS marking does not permit law-enforcement use (LEGAL)"},
      {marked(13, 2), "company association cert client", "intelligence",
       "ACS: its ACS marking does not permit intelligence use (INTEL)"},
      {marked(14, 3), "law-enforcement", "company",
       "ACS: its ACS control set or further sharing leaves out company"},
      {marked(15, 4), "company association cert regulator law-enforcement intelligence", "client",
       "ACS: its ACS marking forbids further sharing, so clients are out"},
      {indicator(16,
                 R"(,"granular_markings":[{"marking_ref":")" + marking_id(1) + R"(","selectors":["name"]}])"),
       "company association cert intelligence client", "regulator",
       "ACS: its ACS marking does not permit legal use (LEGAL), which is what a regulator reads for"},
      {marked(
           17, 5,
           R"(,"granular_markings":[{"marking_ref":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","selectors":["name"]}])"),
       all, "", ""},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    const int number = 10 + static_cast<int>(i);
    EXPECT_EQ(t.share("author", table[i].object).at("accepted"), 1) << number;
    EXPECT_EQ(t.who(number), table[i].who) << number;
    EXPECT_EQ(table[i].denied.empty() ? "" : t.decided(number, table[i].denied), table[i].why);
  }
  // What another made is bound by further sharing.
  const auto relayed = Town::refusal(t.share("author", marked(30, 4, foreign)));
  EXPECT_NE(relayed.find("lets no kind of member read it"), std::string::npos) << relayed;
  t.share("author", acs(6, "privdefault=permit&sharedefault=deny", "",
                        R"(,"further_sharing":[{"sharing_scope":["USA.USG"],"rule_effect":"permit"}])"));
  const auto unnamed = Town::refusal(t.share("author", marked(30, 6, foreign)));
  EXPECT_NE(unnamed.find("name the recipients"), std::string::npos) << unnamed;
  const auto named = t.share("author", marked(30, 6, foreign), "?to=company,cert");
  EXPECT_EQ(named.at("accepted"), 1) << json::dump(named);
  EXPECT_EQ(t.who(30), "company cert");
  EXPECT_EQ(t.decided(30, "association"), "recipients: it names recipients, and this is none of them");

  const auto [live, replayed] = t.hub.digests();
  EXPECT_EQ(live, replayed) << "the log alone gives the same";
  EXPECT_EQ(t.who(12), table[2].who) << "the classes too";
}

TEST(Markings, WhatNobodyCanReadIsHeldToRed) {
  Town t;
  t.share("author",
          marking(1, "extension-definition--00000000-0000-4000-8000-00000000000f", R"("may":"nobody")"));
  EXPECT_NE(Town::refusal(t.share("author", marked(10, 1))).find("ceiling"), std::string::npos);
  EXPECT_NE(Town::refusal(t.share("author", marked(11, 77))).find("ceiling"), std::string::npos)
      << "no definition at all";
}

TEST(Markings, NobodyLoosensAMarkingByDefiningItFirst) {
  Town t;
  t.share("company", acs(1, "privdefault=permit&sharedefault=permit"));
  const auto strict = acs(1, "privdefault=permit&sharedefault=permit", "", permit("LEGAL", "deny"));
  const auto verdict = t.share("author", strict + marked(10, 1));
  EXPECT_EQ(verdict.at("accepted"), 1) << "the indicator; the definition is another's";
  EXPECT_EQ(t.who(10), "company association cert intelligence client");
  // Elsewhere, under a looser definition, it is not passed on.
  t.share("company", acs(1, "privdefault=permit&sharedefault=permit"), "", "beta");
  const auto again = t.share("company", marked(10, 1), "", "beta");
  EXPECT_EQ(std::string{again.at("refused").as_array().at(0).at("rule").as_string()}, "not-released");
}

TEST(Markings, IepGivesItsLevelItsDutiesAndWhetherTheSourceIsNamed) {
  Town t;
  t.share("author", iep(1, "must-not") + iep(2, "must"));
  EXPECT_EQ(t.share("author", marked(10, 1)).at("accepted"), 1);
  const auto page =
      t.hub.get("/api/v1/circles/alpha/objects/indicator--" + uuid_of(10), t.tokens["cert"]).object();
  const auto& attributes = page.at("versions").as_array()[0].at("attributes").as_object();
  EXPECT_EQ(attributes.at("tlp"), "green");
  EXPECT_EQ(attributes.at("handling").at("permitted_actions"), "internally-visible-actions");
  EXPECT_EQ(attributes.at("handling").at("unmodified_resale"), "must-not");
  EXPECT_NE(Town::refusal(t.share("author", marked(11, 1), "?attribution=named")).find("forbids to name"),
            std::string::npos);
  EXPECT_NE(Town::refusal(t.share("author", marked(12, 2))).find("demands provider_attribution"),
            std::string::npos);
  EXPECT_EQ(t.share("author", marked(12, 2), "?attribution=named").at("accepted"), 1);
}

TEST(Markings, AisConsentSaysWhoMayLearnTheSource) {
  Town t;
  const auto identity = [](int number, const std::string& consent) {
    return R"({"type":"identity","spec_version":"2.1","id":"identity--)" + uuid_of(number) +
           R"(","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"ACME","labels":["ais-consent-)" +
           consent + R"("]})";
  };
  const auto seen = [&](int number) {
    std::string out;
    for (const auto& name : t.columns)
      if (t.hub.get("/api/v1/circles/alpha/objects/identity--" + uuid_of(number), t.tokens[name]).status ==
          200)
        out += (out.empty() ? "" : " ") + name;
    return out;
  };
  EXPECT_NE(Town::refusal(t.share("author", identity(1, "none"))).find("AIS consent is 'none'"),
            std::string::npos);
  EXPECT_EQ(t.share("author", identity(2, "usg")).at("accepted"), 1);
  EXPECT_EQ(seen(2), "cert regulator law-enforcement intelligence");
  EXPECT_EQ(t.share("author", identity(3, "everyone")).at("accepted"), 1);
  EXPECT_EQ(seen(3), all);
  const auto consent =
      R"({"type":"marking-definition","spec_version":"2.1","id":")" + marking_id(4) +
      R"(","created":"2026-01-01T00:00:00.000Z","definition_type":"ais","definition":{"consent":"usg"}})";
  EXPECT_EQ(t.share("author", consent + marked(10, 4)).at("accepted"), 2);
  EXPECT_EQ(t.who(10), all) << "nothing tells its source";
  EXPECT_EQ(t.share("author", marked(11, 4), "?attribution=named").at("accepted"), 1);
  EXPECT_EQ(t.who(11), "cert regulator law-enforcement intelligence");
}

TEST(Why, IsForStewardsAndForOneself) {
  Town t;
  t.share("author", indicator(10, "") + indicator(11, ""), "?tlp=amber");
  const auto ask = [&](const std::string& asker, const std::string& rest) {
    return t.hub.get("/api/v1/circles/alpha/objects/indicator--" + uuid_of(10) + "/why" + rest,
                     t.tokens[asker]);
  };
  EXPECT_EQ(ask("company", "").status, 200U);
  EXPECT_EQ(ask("company", "?member=company").status, 200U);
  EXPECT_EQ(ask("company", "?member=cert").status, 403U);
  EXPECT_EQ(ask("company", "?member=nobody").body, ask("company", "?member=cert").body);
  EXPECT_EQ(ask("author", "?member=cert").status, 200U);
  EXPECT_EQ(t.decided(10, "nobody").substr(0, 11), "membership:");
  EXPECT_EQ(t.decided(10, "client"), "") << "a client reads amber";
}

TEST(Why, TellsNobodyWhoSharedUnnamed) {
  Town t;
  t.share("company", indicator(10, ""), "?to=author,cert");
  const auto of_the_author = t.why(10, "company");
  const auto of_another = t.why(10, "association");
  EXPECT_FALSE(of_the_author.at("sees").as_bool());
  EXPECT_EQ(of_the_author.at("rules"), of_another.at("rules")) << "the author looks like anyone else";
  EXPECT_EQ(t.why(10, "company", "company").at("decided_by"), "author");
}

TEST(Why, SaysOfAWithdrawnObjectThatItIs) {
  Town t;
  t.share("author", indicator(10, ""));
  EXPECT_EQ(t.hub
                .post("/api/v1/circles/alpha/withdrawals", t.tokens["author"],
                      {{"id", "indicator--" + uuid_of(10)}, {"why", "a test"}})
                .status,
            200U);
  const auto said = t.why(10, "cert");
  EXPECT_TRUE(said.at("sees").as_bool());
  EXPECT_NE(json::dump(said.at("rules")).find("it is withdrawn"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::api
