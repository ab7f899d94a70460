#pragma once

/// `share --anonymous`: the member's own objects under new random ids, without their creator.
///
/// Contract: an object is the member's own when its `created_by_ref` is one of the member's identities. Own
///           objects lose the creator, get a random id that stays the same in every later share, and their
///           references to own objects follow. Objects of others pass as they are, or not at all when they
///           name an own object or the member. What comes out never names an own id or identity.
/// Mapping:  kept beside the profile, encrypted (libsodium secretbox) under a key in the profile.
/// Errors:   denied, saying why, for an object that would name the member.
/// Threads:  one.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::cli {

class Mapping {
 public:
  /// Reads the mapping at `path`; empty when there is none. Errors: corrupt when `key` does not open it.
  static Result<Mapping> open(std::string path, std::string key_base64url);
  static std::string new_key();
  static std::string path_beside(const std::string& profile_path) { return profile_path + ".minted"; }

  /// The new id of an own object, made at the first call.
  const std::string& minted(const std::string& id);
  /// The new id when there is one, else empty.
  std::string find(const std::string& id) const;
  bool knows(const std::string& minted_id) const;
  const std::map<std::string, std::string>& all() const { return minted_by_id_; }
  Status save();

 private:
  std::string path_, key_;
  std::map<std::string, std::string> minted_by_id_;
  bool changed_ = false;
};

/// True when the object's `created_by_ref` is one of `identities`; `id` is then its id.
bool is_own(std::string_view object, const std::vector<std::string>& identities, std::string& id);

/// The object as it may leave; every own object of the submission must have its id in the mapping before.
Result<std::string> reminted(std::string_view object, const std::vector<std::string>& identities,
                             const Mapping& mapping);

}  // namespace tocsin::cli
