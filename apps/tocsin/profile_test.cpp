#include "profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/crypto.hpp"
#include "base/file.hpp"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;

Profile example() {
  Profile profile;
  profile.url = "https://hub.example:8443";
  profile.ca_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  profile.token = "secret";
  profile.member = "Müller \"and\" \\ Söhne\n";
  profile.person = "ada";
  profile.circles = {"energy", "a \"b\""};
  profile.identities = {"identity--1"};
  profile.is_operator = true;
  profile.join_key = "abc";
  profile.invite_sha256 = "00ff";
  profile.mapping_key = "def";
  profile.certificate_pem = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";
  profile.key_pem = "-----BEGIN PRIVATE KEY-----\nCCCC\n-----END PRIVATE KEY-----\n";
  return profile;
}

TEST(Profile, ComesBackAsItWasWritten) {
  const auto before = example();
  const auto after = parse_profile(to_toml(before));
  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_EQ(to_toml(*after), to_toml(before));
  EXPECT_EQ(after->member, before.member);
  EXPECT_EQ(after->ca_pem, before.ca_pem);
  EXPECT_EQ(after->circles, before.circles);
  EXPECT_TRUE(after->is_operator);
}

TEST(Profile, IsKeptPrivateAndItsFolderIsMade) {
  const auto folder = std::filesystem::temp_directory_path() / ("tocsin-profile-" + uuid4());
  const auto path = (folder / "deep" / "profile.toml").string();
  ASSERT_TRUE(save_profile(path, example()));
  struct stat about {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_TRUE(load_profile(path));
  std::filesystem::remove_all(folder);
}

TEST(Profile, RefusesWhatItCannotTrust) {
  for (const auto* text : {"", "url = 'http://hub.example'", "url = 'https://user@hub.example'", "url = 5",
                           "url = 'https://hub.example/'", "url = 'https://hub.example'\ncircles = 'a'",
                           "url = 'https://hub.example'\noperator = 'yes'", "url = ", "url = 'https://:80'",
                           "url = 'https://a b'"}) {
    const auto profile = parse_profile(text);
    ASSERT_FALSE(profile) << text;
    EXPECT_EQ(profile.error().code, Errc::invalid_input);
  }
  EXPECT_EQ(load_profile("/nowhere/profile.toml").error().code, Errc::not_found);
}

TEST(Invite, GivesHubSecretAndPin) {
  const std::string pin(43, 'A');
  const auto invite = parse_invite("https://hub.example:8443/join#invite=abc-_9&pin=" + pin);
  ASSERT_TRUE(invite) << invite.error().detail;
  EXPECT_EQ(invite->hub_url, "https://hub.example:8443");
  EXPECT_EQ(invite->secret, "abc-_9");
  EXPECT_EQ(invite->pin, pin);
  EXPECT_TRUE(parse_invite("https://[::1]:8443/join#pin=" + pin + "&invite=x"));
  const auto of_public_hub = parse_invite("https://hub.example/join#invite=x&trust=system");
  ASSERT_TRUE(of_public_hub);
  EXPECT_EQ(of_public_hub->pin, "");
}

TEST(Invite, RefusesAnythingElseAndSaysWhy) {
  const std::string pin(43, 'A');
  for (const auto& url :
       {"http://hub.example/join#invite=abc&pin=" + pin, "https://hub.example/join?invite=abc&pin=" + pin,
        "https://hub.example/joins#invite=abc&pin=" + pin, std::string{"https://hub.example/join#invite=abc"},
        "https://hub.example/join#pin=" + pin, "https://hub.example/join#invite=a%20b&pin=" + pin,
        "https://hub.example/join#invite=abc&pin=" + std::string(42, 'A'),
        "https://user:pw@hub.example/join#invite=abc&pin=" + pin,
        "https://hub.example\n/join#invite=abc&pin=" + pin, std::string(5000, 'x')}) {
    const auto invite = parse_invite(url);
    ASSERT_FALSE(invite) << url;
    EXPECT_THAT(invite.error().detail, HasSubstr("no invite URL"));
  }
}

}  // namespace
}  // namespace tocsin::cli
