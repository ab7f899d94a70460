#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/bounded_queue.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/published.hpp"
#include "base/result.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace tocsin {
namespace {

TEST(Time, WritesSixDigitsAndReadsThemBack) {
  const auto time = parse_rfc3339("2014-11-24T15:00:00.123456Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(to_rfc3339(*time), "2014-11-24T15:00:00.123456Z");
}

TEST(Time, ReadsOffsetsShortAndLongFractions) {
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-01-01T01:00:00+01:00")), "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-01-01T00:00:00.5Z")), "2026-01-01T00:00:00.500000Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-01-01T00:00:00.123456789Z")), "2026-01-01T00:00:00.123456Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026", "2026-02-30T00:00:00Z", "2026-01-201T00:00:00Z",
                           "2026-01-01 00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00Zx"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

// Vectors of RFC 4648 §10.
TEST(Bytes, Base64AgreesWithItsStandard) {
  EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");
  EXPECT_EQ(*from_base64("Zm9vYmE="), "fooba");
  EXPECT_EQ(to_base64url(as_bytes("\xff\xfe")), "__4");
  EXPECT_EQ(*from_base64url("__4"), "\xff\xfe");
  EXPECT_FALSE(from_base64url("__5")) << "bits after the last byte must be zero";
  EXPECT_FALSE(from_base64("Zm9vYg")) << "padding is missing";
}

TEST(Bytes, ReaderStaysBadAfterAnOverrun) {
  ByteReader reader{"abc"};
  EXPECT_EQ(reader.run(2), "ab");
  EXPECT_EQ(reader.number<std::uint32_t>(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.run(1), "");
}

TEST(Crypto, AgreesWithPublishedVectors) {
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  const std::string long_key(131, '\xaa');
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes(long_key), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), "what do ya want for nothing?")),  // RFC 4231
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // STIX 2.1 §2.9 with the contributing property of an IPv4 address.
  EXPECT_EQ(uuid5("00abedb4-aa42-466c-9c01-fed23315a9b7", R"({"value":"198.51.100.3"})"),
            "28bb3599-77cd-5a82-a950-b5bc3caf07c4");
}

TEST(Text, PrintableShowsWhatWouldMoveTheCursor) {
  EXPECT_EQ(printable("a\x1b[2Jb\xff"), "a\\x1b[2Jb\\xff");
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "x"),
            "\\u{202e}x");
  EXPECT_EQ(printable("Grüße"), "Grüße");
}

TEST(Text, JsonStringsEscapeAndRepair) {
  EXPECT_EQ(json_string("a\"\\\n\x01\xff"), R"("a\"\\\n\u0001\ufffd")");
  EXPECT_FALSE(is_utf8("\xed\xa0\x80")) << "a surrogate";
  EXPECT_FALSE(is_utf8("\xc0\x80")) << "an overlong form";
}

TEST(Json, RefusesDuplicateKeysDepthAndTrailingText) {
  EXPECT_TRUE(json::parse_object(R"({"a":{"b":1},"c":{"b":2}})"));
  EXPECT_FALSE(json::parse(R"({"a":1,"\u0061":2})")) << "the same key, spelt with an escape";
  EXPECT_FALSE(json::parse(std::string(100, '[') + std::string(100, ']')));
  EXPECT_FALSE(json::parse("{} {}"));
  EXPECT_EQ(json::number(*json::parse_object(R"({"n":-1})"), "n").error().detail,
            "'n' must be a whole number from 0");
}

TEST(BoundedQueue, RefusesWhenFullAndDrainsAfterClose) {
  BoundedQueue<int> queue{2};
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_TRUE(queue.try_push(2));
  EXPECT_FALSE(queue.try_push(3));
  queue.close();
  EXPECT_EQ(queue.pop_many(10), (std::vector<int>{1, 2}));
  EXPECT_TRUE(queue.pop_many(10).empty());
}

TEST(Published, AReaderKeepsWhatItPinned) {
  Published<int> published{std::make_shared<const int>(1)};
  const auto pinned = published.pin();
  published.replace(std::make_shared<const int>(2));
  EXPECT_EQ(*pinned, 1);
  EXPECT_EQ(*published.pin(), 2);
}

TEST(Files, WriteFileReplacesTheWhole) {
  const auto path = (std::filesystem::temp_directory_path() / ("tocsin-base-" + uuid4())).string();
  ASSERT_TRUE(write_file(path, "first and long"));
  ASSERT_TRUE(write_file(path, "second"));
  EXPECT_EQ(*read_file(path), "second");
  EXPECT_EQ(read_file(path, 3).error().code, Errc::invalid_input);
  ASSERT_TRUE(system_files().remove(path));
  EXPECT_EQ(read_file(path).error().code, Errc::not_found);
}

}  // namespace
}  // namespace tocsin
