#pragma once

/// The records of the screen's decisions, kept at the member: what it can show of each object that left or
/// stayed, without a value of it.
///
/// Contract: a line of JSON for each decision in `PROFILE.records`: {at, id, as, circles, digest, record}.
///           The digest is what went along into the hub's log, SHA-256 of the record's canonical JSON.
/// Limits:   at 64 MiB the file becomes `PROFILE.records.1`, that one `.2`, and so on; the ninth is dropped.
/// Errors:   denied for a disk that fails.
/// Threads:  one.

#include <string>
#include <vector>

#include "base/json.hpp"

namespace tocsin::cli {

class Records {
 public:
  explicit Records(std::string path) : path_{std::move(path)} {}

  /// `as`: the id under which it leaves; empty: it stays.
  Status add(const std::string& id, const std::string& as, const std::vector<std::string>& circles,
             const std::string& digest, const json::Object& record);
  /// On disk when it returns.
  Status save();

 private:
  void rotate() const;

  std::string path_;
  std::string unsaved_;
};

}  // namespace tocsin::cli
