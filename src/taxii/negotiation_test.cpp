#include "taxii/negotiation.hpp"

#include <gtest/gtest.h>

namespace tocsin::taxii {
namespace {

TEST(Accept, TakesTaxiiInEveryFormThatTheStandardAndClientsUse) {
  for (const auto* accept :
       {"", "  ", "*/*", "application/*", "application/taxii+json", "application/taxii+json;version=2.1",
        "application/taxii+json; version=2.1", "APPLICATION/TAXII+JSON;VERSION=2.1",
        "application/taxii+json;version=\"2.1\"", "application/taxii+json;charset=utf-8;version=2.1",
        "application/taxii+json;version=2.1,application/stix+json;version=2.1",
        "application/json, text/plain, */*", "text/html;q=0.9, application/taxii+json;q=0.001",
        "text/html;x=\"a,b\", */*;q=0.1", "application/taxii+json;version=2.0, application/taxii+json"})
    EXPECT_TRUE(accepts_taxii(accept)) << accept;
}

TEST(Accept, RefusesWhatNamesOnlyOthers) {
  for (const auto* accept : {"text/html", "application/json", "application/taxii+json;version=2.0",
                             "application/taxii+json;version=9.9", "application/stix+json;version=2.1",
                             "application/vnd.oasis.taxii+json", "application/taxii+jsonx", "text/*",
                             "*/*;q=0", "application/taxii+json;q=0.0", ",", "\"*/*",
                             "application/taxii+json;version="
                             "\"2.1"})
    EXPECT_FALSE(accepts_taxii(accept)) << accept;
}

TEST(Accept, TheMostSpecificRangeCounts) {
  EXPECT_FALSE(accepts_taxii("application/taxii+json;version=2.1;q=0, */*"));
  EXPECT_FALSE(accepts_taxii("*/*, application/taxii+json;version=2.1;q=0"));
  EXPECT_TRUE(accepts_taxii("*/*;q=0, application/taxii+json"));
  EXPECT_FALSE(accepts_taxii("application/*;q=0, */*"));
  EXPECT_TRUE(accepts_taxii("application/taxii+json;q=0, application/taxii+json"));
}

TEST(ContentType, IsTaxiiWithTheVersionOrWithoutOne) {
  for (const auto* type : {"application/taxii+json", "application/taxii+json;version=2.1",
                           "application/taxii+json; charset=utf-8; version=2.1"})
    EXPECT_TRUE(is_taxii(type)) << type;
  for (const auto* type : {"", "application/json", "application/taxii+json;version=2.0",
                           "application/stix+json;version=2.1", "application/taxii+json, text/html"})
    EXPECT_FALSE(is_taxii(type)) << type;
}

TEST(AcceptEncoding, TheBestOfWhatIsNamed) {
  EXPECT_EQ(coding_for(""), Coding::identity);
  EXPECT_EQ(coding_for("gzip, deflate"), Coding::gzip);
  EXPECT_EQ(coding_for("gzip, deflate, br, zstd"), Coding::zstd);
  EXPECT_EQ(coding_for("zstd;q=0.2, GZIP;q=0.8"), Coding::gzip);
  EXPECT_EQ(coding_for("gzip;q=0"), Coding::identity);
  EXPECT_EQ(coding_for("*"), Coding::identity);
}

}  // namespace
}  // namespace tocsin::taxii
