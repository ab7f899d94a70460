#include "screen/gate.hpp"

#include <gmock/gmock.h>

#include "formats/object_stream.hpp"
#include "screen/real_data_test.hpp"

namespace tocsin::screen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string me = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";

std::vector<stix::Parsed> parsed(const std::string& objects) {
  stix::Parser parser;
  auto out = parser.parse_submission(objects);
  EXPECT_TRUE(out) << out.error().detail;
  return *std::move(out);
}

std::string indicator(std::string_view rest, std::string_view creator = me) {
  return R"({"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created_by_ref":")" +
         std::string{creator} +
         R"(","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","pattern_type":"stix",)"
         R"("pattern":"[domain-name:value = 'evil.example']","valid_from":"2020-01-01T00:00:00Z")" +
         std::string{rest} + "}";
}

/// "path rule" of each refusal.
std::vector<std::string> refusals(const Gate& gate, const std::string& objects,
                                  std::vector<std::string> identities = {me}) {
  auto all = parsed(objects);
  gate.refuse(all, identities);
  std::vector<std::string> out;
  for (const auto& one : all)
    for (const auto& problem : one.problems) {
      EXPECT_FALSE(one.object);
      out.push_back(problem.path + " " + problem.rule);
    }
  return out;
}

TEST(Gate, TakesWhatIsCleanAndRefusesWhatNamesAPerson) {
  const Gate gate = Gate::make().value();
  EXPECT_THAT(refusals(gate, indicator(R"(,"description":"a dropper, second stage")")), IsEmpty());
  EXPECT_THAT(refusals(gate, indicator(R"(,"description":"sent to jane.doe@bank.test")")),
              ElementsAre("description screen:email"));
  EXPECT_THAT(refusals(gate, indicator(R"(,"x_ticket":"card 4111 1111 1111 1111")")),
              ElementsAre("x_ticket screen:card"));
  // Somebody else's passes whole, and so does what names any creator of a sharer without identity.
  const auto theirs =
      indicator(R"(,"description":"ask soc@vendor.test")", "identity--11111111-1111-4111-8111-111111111111");
  EXPECT_THAT(refusals(gate, theirs), IsEmpty());
  EXPECT_THAT(refusals(gate, theirs, {}), IsEmpty());
}

TEST(Gate, RefusesOneAndKeepsTheOthersOfASubmission) {
  const Gate gate = Gate::make().value();
  auto all = parsed(
      indicator("") + "\n" +
      R"({"type":"email-message","spec_version":"2.1","id":"email-message--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",)"
      R"("is_multipart":false,"to_refs":["email-addr--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"],"subject":"hello"})");
  gate.refuse(all, std::vector{me});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].object);
  EXPECT_FALSE(all[1].object);
  EXPECT_THAT(all[1].problems.front().reason, Not(HasSubstr("hello")));
}

TEST(Gate, APolicyFileMakesItStricter) {
  const auto gate = Gate::make("version = \"2\"\nindicator = [\"description: withhold\"]\n").value();
  EXPECT_THAT(refusals(gate, indicator(R"(,"description":"anything")")),
              ElementsAre("description screen:field"));
  EXPECT_NE(gate.policy_hash(), Gate::make().value().policy_hash());
  EXPECT_FALSE(Gate::make("version = 2"));
  EXPECT_FALSE(Gate::make({}, "indicator = [\"description: withhold\"]"));  // a file says its version
  const auto both = Gate::make("version = \"2\"\nnote = [\"content: withhold\"]\n",
                               "version = \"3\"\nindicator = [\"description: withhold\"]\n")
                        .value();
  EXPECT_THAT(
      both.passing(parsed(indicator(R"(,"description":"anything")") + "\n" + indicator("")), std::vector{me}),
      ElementsAre(false, true));
}

// Goal:   what a member's screen lets out, the hub takes.
// Method: real bundles, each object as if the member had made it, through the default policy and then through
// the gate.
TEST(Gate, TakesAllThatTheMembersScreenLetsOut) {
  const Gate gate = Gate::make().value();
  std::size_t seen = 0;
  for (const std::string name :
       {"attack/ics-attack-18.1.stix21.json.zst", "threat-intel/amnesty/pegasus.stix2.json.zst"}) {
    const auto text = real_data(name);
    if (!text) GTEST_SKIP() << "the real data are not beside the project";
    std::vector<std::string> objects;
    formats::ObjectStream stream;
    const auto take = [&](const formats::ObjectStream::Item& item) { objects.emplace_back(item.bytes); };
    ASSERT_TRUE(stream.feed(*text, take));
    const std::vector<std::string_view> views{objects.begin(), objects.end()};
    const auto screen =
        Screen::make(std::make_shared<Policy>(default_policy()), {creators_in(objects), "key"}).value();
    std::string leaves;
    for (const auto& decision : screen.screen_all(views))
      leaves += decision.output.empty() ? "" : decision.output + "\n";
    auto arrived = parsed(leaves);
    // The creator is the sharer's own, so that every object is looked at property by property.
    std::vector<std::string> creators;
    for (const auto& one : arrived)
      if (one.object && !one.object->created_by_ref.empty()) creators.push_back(one.object->created_by_ref);
    creators.push_back(me);
    gate.refuse(arrived, creators);
    for (const auto& one : arrived)
      for (const auto& problem : one.problems)
        ADD_FAILURE() << name << ": " << problem.id << " " << problem.path << " " << problem.rule;
    seen += arrived.size();
  }
  EXPECT_GT(seen, 3000U);
}

}  // namespace
}  // namespace tocsin::screen
