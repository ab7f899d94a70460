#pragma once

/// What each member keeps at the hub so that all of its people have it: which of its objects left it under
/// which random id. The hub cannot read it: the key stays with the member.
///
/// Contract: what is put is durable before `done` is called, and replaces exactly the version that its writer
///           had read, so that two colleagues never lose each other's.
/// Errors:   conflict (another version is kept by now), invalid_input (too large), overloaded, unavailable.
/// Source:   design 3a (Attribution); docs/formats/mapping.md.
/// Threads:  any; `done` is called on a thread of its own.

#include <functional>
#include <string>

#include "base/id.hpp"
#include "base/result.hpp"
#include "serve/errands.hpp"

namespace tocsin::serve {

class Mappings {
 public:
  static constexpr std::size_t bytes_max = 16 << 20;  ///< about 150,000 objects

  /// `folder` is made with the first mapping.
  explicit Mappings(std::string folder) : folder_{std::move(folder)} {}

  struct Kept {
    std::string bytes;
    std::string version;  ///< SHA-256 of the bytes in hex; empty when nothing is kept
  };
  void get(MemberId member, std::function<void(Result<Kept>)> done);
  /// `done` gets the new version.
  void put(MemberId member, std::string replaces, std::string bytes,
           std::function<void(Result<std::string>)> done);

 private:
  Result<Kept> read(MemberId member) const;
  Result<std::string> write(MemberId member, const std::string& replaces, const std::string& bytes) const;

  const std::string folder_;
  Errands errands_{64};  // alone touches the files
};

}  // namespace tocsin::serve
