#include "observe/plain_walk.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "observe/format.hpp"
#include "observe/json_walk.hpp"
#include "observe/mapping.hpp"

namespace tocsin::observe {
namespace {

const Fields& fields_of_zeek() {
  return *(*built_in_formats())[Format::zeek_json].fields;
}

constexpr std::string_view samples[] = {
    R"({"_path":"conn","ts":1591367999.305988,"uid":"CMdzit1AMNsmfAIiQc","id.orig_h":"192.168.4.76","id.orig_p":36844,"id.resp_h":"192.168.4.1","id.resp_p":53,"proto":"udp","service":"dns","duration":0.06685185432434082,"orig_bytes":62,"local_orig":true,"tunnel_parents":[]})",
    R"({"_path":"dns","ts":1591367999.3,"query":"testmyids.com","qclass":1,"AA":false,"answers":["31.3.245.133","a.b"],"TTLs":[3600.0,2.0],"rejected":null})",
    R"({"_path":"http","host":"a.example","uri":"/x","status_code":-200,"tags":[],"resp_fuids":["FEEsZS1w0Z0VJIb5x4"]})",
    R"({"id.orig_h":"192.168.4.76","seen":{"indicator":"x"},"nested":[[1,"2"],{"a":"b"}],"name":"Ünïcode","escaped":"a\"b\\"})",
    R"({})",
    R"({"query":"","answers":["a"]})",
};

struct Taken {
  Fields::NodeId field;
  std::string text;
  friend bool operator==(const Taken&, const Taken&) = default;
};

class Collect final : public JsonWalker::Sink {
 public:
  void value(Fields::NodeId field, std::string_view text) override {
    taken.push_back({field, std::string{text}});
  }
  std::string_view keep(std::string_view text) override { return kept.emplace_back(text); }
  std::vector<Taken> taken;
  std::deque<std::string> kept;
};

/// What the plain walk tells of a line, or nothing when it leaves it to the general one.
std::optional<std::vector<Taken>> plainly(PlainWalk& walk, Foresight& names, std::string line) {
  const auto size = line.size();
  line.append(padding_bytes, '"');
  names.begin(fields_of_zeek());
  if (!walk.walk(std::string_view{line}.substr(0, size), Fields::root, names)) return std::nullopt;
  std::vector<Taken> out;
  for (const auto& [field, text] : walk.values()) out.push_back({field, std::string{text}});
  return out;
}

TEST(PlainWalk, TakesWhatLogsMostlyHold) {
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "this processor has only the general walk";
  PlainWalk walk;
  Foresight names;
  for (int round = 0; round < 2; ++round)  // looked up, and then foreseen
    for (const auto sample : {samples[0], samples[1], samples[2], samples[5]})
      EXPECT_TRUE(plainly(walk, names, std::string{sample})) << sample;
  for (const auto sample : {samples[3], samples[4]})
    EXPECT_FALSE(plainly(walk, names, std::string{sample})) << sample;
}

// Goal:   the plain walk never tells anything that the general walk, which decides, would not.
// Method: real lines with bytes changed, cut, repeated and put in; all that the plain walk tells is compared.
TEST(PlainWalk, TellsWhatTheGeneralWalkDoes) {
  std::mt19937 random{20260101};
  PlainWalk walk;
  Foresight names;
  JsonWalker general;
  constexpr std::string_view bytes = "\"\"\"\",,::{}[]0159-+.eE/ \t\\antrufls\x01\x7f\xc3\xa4";
  std::size_t told = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string line{samples[random() % std::size(samples)]};
    for (auto changes = random() % 4; changes > 0; --changes) {
      const auto at = random() % line.size(), other = random() % line.size();
      const auto length = std::min<std::size_t>(random() % 24, line.size() - other);
      switch (random() % 4) {
        case 0:
          line[at] = bytes[random() % bytes.size()];
          break;
        case 1:
          line.insert(at, 1, bytes[random() % bytes.size()]);
          break;
        case 2:
          line.insert(at, line.substr(other, length));
          break;
        default:
          if (line.size() > length + 2) line.erase(other, length);
      }
    }
    const auto plain = plainly(walk, names, line);
    if (!plain) continue;
    ++told;
    Collect sink;
    auto padded = line + std::string(padding_bytes, '\0');
    const auto* why = general.walk_any(std::string_view{padded}.substr(0, line.size()), fields_of_zeek(),
                                       Fields::root, sink);
    ASSERT_EQ(why, nullptr) << why << ": " << line;
    ASSERT_TRUE(*plain == sink.taken) << line;
  }
  EXPECT_TRUE(told > 20'000 || !__builtin_cpu_supports("avx2")) << told;
}

}  // namespace
}  // namespace tocsin::observe
