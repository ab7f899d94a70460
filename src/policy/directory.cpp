#include "policy/directory.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"

namespace tocsin::policy {
namespace {

Error unreadable(std::string_view what, const Error& error) {
  return Error{Errc::corrupt, std::string{what} + ": " + error.detail};
}

Timestamp time_or_never(const json::Object& act, std::string_view key) {
  const auto time = parse_rfc3339(json::text_or(act, key));
  return time ? *time : Timestamp{};
}

Scopes scopes_in(const json::Object& act) {
  Scopes scopes = 0;
  if (const auto texts = json::texts(act, "scopes"))
    for (const auto& text : *texts)
      if (const auto scope = parse_scope(text)) scopes |= scope_bit(*scope);
  return scopes;
}

template <class Key, class Value>
std::optional<Value> find_in(const std::map<Key, Value>& map, const Key& key) {
  const auto it = map.find(key);
  return it == map.end() ? std::nullopt : std::optional<Value>{it->second};
}

template <class Key, class Value>
std::uint64_t next_after(const std::map<Key, Value>& map) {
  if (map.empty()) return 1;
  if constexpr (std::is_same_v<Key, std::uint64_t>)
    return map.rbegin()->first + 1;
  else
    return map.rbegin()->first.value() + 1;
}

}  // namespace

Circle& Directory::edit(CircleId id) {
  auto& slot = circles_[id];
  slot = slot ? std::make_shared<Circle>(*slot) : std::make_shared<Circle>();
  slot->id = id;
  return *slot;
}

Status Directory::apply_hub(std::string_view document) {
  auto parsed = json::parse_object(document);
  if (!parsed) return unreadable("hub act", parsed.error());
  const json::Object& act = *parsed;
  const std::string what = json::text_or(act, "act");
  const std::uint64_t id = json::number_or(act, "id");
  std::unique_lock lock{mutex_};
  if (what == "circle") {
    Circle& circle = edit(CircleId{id});
    circle.uuid = json::text_or(act, "uuid");
    circle.name = json::text_or(act, "name");
    circle_by_key_[circle.uuid] = circle.id;
    circle_by_key_[circle.name] = circle.id;
  } else if (what == "member") {
    Member& member = members_[MemberId{id}];
    member.id = MemberId{id};
    member.uuid = json::text_or(act, "uuid");
    member.name = json::text_or(act, "name");
    member.kind = parse_member_kind(json::text_or(act, "kind")).value_or(MemberKind::company);
    member.role = parse_government_role(json::text_or(act, "role", "none")).value_or(GovernmentRole::none);
    member.sector = json::text_or(act, "sector");
    member.client_of = MemberId{json::number_or(act, "client_of")};
    member_by_key_[member.uuid] = member.id;
    member_by_key_[member.name] = member.id;
  } else if (what == "standing") {
    const std::string standing = json::text_or(act, "standing");
    Member& member = members_[MemberId{json::number_or(act, "member")}];
    member.standing = standing == "active"    ? Standing::active
                      : standing == "removed" ? Standing::removed
                                              : Standing::suspended;
  } else if (what == "identity") {
    const MemberId member{json::number_or(act, "member")};
    members_[member].identities.insert(json::text_or(act, "stix_id"));
    member_by_identity_[json::text_or(act, "stix_id")] = member;
  } else if (what == "holder") {
    holders_[HolderId{id}] = Holder{HolderId{id}, MemberId{json::number_or(act, "member")},
                                    json::text_or(act, "name"), json::flag_or(act, "machine")};
  } else if (what == "token") {
    Token token{TokenId{id},
                HolderId{json::number_or(act, "holder")},
                scopes_in(act),
                json::text_or(act, "certificate_sha256"),
                time_or_never(act, "expires"),
                false,
                json::flag_or(act, "sign_in")};
    if (!token.certificate_sha256.empty()) token_by_certificate_[token.certificate_sha256] = token.id;
    tokens_[token.id] = std::move(token);
  } else if (what == "token-revoked") {
    if (const auto it = tokens_.find(TokenId{id}); it != tokens_.end()) it->second.revoked = true;
  } else if (what == "invite") {
    Invite invite;
    invite.id = id;
    invite.member_name = json::text_or(act, "name");
    invite.kind = parse_member_kind(json::text_or(act, "kind")).value_or(MemberKind::company);
    invite.role = parse_government_role(json::text_or(act, "role", "none")).value_or(GovernmentRole::none);
    invite.sector = json::text_or(act, "sector");
    invite.steward = json::flag_or(act, "steward");
    invite.client_of = MemberId{json::number_or(act, "client_of")};
    invite.expires = time_or_never(act, "expires");
    if (const auto* circles = act.if_contains("circles"); circles != nullptr && circles->is_array())
      for (const auto& circle : circles->get_array())
        if (circle.is_int64()) invite.circles.emplace_back(static_cast<std::uint64_t>(circle.get_int64()));
    invites_[id] = std::move(invite);
  } else if (what == "invite-revoked") {
    invites_[id].revoked = true;
  } else if (what == "join") {
    Invite& invite = invites_[json::number_or(act, "invite")];
    invite.redeemed_by = json::text_or(act, "client_key");
    invite.member = MemberId{json::number_or(act, "member")};
  } else if (what == "asset") {
    assets_[id] = Asset{id, MemberId{json::number_or(act, "member")}, json::text_or(act, "kind"),
                        json::text_or(act, "value"), json::text_or(act, "verified")};
  } else if (what == "asset-removed") {
    assets_.erase(id);
  } else if (what == "feed") {
    const auto* settings = act.if_contains("settings");
    feeds_[id] = Feed{id,
                      CircleId{json::number_or(act, "circle")},
                      json::text_or(act, "name"),
                      TokenId{json::number_or(act, "token")},
                      settings == nullptr ? std::string{"{}"} : json::dump(*settings),
                      false,
                      {}};
    feeds_ever_ = std::max(feeds_ever_, id);
  } else if (what == "feed-paused") {
    if (const auto it = feeds_.find(id); it != feeds_.end()) {
      it->second.paused = json::flag_or(act, "paused");
      it->second.why = json::text_or(act, "why");
    }
  } else if (what == "feed-removed") {
    feeds_.erase(id);
  }
  // Other acts are history without effect on rights; a newer program may have written them.
  rights_version_.fetch_add(1, std::memory_order_acq_rel);
  return {};
}

Status Directory::apply_rules(CircleId circle_id, Timestamp logged, std::string_view document) {
  auto parsed = json::parse_object(document);
  if (!parsed) return unreadable("rules", parsed.error());
  const auto* rules_value = parsed->if_contains("rules");
  if (rules_value == nullptr) return Error{Errc::corrupt, "rules: 'rules' is missing"};
  auto rules = parse_rules(json::dump(*rules_value));
  if (!rules) return unreadable("rules", rules.error());
  std::unique_lock lock{mutex_};
  edit(circle_id).rules.push_back(
      {static_cast<std::uint32_t>(json::number_or(*parsed, "version", 1)), logged, *std::move(rules)});
  rights_version_.fetch_add(1, std::memory_order_acq_rel);
  return {};
}

Status Directory::apply_membership(CircleId circle_id, Sequence sequence, Timestamp logged,
                                   std::string_view document) {
  auto parsed = json::parse_object(document);
  if (!parsed) return unreadable("membership", parsed.error());
  const std::string what = json::text_or(*parsed, "act");
  std::unique_lock lock{mutex_};
  Circle& circle = edit(circle_id);
  if (what == "steward" || what == "unsteward") {
    const HolderId holder{json::number_or(*parsed, "holder")};
    if (what == "steward")
      circle.stewards.insert(holder);
    else
      circle.stewards.erase(holder);
  } else {
    const auto member = member_by_key_.find(json::text_or(*parsed, "member"));
    if (member == member_by_key_.end()) return Error{Errc::corrupt, "membership: names an unknown member"};
    Membership& membership = circle.roster[member->second];
    if (what == "admit")
      membership = {Standing::active, logged, sequence, membership.reliability};
    else
      membership.standing = what == "resume"    ? Standing::active
                            : what == "suspend" ? Standing::suspended
                                                : Standing::removed;
  }
  rights_version_.fetch_add(1, std::memory_order_acq_rel);
  return {};
}

bool Directory::concerns_decision(std::string_view document) {
  return document.starts_with(R"({"act":"reliability")");
}

Status Directory::apply_decision(CircleId circle_id, std::string_view document) {
  if (!concerns_decision(document)) return {};
  auto parsed = json::parse_object(document);
  if (!parsed) return unreadable("decision", parsed.error());
  const std::string letter = json::text_or(*parsed, "letter");
  std::unique_lock lock{mutex_};
  const auto member = member_by_key_.find(json::text_or(*parsed, "member"));
  if (member == member_by_key_.end() || letter.size() != 1 || letter[0] < 'A' || letter[0] > 'F')
    return Error{Errc::corrupt, "decision: names an unknown member or letter"};
  auto& roster = edit(circle_id).roster;
  if (const auto membership = roster.find(member->second); membership != roster.end())
    membership->second.reliability = letter[0];
  return {};
}

std::shared_ptr<const Circle> Directory::circle(CircleId id) const {
  std::shared_lock lock{mutex_};
  const auto it = circles_.find(id);
  return it == circles_.end() ? nullptr : it->second;
}

std::shared_ptr<const Circle> Directory::find_circle(std::string_view name_or_uuid) const {
  std::shared_lock lock{mutex_};
  const auto it = circle_by_key_.find(std::string{name_or_uuid});
  return it == circle_by_key_.end() ? nullptr : circles_.at(it->second);
}

std::vector<std::shared_ptr<const Circle>> Directory::circles() const {
  std::shared_lock lock{mutex_};
  std::vector<std::shared_ptr<const Circle>> out;
  for (const auto& [id, circle] : circles_) out.push_back(circle);
  return out;
}

std::optional<Member> Directory::member(MemberId id) const {
  std::shared_lock lock{mutex_};
  return find_in(members_, id);
}

std::optional<Member> Directory::find_member(std::string_view name_or_uuid) const {
  std::shared_lock lock{mutex_};
  const auto it = member_by_key_.find(std::string{name_or_uuid});
  return it == member_by_key_.end() ? std::nullopt : find_in(members_, it->second);
}

std::vector<Member> Directory::members() const {
  std::shared_lock lock{mutex_};
  std::vector<Member> out;
  for (const auto& [id, member] : members_) out.push_back(member);
  return out;
}

std::optional<MemberId> Directory::member_of_identity(std::string_view stix_identity_id) const {
  std::shared_lock lock{mutex_};
  const auto it = member_by_identity_.find(std::string{stix_identity_id});
  return it == member_by_identity_.end() ? std::nullopt : std::optional<MemberId>{it->second};
}

std::optional<Holder> Directory::holder(HolderId id) const {
  std::shared_lock lock{mutex_};
  return find_in(holders_, id);
}

std::vector<Holder> Directory::holders_of(MemberId member) const {
  std::shared_lock lock{mutex_};
  std::vector<Holder> out;
  for (const auto& [id, holder] : holders_)
    if (holder.member == member) out.push_back(holder);
  return out;
}

std::optional<Token> Directory::token(TokenId id) const {
  std::shared_lock lock{mutex_};
  return find_in(tokens_, id);
}

std::vector<Token> Directory::tokens_of(MemberId member) const {
  std::shared_lock lock{mutex_};
  std::vector<Token> out;
  for (const auto& [id, token] : tokens_) {
    const auto holder = holders_.find(token.holder);
    if (holder != holders_.end() && holder->second.member == member) out.push_back(token);
  }
  return out;
}

std::optional<TokenId> Directory::token_of_certificate(std::string_view sha256_hex) const {
  std::shared_lock lock{mutex_};
  const auto it = token_by_certificate_.find(std::string{sha256_hex});
  return it == token_by_certificate_.end() ? std::nullopt : std::optional<TokenId>{it->second};
}

std::optional<Invite> Directory::invite(std::uint64_t id) const {
  std::shared_lock lock{mutex_};
  return find_in(invites_, id);
}

std::vector<Invite> Directory::invites() const {
  std::shared_lock lock{mutex_};
  std::vector<Invite> out;
  for (const auto& [id, invite] : invites_) out.push_back(invite);
  return out;
}

std::vector<Asset> Directory::assets() const {
  std::shared_lock lock{mutex_};
  std::vector<Asset> out;
  for (const auto& [id, asset] : assets_) out.push_back(asset);
  return out;
}

std::vector<Feed> Directory::feeds() const {
  std::shared_lock lock{mutex_};
  std::vector<Feed> out;
  for (const auto& [id, feed] : feeds_) out.push_back(feed);
  return out;
}

Result<Principal> Directory::principal(TokenId id, Timestamp now) const {
  const Error refused{Errc::denied, "the credentials are not valid"};
  std::shared_lock lock{mutex_};
  const auto token = tokens_.find(id);
  if (token == tokens_.end() || token->second.revoked) return refused;
  if (token->second.expires != Timestamp{} && token->second.expires <= now) return refused;
  const auto holder = holders_.find(token->second.holder);
  if (holder == holders_.end()) return refused;
  Principal principal;
  principal.token = id;
  principal.holder = holder->first;
  principal.holder_name = holder->second.name;
  principal.scopes = token->second.scopes;
  if (holder->second.member == MemberId{}) return principal;  // an operator
  principal.member = find_in(members_, holder->second.member);
  if (!principal.member || principal.member->standing != Standing::active) return refused;
  principal.scopes &= static_cast<Scopes>(~scope_bit(Scope::operate));
  if (principal.member->client_of != MemberId{})
    principal.client_of = find_in(members_, principal.member->client_of);
  return principal;
}

std::uint64_t Directory::next_member() const {
  std::shared_lock lock{mutex_};
  return next_after(members_);
}
std::uint64_t Directory::next_holder() const {
  std::shared_lock lock{mutex_};
  return next_after(holders_);
}
std::uint64_t Directory::next_token() const {
  std::shared_lock lock{mutex_};
  return next_after(tokens_);
}
std::uint64_t Directory::next_invite() const {
  std::shared_lock lock{mutex_};
  return next_after(invites_);
}
std::uint64_t Directory::next_asset() const {
  std::shared_lock lock{mutex_};
  return next_after(assets_);
}
std::uint64_t Directory::next_feed() const {
  std::shared_lock lock{mutex_};
  return feeds_ever_ + 1;
}
std::uint64_t Directory::next_circle() const {
  std::shared_lock lock{mutex_};
  return next_after(circles_);
}

}  // namespace tocsin::policy
