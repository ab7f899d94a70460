// Goal:   the commitment is what docs/formats/log.md says, to the byte.
// Method: vectors that another implementation computed, and the same with any input changed.

#include "log/entry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/json.hpp"

namespace tocsin::log {
namespace {

template <class Array>
Array array_of(const json::Object& object, std::string_view key) {
  const auto bytes = from_hex(json::text_or(object, key));
  Array out{};
  EXPECT_EQ(bytes->size(), out.size()) << key;
  std::copy_n(as_bytes(*bytes).begin(), std::min(out.size(), bytes->size()), out.begin());
  return out;
}

std::uint64_t number_of(const json::Object& object, std::string_view key) {
  const std::string text = json::text_or(object, key);
  return text.starts_with('-') ? static_cast<std::uint64_t>(std::stoll(text)) : std::stoull(text);
}

TEST(Commitment, AgreesWithTheVectors) {
  const auto text = read_file(TOCSIN_SOURCE_DIR "/src/log/testdata/commitment_vectors.json");
  ASSERT_TRUE(text) << text.error().detail;
  const auto document = json::parse(*text);
  ASSERT_TRUE(document) << document.error().detail;
  ASSERT_EQ(document->as_array().size(), 5U);
  for (const json::Value& value : document->as_array()) {
    const json::Object& vector = value.as_object();
    const Hash author =
        author_commitment(array_of<Salt>(vector, "author_salt"), MemberId{number_of(vector, "author")});
    EXPECT_EQ(to_hex(author), json::text_or(vector, "author_commitment"));
    const auto salt = array_of<Salt>(vector, "salt");
    const CircleId circle{number_of(vector, "circle")};
    const Sequence sequence{number_of(vector, "sequence")};
    const auto date = from_micros(static_cast<std::int64_t>(number_of(vector, "date_added_us")));
    const auto kind = static_cast<Kind>(json::number_or(vector, "kind"));
    const auto previous = array_of<Hash>(vector, "previous");
    const std::string bytes = *from_hex(json::text_or(vector, "bytes"));
    const std::string attributes = *from_hex(json::text_or(vector, "attributes"));
    EXPECT_EQ(
        to_hex(entry_commitment(salt, circle, sequence, date, kind, previous, bytes, attributes, author)),
        json::text_or(vector, "commitment"));
    EXPECT_NE(to_hex(entry_commitment(salt, circle, sequence, date, kind, previous, attributes, bytes + "x",
                                      author)),
              json::text_or(vector, "commitment"));
  }
}

}  // namespace
}  // namespace tocsin::log
