#pragma once

/// Which of the member's own objects left it under which random id (`share --anonymous`), so that a colleague
/// can later version or withdraw them.
///
/// Contract: kept sealed (libsodium secretbox) under a key that only profiles hold: in a file beside the
///           profile, and at the hub, which cannot read it, for the whole member. save() has put it there
///           before it returns; when the hub is away, the file alone, and the next save() brings it up.
/// Source:   docs/formats/mapping.md.
/// Threads:  one.

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::cli {

class Session;
struct Context;

class Mapping {
 public:
  static std::string new_key();

  /// Reads the mapping at `path`; empty when there is none. Errors: corrupt when `key` does not open it.
  static Result<Mapping> open(std::string path, const std::string& key_base64url);
  /// The profile's, with what the hub keeps for the member. When the hub is away, without, and says so.
  /// Errors: denied when a colleague's key sealed what the hub keeps.
  static Result<Mapping> open(const Context& context, Session& session);

  /// The new id of an own object, made at the first call.
  const std::string& minted(const std::string& id);
  /// The new id when there is one, else empty.
  std::string find(const std::string& id) const;
  bool knows(const std::string& minted_id) const;

  /// To the file alone.
  Status save();
  /// To the file and the hub. A colleague's id for an object wins over one that was minted since open().
  Status save(Session& session);

  std::string sealed() const;
  /// Takes what `sealed` holds; ids in it win. Errors: corrupt when it is damaged or under another key.
  Status merge(std::string_view sealed);

 private:
  /// Takes what the hub keeps. Errors: unavailable when the hub is away; denied when it is under another key.
  Status merge_from(Session& session);

  std::string path_, key_;
  std::map<std::string, std::string> minted_by_id_;
  bool changed_ = false;
  std::string hub_version_;  ///< of what the hub keeps, as far as it is in here; empty: nothing
  bool hub_lacks_ = false;   ///< some id that the hub does not keep
};

}  // namespace tocsin::cli
