#include "signin/webauthn.hpp"

#include <gtest/gtest.h>

#include "signin/webauthn_testing.hpp"

namespace tocsin::signin {
namespace {

const RelyingParty party{"https://hub.example:8443", "hub.example"};

TEST(RelyingParty, IsTheOriginOfTheUrlAndItsName) {
  const auto named = relying_party("https://Hub.Example:8443/");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->origin, "https://hub.example:8443");
  EXPECT_EQ(named->id, "hub.example");
  EXPECT_EQ(relying_party("https://hub.example:443")->origin, "https://hub.example");
  EXPECT_EQ(relying_party("https://127.0.0.1:8443")->id, "");
  EXPECT_EQ(relying_party("https://[::1]:8443")->id, "");
  EXPECT_EQ(relying_party("https://[::1]:8443")->origin, "https://[::1]:8443");
  for (const auto* wrong :
       {"http://hub.example", "https://", "https://u@hub.example", "https://hub.example/x"})
    EXPECT_FALSE(relying_party(wrong)) << wrong;
}

TEST(ClientData, GiveTheChallengeOnlyOfTheRightCeremonyAndOrigin) {
  const auto data = [](std::string_view type, std::string_view origin, std::string_view more = "") {
    return SoftAuthenticator::client_data(type, "a challenge", origin, more);
  };
  const auto good =
      challenge_in(data("webauthn.get", party.origin, R"(,"crossOrigin":false)"), Ceremony::get, party);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, "a challenge");
  for (const auto& wrong :
       {data("webauthn.create", party.origin), data("webauthn.get", "https://hub.example"),
        data("webauthn.get", "https://hub.example:8443.evil.example"),
        data("webauthn.get", party.origin, R"(,"crossOrigin":true)"),
        data("webauthn.get", party.origin, R"(,"crossOrigin":"no")"),
        data("webauthn.get", party.origin, R"(,"topOrigin":"https://evil.example")"),
        data("webauthn.get", party.origin, R"(,"challenge":"eA")"),
        std::string{R"({"type":"webauthn.get","origin":"https://hub.example:8443"})"}, std::string{"{"},
        std::string(1 << 20, ' ')})
    EXPECT_FALSE(challenge_in(wrong, Ceremony::get, party)) << wrong.substr(0, 200);
}

TEST(Passkey, ComesOutOfAnAttestationObjectAndVerifiesWhatItSigns) {
  SoftAuthenticator device;
  const auto made = passkey_in(device.attestation(party.id), party);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->id, device.id);
  EXPECT_EQ(made->algorithm, -7);
  device.counter = 0x01020304;
  const auto client_data = SoftAuthenticator::client_data("webauthn.get", "c", party.origin);
  const auto data = device.data(party.id, false);
  const auto signature = device.sign(data, client_data);
  const auto counter = verify({client_data, data, signature}, made->algorithm, made->public_key, party);
  ASSERT_TRUE(counter) << counter.error().detail;
  EXPECT_EQ(*counter, 0x01020304U);

  // Whatever is changed, it does not verify.
  const auto refused = [&](std::string_view what, const Assertion& assertion, int algorithm,
                           std::string_view key, const RelyingParty& at) {
    EXPECT_FALSE(verify(assertion, algorithm, key, at)) << what;
  };
  const auto other = SoftAuthenticator::client_data("webauthn.get", "d", party.origin);
  refused("other client data", {other, data, signature}, -7, made->public_key, party);
  for (std::size_t i = 0; i < data.size(); ++i) {
    auto changed = data;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    refused("byte " + std::to_string(i), {client_data, changed, signature}, -7, made->public_key, party);
  }
  refused("no signature", {client_data, data, ""}, -7, made->public_key, party);
  refused("another key", {client_data, data, signature}, -7,
          passkey_in(SoftAuthenticator{}.attestation(party.id), party)->public_key, party);
  refused("another algorithm", {client_data, data, signature}, -257, made->public_key, party);
  refused("another hub", {client_data, data, signature}, -7, made->public_key,
          {"https://evil.example", "evil.example"});
}

TEST(Passkey, NeedsAPersonWhoWasThereAndRecognised) {
  for (const auto flags : {std::uint8_t{0x00}, std::uint8_t{0x01}, std::uint8_t{0x04}}) {
    SoftAuthenticator device;
    const auto key = passkey_in(device.attestation(party.id), party)->public_key;
    device.flags = flags;
    EXPECT_FALSE(passkey_in(device.attestation(party.id), party)) << int{flags};
    const auto client_data = SoftAuthenticator::client_data("webauthn.get", "c", party.origin);
    const auto data = device.data(party.id, false);
    EXPECT_FALSE(verify({client_data, data, device.sign(data, client_data)}, -7, key, party)) << int{flags};
  }
}

// Goal:   no broken attestation object passes. Method: every prefix, and bytes behind the end.
TEST(Passkey, IsNotMadeOfABrokenObject) {
  const auto whole = SoftAuthenticator{}.attestation(party.id);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(passkey_in(std::string_view{whole}.substr(0, size), party)) << size;
  EXPECT_FALSE(passkey_in(whole + '\0', party));
  // A key that claims 2^31 pairs: refused before memory is taken for them.
  auto claiming = whole;
  claiming.replace(claiming.find("\xa5\x01\x02\x03"), 5, "\xba\x7f\xff\xff\xff");
  EXPECT_FALSE(passkey_in(claiming, party));
  EXPECT_FALSE(passkey_in(SoftAuthenticator{}.attestation("evil.example"), party));
  EXPECT_FALSE(passkey_in(std::string(20'000, '\x81'), party));
}

}  // namespace
}  // namespace tocsin::signin
