#include "taxii/compression.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace tocsin::taxii {
namespace {

const std::string body = [] {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "{\"value\":\"" + std::to_string(i * 7919) + ".example\"},";
  return text;
}();

TEST(Compression, GivesTheSameBytesBack) {
  const auto zipped = encode(body, Coding::gzip);
  ASSERT_EQ(zipped.coding, Coding::gzip);
  EXPECT_LT(zipped.body.size(), body.size() / 2);
  std::string out(body.size() + 1, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = zipped.body;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(out, body);

  const auto packed = encode(body, Coding::zstd);
  ASSERT_EQ(packed.coding, Coding::zstd);
  std::string unpacked(body.size() + 1, '\0');
  unpacked.resize(ZSTD_decompress(unpacked.data(), unpacked.size(), packed.body.data(), packed.body.size()));
  EXPECT_EQ(unpacked, body);
}

TEST(Compression, LeavesAloneWhatItWouldNotMakeSmaller) {
  EXPECT_EQ(encode("{}", Coding::gzip).coding, Coding::identity);
  EXPECT_EQ(encode(body, Coding::identity).body, body);
}

}  // namespace
}  // namespace tocsin::taxii
