#include "taxii/query.hpp"

#include <gtest/gtest.h>

namespace tocsin::taxii {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;
constexpr Takes everything{true, true};

Result<Query> parsed(const Parameters& parameters) {
  return parse_query(parameters, everything);
}

std::string canonical(const Parameters& parameters) {
  const auto query = parsed(parameters);
  return query ? query->filters.canonical() : "refused: " + query.error().detail;
}

TEST(Query, FiltersHaveOneForm) {
  EXPECT_EQ(canonical({}), "");
  EXPECT_EQ(canonical({{"match[type]", "malware,indicator,malware"}}), "type=indicator,malware");
  EXPECT_EQ(canonical({{"match[version]", "last,first"}}), "version=first,last");
  EXPECT_EQ(canonical({{"match[version]", "2026-01-01T01:00:00+01:00"}}),
            "version=2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(canonical({{"match[version]", "2026-01-01T00:00:00.1234567Z"}}),
            "version=2026-01-01T00:00:00.1234567Z");
  EXPECT_EQ(canonical({{"added_after", "2026-01-01T00:00:00Z"}, {"match[spec_version]", "2.1,2.0"}}),
            "added_after=2026-01-01T00:00:00.000000Z&spec_version=2.0,2.1");
}

TEST(Query, TheFormIsReadBackAsTheSame) {
  const std::string id = "indicator--7ff21560-38a0-4eec-a6ee-a5d4ab0d0e53";
  for (const auto& parameters :
       {Parameters{}, Parameters{{"match[id]", id}, {"match[version]", "first,2026-01-01T00:00:00Z,last"}},
        Parameters{{"added_after", "2026-01-01T00:00:00 02:00"}, {"match[type]", "a,b"}}}) {
    const auto query = parsed(parameters);
    ASSERT_TRUE(query);
    const auto again = Filters::of_canonical(query->filters.canonical());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->canonical(), query->filters.canonical());
  }
}

TEST(Query, ATimeMayHaveAnOffsetWhosePlusCameAsASpace) {
  const auto query = parsed({{"added_after", "2026-01-01T02:00:00.5 02:00"}});
  ASSERT_TRUE(query);
  EXPECT_EQ(to_rfc3339(*query->filters.added_after), "2026-01-01T00:00:00.500000Z");
}

TEST(Query, RefusesWhatIsMalformedOrGivenTwice) {
  for (const auto& [name, value] :
       Parameters{{"added_after", ""},
                  {"added_after", "2026-01-01"},
                  {"limit", "0"},
                  {"limit", "00"},
                  {"limit", "-1"},
                  {"limit", "1e3"},
                  {"limit", "+1"},
                  {"match[type]", "a, b"},
                  {"match[type]", "Indicator"},
                  {"match[type]", ","},
                  {"match[id]", "indicator--"},
                  {"match[id]", "--7ff21560-38a0-4eec-a6ee-a5d4ab0d0e53"},
                  {"match[id]", "indicator--7ff21560-38a0-4eec-a6ee-a5d4ab0d0e5g"},
                  {"match[version]", "all,last"},
                  {"match[version]", "last,last"},
                  {"match[version]", "2026-01-01T00:00:00Z,2026-01-01T00:00:00.000Z"},
                  {"match[spec_version]", "2"}})
    EXPECT_FALSE(parsed({{name, value}})) << name << '=' << value;
  for (const auto* name : {"added_after", "limit", "next", "match[type]", "match[version]"})
    EXPECT_FALSE(parsed({{name, "last"}, {name, "last"}})) << name;
}

TEST(Query, ALimitOfAnySizeIsALimit) {
  EXPECT_EQ(parsed({{"limit", "007"}})->limit, 7U);
  EXPECT_EQ(parsed({{"limit", "99999999999999999999999"}})->limit, ~0ULL);
}

TEST(Query, PassesByWhatItDoesNotKnowAndTellsWhatAnEndpointDoesNotTake) {
  const auto query =
      parse_query({{"match[type]", "A bad one"}, {"match[name]", "x"}, {"since", "x"}}, {false, true});
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->has_unfit);
  EXPECT_EQ(query->filters.canonical(), "");
}

TEST(Filters, AllThatWeKeepIsStix21) {
  EXPECT_TRUE(parsed({})->filters.takes_stix_21());
  EXPECT_TRUE(parsed({{"match[spec_version]", "2.0,2.1"}})->filters.takes_stix_21());
  EXPECT_FALSE(parsed({{"match[spec_version]", "2.0"}})->filters.takes_stix_21());
}

}  // namespace
}  // namespace tocsin::taxii
