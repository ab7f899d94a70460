#pragma once

/// Reads the real data beside the project, for tests. Empty when it is not there.

#include <gmock/gmock.h>
#include <simdjson.h>
#include <zstd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace tocsin::stix {

inline std::string data_file(const std::string& name) {
  std::ifstream file{std::string{TOCSIN_SOURCE_DIR} + "/../shared/data/" + name, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  if (!name.ends_with(".zst") || bytes.empty()) return bytes;

  std::string out;
  auto* stream = ZSTD_createDStream();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::vector<char> chunk(ZSTD_DStreamOutSize());
  while (in.pos < in.size) {
    ZSTD_outBuffer piece{chunk.data(), chunk.size(), 0};
    if (ZSTD_isError(ZSTD_decompressStream(stream, &piece, &in)) != 0) break;
    out.append(chunk.data(), piece.pos);
  }
  // What the input's last bytes still hold back.
  for (ZSTD_outBuffer piece{chunk.data(), chunk.size(), 0};;) {
    piece.pos = 0;
    const auto left = ZSTD_decompressStream(stream, &piece, &in);
    out.append(chunk.data(), piece.pos);
    if (ZSTD_isError(left) != 0 || piece.pos == 0) break;
  }
  ZSTD_freeDStream(stream);
  return out;
}

inline std::vector<std::string> data_lines(const std::string& name) {
  std::vector<std::string> lines;
  const auto bytes = data_file(name);
  for (const auto line : split(bytes, '\n'))
    if (!line.empty()) lines.emplace_back(line);
  return lines;
}

/// A JSON object of the test's own data, read with exceptions: a broken one is a broken test.
class Json {
 public:
  explicit Json(std::string_view text) : padded_{text}, root_{parser_.parse(padded_)} {}
  std::string text(std::string_view key) const { return std::string{root_[key].get_string().value()}; }
  bool truth(std::string_view key) const { return root_[key].get_bool().value(); }
  bool has(std::string_view key) const { return root_[key].error() == simdjson::SUCCESS; }
  simdjson::dom::element operator[](std::string_view key) const { return root_[key].value(); }
  simdjson::dom::element root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  simdjson::padded_string padded_;
  simdjson::dom::element root_;
};

}  // namespace tocsin::stix
