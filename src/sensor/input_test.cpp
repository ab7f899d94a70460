#include "sensor/input.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "observe/reader.hpp"

namespace tocsin::sensor {
namespace {

namespace fs = std::filesystem;

class InputTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tocsin-input-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view bytes) {
    const auto path = (folder_ / name).string();
    std::ofstream{path, std::ios::binary} << bytes;
    return path;
  }

  static std::string gzip(std::string_view text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
  }
  static std::string zstd(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
  }

  struct All {
    std::string text;
    std::optional<Error> error;
  };
  static All read_all(Input& input) {
    All all;
    for (;;) {
      auto lines = input.next();
      if (!lines) {
        all.error = lines.error();
        return all;
      }
      if (lines->empty()) return all;
      all.text += *lines;
    }
  }
  All read_all(const std::string& path) {
    auto input = Input::open(path);
    EXPECT_TRUE(input);
    return read_all(*input);
  }

  static std::string numbered_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + " of a log\n";
    return text;
  }

  fs::path folder_;
};

TEST_F(InputTest, ReadsPlainGzipAndZstdAlike) {
  const auto text = numbered_lines(100'000) + "and one without its line feed";
  EXPECT_EQ(read_all(write("a.log", text)).text, text);
  EXPECT_EQ(read_all(write("a.gz", gzip(text))).text, text);
  EXPECT_EQ(read_all(write("a.zst", zstd(text))).text, text);
  // Several members one behind the other, as appending compressors write them.
  EXPECT_EQ(read_all(write("b.gz", gzip("one\n") + gzip("two\n"))).text, "one\ntwo\n");
  EXPECT_EQ(read_all(write("b.zst", zstd("one\n") + zstd("two\n"))).text, "one\ntwo\n");
  EXPECT_EQ(read_all(write("empty", "")).text, "");
}

TEST_F(InputTest, BlocksEndAtLinesAndTellProgress) {
  const auto text = numbered_lines(100'000);
  auto input = Input::open(write("a.log", text));
  ASSERT_TRUE(input);
  EXPECT_EQ(input->progress().total_bytes, text.size());
  std::uint64_t before = 0, blocks = 0;
  for (;;) {
    const auto lines = input->next().value();
    if (lines.empty()) break;
    EXPECT_EQ(lines.back(), '\n');
    EXPECT_GT(input->progress().read_bytes, before);
    before = input->progress().read_bytes;
    ++blocks;
  }
  EXPECT_EQ(before, text.size());
  EXPECT_GT(blocks, 1U);
}

TEST_F(InputTest, DamagedGzipGivesItsGoodLinesFirst) {
  const auto text = numbered_lines(50'000);
  auto packed = gzip(text);
  const auto cut = read_all(write("cut.gz", packed.substr(0, packed.size() / 2)));
  ASSERT_TRUE(cut.error);
  EXPECT_EQ(cut.error->code, Errc::corrupt);
  EXPECT_TRUE(text.starts_with(cut.text));
  EXPECT_GT(cut.text.size(), text.size() / 4);
  EXPECT_EQ(cut.text.back(), '\n');

  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
  const auto path = write("bent.gz", packed);
  auto input = Input::open(path);
  const auto bent = read_all(*input);
  ASSERT_TRUE(bent.error);
  EXPECT_EQ(bent.error->code, Errc::corrupt);
  EXPECT_FALSE(input->next());  // and stays so
}

TEST_F(InputTest, RealDamagedGzip) {
  const fs::path file =
      fs::path{TOCSIN_SOURCE_DIR} / "../shared/data/logs-zeek/malformed/zat-http.log.corrupt.gz";
  if (!fs::exists(file)) GTEST_SKIP() << "the test data are not beside the project";
  const auto all = read_all(file.string());
  ASSERT_TRUE(all.error);
  EXPECT_EQ(all.error->code, Errc::corrupt);
  EXPECT_NE(all.text.find("guyspy.com"), std::string::npos);
}

// Goal:   a line longer than a reader takes costs bounded memory, is refused there, and the next one is read.
TEST_F(InputTest, EndlessLineIsCut) {
  const std::string head(observe::Reader::line_bytes_max * 5, 'x');
  auto input = Input::open(write("long", "first\n" + head + "\nlast 192.0.2.1\n"));
  ASSERT_TRUE(input);
  const auto all = read_all(*input);
  EXPECT_FALSE(all.error);
  EXPECT_TRUE(all.text.starts_with("first\nxxx"));
  EXPECT_TRUE(all.text.ends_with("xlast 192.0.2.1\n"));  // pieces come as blocks of their own
  EXPECT_LT(all.text.size(), head.size() / 2);
  EXPECT_GT(all.text.size(), observe::Reader::line_bytes_max);
}

TEST_F(InputTest, StandardInputMayBeAPipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int kept = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  const auto packed = gzip(numbered_lines(1000));
  std::jthread writer{[&] {
    for (const char c : packed.substr(0, 10)) EXPECT_EQ(::write(ends[1], &c, 1), 1);
    EXPECT_EQ(::write(ends[1], packed.data() + 10, packed.size() - 10),
              static_cast<ssize_t>(packed.size()) - 10);
    ::close(ends[1]);
  }};
  auto input = Input::open("-");
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input).text, numbered_lines(1000));
  EXPECT_EQ(input->progress().total_bytes, std::nullopt);
  ::dup2(kept, STDIN_FILENO);
  ::close(kept);
  ::close(ends[0]);
}

TEST_F(InputTest, TellsWhyAFileCannotBeOpened) {
  EXPECT_EQ(Input::open((folder_ / "absent").string()).error().code, Errc::not_found);
  EXPECT_EQ(Input::open(folder_.string()).error().code, Errc::invalid_input);
}

}  // namespace
}  // namespace tocsin::sensor
