#pragma once

/// Members, people, tokens and circles, as the governance entries of the logs have made them.
///
/// Contract: a function of the governance entries alone: replaying them gives the same directory. Only the
/// sequencer
///           calls apply(), after the entry is durable; readers take copies of what they need.
/// Errors:   corrupt when an entry's document cannot be read: the log holds what we did not write.
/// Threads:  all functions may be called from any thread; apply() from one at a time.

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <unordered_map>

#include "policy/policy.hpp"

namespace tocsin::policy {

/// A pending invitation. Its secret lies in the hub's secrets, by this number.
struct Invite {
  std::uint64_t id = 0;
  std::string member_name;
  MemberKind kind = MemberKind::company;
  GovernmentRole role = GovernmentRole::none;
  std::string sector;
  std::vector<CircleId> circles;
  bool steward = false;
  MemberId client_of;
  Timestamp expires;
  std::string redeemed_by;  ///< the client key that redeemed it, base64url; empty: not yet
  MemberId member;          ///< what it made
  bool revoked = false;
};

class Directory {
 public:
  /// An act of the hub log: {"act": "circle" | "member" | "standing" | "identity" | "holder" | "token" |
  /// "token-revoked" | "invite" | "invite-revoked" | "join" | "asset" | "asset-removed" | "feed" |
  /// "feed-paused" | "feed-removed", …} (docs/formats/acts.md).
  Status apply_hub(std::string_view json);
  /// An entry of kind rules of a circle: {"version": N, "rules": {…}}.
  Status apply_rules(CircleId circle, Timestamp logged, std::string_view json);
  /// An entry of kind decision: {"act": "reliability", "member": UUID, "letter": "A" … "F"}. Others are no
  /// concern of the directory.
  Status apply_decision(CircleId circle, std::string_view json);
  static bool concerns_decision(std::string_view json);
  /// An entry of kind membership: {"act": "admit" | "suspend" | "resume" | "remove" | "leave", "member":
  /// UUID} or
  /// {"act": "steward" | "unsteward", "holder": N}.
  Status apply_membership(CircleId circle, Sequence sequence, Timestamp logged, std::string_view json);

  std::shared_ptr<const Circle> circle(CircleId id) const;  ///< null when absent
  /// By name or UUID; null when absent. Ask policy before telling anyone.
  std::shared_ptr<const Circle> find_circle(std::string_view name_or_uuid) const;
  std::vector<std::shared_ptr<const Circle>> circles() const;

  std::optional<Member> member(MemberId id) const;
  /// By name, UUID or number.
  std::optional<Member> find_member(std::string_view name_or_uuid) const;
  std::vector<Member> members() const;
  /// The member that registered this STIX identity as its own.
  std::optional<MemberId> member_of_identity(std::string_view stix_identity_id) const;

  std::optional<Holder> holder(HolderId id) const;
  std::vector<Holder> holders_of(MemberId member) const;
  std::optional<Token> token(TokenId id) const;
  std::vector<Token> tokens_of(MemberId member) const;
  std::optional<TokenId> token_of_certificate(std::string_view sha256_hex) const;
  std::optional<Invite> invite(std::uint64_t id) const;
  std::vector<Invite> invites() const;
  std::vector<Asset> assets() const;
  std::vector<Feed> feeds() const;  ///< those that were not removed

  /// Who stands behind a token now. Errors: denied when it is unknown, revoked, expired, or its member is not
  /// active.
  Result<Principal> principal(TokenId token, Timestamp now) const;

  /// Goes up with every change that may touch anybody's rights. Streams compare it to notice.
  std::uint64_t rights_version() const { return rights_version_.load(std::memory_order_acquire); }

  /// The next free number of each kind. Only the sequencer uses them.
  std::uint64_t next_member() const;
  std::uint64_t next_holder() const;
  std::uint64_t next_token() const;
  std::uint64_t next_invite() const;
  std::uint64_t next_asset() const;
  std::uint64_t next_feed() const;  ///< never one that was removed: what is kept by number must not meet
  std::uint64_t next_circle() const;

 private:
  /// A circle is replaced as a whole, so that readers keep the one they hold.
  Circle& edit(CircleId id);

  mutable std::shared_mutex mutex_;
  // Everything below is guarded by mutex_.
  std::map<CircleId, std::shared_ptr<Circle>> circles_;
  std::unordered_map<std::string, CircleId> circle_by_key_;  // name and UUID
  std::map<MemberId, Member> members_;
  std::unordered_map<std::string, MemberId> member_by_key_;  // name and UUID
  std::unordered_map<std::string, MemberId> member_by_identity_;
  std::map<HolderId, Holder> holders_;
  std::map<TokenId, Token> tokens_;
  std::unordered_map<std::string, TokenId> token_by_certificate_;
  std::map<std::uint64_t, Invite> invites_;
  std::map<std::uint64_t, Asset> assets_;
  std::map<std::uint64_t, Feed> feeds_;
  std::uint64_t feeds_ever_ = 0;  // the highest number so far
  std::atomic<std::uint64_t> rights_version_{1};
};

}  // namespace tocsin::policy
