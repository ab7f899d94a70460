#include "taxii/envelope.hpp"

#include <gtest/gtest.h>

namespace tocsin::taxii {
namespace {

const std::string one =
    R"({"type":"domain-name","spec_version":"2.1","id":"domain-name--7ff21560-38a0-4eec-a6ee-a5d4ab0d0e53","value":"a.net"})";

unsigned refused(std::string_view body) {
  const auto read = read_envelope(body);
  const auto* refusal = std::get_if<EnvelopeRefusal>(&read);
  return refusal == nullptr ? 0 : refusal->status;
}

std::vector<bool> good(std::string_view body) {
  auto read = read_envelope(body);
  std::vector<bool> out;
  if (const auto* objects = std::get_if<std::vector<stix::Parsed>>(&read))
    for (const auto& object : *objects) out.push_back(object.object.has_value());
  return out;
}

TEST(Envelope, GivesEveryObjectItsOwnVerdict) {
  EXPECT_EQ(good(R"({"objects":[)" + one + R"(,{"type":"indicator"},7,)" + one + "]}"),
            (std::vector<bool>{true, false, false, true}));
}

TEST(Envelope, PassesOtherPropertiesByAndTakesABundle) {
  EXPECT_EQ(good(R"({"more":true,"x_ours":{"objects":[1,{}]},"objects":[)" + one + R"(],"next":null})"),
            std::vector<bool>{true});
  EXPECT_EQ(good(R"({"type":"bundle","id":"bundle--1","objects":[)" + one + "]}"), std::vector<bool>{true});
  EXPECT_EQ(good(" \n{\"objects\" :\n[\n" + one + "\n]\n}\n"), std::vector<bool>{true});
}

TEST(Envelope, WhatIsNotJsonIsNotReadInParts) {
  for (const auto& body :
       {std::string{}, std::string{"{"}, "{\"objects\":[" + one, "{\"objects\":[\n" + one + "\n",
        one + "\n" + one, "{\"objects\":[" + one + "]}\n" + one, "{\"objects\":[" + one + ",]}",
        std::string{"{\"objects\":[\"\xff\"]}"}, std::string(5000, '[')})
    EXPECT_EQ(refused(body), 400U) << body.substr(0, 40);
}

TEST(Envelope, WhatIsJsonButNoEnvelopeIsUnprocessable) {
  for (const auto& body :
       {std::string{"[]"}, "[" + one + "]", one, std::string{"{}"}, std::string{"7"}, std::string{"null"},
        std::string{R"({"objects":[]})"}, std::string{R"({"objects":{}})"},
        "{\"objects\":[" + one + "],\"objects\":[" + one + "]}",
        "{\"type\":\"report\",\"objects\":[" + one + "]}", "{\"type\":7,\"objects\":[" + one + "]}"})
    EXPECT_EQ(refused(body), 422U) << body.substr(0, 40);
}

}  // namespace
}  // namespace tocsin::taxii
