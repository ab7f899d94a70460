#include "signin/server.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "api/openapi.hpp"
#include "base/text.hpp"

namespace tocsin::signin {
namespace {

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        (std::filesystem::temp_directory_path() / ("tocsin-signin-server-" + std::to_string(::getpid())))
            .string();
    std::filesystem::remove_all(folder_);
    auto opened = Server::open({folder_, "https://hub.example", {}, &clock}, directory);
    ASSERT_TRUE(opened) << opened.error().detail;
    server = *std::move(opened);
  }
  void TearDown() override {
    server.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  ManualClock clock{*parse_rfc3339("2026-11-23T12:00:00Z")};
  policy::Directory directory;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, IsDescribedByTheOpenApiDocument) {
  const auto document = json::parse_object(api::openapi_document());
  ASSERT_TRUE(document);
  std::set<std::string> described, served;
  for (const auto& path : document->at("paths").as_object())
    if (json::view(path.key()).starts_with("/signin"))
      for (const auto& operation : path.value().as_object()) {
        described.insert(std::string{operation.key()} + ' ' + std::string{path.key()});
        const bool open = operation.value().as_object().contains("security");
        for (const auto& route : server->interface().routes) {
          if (route.path != json::view(path.key()) ||
              to_lower_ascii(route.method) != json::view(operation.key()))
            continue;
          EXPECT_EQ(open, route.access == serve::Access::open) << route.path;
        }
      }
  for (const auto& route : server->interface().routes)
    served.insert(to_lower_ascii(route.method) + ' ' + std::string{route.path});
  EXPECT_EQ(described, served);
}

TEST_F(ServerTest, HasNothingToSayAboutRequestsWithoutItsCookieAndEndsDeadOnes) {
  net::Request request;
  request.method = "GET";
  EXPECT_FALSE(server->admit(request, "/api/v1/me"));
  request.headers.emplace_back("cookie", "__Host-tocsin=unknown");
  const auto admitted = server->admit(request, "/api/v1/me");
  ASSERT_TRUE(admitted);
  EXPECT_FALSE(admitted->principal);
  EXPECT_EQ(admitted->refusal.status, 401U);
  EXPECT_NE(admitted->refusal.body.find("urn:tocsin:problem:session-over"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::signin
