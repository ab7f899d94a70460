#include "net/sse.hpp"

#include <gmock/gmock.h>

#include <tuple>
#include <vector>

namespace tocsin::net {
namespace {

using ::testing::ElementsAre;

using Event = std::tuple<std::string, std::string, std::string>;  // name, data, id

std::vector<Event> parsed(const std::vector<std::string>& pieces) {
  SseParser parser;
  std::vector<Event> events;
  for (const auto& piece : pieces)
    EXPECT_TRUE(parser.feed(piece, [&](const SseEvent& event) {
      events.emplace_back(event.name, event.data, event.id);
      return true;
    }));
  return events;
}

TEST(Sse, ReadsTheExamplesOfTheStandard) {
  EXPECT_THAT(parsed({"data: YHOO\ndata: +2\ndata: 10\n\n"}),
              ElementsAre(Event{"message", "YHOO\n+2\n10", ""}));
  EXPECT_THAT(
      parsed(
          {": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"}),
      ElementsAre(Event{"message", "first event", "1"}, Event{"message", "second event", ""},
                  Event{"message", " third event", ""}));
  EXPECT_THAT(parsed({"data\n\ndata\ndata\n\ndata:"}),
              ElementsAre(Event{"message", "", ""}, Event{"message", "\n", ""}));
  EXPECT_THAT(parsed({"data:test\n\ndata: test\n\n"}),
              ElementsAre(Event{"message", "test", ""}, Event{"message", "test", ""}));
}

TEST(Sse, KeepsTheLastIdAndForgetsTheName) {
  EXPECT_THAT(parsed({"event: a\nid: 7\ndata: x\n\ndata: y\n\nevent: b\n\ndata: z\n\n"}),
              ElementsAre(Event{"a", "x", "7"}, Event{"message", "y", "7"}, Event{"message", "z", "7"}));
  EXPECT_THAT(
      parsed({std::string{"id: 1\ndata: x\n\nid: 2\0\ndata: y\n\nretry: 5\nunknown: 6\ndata: z\n\n", 60}}),
      ElementsAre(Event{"message", "x", "1"}, Event{"message", "y", "1"}, Event{"message", "z", "1"}));
}

// Goal:   no cut of the bytes changes the events, and all three line ends are equal.
TEST(Sse, DoesNotDependOnHowTheBytesArrive) {
  const std::string text =
      "\xEF\xBB\xBF"
      "event: e\r\ndata: one\rdata: two\n: comment\r\nid: 9\r\n\r\ndata: three\r\r\ndata: 4\n\n";
  const auto whole = parsed({text});
  EXPECT_THAT(whole, ElementsAre(Event{"e", "one\ntwo", "9"}, Event{"message", "three", "9"},
                                 Event{"message", "4", "9"}));
  std::vector<std::string> bytes;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(parsed({text.substr(0, cut), text.substr(cut)}), whole) << "cut at " << cut;
    if (cut < text.size()) bytes.push_back(text.substr(cut, 1));
  }
  EXPECT_EQ(parsed(bytes), whole);
}

TEST(Sse, RefusesAnEventWithoutEnd) {
  SseParser lines{1000};
  const auto none = [](const SseEvent&) { return true; };
  Status status;
  for (int i = 0; i < 200 && status; ++i) status = lines.feed("data: 0123456789\n", none);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::invalid_input);
  SseParser line{1000};
  EXPECT_TRUE(line.feed(std::string(1000, 'x'), none));
  EXPECT_FALSE(line.feed("x", none));
}

TEST(Sse, StopsWhenTheReceiverHasEnough) {
  SseParser parser;
  int events = 0;
  EXPECT_TRUE(parser.feed("data: 1\n\ndata: 2\n\n", [&](const SseEvent&) { return ++events < 1; }));
  EXPECT_EQ(events, 1);
}

}  // namespace
}  // namespace tocsin::net
