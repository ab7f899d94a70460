#include "signin/provider.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "base/file.hpp"
#include "signin/id_token_testing.hpp"

namespace tocsin::signin {
namespace {

using namespace std::chrono_literals;

const Provider::Flow flow{"state", "the nonce", "verifier-verifier", "https://hub.example/signin/callback"};

/// A provider that answers from memory.
struct Fake {
  ManualClock clock{*parse_rfc3339("2026-11-23T12:00:00Z")};
  SigningKey key{"ES256", "1"};
  json::Object discovery{{"issuer", "https://issuer.example"},
                         {"authorization_endpoint", "https://issuer.example/auth"},
                         {"token_endpoint", "https://issuer.example/token"},
                         {"jwks_uri", "https://issuer.example/jwks"}};
  json::Object claims = claims_at(clock.now(), "the nonce");
  int discovered = 0, keyed = 0;
  net::ClientRequest exchange;
  ProviderOptions options{"idp", "IdP", "https://issuer.example", "tocsin", "s&cret", "", "sub"};

  net::ClientResponse answer(std::string body) { return {200, {}, std::move(body)}; }
  Result<net::ClientResponse> fetch(const std::string& url, const net::ClientRequest& request) {
    if (url == "https://issuer.example/.well-known/openid-configuration") {
      ++discovered;
      return answer(json::dump(discovery));
    }
    if (url == "https://issuer.example/jwks") {
      ++keyed;
      return answer(key_set_of({key.jwk()}));
    }
    exchange = request;
    return answer(json::dump(json::Object{{"id_token", key.token(claims)}}));
  }
  std::unique_ptr<Provider> provider() {
    return std::make_unique<Provider>(
        options, clock,
        [this](const std::string& url, const net::ClientRequest& request) { return fetch(url, request); });
  }
};

TEST(Provider, SendsTheBrowserWithPkceStateAndNonceAndTakesTheCodeBack) {
  Fake fake;
  const auto provider = fake.provider();
  const auto location = provider->location(flow);
  ASSERT_TRUE(location) << location.error().detail;
  for (const auto* part : {"https://issuer.example/auth?response_type=code&client_id=tocsin", "scope=openid&",
                           "&state=state", "&nonce=the%20nonce", "&code_challenge_method=S256"})
    EXPECT_NE(location->find(part), std::string::npos) << part << " in " << *location;
  EXPECT_NE(location->find("&code_challenge=" + pkce_challenge(flow.verifier)), std::string::npos);
  EXPECT_EQ(location->find(flow.verifier), std::string::npos) << "the verifier stays here";
  const auto subject = provider->subject("co de", flow);
  ASSERT_TRUE(subject) << subject.error().detail;
  EXPECT_EQ(*subject, "ada");
  EXPECT_NE(fake.exchange.body.find("code=co%20de"), std::string::npos);
  EXPECT_NE(fake.exchange.body.find("code_verifier=verifier-verifier"), std::string::npos);
  EXPECT_EQ(fake.exchange.headers.back().second, "Basic " + to_base64(as_bytes("tocsin:s%26cret")));
}

TEST(Provider, FetchesItsKeysAnewWhenTheyChangeButNotWithoutEnd) {
  Fake fake;
  const auto provider = fake.provider();
  ASSERT_TRUE(provider->subject("c", flow));
  ASSERT_TRUE(provider->subject("c", flow));
  EXPECT_EQ(fake.keyed, 1);
  EXPECT_EQ(fake.discovered, 1);
  fake.key = SigningKey{"ES256", "2"};
  EXPECT_FALSE(provider->subject("c", flow)) << "the keys are too new to be asked for again";
  EXPECT_EQ(fake.keyed, 1);
  fake.clock.advance(30s);
  EXPECT_TRUE(provider->subject("c", flow));
  EXPECT_EQ(fake.keyed, 2);
  fake.clock.advance(1h);
  fake.claims = claims_at(fake.clock.now(), "the nonce");
  EXPECT_TRUE(provider->subject("c", flow));
  EXPECT_EQ(fake.keyed, 3);
  EXPECT_EQ(fake.discovered, 2);
}

TEST(Provider, NamesAPersonByTheClaimThatWasChosenOnly) {
  Fake fake;
  fake.options.claim = "email";
  const auto provider = fake.provider();
  EXPECT_FALSE(provider->subject("c", flow)) << "no address";
  fake.claims["email"] = "ada@example.org";
  EXPECT_FALSE(provider->subject("c", flow)) << "not verified";
  fake.claims["email_verified"] = true;
  EXPECT_EQ(*provider->subject("c", flow), "ada@example.org");
  fake.claims["email"] = "ada\n@example.org";
  EXPECT_FALSE(provider->subject("c", flow));
}

TEST(Provider, AnswersAsItselfOnly) {
  Fake fake;
  EXPECT_TRUE(fake.provider()->answers_as("https://issuer.example"));
  EXPECT_TRUE(fake.provider()->answers_as(std::nullopt));
  EXPECT_FALSE(fake.provider()->answers_as("https://evil.example"));
  fake.discovery["authorization_response_iss_parameter_supported"] = true;
  EXPECT_FALSE(fake.provider()->answers_as(std::nullopt)) << "one that says it always sends it";
}

TEST(Discovery, IsRefusedWhereItIsNotWhatWeNeed) {
  Fake fake;
  const auto parsed = [&](std::string_view key, json::Value value) {
    auto changed = fake.discovery;
    changed[key] = std::move(value);
    return parse_discovery(json::dump(changed), "https://issuer.example").has_value();
  };
  EXPECT_TRUE(parsed("code_challenge_methods_supported", (json::Array{"plain", "S256"})));
  EXPECT_FALSE(parsed("code_challenge_methods_supported", json::Array{"plain"}));
  EXPECT_FALSE(parsed("issuer", "https://issuer.example/"));
  EXPECT_FALSE(parsed("token_endpoint", "http://issuer.example/token"));
  EXPECT_FALSE(parsed("jwks_uri", nullptr));
}

TEST(Provider, WorksOnAThreadOfItsOwnUntilItIsStopped) {
  Fake fake;
  const auto provider = fake.provider();
  std::promise<std::thread::id> ran;
  ASSERT_TRUE(provider->submit([&](Provider&) { ran.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
  provider->stop();
  EXPECT_FALSE(provider->submit([](Provider&) {}));
}

TEST(LoadProvider, ReadsItsFileAndTheSecretBesideIt) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tocsin-provider-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder / "idp.toml", secret = folder / "secret";
  ASSERT_TRUE(write_file(secret, "hush\n", 0600));
  const auto load = [&](const std::string& text) {
    EXPECT_TRUE(write_file(path, text));
    return load_provider(path);
  };
  const std::string good =
      "name = \"idp\"\nissuer = \"https://i.example\"\nclient_id = \"c\"\nclient_secret_file = \"" + secret +
      "\"\n";
  const auto loaded = load(good);
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->client_secret, "hush");
  EXPECT_EQ(loaded->label, "idp");
  EXPECT_EQ(loaded->claim, "sub");
  EXPECT_FALSE(load(good + "more = \"x\"\n"));
  EXPECT_FALSE(load("name = \"I dp\"\nissuer = \"https://i.example\"\nclient_id = \"c\"\n"));
  EXPECT_FALSE(load("name = \"idp\"\nissuer = \"http://i.example\"\nclient_id = \"c\"\n"));
  EXPECT_FALSE(load("name = \"idp\"\nissuer = \"https://i.example\"\n"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tocsin::signin
