#include "screen/national_numbers.hpp"

#include <gmock/gmock.h>

#include "screen/detectors.hpp"

namespace tocsin::screen {
namespace {

/// "sure", "unsure" or "none", and "+" when it is all of the text.
std::string read(std::string_view text) {
  const auto found = national_number(text, 0);
  if (!found) return "none";
  return (found->sure ? "sure" : "unsure") + std::string{found->end == text.size() ? "" : "+"};
}

// Examples that registers and test tables of others print; none is known to be anybody's.
TEST(NationalNumbers, readsEachCountry) {
  for (const std::string_view text :
       {"911-70-1234", "1EG4-TE5-MK73", "1EG4TE5MK73", "401-023-2137", "AA 12 34 56 B", "AA123456B",
        "2123 45670 1", "3123 4567 8909", "ABCPD1234Z", "55555555-K", "12345678Z", "Y8063915-Z",
        "AAAAAA00B11C333Y", "131052-308T", "010594Y9032", "871220-2384", "19910924-2397", "960121-1234567",
        "090-1234-5678"})
    EXPECT_EQ(read(text), "sure") << text;
  for (const std::string_view text :
       {"130 692 544", "876543210", "12345678903", "44051401458", "198712202384", "9601211234567",
        "8001015009087", "0032698674", "312345678909", "13812345678"})
    EXPECT_EQ(read(text), "unsure") << text;
}

TEST(NationalNumbers, oneDigitWrongIsNone) {
  for (const std::string_view text :
       {"911-67-1234", "1SG4-TE5-MK73", "401-023-2138", "BG123456A", "AA123456E", "2123 25870 1",
        "3123 4567 8900", "130 692 545", "824753557", "02345678901", "12345678A", "Y8063915Q", "44051401459",
        "131052-308S", "010332Y9032", "871220-2385", "19001309-2393", "001332-1234567", "8001015009086"})
    EXPECT_EQ(read(text), "none") << text;
}

TEST(NationalNumbers, aWordBesideMakesSure) {
  const auto at = [](std::string_view text, std::string_view number) {
    return national_number(text, text.find(number));
  };
  EXPECT_TRUE(at("my pesel is 44051401458", "4405")->sure);
  EXPECT_TRUE(at("130692544 is the SIN", "1306")->sure);
  EXPECT_FALSE(at("using 130692544", "1306")->sure) << "sin is no word there";
  EXPECT_TRUE(at("passport AB1234567", "AB12")->sure);
  EXPECT_FALSE(at("ticket AB1234567", "AB12"));
}

TEST(NationalNumbers, isNoPartOfSomethingElse) {
  for (const std::string_view text : {"123e4567-e89b-42d3-a456-312345678909", "3123:4567:8909::1",
                                      "44051401458.png", "v44051401458", "440514014581"})
    for (const auto kind : {Kind::national_id, Kind::number})
      for (const auto& found : find(text, Own{})) EXPECT_NE(found.kind, kind) << text;
}

}  // namespace
}  // namespace tocsin::screen
