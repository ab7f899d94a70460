#include "serve/proofs.hpp"

#include <gtest/gtest.h>

#include <future>

#include "serve/name_server_testing.hpp"

namespace tocsin::serve {
namespace {

policy::Asset asset(std::string kind, std::string value, std::uint64_t member = 7) {
  policy::Asset made;
  made.member = MemberId{member};
  made.kind = std::move(kind);
  made.value = std::move(value);
  return made;
}

Status look(Proofs& proofs, const policy::Asset& what, const std::string& challenge) {
  std::promise<Status> done;
  proofs.look(what, challenge, [&](const Status& status) { done.set_value(status); });
  return done.get_future().get();
}

TEST(ProofName, IsTheDomainOrTheReverseZone) {
  const auto name = [](std::string kind, std::string value) {
    return *proof_name(asset(std::move(kind), std::move(value)));
  };
  EXPECT_EQ(name("domain", "studio.example"), "_tocsin.studio.example");
  EXPECT_EQ(name("cidr", "192.0.2.0/24"), "_tocsin.2.0.192.in-addr.arpa");
  EXPECT_EQ(name("cidr", "10.0.0.0/8"), "_tocsin.10.in-addr.arpa");
  EXPECT_EQ(name("cidr", "198.51.100.7"), "_tocsin.7.100.51.198.in-addr.arpa");
  EXPECT_EQ(name("cidr", "2001:db8::/32"), "_tocsin.8.b.d.0.1.0.0.2.ip6.arpa");
  EXPECT_EQ(name("cidr", "2001:db8:a000::/36"), "_tocsin.a.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(ProofName, OfANetworkThatIsNoZoneIsNone) {
  for (const auto* value : {"192.0.2.0/25", "192.0.0.0/9", "2001:db8::/33"}) {
    const auto name = proof_name(asset("cidr", value));
    ASSERT_FALSE(name) << value;
    EXPECT_EQ(name.error().code, Errc::invalid_input);
  }
}

TEST(Proofs, FindTheChallengeAmongTheTexts) {
  NameServer server{{{"_tocsin.studio.example", {"v=spf1 -all", "tocsin-verification=abc"}},
                     {"_tocsin.2.0.192.in-addr.arpa", {std::string(300, 'x') + "end"}}}};
  Proofs proofs{server.address()};
  EXPECT_TRUE(look(proofs, asset("domain", "studio.example"), "tocsin-verification=abc"));
  EXPECT_TRUE(look(proofs, asset("cidr", "192.0.2.0/24"), std::string(300, 'x') + "end"));
  const auto other = look(proofs, asset("domain", "studio.example"), "tocsin-verification=xyz");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::conflict);
  const auto none = look(proofs, asset("domain", "nobody.example"), "tocsin-verification=abc");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::conflict);
}

TEST(Proofs, SayThatNobodyAnswers) {
  std::string silent;
  {
    const NameServer gone{{}};
    silent = gone.address();
  }
  Proofs proofs{silent};
  const auto shown = look(proofs, asset("domain", "studio.example"), "c");
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, Errc::unavailable);
}

TEST(Proofs, LookForOneAssetOfAMemberAtATime) {
  NameServer server{{}};
  server.hold();
  Proofs proofs{server.address()};
  std::promise<Status> first;
  proofs.look(asset("domain", "a.example"), "c", [&](const Status& status) { first.set_value(status); });
  const auto second = look(proofs, asset("domain", "b.example"), "c");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::overloaded);
  server.release();
  EXPECT_EQ(first.get_future().get().error().code, Errc::conflict);
}

}  // namespace
}  // namespace tocsin::serve
