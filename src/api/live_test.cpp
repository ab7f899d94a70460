#include "api/test_hub.hpp"

namespace tocsin::api {
namespace {

/// What a stream says until it has nothing to say, or ends.
std::string drain(net::StreamSource& source, net::StreamSource::Chunk& last) {
  std::string out;
  for (int i = 0; i < 100; ++i) {
    last = source.pull();
    if (last.bytes) out += *last.bytes;
    if (last.end || (!last.bytes && last.wait.count() > 0)) return out;
  }
  ADD_FAILURE() << "the stream never came to rest";
  return out;
}

TEST(Live, AStreamEndsWithTheTokenThatOpenedIt) {
  TestHub hub;
  hub.make_circle("alpha");
  const auto admin = hub.join("Studio", {{"circles", {"alpha"}}});
  const auto token =
      hub.post("/api/v1/tokens", admin, {{"person", "ada"}, {"scopes", {"read"}}, {"days", 1}}).text("token");
  auto answer = hub.dispatch("GET", "/api/v1/circles/alpha/stream", token, "");
  ASSERT_NE(answer.source, nullptr);
  answer.source->start(net::Waker{});
  net::StreamSource::Chunk last;
  EXPECT_NE(drain(*answer.source, last).find("event: live"), std::string::npos);
  hub.clock().advance(std::chrono::hours{24} - std::chrono::seconds{2});
  EXPECT_NE(drain(*answer.source, last).find("event: heartbeat"), std::string::npos);
  EXPECT_LE(last.wait, std::chrono::milliseconds{2001})
      << "it looks again when the token ends, not a heartbeat later";
  hub.clock().advance(std::chrono::seconds{3});
  EXPECT_NE(drain(*answer.source, last).find("rights-changed"), std::string::npos);
  EXPECT_TRUE(last.end);
}

}  // namespace
}  // namespace tocsin::api
