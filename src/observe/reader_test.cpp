#include "observe/reader.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace tocsin::observe {
namespace {

using stix::Path;
using testing::Contains;
using testing::Not;

MATCHER_P2(IsValue, path, text, "") {
  return arg.path == path && arg.text == text;
}

std::uint8_t object_of(const stix::Observation& out, Path path, std::string_view text) {
  for (const auto& value : out.values())
    if (value.path == path && value.text == text) return value.object;
  ADD_FAILURE() << "no value " << text;
  return 255;
}

class ReaderTest : public testing::Test {
 protected:
  const std::vector<stix::Observed>& read(Reader& reader, std::string_view line) {
    const auto outcome = reader.read(line, out_);
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().detail);
    return out_.values();
  }
  stix::Observation out_;
};

TEST_F(ReaderTest, ZeekJsonConnection) {
  Reader reader;
  const auto& values = read(
      reader,
      R"({"_path":"conn","ts":1521911721.255387,"uid":"C8","id.orig_h":"10.164.94.120","id.orig_p":39681,)"
      R"("id.resp_h":"2001:DB8:0:0:0:0:0:1","id.resp_p":3389,"proto":"tcp","service":"ssl,rdp"})");
  EXPECT_THAT(values, Contains(IsValue(Path::ipv4_addr_value, "10.164.94.120")));
  EXPECT_THAT(values, Contains(IsValue(Path::ipv6_addr_value, "2001:db8::1")));
  const auto connection = object_of(out_, Path::network_src_ref_value, "10.164.94.120");
  EXPECT_EQ(connection, object_of(out_, Path::network_dst_ref_value, "2001:db8::1"));
  EXPECT_EQ(connection, object_of(out_, Path::network_src_port, "39681"));
  EXPECT_EQ(connection, object_of(out_, Path::network_dst_port, "3389"));
  EXPECT_EQ(connection, object_of(out_, Path::network_protocols, "tcp"));
  EXPECT_EQ(connection, object_of(out_, Path::network_protocols, "rdp"));
  EXPECT_NE(connection, object_of(out_, Path::ipv4_addr_value, "10.164.94.120"));
  EXPECT_EQ(to_micros(out_.time()), 1521911721255387);
  EXPECT_EQ(reader.format(), Format::zeek_json);
}

TEST_F(ReaderTest, ZeekTsvHttp) {
  Reader reader;
  for (const auto line :
       {"#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\thttp",
        "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\thost\turi\tuser_agent\ttags",
        "#types\ttime\taddr\tport\taddr\tport\tstring\tstring\tstring\tset[enum]"})
    EXPECT_EQ(reader.read(line, out_).value(), Line::other);
  const auto& values =
      read(reader,
           "1521911721.255387\t10.0.0.1\t4242\t192.0.2.7\t8080\tExample.COM\t/a\\x09b\tcurl\\\\x\t(empty)");
  EXPECT_THAT(values, Contains(IsValue(Path::domain_name_value, "example.com")));
  EXPECT_THAT(values, Contains(IsValue(Path::url_value, "http://Example.COM/a\tb")));
  EXPECT_THAT(values, Contains(IsValue(Path::url_value, "http://Example.COM:8080/a\tb")));
  EXPECT_THAT(values, Contains(IsValue(Path::network_http_user_agent, "curl\\x")));
  EXPECT_FALSE(reader.read("1521911721.255387\t10.0.0.1", out_));
  EXPECT_TRUE(out_.values().empty());
}

}  // namespace
}  // namespace tocsin::observe
