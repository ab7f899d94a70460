#pragma once

/// Under which id and version the screen's changed objects left this member, so that later versions go the
/// same way and `withdraw` finds them.
///
/// Contract: kept in `PROFILE.departed`, a line of JSON per departure, the last for an id counts; save() has
///           it on disk before it returns, and comes before anything leaves. What leaves under one new id
///           gets a later `modified` each time its content differs, so that the newest is what was shared
///           last.
/// Limits:   the file is read whole, 1 GiB at most (some four million objects).
/// Threads:  one; several programs may use one file.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/result.hpp"

namespace tocsin::cli {

class Departures {
 public:
  static Result<Departures> open(std::string path);

  bool knows(std::string_view id) const;             ///< an original that left under a new id
  std::string find(const std::string& id) const;     ///< its new id; empty: none
  bool left_as(const std::string& minted_id) const;  ///< some original left under this id

  /// The screen's `output` for an original, as it leaves: its `modified` moved on when something else left
  /// under this version. `commitment` stands for the output's content.
  std::string leave(const std::string& id, const std::string& minted_id, std::string output,
                    const std::string& commitment);
  /// The same object with more in it than the screen lets out by itself: always a later version.
  std::string leave_reviewed(const std::string& id, const std::string& minted_id, std::string object);

  Status save();

 private:
  struct Departed {
    std::string as;        // the new id
    std::string of;        // `modified` of the original; empty: it has no versions
    std::string output;    // commitment to what left of it
    std::string modified;  // under which it left
    std::string last;      // the latest under which anything left
  };
  void take(std::string_view line);
  void note(const std::string& id, const Departed& departed);

  std::string path_;
  std::unordered_map<std::string, Departed> by_id_;
  std::unordered_set<std::string> minted_;
  std::size_t lines_ = 0;
  std::string unsaved_;
};

}  // namespace tocsin::cli
