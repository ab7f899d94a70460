#include "signin/browser.hpp"

#include <gtest/gtest.h>

#include <set>

#include "api/openapi.hpp"
#include "api/routes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "signin/everyday.hpp"

namespace tocsin::signin {
namespace {

net::Request request(std::string method, std::vector<std::pair<std::string, std::string>> headers) {
  net::Request made;
  made.method = std::move(method);
  made.headers = std::move(headers);
  return made;
}

TEST(Cookie, IsFoundByItsWholeNameAndOnlyWhenItIsOne) {
  const auto found = [](std::string text) {
    return cookie_in(request("GET", {{"cookie", text}}), session_cookie);
  };
  EXPECT_EQ(found("a=b; __Host-tocsin=secret; c=d"), "secret");
  EXPECT_EQ(found("x__Host-tocsin=no"), std::nullopt);
  EXPECT_EQ(found("__Host-tocsin-flow=no"), std::nullopt);
  EXPECT_EQ(found("__Host-tocsin=1; __Host-tocsin=2"), std::nullopt);
  EXPECT_EQ(found(""), std::nullopt);
}

TEST(OwnPage, IsWhatOriginAndFetchMetadataSay) {
  const std::string own = "https://hub.example";
  const auto passes = [&](std::string method, std::vector<std::pair<std::string, std::string>> headers) {
    return is_from_own_page(request(std::move(method), std::move(headers)), own);
  };
  EXPECT_TRUE(passes("POST", {{"origin", own}}));
  EXPECT_TRUE(passes("POST", {{"origin", own}, {"sec-fetch-site", "same-origin"}}));
  EXPECT_FALSE(passes("POST", {}));
  EXPECT_FALSE(passes("POST", {{"origin", "null"}}));
  EXPECT_FALSE(passes("POST", {{"origin", "https://evil.example"}}));
  EXPECT_FALSE(passes("DELETE", {{"origin", own + ".evil.example"}}));
  EXPECT_FALSE(passes("POST", {{"origin", own}, {"sec-fetch-site", "same-site"}}));
  EXPECT_TRUE(passes("GET", {}));
  EXPECT_TRUE(passes("GET", {{"sec-fetch-site", "none"}}));
  EXPECT_FALSE(passes("GET", {{"sec-fetch-site", "cross-site"}}));
}

TEST(CsrfToken, IsOfOneSession) {
  EXPECT_EQ(csrf_token("a"), csrf_token("a"));
  EXPECT_NE(csrf_token("a"), csrf_token("b"));
}

TEST(Everyday, NamesRoutesThatThereAre) {
  std::set<std::pair<std::string_view, std::string_view>> routes;
  for (const auto& route : api::routes()) routes.emplace(route.method, route.path);
  for (const auto& [method, path] : everyday) {
    if (path.starts_with("/signin/")) continue;
    EXPECT_TRUE(routes.contains({method, path})) << path;
  }
  EXPECT_TRUE(routes.contains({"GET", token_only}));
  EXPECT_FALSE(is_everyday("POST", "/api/v1/invites"));
  EXPECT_FALSE(is_everyday("PUT", "/api/v1/circles/{circle}/objects"));
}

}  // namespace
}  // namespace tocsin::signin
