#include "feed/settings.hpp"

#include <gtest/gtest.h>

namespace tocsin::feed {
namespace {

json::Object body(std::string_view more = {}) {
  return *json::parse_object(R"({"name":"phishing","url":"https://feed.example/taxii2/")" +
                             std::string{more} + '}');
}

TEST(Settings, AreReadAsAStewardSendsThem) {
  const auto asked = read_asked(body(
      R"(,"collection":"Phishing","user":"me","password":"p:w","interval_seconds":60,"tlp":"green","quarantine":"all")"));
  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_EQ(asked->name, "phishing");
  EXPECT_EQ(asked->settings.interval, std::chrono::seconds{60});
  EXPECT_EQ(asked->settings.compare_every, std::chrono::hours{6});
  EXPECT_EQ(asked->settings.tlp, stix::Tlp::green);
  EXPECT_EQ(asked->settings.quarantine, Settings::all);
  EXPECT_EQ(asked->secret.password, "p:w");
  EXPECT_EQ(sign_in_of(asked->settings, asked->secret), "basic");
}

// Goal:   what goes into the log is all of the settings and nothing of the secret.
TEST(Settings, GoThroughTheLogWithoutTheSecret) {
  auto asked = read_asked(body(R"(,"user":"me","password":"hunter2","quarantine":7,"compare_seconds":3600)"));
  ASSERT_TRUE(asked);
  asked->settings.added = from_micros(1'700'000'000'000'000);
  const auto text = json::dump(to_json(asked->settings));
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  const auto again = read_settings(text);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(json::dump(to_json(*again)), text);
  EXPECT_EQ(again->added, asked->settings.added);
  const auto secret = read_secret(to_json(asked->secret));
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->password, "hunter2");
}

TEST(Settings, RefuseWhatCannotWork) {
  const auto rule = [](std::string_view more) {
    const auto asked = read_asked(body(more));
    return asked ? std::string{} : asked.error().detail;
  };
  EXPECT_NE(rule(R"(,"user":"me")").find("password"), std::string::npos);
  EXPECT_NE(rule(R"(,"password":"p")").find("'user'"), std::string::npos);
  EXPECT_NE(rule(R"(,"user":"a:b","password":"p")").find("colon"), std::string::npos);
  EXPECT_NE(rule(R"(,"user":"a","password":"p","token":"t")").find("'token'"), std::string::npos);
  EXPECT_NE(rule(R"(,"token":"t\r\nHost: x")").find("control"), std::string::npos);
  EXPECT_NE(rule(R"(,"certificate":"-----BEGIN CERTIFICATE-----")").find("'key'"), std::string::npos);
  EXPECT_NE(rule(R"(,"ca":"/etc/passwd")").find("PEM"), std::string::npos);
  EXPECT_NE(rule(R"(,"interval_seconds":9)").find("interval_seconds"), std::string::npos);
  EXPECT_NE(rule(R"(,"tlp":"red")").find("'tlp'"), std::string::npos);
  EXPECT_NE(rule(R"(,"quarantine":"some")").find("quarantine"), std::string::npos);
  EXPECT_NE(rule(R"(,"quarantine":-1)").find("quarantine"), std::string::npos);
  for (const auto* url :
       {"http://feed.example/", "https://u:p@feed.example/", "file:///etc/passwd", "https://"})
    EXPECT_FALSE(read_asked(*json::parse_object(R"({"name":"n","url":")" + std::string{url} + "\"}"))) << url;
  for (const auto* name : {"", "-a", "A", "a/b", "a b", "é"})
    EXPECT_FALSE(read_asked(
        *json::parse_object(R"({"url":"https://a.example/","name":")" + std::string{name} + "\"}")))
        << name;
}

}  // namespace
}  // namespace tocsin::feed
