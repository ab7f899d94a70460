#include "sensor/past_search.hpp"

#include <gmock/gmock.h>

#include "match/pattern.hpp"
#include "sensor/past_keys.hpp"
#include "sensor/scan.hpp"
#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using stix::Path;
using testing::Folder;
using testing::IndicatorText;

class PastSearchTest : public ::testing::Test {
 protected:
  void open(history::Values values = history::Values::plain) {
    history::Store::Options options;
    options.folder = folder_ / "history";
    options.values = values;
    options.persist_interval = std::chrono::hours{1};
    options.key_of = [](std::uint8_t path, std::string_view text) {
      return past_key(static_cast<Path>(path), text);
    };
    store_ = *history::Store::open(options);
    const auto day = second_ - 12 * 86'400;
    for (const auto second : {day, day + 60, day + 120})
      see(Path::network_dst_ref_value, "198.51.100.7", second);
    see(Path::network_src_ref_value, "198.51.100.7", day + 30);
    see(Path::network_src_ref_value, "198.51.100.200", day);
    see(Path::ipv6_addr_value, "2001:db8::7", day);
    see(Path::domain_name_value, "www.bad.example", day);
    see(Path::domain_name_value, "bad.example", day);
    see(Path::domain_name_value, "notbad.example", day);
    see(Path::url_value, "http://bad.example/gate.php", day);
    see(Path::file_md5, std::string(32, 'c'), day);
  }
  void see(Path path, const std::string& text, std::uint32_t second) {
    const history::Observed one{static_cast<std::uint8_t>(path), second, text, 4711};
    store_->add({&one, 1}, file_);
  }
  /// value@path, for each hit.
  std::vector<std::string> found(const std::string& pattern,
                                 match::DomainMatch domains = match::DomainMatch::exact) {
    match::IndicatorSet set;
    EXPECT_TRUE(add_indicators(IndicatorText{.pattern = pattern}.json(), domains, set));
    const auto past = store_->past();
    PastSearch search{past, system_clock().now()};
    for (const auto& segment : set.pin()->segments)
      for (std::uint32_t i = 0; i < segment->size(); ++i) search.ask(*segment, i);
    search.finish();
    hits_ = search.take();
    totals_ = search.totals();
    std::vector<std::string> out;
    for (const auto& hit : hits_) out.push_back(hit.value + "@" + std::string{stix::name(hit.path)});
    return out;
  }

  Folder folder_;
  const std::string file_ = "conn.log";
  const std::uint32_t second_ = match::to_second(system_clock().now());
  std::unique_ptr<history::Store> store_;
  std::vector<PastHit> hits_;
  PastSearch::Totals totals_;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(PastSearchTest, AnAddressCountsOnAllPathsThatImplyIt) {
  open();
  EXPECT_THAT(found("[ipv4-addr:value = '198.51.100.7']"), ElementsAre("198.51.100.7@ipv4-addr:value"));
  EXPECT_EQ(hits_[0].count, 4U);
  EXPECT_EQ(hits_[0].first_second, second_ - 12 * 86'400);
  EXPECT_EQ(hits_[0].last_second, second_ - 12 * 86'400 + 120);
  EXPECT_EQ(hits_[0].last_file, file_);
  EXPECT_EQ(hits_[0].last_offset_bytes, 4711U);
  EXPECT_EQ(hits_[0].sources[0].id, testing::indicator_id(1));
  EXPECT_THAT(found("[network-traffic:src_ref.value = '198.51.100.7']"), ::testing::SizeIs(1));
  EXPECT_EQ(hits_[0].count, 1U);
  EXPECT_THAT(found("[ipv4-addr:value = '198.51.100.8']"), IsEmpty());
}

TEST_F(PastSearchTest, NetworksAndDomainsAreRanges) {
  open();
  EXPECT_THAT(found("[ipv4-addr:value ISSUBSET '198.51.100.0/25']"),
              ElementsAre("198.51.100.7@ipv4-addr:value"));
  EXPECT_THAT(found("[ipv4-addr:value ISSUBSET '198.51.0.0/17']"),
              ElementsAre("198.51.100.200@ipv4-addr:value", "198.51.100.7@ipv4-addr:value"));
  EXPECT_THAT(found("[ipv6-addr:value ISSUBSET '2001:db8::/33']"), ::testing::SizeIs(1));
  EXPECT_THAT(found("[domain-name:value = 'BAD.example']"), ElementsAre("bad.example@domain-name:value"));
  EXPECT_THAT(found("[domain-name:value = 'bad.example']", match::DomainMatch::with_subdomains),
              ElementsAre("bad.example@domain-name:value", "www.bad.example@domain-name:value"));
}

TEST_F(PastSearchTest, APatternThatAValueAloneFulfilsIsDecided) {
  open();
  EXPECT_THAT(found("[domain-name:value LIKE '%.bad.example']"),
              ElementsAre("www.bad.example@domain-name:value"));
  EXPECT_THAT(found("[url:value MATCHES 'gate\\\\.php$'] OR [file:name LIKE 'x%']"), ::testing::SizeIs(1));
  EXPECT_THAT(found("[network-traffic:dst_ref.value LIKE '198.%']"),
              ElementsAre("198.51.100.7@network-traffic:dst_ref.value"));
  EXPECT_EQ(hits_[0].count, 3U);
  EXPECT_EQ(totals_.undecided, 0U);
}

TEST_F(PastSearchTest, WhatNeedsWholeRecordsIsNotGuessed) {
  open();
  for (const std::string pattern :
       {"[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]",
        "[domain-name:value = 'bad.example'] FOLLOWEDBY [ipv4-addr:value = '198.51.100.7']",
        "[domain-name:value = 'bad.example'] REPEATS 2 TIMES",
        "[EXISTS file:hashes.MD5 AND file:name != 'x']", "[network-traffic:dst_port = 443]"}) {
    EXPECT_THAT(found(pattern), IsEmpty()) << pattern;
    EXPECT_EQ(totals_.undecided, 1U) << pattern;
  }
  EXPECT_THAT(found("[network-traffic:dst_port = 443] OR [domain-name:value = 'bad.example']"),
              ::testing::SizeIs(1));
  EXPECT_EQ(totals_.undecided, 1U) << "half of it is told, the other half is not denied";
}

TEST_F(PastSearchTest, StartAndStopAreKept) {
  open();
  const auto window = [&](std::int64_t from, std::int64_t to) {
    const auto text = [&](std::int64_t days) {
      return "t'" + to_rfc3339(from_micros((std::int64_t{second_} + days * 86'400) * 1'000'000)) + "'";
    };
    return "[domain-name:value = 'bad.example'] START " + text(from) + " STOP " + text(to);
  };
  EXPECT_THAT(found(window(-13, -11)), ::testing::SizeIs(1));
  EXPECT_THAT(found(window(-11, -1)), IsEmpty());
}

TEST_F(PastSearchTest, HashesAnswerWhatIsGivenAndNothingElse) {
  open(history::Values::hashed);
  EXPECT_THAT(found("[ipv4-addr:value = '198.51.100.7']"), ::testing::SizeIs(1));
  EXPECT_EQ(hits_[0].count, 4U);
  EXPECT_THAT(found("[ipv4-addr:value ISSUBSET '198.51.100.0/24']"), IsEmpty());
  EXPECT_EQ(totals_.undecided, 1U);
  EXPECT_THAT(found("[domain-name:value LIKE '%.bad.example']"), IsEmpty());
  EXPECT_EQ(totals_.undecided, 1U);
}

TEST_F(PastSearchTest, AValueByHandIsLookedForOnAllPaths) {
  open();
  const auto past = store_->past();
  EXPECT_THAT(find_value(past, "198.51.100.7", false), ::testing::SizeIs(2));
  EXPECT_THAT(find_value(past, "198.51.100.0/24", false), ::testing::SizeIs(3));
  EXPECT_THAT(find_value(past, "bad.example", false), ::testing::SizeIs(1));
  EXPECT_THAT(find_value(past, "bad.example", true), ::testing::SizeIs(2));
  EXPECT_THAT(find_value(past, "2001:DB8:0::7", false), ::testing::SizeIs(1));
  EXPECT_THAT(find_value(past, "http://bad.example/gate.php", false), ::testing::SizeIs(1));
}

}  // namespace
}  // namespace tocsin::sensor
