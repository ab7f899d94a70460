#include "serve/secrets.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tocsin::serve {
namespace {

class SecretsTest : public ::testing::Test {
 protected:
  SecretsTest()
      : folder{(std::filesystem::temp_directory_path() / ("tocsin-secrets-" + std::to_string(::getpid())))
                   .string()} {
    std::filesystem::remove_all(folder);
  }
  ~SecretsTest() override { std::filesystem::remove_all(folder); }

  std::unique_ptr<Secrets> open() {
    auto opened = Secrets::open(folder, {"localhost"});
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().detail);
    return *std::move(opened);
  }
  const std::string folder;
};

TEST_F(SecretsTest, AreTheSameAfterARestart) {
  const auto token = Secrets::make_secret();
  auto first = open();
  ASSERT_TRUE(first->add_token(TokenId{7}, token));
  const auto authority = first->authority().certificate_pem;
  const auto server = first->server().certificate_pem;
  const auto mac = first->mac("text");
  first.reset();
  const auto again = open();
  EXPECT_EQ(again->token_of(token), TokenId{7});
  EXPECT_EQ(again->token_of(token + "x"), std::nullopt);
  EXPECT_EQ(again->authority().certificate_pem, authority);
  EXPECT_EQ(again->server().certificate_pem, server);
  EXPECT_EQ(again->mac("text"), mac);
}

TEST_F(SecretsTest, ACertificateNearItsEndIsMadeAnewByTheSameAuthority) {
  auto first = open();
  const auto authority = first->authority();
  const auto ending = net::issue_server_certificate(authority, {"localhost"}, std::chrono::days{10}).value();
  first.reset();
  for (const auto& file : std::filesystem::directory_iterator{folder})
    if (file.path().filename().string().starts_with("server-")) {
      ASSERT_TRUE(write_file(file.path().string(), ending.key_pem + ending.certificate_pem, 0600));
    }
  const auto again = open();
  EXPECT_EQ(again->authority().certificate_pem, authority.certificate_pem);
  EXPECT_NE(again->server().certificate_pem, ending.certificate_pem);
  EXPECT_GT(*net::certificate_end(again->server().certificate_pem),
            system_clock().now() + std::chrono::days{700});
}

}  // namespace
}  // namespace tocsin::serve
