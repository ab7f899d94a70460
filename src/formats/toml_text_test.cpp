#include "formats/toml_text.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

TEST(TomlText, WritesEverythingInAscii) {
  EXPECT_EQ(toml_string("M\xc3\xbcller"), R"("M\u00FCller")");
  EXPECT_EQ(toml_string("\xf0\x9f\x94\x94 \"bell\""), R"("\U0001F514 \"bell\"")");
  EXPECT_EQ(toml_string("\xff"), R"("\ufffd")");
  EXPECT_TRUE(is_ascii(toml_string("M\xc3\xbcller")));
}

TEST(TomlText, NamesTheLineThatIsNot) {
  EXPECT_TRUE(require_ascii_toml("a = 1\n"));
  EXPECT_EQ(require_ascii_toml("a = 1\n# \xc3\xbc\n").error().detail.substr(0, 7), "line 2:");
}

}  // namespace
}  // namespace tocsin::formats
