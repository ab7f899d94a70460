#pragma once

/// Files of the collection of real data that may lie beside the project.

#include <zstd.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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

/// Every creator that the objects name: with them as its identities, a member made them all.
inline std::vector<std::string> creators_in(const std::vector<std::string>& objects) {
  constexpr std::string_view key = R"("created_by_ref":")";
  std::set<std::string> found;
  for (const auto& object : objects)
    if (const auto at = object.find(key); at != std::string::npos)
      found.insert(object.substr(at + key.size(), object.find('"', at + key.size()) - at - key.size()));
  return {found.begin(), found.end()};
}

}  // namespace tocsin::screen
