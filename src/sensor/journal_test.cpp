#include "sensor/journal.hpp"

#include <gmock/gmock.h>

#include "sensor/testing.hpp"

namespace tocsin::sensor {
namespace {

using ::testing::ElementsAre;
using testing::Folder;
using ::testing::IsEmpty;

std::vector<std::string> records(Journal& journal) {
  std::vector<std::string> out;
  EXPECT_TRUE(journal.replay([&](Record record, std::string_view json, Journal::Place) {
    out.push_back(std::string{static_cast<char>(record)} + std::string{json});
    return true;
  }));
  return out;
}

class JournalTest : public ::testing::Test {
 protected:
  Journal open() {
    auto journal = Journal::open(path_);
    EXPECT_TRUE(journal);
    return *std::move(journal);
  }
  Folder folder_;
  const std::string path_ = folder_ / "journal";
};

TEST_F(JournalTest, GivesBackWhatWasAppended) {
  {
    auto journal = open();
    ASSERT_TRUE(journal.append(Record::entry, R"({"a":1})"));
    ASSERT_TRUE(journal.append(Record::position, R"({"b":2})"));
  }
  auto journal = open();
  EXPECT_THAT(records(journal), ElementsAre(R"(e{"a":1})", R"(p{"b":2})"));
}

// Goal:   a kill at any byte of a write leaves the records before it, and appending goes on behind them.
// Method: the file is cut at every length.
TEST_F(JournalTest, IsCutWhereItIsTorn) {
  {
    auto journal = open();
    for (const char* text : {R"({"a":1})", R"({"b":2})", R"({"c":3})"})
      ASSERT_TRUE(journal.append(Record::entry, text));
  }
  const auto whole = testing::slurp(path_);
  const auto line = whole.size() / 3;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::ofstream{path_, std::ios::binary} << whole.substr(0, size);
    auto journal = open();
    ASSERT_EQ(records(journal).size(), size / line) << size;
    ASSERT_TRUE(journal.append(Record::entry, R"({"z":9})"));
    auto again = open();
    const auto all = records(again);
    ASSERT_EQ(all.size(), size / line + 1) << size;
    ASSERT_EQ(all.back(), R"(e{"z":9})");
  }
}

TEST_F(JournalTest, TakesNothingFromAChangedByteOn) {
  {
    auto journal = open();
    for (const char* text : {R"({"a":1})", R"({"b":2})", R"({"c":3})"})
      ASSERT_TRUE(journal.append(Record::entry, text));
  }
  auto whole = testing::slurp(path_);
  const auto line = whole.size() / 3;
  whole[line + 22] = '7';
  std::ofstream{path_, std::ios::binary} << whole;
  auto journal = open();
  EXPECT_THAT(records(journal), ElementsAre(R"(e{"a":1})"));
  EXPECT_EQ(testing::slurp(path_), whole.substr(0, line));
}

TEST_F(JournalTest, WhatWasTakenBackIsGoneFromTheFile) {
  {
    auto journal = open();
    const auto secret = journal.append(Record::entry, R"({"secret":"a long text that must not stay"})");
    ASSERT_TRUE(journal.append(Record::entry, R"({"b":2})"));
    ASSERT_TRUE(secret && journal.take_back(*secret));
  }
  EXPECT_THAT(testing::slurp(path_), Not(::testing::HasSubstr("secret")));
  auto journal = open();  // more than half is blank: written anew
  EXPECT_LT(testing::slurp(path_).size(), 40U);
  EXPECT_THAT(records(journal), ElementsAre(R"(e{"b":2})"));
}

TEST_F(JournalTest, IsEmptyOnceCleared) {
  auto journal = open();
  ASSERT_TRUE(journal.append(Record::entry, R"({"a":1})"));
  ASSERT_TRUE(journal.clear());
  EXPECT_THAT(records(journal), IsEmpty());
  ASSERT_TRUE(journal.append(Record::entry, R"({"b":2})"));
  EXPECT_THAT(records(journal), ElementsAre(R"(e{"b":2})"));
}

}  // namespace
}  // namespace tocsin::sensor
