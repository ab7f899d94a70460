#include "signin/accounts.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tocsin::signin {
namespace {

using namespace std::chrono_literals;

constexpr Owner ada{HolderId{7}, TokenId{70}}, bob{HolderId{8}, TokenId{80}};

class AccountsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        (std::filesystem::temp_directory_path() / ("tocsin-signin-" + std::to_string(::getpid()))).string();
    std::filesystem::remove_all(folder_);
    open();
  }
  void TearDown() override {
    accounts.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::remove_all(folder_ + "-copy");
  }
  void open() {
    accounts.reset();
    auto opened = Accounts::open(folder_, clock);
    ASSERT_TRUE(opened) << opened.error().detail;
    accounts = *std::move(opened);
  }
  std::string session(Owner owner, std::string by = "key") {
    return *accounts->open_session(owner, std::move(by), true, clock.now(), "a browser");
  }
  static Passkey passkey(std::string id, Owner owner, std::uint32_t counter = 0) {
    return {std::move(id), owner, "laptop", -7, std::string(64, '\1'), counter, {}, {}, {}};
  }

  std::string folder_;
  ManualClock clock{*parse_rfc3339("2026-11-23T12:00:00Z")};
  std::unique_ptr<Accounts> accounts;
};

TEST_F(AccountsTest, ALinkCountsOnceAndForFifteenMinutes) {
  const auto link = *accounts->make_link(ada);
  EXPECT_TRUE(accounts->link(link));
  EXPECT_TRUE(accounts->link(link)) << "looking does not use it up";
  EXPECT_EQ(accounts->use_link(link)->token, ada.token);
  EXPECT_FALSE(accounts->use_link(link));
  const auto late = *accounts->make_link(ada);
  clock.advance(15min - 1us);
  EXPECT_TRUE(accounts->link(late));
  clock.advance(1us);
  EXPECT_FALSE(accounts->link(late));
  EXPECT_FALSE(accounts->use_link(late));
  const auto first = *accounts->make_link(ada);
  const auto second = *accounts->make_link(ada);
  EXPECT_FALSE(accounts->link(first)) << "a newer one puts it out";
  EXPECT_TRUE(accounts->link(second));
}

TEST_F(AccountsTest, ASessionEndsWhenIdleAndAfterTwelveHoursWhateverHappens) {
  const auto idle = session(ada);
  clock.advance(30min - 1us);
  EXPECT_TRUE(accounts->use_session(idle));
  clock.advance(30min - 1us);
  EXPECT_TRUE(accounts->use_session(idle)) << "each use counts";
  clock.advance(30min);
  EXPECT_FALSE(accounts->use_session(idle));
  const auto busy = session(ada);
  for (int i = 0; i < 48; ++i) {
    EXPECT_TRUE(accounts->use_session(busy)) << i;
    clock.advance(15min);
  }
  EXPECT_FALSE(accounts->use_session(busy));
  EXPECT_FALSE(accounts->use_session("another"));
  EXPECT_TRUE(accounts->sessions_of(ada.holder).empty());
}

TEST_F(AccountsTest, AnAssertionIsFreshForFiveMinutes) {
  const auto secret = session(ada);
  clock.advance(5min - 1us);
  EXPECT_TRUE(accounts->use_session(secret)->is_fresh(clock.now()));
  clock.advance(1us);
  const auto stale = accounts->use_session(secret);
  EXPECT_FALSE(stale->is_fresh(clock.now()));
  ASSERT_TRUE(accounts->assert_session(stale->key));
  EXPECT_TRUE(accounts->use_session(secret)->is_fresh(clock.now()));
  const auto never = *accounts->open_session(bob, "x", false, {}, "");
  EXPECT_FALSE(accounts->use_session(never)->is_fresh(clock.now()));
}

TEST_F(AccountsTest, EverythingIsThereAfterARestart) {
  ASSERT_TRUE(accounts->add_passkey(passkey(std::string("\0\xff\n id", 6), ada, 5)));
  ASSERT_TRUE(accounts->add_identity({"https://issuer.example", "subject", ada, {}}));
  const auto secret = session(ada);
  const auto link = *accounts->make_link(bob);
  clock.advance(10min);
  ASSERT_TRUE(accounts->use_session(secret));
  open();
  const auto kept = accounts->passkey(std::string("\0\xff\n id", 6));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->counter, 5U);
  EXPECT_EQ(kept->algorithm, -7);
  EXPECT_EQ(kept->public_key, std::string(64, '\1'));
  EXPECT_EQ(kept->owner.token, ada.token);
  EXPECT_EQ(accounts->identity("https://issuer.example", "subject")->owner.holder, ada.holder);
  EXPECT_TRUE(accounts->link(link));
  clock.advance(25min);
  EXPECT_TRUE(accounts->use_session(secret)) << "the last use was written down";
}

TEST_F(AccountsTest, ACopyHasPasskeysAndIdentitiesButNoSessionsAndLinks) {
  ASSERT_TRUE(accounts->add_passkey(passkey("p", ada)));
  ASSERT_TRUE(accounts->add_identity({"https://issuer.example", "s", ada, {}}));
  const auto secret = session(ada);
  const auto link = *accounts->make_link(ada);
  ASSERT_TRUE(Store::copy(folder_, folder_ + "-copy")) << "while the hub has it open";
  auto copy = Accounts::open(folder_ + "-copy", clock);
  ASSERT_TRUE(copy);
  EXPECT_TRUE((*copy)->passkey("p"));
  EXPECT_TRUE((*copy)->identity("https://issuer.example", "s"));
  EXPECT_FALSE((*copy)->use_session(secret));
  EXPECT_FALSE((*copy)->link(link));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "-copy.reading"));
}

TEST_F(AccountsTest, ACounterThatGoesBackIsRefusedAndWrittenDown) {
  ASSERT_TRUE(accounts->add_passkey(passkey("p", ada, 5)));
  EXPECT_TRUE(accounts->count("p", 6));
  EXPECT_FALSE(accounts->count("p", 6));
  EXPECT_FALSE(accounts->count("p", 0));
  EXPECT_EQ(accounts->passkey("p")->went_back, clock.now());
  EXPECT_EQ(accounts->passkey("p")->counter, 6U);
  EXPECT_TRUE(accounts->count("p", 7));
  ASSERT_TRUE(accounts->add_passkey(passkey("synchronised", ada)));
  EXPECT_TRUE(accounts->count("synchronised", 0));
  EXPECT_TRUE(accounts->count("synchronised", 0)) << "always 0: it does not count";
}

TEST_F(AccountsTest, WhatIsRemovedTakesItsSessionsAlongAndIsOnlyOnesOwn) {
  ASSERT_TRUE(accounts->add_passkey(passkey("p", ada)));
  const auto by_key = session(ada, "p"), by_other = session(ada, "q");
  EXPECT_FALSE(accounts->remove_passkey("p", bob.holder));
  EXPECT_TRUE(accounts->remove_passkey("p", ada.holder));
  EXPECT_FALSE(accounts->passkey("p"));
  EXPECT_FALSE(accounts->use_session(by_key));
  EXPECT_TRUE(accounts->use_session(by_other));
  const Identity identity{"https://issuer.example", "s", ada, {}};
  ASSERT_TRUE(accounts->add_identity(identity));
  EXPECT_FALSE(accounts->add_identity({"https://issuer.example", "s", bob, {}})) << "nobody takes it over";
  const auto by_provider = *accounts->open_session(ada, "https://issuer.example\ns", false, {}, "");
  EXPECT_FALSE(accounts->remove_identity(identity.number(), bob.holder));
  EXPECT_TRUE(accounts->remove_identity(identity.number(), ada.holder));
  EXPECT_FALSE(accounts->use_session(by_provider));
}

TEST_F(AccountsTest, ASweepEndsWhatStandsNoMore) {
  using enum Accounts::Standing;
  ASSERT_TRUE(accounts->add_passkey(passkey("a", ada)));
  ASSERT_TRUE(accounts->add_passkey(passkey("b", bob)));
  const auto adas = session(ada), bobs = session(bob);
  const auto link = *accounts->make_link(ada);
  ASSERT_TRUE(accounts->sweep([](TokenId token) { return token == ada.token ? not_now : good; }));
  EXPECT_FALSE(accounts->use_session(adas));
  EXPECT_FALSE(accounts->link(link));
  EXPECT_TRUE(accounts->use_session(bobs));
  EXPECT_TRUE(accounts->passkey("a")) << "its member may be active again";
  ASSERT_TRUE(accounts->sweep([](TokenId token) { return token == ada.token ? gone : good; }));
  EXPECT_FALSE(accounts->passkey("a"));
  EXPECT_TRUE(accounts->passkey("b"));
  open();
  EXPECT_FALSE(accounts->passkey("a"));
  EXPECT_FALSE(accounts->use_session(adas));
}

TEST_F(AccountsTest, APersonHasSoManySessionsAndTheOldestGoes) {
  const auto first = session(ada);
  for (std::size_t i = 0; i < sessions_max; ++i) {
    clock.advance(1s);
    session(ada);
  }
  EXPECT_EQ(accounts->sessions_of(ada.holder).size(), sessions_max);
  EXPECT_FALSE(accounts->use_session(first));
}

}  // namespace
}  // namespace tocsin::signin
