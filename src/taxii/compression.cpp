#include "taxii/compression.hpp"

#include <zlib.h>
#include <zstd.h>

namespace tocsin::taxii {
namespace {

// One network packet holds less than this anyway.
constexpr std::size_t worth_bytes_min = 1200;
constexpr int gzip_level = 4;
constexpr int zstd_level = 3;

std::string gzip(std::string_view text) {
  z_stream stream{};
  constexpr int window_bits_gzip = 15 + 16;
  constexpr int memory_level = 8;
  if (deflateInit2(&stream, gzip_level, Z_DEFLATED, window_bits_gzip, memory_level, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    return {};
  std::string out(deflateBound(&stream, text.size()), '\0');
  // zlib takes its input unqualified and does not write to it.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), zstd_level);
  out.resize(ZSTD_isError(size) != 0U ? 0 : size);
  return out;
}

}  // namespace

Coded encode(std::string body, Coding wanted) {
  if (wanted == Coding::identity || body.size() < worth_bytes_min) return {Coding::identity, std::move(body)};
  std::string coded = wanted == Coding::gzip ? gzip(body) : zstd(body);
  if (coded.empty() || coded.size() >= body.size()) return {Coding::identity, std::move(body)};
  return {wanted, std::move(coded)};
}

}  // namespace tocsin::taxii
