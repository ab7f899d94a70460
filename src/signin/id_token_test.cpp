#include "signin/id_token.hpp"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include "signin/id_token_testing.hpp"

namespace tocsin::signin {
namespace {

const Timestamp now = *parse_rfc3339("2026-11-23T12:00:00Z");
const Expected expected{"https://issuer.example", "tocsin", "the nonce", now};

json::Object claims() {
  return claims_at(now, "the nonce");
}

KeySet set_of(std::initializer_list<json::Object> keys) {
  auto set = KeySet::parse(key_set_of(keys));
  EXPECT_TRUE(set);
  return *std::move(set);
}

TEST(Pkce, IsTheVectorOfRfc7636AppendixB) {
  EXPECT_EQ(pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(IdToken, HoldsWithEachAlgorithmAndWithNoBitOfItChanged) {
  for (const auto* algorithm : {"RS256", "PS256", "ES256", "EdDSA"}) {
    const SigningKey key{algorithm, "k"}, other{algorithm, "k"};
    const auto keys = set_of({key.jwk()});
    const auto token = key.token(claims());
    const auto held = verify_id_token(token, keys, expected);
    ASSERT_TRUE(held) << algorithm << ": " << held.error().detail;
    EXPECT_EQ(json::text_or(*held, "sub"), "ada");
    EXPECT_FALSE(verify_id_token(other.token(claims()), keys, expected)) << algorithm << " of another key";
    // The last character is left alone: some of its bits count for nothing in base64url.
    for (std::size_t i = 0; i + 1 < token.size(); i += 7) {
      auto changed = token;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(verify_id_token(changed, keys, expected)) << algorithm << ' ' << i;
    }
    EXPECT_FALSE(verify_id_token(token.substr(0, token.rfind('.') + 1), keys, expected)) << "no signature";
  }
}

TEST(IdToken, IsRefusedWithoutAProperAlgorithm) {
  const SigningKey key{"RS256", "k"};
  const auto keys = set_of({key.jwk()});
  const auto with = [&](json::Object header) {
    return verify_id_token(key.token(header, claims()), keys, expected);
  };
  EXPECT_TRUE(with({{"alg", "RS256"}})) << "the only key needs no id";
  for (const auto* algorithm : {"none", "None", "HS256", "HS512", "RS512", "PS256", "ES256", "EdDSA", ""})
    EXPECT_FALSE(with({{"alg", algorithm}, {"kid", "k"}})) << algorithm;
  EXPECT_FALSE(with({{"alg", "RS256"}, {"kid", "another"}}));
  EXPECT_FALSE(with({{"alg", "RS256"}, {"crit", json::Array{"exp"}}}));
  EXPECT_FALSE(with({{"kid", "k"}}));
  // The public key as an HMAC secret (RFC 8725 §2.1).
  const std::string text =
      SigningKey::encoded({{"alg", "HS256"}, {"kid", "k"}}) + '.' + SigningKey::encoded(claims());
  const auto mac = hmac_sha256(as_bytes(key.modulus()), text);
  EXPECT_FALSE(verify_id_token(text + '.' + to_base64url(mac), keys, expected));
  EXPECT_FALSE(verify_id_token(
      SigningKey::encoded({{"alg", "none"}}) + '.' + SigningKey::encoded(claims()) + '.', keys, expected));
}

TEST(IdToken, IsRefusedWithEachClaimThatIsWrong) {
  const SigningKey key{"ES256", "k"};
  const auto keys = set_of({key.jwk()});
  const auto seconds = to_micros(now) / 1'000'000;
  const auto with = [&](std::string_view name, json::Value value) {
    auto changed = claims();
    changed[name] = std::move(value);
    return verify_id_token(key.token(changed), keys, expected).has_value();
  };
  const auto without = [&](std::string_view name) {
    auto changed = claims();
    changed.erase(name);
    return verify_id_token(key.token(changed), keys, expected).has_value();
  };
  for (const auto* name : {"iss", "aud", "exp", "iat", "nonce", "sub"}) EXPECT_FALSE(without(name)) << name;
  EXPECT_FALSE(with("iss", "https://issuer.example/"));
  EXPECT_FALSE(with("aud", "another"));
  EXPECT_TRUE(with("aud", json::Array{"tocsin"}));
  EXPECT_FALSE(with("aud", (json::Array{"tocsin", "another"}))) << "two, and nobody authorised";
  EXPECT_FALSE(with("aud", json::Array{}));
  EXPECT_TRUE(with("azp", "tocsin"));
  EXPECT_FALSE(with("azp", "another"));
  EXPECT_FALSE(with("azp", 1));
  EXPECT_TRUE(with("exp", seconds - 59)) << "a small skew is forgiven";
  EXPECT_FALSE(with("exp", seconds - 60));
  EXPECT_TRUE(with("exp", static_cast<double>(seconds) + 0.5));
  EXPECT_FALSE(with("exp", "soon"));
  EXPECT_FALSE(with("exp", -1));
  EXPECT_TRUE(with("iat", seconds + 60));
  EXPECT_FALSE(with("iat", seconds + 61));
  EXPECT_FALSE(with("iat", seconds - 661));
  EXPECT_FALSE(with("nbf", seconds + 61));
  EXPECT_FALSE(with("nonce", "another"));
  EXPECT_FALSE(with("nonce", ""));
  EXPECT_FALSE(with("sub", ""));
  EXPECT_FALSE(with("sub", 7));
  EXPECT_FALSE(with("sub", json::Value(std::string(256, 'x'))));
}

TEST(KeySet, TakesWhatItCanUseAndLeavesTheRest) {
  const SigningKey rsa{"RS256", "1"}, ec{"ES256", "2"};
  auto for_encryption = rsa.jwk();
  for_encryption["use"] = "enc";
  auto off_the_curve = ec.jwk();
  off_the_curve["x"] = off_the_curve["y"];
  auto weak = rsa.jwk();
  weak["n"] = to_base64url(as_bytes(rsa.modulus().substr(0, 128)));
  const json::Object symmetric{{"kty", "oct"}, {"k", "AAAA"}, {"kid", "4"}};
  EXPECT_EQ(set_of({for_encryption, off_the_curve, weak, symmetric}).size(), 0U);
  const auto both = set_of({rsa.jwk(), ec.jwk(), symmetric});
  EXPECT_EQ(both.size(), 2U);
  EXPECT_NE(both.find("ES256", "2"), nullptr);
  EXPECT_EQ(both.find("ES256", "1"), nullptr);
  auto silent = rsa.jwk();
  silent.erase("alg");
  EXPECT_NE(set_of({silent}).find("PS256", ""), nullptr)
      << "a key that names no algorithm serves both of its kind";
  EXPECT_EQ(set_of({rsa.jwk(), SigningKey{"RS256", "3"}.jwk()}).find("RS256", ""), nullptr) << "which one?";
  for (const auto* wrong : {"", "[]", "{}", R"({"keys":1})", R"({"keys":[1]})"})
    EXPECT_FALSE(KeySet::parse(wrong));
}

}  // namespace
}  // namespace tocsin::signin
