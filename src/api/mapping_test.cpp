#include "api/test_hub.hpp"

namespace tocsin::api {
namespace {

constexpr std::string_view path = "/api/v1/mapping";

struct Colleagues {
  Colleagues() {
    hub.make_circle("alpha");
    ada = hub.join("Studio", {{"circles", {"alpha"}}});
    bank = hub.join("Bank", {{"circles", {"alpha"}}});
  }
  Reply put(std::string_view token, const std::string& replaces, std::string bytes) {
    return hub.call("PUT", std::string{path} + "?replaces=" + replaces, token, std::move(bytes));
  }
  std::string version(std::string_view token) {
    for (const auto& [name, value] : hub.get(path, token).headers)
      if (name == "etag") return value.substr(1, value.size() - 2);
    return "no version";
  }
  TestHub hub;
  std::string ada, bank;
};

TEST(Mapping, IsKeptForTheMemberAlone) {
  Colleagues t;
  EXPECT_EQ(t.version(t.ada), "");
  const auto kept = t.put(t.ada, "", "sealed by the studio");
  ASSERT_EQ(kept.status, 200U) << kept.body;
  EXPECT_EQ(kept.text("version"), t.version(t.ada));
  t.hub.restart();
  EXPECT_EQ(t.hub.get(path, t.ada).body, "sealed by the studio");
  EXPECT_EQ(t.hub.get(path, t.bank).body, "");
}

TEST(Mapping, IsReplacedByWhoeverReadItLast) {
  Colleagues t;
  ASSERT_EQ(t.put(t.ada, "", "one").status, 200U);
  const auto first = t.version(t.ada);
  ASSERT_EQ(t.put(t.ada, first, "two").status, 200U);
  EXPECT_EQ(t.put(t.ada, first, "three").status, 409U);
  EXPECT_EQ(t.put(t.ada, "", "three").status, 409U);
  EXPECT_EQ(t.hub.get(path, t.ada).body, "two");
}

TEST(Mapping, IsForThoseWhoShare) {
  Colleagues t;
  EXPECT_EQ(t.hub.get(path, t.hub.operator_token()).status, 403U);
  EXPECT_EQ(t.put(t.hub.operator_token(), "", "x").status, 403U);
  EXPECT_EQ(t.put({}, "", "x").status, 401U);
  const auto reader =
      t.hub.post("/api/v1/tokens", t.ada, {{"person", "ada"}, {"scopes", {"read"}}}).text("token");
  EXPECT_EQ(t.hub.get(path, reader).status, 403U);
  EXPECT_EQ(t.put(t.ada, "", std::string(serve::Mappings::bytes_max + 1, 'x')).status, 400U);
}

}  // namespace
}  // namespace tocsin::api
