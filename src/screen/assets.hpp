#pragma once

/// Which member owns what an indicator names: domains and networks that members registered and proved.
/// Threads: built by one thread, then read by many.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "screen/network_map.hpp"
#include "stix/object.hpp"

namespace tocsin::screen {

struct Asset {
  enum class Kind : std::uint8_t { domain, network };
  MemberId member;
  Kind kind = Kind::domain;
  std::string value;  ///< "corp.example", "198.51.100.0/24"
};

class Assets {
 public:
  Assets() = default;

  /// Errors: invalid_input, naming the value, when a domain is empty or a network cannot be read.
  static Result<Assets> build(const std::vector<Asset>& assets);

  /// The members whose asset the value hits, ascending, each once: a registered domain or one below it, also
  /// as the host of a URL or behind the @ of an e-mail address; an address or network that lies in a
  /// registered network or holds one.
  std::vector<MemberId> owners(const stix::Value& value) const;

 private:
  std::unordered_map<std::string, std::vector<MemberId>> domains_;
  std::vector<MemberId> members_;  // label of the networks -> member
  NetworkMap networks_;
};

}  // namespace tocsin::screen
