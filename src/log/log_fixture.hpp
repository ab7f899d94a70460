#pragma once

/// What the tests of the log share: drafts made from a seed, and a model that knows what was acknowledged.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "log/log.hpp"

namespace tocsin::log {

inline std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string out(size, ' ');
  for (char& c : out) c = static_cast<char>(random() % 256);
  return out;
}

/// One to `most` drafts for up to three circles; sometimes large enough to span many sectors.
inline std::vector<Draft> random_drafts(std::mt19937_64& random, const Log& log, std::size_t most) {
  std::vector<Draft> drafts(1 + random() % most);
  std::map<CircleId, std::uint64_t> heads;
  for (Draft& draft : drafts) {
    draft.circle = CircleId{random() % 3};
    const auto at = heads.try_emplace(draft.circle, log.head(draft.circle).sequence.value()).first;
    draft.kind = static_cast<Kind>(1 + random() % 10);
    draft.marking_class = static_cast<std::uint32_t>(random() % 5);
    draft.author = MemberId{random() % 9};
    draft.attributes = random_text(random, random() % 80);
    draft.sealed = random_text(random, random() % 40);
    draft.bytes = random_text(random, random() % 8 == 0 ? random() % 5000 : random() % 300);
    if (random() % 3 == 0)
      draft.changes.push_back({Sequence{1 + random() % (at->second + 1)},
                               static_cast<std::uint32_t>(random() % 7), random() % 2 == 0,
                               random() % 2 == 0});
    ++at->second;
  }
  return drafts;
}

/// What a row must say of an entry.
struct Expected {
  Draft draft;
  Appended appended;
  RowChange row;  ///< class and flags by now
  bool erased = false;
};

/// What a correct log holds, entry by entry.
class Model {
 public:
  void add(const std::vector<Draft>& drafts, const std::vector<Appended>& appended) {
    ASSERT_EQ(drafts.size(), appended.size());
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      auto& circle = circles_[drafts[i].circle];
      ASSERT_EQ(appended[i].sequence.value(), circle.size() + 1);
      circle.push_back({drafts[i], appended[i], {appended[i].sequence, drafts[i].marking_class}});
      for (const RowChange& change : drafts[i].changes) circle[change.sequence.value() - 1].row = change;
    }
  }
  void erase(CircleId circle, Sequence sequence) { circles_[circle][sequence.value() - 1].erased = true; }
  /// Takes over what the log holds beyond the model: entries that were written but never acknowledged.
  void adopt(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      auto& circle = circles_[entry.circle];
      if (entry.sequence.value() <= circle.size()) continue;
      ASSERT_EQ(entry.sequence.value(), circle.size() + 1);
      Expected one;
      one.draft = {.circle = entry.circle,
                   .kind = entry.kind,
                   .marking_class = entry.marking_class,
                   .author = entry.author,
                   .attributes = entry.attributes,
                   .sealed = entry.sealed,
                   .bytes = entry.bytes,
                   .changes = entry.changes};
      one.appended = {entry.sequence, entry.date_added, entry.commitment,
                      author_commitment(entry.author_salt, entry.author), entry.salt};
      one.row = {entry.sequence, entry.marking_class};
      circle.push_back(one);
      for (const RowChange& change : entry.changes) circle[change.sequence.value() - 1].row = change;
    }
  }
  std::size_t size() const {
    std::size_t out = 0;
    for (const auto& [id, circle] : circles_) out += circle.size();
    return out;
  }
  const std::map<CircleId, std::vector<Expected>>& circles() const { return circles_; }

 private:
  std::map<CircleId, std::vector<Expected>> circles_;
};

inline ::testing::AssertionResult same_entry(const Entry& entry, const Expected& expected,
                                             const Hash& previous) {
  const auto& [draft, appended, row, erased] = expected;
  if (entry.sequence != appended.sequence || entry.date_added != appended.date_added ||
      entry.commitment != appended.commitment || entry.previous != previous || entry.kind != draft.kind ||
      entry.marking_class != draft.marking_class || entry.circle != draft.circle)
    return ::testing::AssertionFailure() << "the head of entry " << entry.sequence.value() << " differs";
  if (entry.erased != erased) return ::testing::AssertionFailure() << "erased differs";
  if (erased)
    return entry.bytes.empty() && entry.attributes.empty() && entry.sealed.empty() && entry.salt == Salt{} &&
                   entry.author_salt == Salt{} && entry.author == MemberId{} && entry.changes == draft.changes
               ? ::testing::AssertionSuccess()
               : ::testing::AssertionFailure() << "something of an erased entry is left";
  if (entry.bytes != draft.bytes || entry.attributes != draft.attributes || entry.sealed != draft.sealed ||
      entry.author != draft.author || entry.changes != draft.changes || entry.salt != appended.salt)
    return ::testing::AssertionFailure() << "the content of entry " << entry.sequence.value() << " differs";
  const Hash author = author_commitment(entry.author_salt, entry.author);
  if (author != appended.author_commitment ||
      entry.commitment != entry_commitment(entry.salt, entry.circle, entry.sequence, entry.date_added,
                                           entry.kind, entry.previous, entry.bytes, entry.attributes, author))
    return ::testing::AssertionFailure() << "the commitment of entry " << entry.sequence.value() << " fails";
  return ::testing::AssertionSuccess();
}

/// The log holds exactly what the model holds, by every way of reading. With `corrupt_allowed` it may say
/// corrupt instead of any answer, but never give another one.
inline void expect_same(const Log& log, const Model& model, bool corrupt_allowed = false) {
  const auto refused = [&](const auto& result) {
    if (result) return false;
    EXPECT_TRUE(corrupt_allowed && result.error().code == Errc::corrupt) << result.error().detail;
    return true;
  };
  for (const auto& [id, circle] : model.circles()) {
    ASSERT_EQ(log.head(id).sequence.value(), circle.size());
    const auto rows = log.rows(id, Sequence{1}, circle.size() + 5);
    const bool rows_read = !refused(rows);
    if (rows_read) {
      ASSERT_EQ(rows->size(), circle.size());
    }
    Hash previous{};
    for (std::size_t i = 0; i < circle.size(); ++i) {
      const Expected& expected = circle[i];
      const auto entry = log.read(id, expected.appended.sequence);
      if (!refused(entry)) {
        ASSERT_TRUE(same_entry(*entry, expected, previous));
      }
      if (rows_read) {
        const Row& row = (*rows)[i];
        ASSERT_EQ(row.date_added, expected.appended.date_added);
        ASSERT_EQ(row.marking_class, expected.row.marking_class);
        ASSERT_EQ(row.superseded, expected.row.superseded);
        ASSERT_EQ(row.withdrawn, expected.row.withdrawn);
        ASSERT_EQ(row.erased, expected.erased);
        ASSERT_EQ(row.kind, expected.draft.kind);
      }
      previous = expected.appended.commitment;
    }
    if (!circle.empty()) {
      ASSERT_EQ(log.head(id).commitment, previous);
    }
  }
  std::map<CircleId, std::uint64_t> seen;
  const auto scanned = log.scan({}, [&](const Entry& entry, Position) -> Status {
    EXPECT_EQ(entry.sequence.value(), ++seen[entry.circle]);
    return {};
  });
  if (!refused(scanned)) {
    for (const auto& [id, circle] : model.circles()) ASSERT_EQ(seen[id], circle.size());
  }
}

}  // namespace tocsin::log
