#pragma once

/// What leaves a member, what is changed on the way, and why.
///
/// Own objects (made by one of the member's identities, or by nobody) go property by property through the
/// policy's table; what is changed gets an id of its own, because the standard lets nobody change an object
/// under its id (STIX 2.1 §3.5, §3.6.2), and references follow. Objects of others leave whole or not at all.
/// Same objects, policy and key: same result.
/// Source:  docs/screen.md.
/// Errors:  none: what cannot be read is withheld.
/// Threads: `screen_all` may run on several threads at once.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "screen/policy.hpp"

namespace tocsin::screen {

struct Member {
  /// Registered STIX identities. With none, whatever names a creator is somebody else's.
  std::vector<std::string> identities;
  std::string key;  ///< secret; makes new ids and pseudonyms, and never leaves the member
  /// Whether an own object left under its new id before: then every version of it does, changed or not, and
  /// what refers to it says the new id. Empty: none did.
  std::function<bool(std::string_view id)> left_before{};
};
/// The id under which a changed object leaves: looks random, is the same for every version and policy.
std::string minted_id(std::string_view key, std::string_view id);

enum class Outcome : std::uint8_t { pass, changed, withheld };
std::string_view name(Outcome outcome);

/// Where something was found and what became of it; never the value.
struct Finding {
  std::string path;  ///< "external_references[0].url"; empty: the whole object
  std::string rule;  ///< a detector, "field", or one of the names in docs/screen.md
  Action action{};
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Decision {
  std::string id, type;  ///< of what was read; empty when it cannot be read
  Outcome outcome = Outcome::withheld;
  bool needs_review = false;  ///< something was left out, or all of it withheld, that a person may release
  bool others = false;        ///< somebody else's object
  // With a policy for what arrives, all below but the findings is empty: nothing is made of it.
  std::string output;     ///< what leaves; the input's bytes when nothing was changed; else empty
  std::string output_id;  ///< empty when withheld
  /// As it would leave once a person has read every text: what detectors find is still out. Empty unless
  /// `needs_review`.
  std::string reviewed;
  std::vector<Finding> reviewed_findings;  ///< what was found and done on the way to `reviewed`
  std::string relationship;  ///< derived-from the original, where the policy lets the original be named
  std::vector<Finding> findings;
  std::string policy_hash;
  std::string input_commitment;   ///< HMAC-SHA-256 of the bytes under the member's key, hexadecimal
  std::string output_commitment;  ///< SHA-256 of the output's canonical JSON (RFC 8785), hexadecimal
};
/// {policy, input, output, outcome, findings}: what the member keeps.
json::Object record_of(const Decision& decision);
/// SHA-256 of a record's canonical JSON (RFC 8785), hexadecimal: what goes along with the object.
std::string digest_of(const json::Object& record);

class Screen {
 public:
  /// Errors: invalid_input, for an own network that cannot be read.
  static Result<Screen> make(std::shared_ptr<const Policy> policy, Member member);

  /// Objects that stand together: roles (whose address is it?) and new ids are found across them. In order.
  std::vector<Decision> screen_all(std::span<const std::string_view> objects) const;
  /// The same, one decision after the other, in order: what was taken need not be held.
  void screen_each(std::span<const std::string_view> objects,
                   const std::function<void(std::size_t, Decision)>& take) const;
  /// One object by itself; what it refers to is unknown.
  Decision screen(std::string_view object) const;

  const Policy& policy() const { return *policy_; }
  const Member& member() const { return member_; }

 private:
  Screen(std::shared_ptr<const Policy> policy, Own own, Member member)
      : policy_{std::move(policy)}, own_{std::move(own)}, member_{std::move(member)} {}
  std::shared_ptr<const Policy> policy_;
  Own own_;
  Member member_;
};

}  // namespace tocsin::screen
