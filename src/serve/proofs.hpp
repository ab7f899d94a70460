#pragma once

/// Looks at what a member has published to show that a domain or a network is its own: a TXT record.
///
/// Contract: the record of a domain D stands at `_tocsin.D`; that of a network at `_tocsin.` and its reverse
///           zone, so only networks that are whole zones can be shown so. One of its texts is the challenge.
/// Errors:   invalid_input (no such zone), conflict (no record says so), overloaded (the member has a look-up
///           under way, or too many wait), unavailable (the name servers do not answer).
/// Source:   RFC 1035 (TXT), RFC 3596 §2.5 (ip6.arpa); design 3a (Assets).
/// Threads:  any; `done` is called on a thread of its own.

#include <functional>
#include <string>

#include "base/id.hpp"
#include "base/result.hpp"
#include "policy/types.hpp"
#include "serve/errands.hpp"
#include "serve/under_way.hpp"

namespace tocsin::serve {

/// Where the record of this asset stands. Errors: invalid_input, for a network that is no whole zone.
Result<std::string> proof_name(const policy::Asset& asset);

class Proofs {
 public:
  /// `resolver`: "ADDRESS:PORT" of the name server to ask, IPv4; empty: the system's.
  explicit Proofs(std::string resolver = {}) : resolver_{std::move(resolver)} {}

  void look(const policy::Asset& asset, std::string challenge, std::function<void(Status)> done);

 private:
  const std::string resolver_;
  UnderWay members_{1};
  Errands errands_{16};
};

}  // namespace tocsin::serve
