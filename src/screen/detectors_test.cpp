#include "screen/detectors.hpp"

#include <gmock/gmock.h>

#include <cstdio>
#include <map>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "screen/checksums.hpp"

namespace tocsin::screen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Own& own() {
  static const Own own = Own::build({.domains = {"power.example"},
                                     .networks = {"198.51.100.0/24"},
                                     .names = {"Gridco", "Jane Roe"},
                                     .suffixes = {"plant"}})
                             .value();
  return own;
}

/// "kind=text" of each finding.
std::vector<std::string> found(std::string_view text, Search search = {}) {
  std::vector<std::string> out;
  for (const auto& one : find(text, own(), search))
    out.push_back(std::string{name(one.kind)} + "=" +
                  std::string{text.substr(one.begin, one.end - one.begin)});
  return out;
}

TEST(Detectors, namesOfKindsAreReadBack) {
  for (std::size_t i = 0; i < kind_count; ++i) {
    const auto kind = static_cast<Kind>(i);
    EXPECT_EQ(parse_kind(name(kind)), kind);
  }
  EXPECT_EQ(parse_kind("nonsense"), std::nullopt);
}

TEST(Detectors, structuredNumbersNeedTheirCheckDigit) {
  EXPECT_THAT(found("paid with 4012 8888 8888 1881 today"), ElementsAre("card=4012 8888 8888 1881"));
  EXPECT_THAT(found("paid with 4012 8888 8888 1882 today"), IsEmpty());
  EXPECT_THAT(found("to GB29 NWBK 6016 1331 9268 19."), ElementsAre("iban=GB29 NWBK 6016 1331 9268 19"));
  EXPECT_THAT(found("to GB29NWBK60161331926818"), IsEmpty());
  EXPECT_THAT(found("SSN 460-89-9847"), ElementsAre("ssn=460-89-9847"));
  EXPECT_THAT(found("SSN 666-89-9847"), IsEmpty());
  EXPECT_THAT(found("IMEI 490154203237518"), ElementsAre("imei=490154203237518"));
}

TEST(Detectors, timesHashesAndVersionsAreNoNumbersOfPeople) {
  EXPECT_THAT(found("2026-04-06T20:03:48.000Z 2026-04-06 20:03:48 1.2.3.4.5 v10.0.19041.1"), IsEmpty());
  EXPECT_THAT(found("900150983cd24fb0d6963f7d28e17f72 sha256 "
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
              IsEmpty());
  EXPECT_THAT(found("CVE-2026-12345, port 443, pid 1234567"), IsEmpty());
}

TEST(Detectors, mailAndPhones) {
  EXPECT_THAT(found("mail bob.smith+x@mail.example.org, now"),
              ElementsAre("email=bob.smith+x@mail.example.org"));
  EXPECT_THAT(found("not@mail or @handle or a@b.1"), IsEmpty());
  EXPECT_THAT(found("call (415) 555-0132 or +44 (20) 7123 4567"),
              ElementsAre("phone=(415) 555-0132", "phone=+44 (20) 7123 4567"));
  EXPECT_THAT(found("Can someone call me on 01.84.17.61.18?"), ElementsAre("phone=01.84.17.61.18"));
  EXPECT_THAT(found("build 01.84.17.61.18"), IsEmpty());
}

TEST(Detectors, secrets) {
  EXPECT_THAT(found("key AKIAIOSFODNN7EXAMPLE here"), ElementsAre("token=AKIAIOSFODNN7EXAMPLE"));
  EXPECT_THAT(found("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"),
              ElementsAre("token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"));
  EXPECT_THAT(found("Authorization: Bearer abcdefghijklmnop1234"), ElementsAre("token=abcdefghijklmnop1234"));
  EXPECT_THAT(found("login=x&password=hunter22&next=1"), ElementsAre("password=hunter22"));
  EXPECT_THAT(found("X-Api-Key: 77aa-19"), ElementsAre("password=77aa-19"));
  EXPECT_THAT(found("the token: a ticket that programs show"), IsEmpty());
  EXPECT_THAT(
      found("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- rest"),
      ElementsAre("private-key=-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"));
  EXPECT_THAT(found("https://bob:hunter2@shop.example.org/x"), ElementsAre("userinfo=bob:hunter2@"));
  EXPECT_THAT(found("mysql -u root -phunter2 -h x", {.command_line = true}),
              ElementsAre("password=root", "password=hunter2"));
  EXPECT_THAT(found("mkdir -p dir"), IsEmpty());
}

TEST(Detectors, pathsAndHosts) {
  EXPECT_THAT(found(R"(C:\Users\bob.smith\AppData\x.exe)"), ElementsAre("user-path=bob.smith"));
  EXPECT_THAT(found(R"(C:\Users\Bob Smith\x.exe)"), ElementsAre("user-path=Bob Smith"));
  EXPECT_THAT(found("read:/home/bob/.ssh and /Users/eve/x"), ElementsAre("user-path=bob", "user-path=eve"));
  EXPECT_THAT(found("http://evil.example/home/login C:\\Users\\Public\\x"), IsEmpty());
  EXPECT_THAT(found(R"(\\FILESRV01\share\x)"), ElementsAre("unc-host=FILESRV01"));
  EXPECT_THAT(found("S-1-5-21-1111111111-2222222222-333333333-1001"),
              ElementsAre("sid=S-1-5-21-1111111111-2222222222-333333333-1001"));
  EXPECT_THAT(found("dc1.hq.local, scada.plant and mail.power.example"),
              ElementsAre("internal-host=dc1.hq.local", "internal-host=scada.plant",
                          "own-domain=mail.power.example"));
  EXPECT_THAT(found("10.1.2.3 198.51.100.7 8.8.8.8 fe80::1 2001:db8::1 00:1A:2B:3C:4D:5E"),
              ElementsAre("internal-address=10.1.2.3", "own-address=198.51.100.7", "address=8.8.8.8",
                          "internal-address=fe80::1", "address=2001:db8::1", "mac=00:1A:2B:3C:4D:5E"));
  EXPECT_THAT(found("::ffff:10.0.0.1"), ElementsAre("internal-address=::ffff:10.0.0.1"));
  EXPECT_THAT(found("GRIDCO's analyst jane roe; gridcore is another"),
              ElementsAre("own-name=GRIDCO", "own-name=jane roe"));
  EXPECT_THAT(found("see ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"),
              ElementsAre("observable-id=ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"));
}

TEST(Detectors, encodingsAreUndoneToDepthThree) {
  std::string text = "victim@mail.example.org";
  for (int depth = 1; depth <= layers_max; ++depth) {
    text = to_base64(as_bytes(text));
    const auto all = find("x " + text + " y", own());
    ASSERT_EQ(all.size(), 1U) << depth;
    EXPECT_EQ(all[0].kind, Kind::email);
    EXPECT_EQ(all[0].layer, depth);
  }
  EXPECT_THAT(find(to_base64(as_bytes(text)), own()), IsEmpty()) << "depth four is not read";
  EXPECT_THAT(found("id=" + to_hex(as_bytes("victim@mail.example.org"))), testing::SizeIs(1));
  EXPECT_THAT(found("?u=victim%40mail.example.org&v=1"), ElementsAre("email=victim%40mail.example.org"));
  EXPECT_THAT(found("victim=40mail.example.org"), testing::SizeIs(1));
  const std::string wide{"b\0o\0b\0@\0m\0a\0i\0l\0.\0o\0r\0g\0", 24};
  EXPECT_THAT(found("powershell -enc " + to_base64(as_bytes(wide))), testing::SizeIs(1));
  EXPECT_THAT(found("bob[@]mail[.]org"), ElementsAre("email=bob[@]mail[.]org"));
  EXPECT_THAT(found("bob@ma\xe2\x80\x8bil.org"), testing::SizeIs(1));
}

TEST(Detectors, hostsOfDigitsAreNoCards) {
  EXPECT_THAT(found("[domain-name:value = '661301510510118428.badnet.info']"), IsEmpty());
  EXPECT_THAT(found("paid with 661301510510118428. Then"), ElementsAre("card=661301510510118428"));
}

TEST(Detectors, namesOfPersonsAreGuessed) {
  EXPECT_THAT(found("Mail to Anna van der Berg, and to Dr. Roe; John F. Kennedy's"),
              ElementsAre("person=Anna van der Berg", "person=Dr. Roe", "person=John F. Kennedy"));
  EXPECT_THAT(found("Amber Strict, Frank said Hello, Charming Kitten, MR. ROBOT, dr no, Anna"), IsEmpty());
}

TEST(Detectors, onlyWantedKindsAreNamed) {
  EXPECT_THAT(found("bob@mail.org 10.0.0.1", {.kinds = bit(Kind::internal_address)}),
              ElementsAre("internal-address=10.0.0.1"));
}

}  // namespace
}  // namespace tocsin::screen
