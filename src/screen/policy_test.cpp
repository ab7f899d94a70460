#include "screen/policy.hpp"

#include <gmock/gmock.h>

namespace tocsin::screen {
namespace {

using testing::HasSubstr;

TEST(Policy, theDefaultGivesItselfBack) {
  const auto policy = default_policy();
  EXPECT_EQ(policy.hash.size(), 64U);
  const auto again = parse_policy(policy.rules());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->hash, policy.hash);
  EXPECT_EQ(again->rules(), policy.rules());
}

TEST(Policy, commentsAndOrderAreNoRules) {
  const auto a = parse_policy("version = \"2\"\n# why\nmutex = [\"name: drop\"]\ntool = [\"name: drop\"]");
  const auto b = parse_policy("tool = [\"name: drop\"]\nmutex = [\"name:drop\"]\nversion = \"2\"");
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->hash, b->hash);
  EXPECT_NE(a->hash, default_policy().hash);
}

TEST(Policy, whatIsTheMembersOwnIsNotInTheHash) {
  const auto plain = parse_policy("version = \"1\"");
  const auto own =
      parse_policy("version = \"1\"\nown_names = [\"Jane Roe\"]\nown_domains = [\"gridco.example\"]");
  ASSERT_TRUE(plain && own);
  EXPECT_EQ(plain->hash, own->hash);
  EXPECT_THAT(own->rules(), testing::Not(HasSubstr("Jane")));
  EXPECT_EQ(own->own.names, std::vector<std::string>{"Jane Roe"});
}

TEST(Policy, aFileSaysWhatDiffers) {
  const auto policy =
      parse_policy("version = \"7\"\ndetectors = [\"email: drop\"]\nindicator = [\"name: scan\"]");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->detectors[static_cast<std::size_t>(Kind::email)], Action::drop);
  EXPECT_EQ(policy->detectors[static_cast<std::size_t>(Kind::phone)], Action::drop);
  const auto* rows = policy->rows_of_type("indicator");
  ASSERT_NE(rows, nullptr);
  EXPECT_EQ(policy->row_of(*rows, "name")->action, Action::scan);
  EXPECT_EQ(policy->row_of(*rows, "description")->action, Action::review);
  EXPECT_EQ(policy->row_of(*rows, "x_mine"), nullptr);
  EXPECT_EQ(policy->row_of(*rows, "labels")->action, Action::scan) << "from any";
  EXPECT_EQ(policy->rows_of_type("x-thing"), nullptr);
}

TEST(Policy, whatCannotBeReadIsRefusedByName) {
  const auto why = [](std::string_view text) {
    const auto policy = parse_policy(text);
    return policy ? std::string{} : policy.error().detail;
  };
  EXPECT_THAT(why(""), HasSubstr("'version' is missing"));
  EXPECT_THAT(why("version = true"), HasSubstr("must be a text"));
  EXPECT_THAT(why("version = \"1\"\nmutex = [\"name\"]"), HasSubstr("'name'"));
  EXPECT_THAT(why("version = \"1\"\nmutex = [\"name: burn\"]"), HasSubstr("mutex: the row 'name: burn'"));
  EXPECT_THAT(why("version = \"1\"\nmutex = [\"a..b: drop\"]"), HasSubstr("empty name"));
  EXPECT_THAT(why("version = \"1\"\nmutex = \"drop\""), HasSubstr("list of texts"));
  EXPECT_THAT(why("version = \"1\"\ndetectors = [\"aura: drop\"]"), HasSubstr("no detector"));
  EXPECT_THAT(why("version = \"1\"\ndetectors = [\"email: attacker\"]"), HasSubstr("cannot do that"));
  EXPECT_THAT(why("version = \"1\"\nguard = [\"aura\"]"), HasSubstr("'aura'"));
  EXPECT_THAT(why("version = \"1\"\nown_networks = [\"300.1.1.1\"]"), HasSubstr("300.1.1.1"));
  EXPECT_THAT(why("version = \"1\"\n[table]"), HasSubstr("line 2"));
}

}  // namespace
}  // namespace tocsin::screen
