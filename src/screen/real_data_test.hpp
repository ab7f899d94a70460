#pragma once

/// Files of the collection of real data that may lie beside the project.

#include <zstd.h>

#include <optional>
#include <string>

#include "base/file.hpp"

namespace tocsin::screen {

/// The content of a .zst file, or none when it is not there.
inline std::optional<std::string> real_data(const std::string& name) {
  const auto packed = read_file(std::string{TOCSIN_SOURCE_DIR} + "/../shared/data/" + name);
  if (!packed) return std::nullopt;
  std::string out(64U << 20, '\0');
  const auto size = ZSTD_decompress(out.data(), out.size(), packed->data(), packed->size());
  if (ZSTD_isError(size) != 0) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace tocsin::screen
