#include "signin/accounts.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::signin {
namespace {

/// How far the time of last use on disk may lag: a restart then ends an idle session that much early.
constexpr std::chrono::minutes seen_lag{1};
constexpr std::size_t number_digits = 32;
constexpr std::size_t browser_bytes_max = 200;

std::string hash_of(std::string_view secret) {
  return std::string{as_text(sha256(secret))};
}

std::string new_secret() {
  return to_base64url(random_bytes_32());
}

std::string row(char kind, std::string_view key) {
  return kind + std::string{key};
}

json::Object with_owner(Owner owner) {
  return {{"holder", owner.holder.value()}, {"token", owner.token.value()}};
}

Owner owner_in(const json::Object& object) {
  return {HolderId{json::number_or(object, "holder")}, TokenId{json::number_or(object, "token")}};
}

std::uint64_t number_of(Timestamp time) {
  return static_cast<std::uint64_t>(to_micros(time));
}

Timestamp time_in(const json::Object& object, std::string_view key) {
  return from_micros(static_cast<std::int64_t>(json::number_or(object, key)));
}

std::string bytes_in(const json::Object& object, std::string_view key) {
  auto bytes = from_base64url(json::text_or(object, key));
  return bytes ? *std::move(bytes) : std::string{};
}

Store::Change change_of(const Passkey& passkey) {
  auto object = with_owner(passkey.owner);
  object["name"] = passkey.name;
  object["algorithm"] = static_cast<std::uint64_t>(-passkey.algorithm);
  object["public_key"] = to_base64url(as_bytes(passkey.public_key));
  object["counter"] = passkey.counter;
  object["made"] = number_of(passkey.made);
  object["used"] = number_of(passkey.used);
  object["went_back"] = number_of(passkey.went_back);
  return {row(passkey_row, passkey.id), json::dump(object)};
}

Passkey passkey_of(std::string_view id, const json::Object& object) {
  return {std::string{id},
          owner_in(object),
          json::text_or(object, "name"),
          -static_cast<int>(json::number_or(object, "algorithm")),
          bytes_in(object, "public_key"),
          static_cast<std::uint32_t>(json::number_or(object, "counter")),
          time_in(object, "made"),
          time_in(object, "used"),
          time_in(object, "went_back")};
}

std::string identity_key(std::string_view issuer, std::string_view subject) {
  return std::string{issuer} + '\n' + std::string{subject};
}

Store::Change change_of(const Identity& identity) {
  auto object = with_owner(identity.owner);
  object["issuer"] = identity.issuer;
  object["subject"] = identity.subject;
  object["made"] = number_of(identity.made);
  return {row(identity_row, identity_key(identity.issuer, identity.subject)), json::dump(object)};
}

Store::Change change_of(const Session& session) {
  auto object = with_owner(session.owner);
  object["opened_by"] = to_base64url(as_bytes(session.opened_by));
  object["by_passkey"] = session.by_passkey;
  object["browser"] = session.browser;
  object["made"] = number_of(session.made);
  object["seen"] = number_of(session.seen);
  object["asserted"] = number_of(session.asserted);
  return {row(session_row, session.key), json::dump(object)};
}

Session session_of(std::string_view key, const json::Object& object) {
  return {std::string{key},
          owner_in(object),
          bytes_in(object, "opened_by"),
          json::flag_or(object, "by_passkey"),
          json::text_or(object, "browser"),
          time_in(object, "made"),
          time_in(object, "seen"),
          time_in(object, "asserted")};
}

template <class Map>
auto values_of(const Map& map, HolderId holder) {
  std::vector<typename Map::mapped_type> out;
  for (const auto& [key, value] : map)
    if (value.owner.holder == holder) out.push_back(value);
  return out;
}

}  // namespace

std::string Identity::number() const {
  return to_hex(sha256(identity_key(issuer, subject))).substr(0, number_digits);
}

std::string Session::number() const {
  return to_hex(as_bytes(key)).substr(0, number_digits);
}

Accounts::Accounts(std::unique_ptr<Store> store, const Clock& clock)
    : store_{std::move(store)}, clock_{clock} {}

Result<std::unique_ptr<Accounts>> Accounts::open(const std::string& folder, const Clock& clock) {
  auto store = Store::open(folder);
  if (!store) return std::move(store).error();
  std::unique_ptr<Accounts> accounts{new Accounts{*std::move(store), clock}};
  TOCSIN_TRY(accounts->load());
  return accounts;
}

Status Accounts::load() {
  return store_->each([this](std::string_view key, std::string_view value) -> Status {
    const auto object = json::parse_object(value);
    if (!object || key.empty()) return Error{Errc::corrupt, "sign-in: a row cannot be read"};
    const auto name = key.substr(1);
    if (key.front() == passkey_row) {
      passkeys_.emplace(name, passkey_of(name, *object));
    } else if (key.front() == identity_row) {
      identities_.emplace(name, Identity{json::text_or(*object, "issuer"), json::text_or(*object, "subject"),
                                         owner_in(*object), time_in(*object, "made")});
    } else if (key.front() == session_row) {
      auto session = session_of(name, *object);
      seen_on_disk_.emplace(name, session.seen);
      sessions_.emplace(name, std::move(session));
    } else if (key.front() == link_row) {
      links_.emplace(name, Link{owner_in(*object), time_in(*object, "expires")});
    }
    return {};
  });
}

Result<std::string> Accounts::make_link(Owner owner) {
  const std::string secret = new_secret();
  const std::string key = hash_of(secret);
  const std::scoped_lock lock{mutex_};
  std::vector<Store::Change> changes;
  for (const auto& [other, link] : links_)
    if (link.owner.holder == owner.holder) changes.push_back({row(link_row, other), std::nullopt});
  const Link link{owner, clock_.now() + link_life};
  auto object = with_owner(owner);
  object["expires"] = number_of(link.expires);
  changes.push_back({row(link_row, key), json::dump(object)});
  TOCSIN_TRY(store_->write(changes));
  std::erase_if(links_, [&](const auto& each) { return each.second.owner.holder == owner.holder; });
  links_.emplace(key, link);
  return secret;
}

std::optional<Owner> Accounts::link(std::string_view secret) const {
  const std::scoped_lock lock{mutex_};
  const auto it = links_.find(hash_of(secret));
  return it == links_.end() || it->second.expires <= clock_.now() ? std::nullopt
                                                                  : std::optional<Owner>{it->second.owner};
}

Result<Owner> Accounts::use_link(std::string_view secret) {
  const std::scoped_lock lock{mutex_};
  const auto it = links_.find(hash_of(secret));
  if (it == links_.end() || it->second.expires <= clock_.now())
    return Error{Errc::denied, "the link is not known, was used, or is older than 15 minutes"};
  const Owner owner = it->second.owner;
  TOCSIN_TRY(store_->write({{row(link_row, it->first), std::nullopt}}));
  links_.erase(it);
  return owner;
}

Status Accounts::add_passkey(Passkey passkey) {
  const std::scoped_lock lock{mutex_};
  if (passkeys_.contains(passkey.id)) return Error{Errc::conflict, "this passkey is known already"};
  if (values_of(passkeys_, passkey.owner.holder).size() >= passkeys_max)
    return Error{Errc::conflict, "a person may have 20 passkeys; remove one"};
  passkey.made = clock_.now();
  TOCSIN_TRY(store_->write({change_of(passkey)}));
  passkeys_.emplace(passkey.id, std::move(passkey));
  return {};
}

std::optional<Passkey> Accounts::passkey(std::string_view id) const {
  const std::scoped_lock lock{mutex_};
  const auto it = passkeys_.find(id);
  return it == passkeys_.end() ? std::nullopt : std::optional<Passkey>{it->second};
}

std::vector<Passkey> Accounts::passkeys_of(HolderId holder) const {
  const std::scoped_lock lock{mutex_};
  return values_of(passkeys_, holder);
}

Status Accounts::count(std::string_view passkey_id, std::uint32_t counter) {
  const std::scoped_lock lock{mutex_};
  const auto it = passkeys_.find(passkey_id);
  if (it == passkeys_.end()) return Error{Errc::denied, "the passkey is gone"};
  Passkey changed = it->second;
  // Passkeys that are synchronised between devices always say 0 (WebAuthn §6.1.1).
  const bool went_back = (counter != 0 || changed.counter != 0) && counter <= changed.counter;
  if (went_back)
    changed.went_back = clock_.now();
  else
    changed.used = clock_.now();
  if (!went_back) changed.counter = counter;
  TOCSIN_TRY(store_->write({change_of(changed)}));
  it->second = std::move(changed);
  if (went_back) return Error{Errc::denied, "the passkey's counter went back: there may be a copy of it"};
  return {};
}

Status Accounts::remove_passkey(std::string_view id, HolderId holder) {
  const std::scoped_lock lock{mutex_};
  const auto it = passkeys_.find(id);
  if (it == passkeys_.end() || it->second.owner.holder != holder) return Error{Errc::not_found, ""};
  TOCSIN_TRY(store_->write({{row(passkey_row, id), std::nullopt}}));
  passkeys_.erase(it);
  return drop_sessions([&](const Session& session) { return session.by_passkey && session.opened_by == id; });
}

Status Accounts::add_identity(Identity identity) {
  const std::scoped_lock lock{mutex_};
  const auto key = identity_key(identity.issuer, identity.subject);
  if (const auto it = identities_.find(key);
      it != identities_.end() && it->second.owner.holder != identity.owner.holder)
    return Error{Errc::conflict, "this identity is linked to somebody already"};
  identity.made = clock_.now();
  TOCSIN_TRY(store_->write({change_of(identity)}));
  identities_.insert_or_assign(key, std::move(identity));
  return {};
}

std::optional<Identity> Accounts::identity(std::string_view issuer, std::string_view subject) const {
  const std::scoped_lock lock{mutex_};
  const auto it = identities_.find(identity_key(issuer, subject));
  return it == identities_.end() ? std::nullopt : std::optional<Identity>{it->second};
}

std::vector<Identity> Accounts::identities_of(HolderId holder) const {
  const std::scoped_lock lock{mutex_};
  return values_of(identities_, holder);
}

Status Accounts::remove_identity(std::string_view number, HolderId holder) {
  const std::scoped_lock lock{mutex_};
  const auto it = std::find_if(identities_.begin(), identities_.end(), [&](const auto& each) {
    return each.second.owner.holder == holder && each.second.number() == number;
  });
  if (it == identities_.end()) return Error{Errc::not_found, ""};
  const std::string key = it->first;
  TOCSIN_TRY(store_->write({{row(identity_row, key), std::nullopt}}));
  identities_.erase(it);
  return drop_sessions(
      [&](const Session& session) { return !session.by_passkey && session.opened_by == key; });
}

Result<std::string> Accounts::open_session(Owner owner, std::string opened_by, bool by_passkey,
                                           Timestamp asserted, std::string_view browser) {
  const std::string secret = new_secret();
  const Timestamp now = clock_.now();
  const std::scoped_lock lock{mutex_};
  auto open = values_of(sessions_, owner.holder);
  std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.seen > b.seen; });
  for (std::size_t i = sessions_max - 1; i < open.size(); ++i)
    TOCSIN_TRY(drop_sessions([&](const Session& session) { return session.key == open[i].key; }));
  Session session{hash_of(secret),
                  owner,
                  std::move(opened_by),
                  by_passkey,
                  printable(browser.substr(0, browser_bytes_max)),
                  now,
                  now,
                  asserted};
  TOCSIN_TRY(store_->write({change_of(session)}));
  seen_on_disk_[session.key] = now;
  sessions_.insert_or_assign(session.key, session);
  return secret;
}

bool Accounts::is_over(const Session& session, Timestamp now) const {
  return now - session.seen >= session_idle || now - session.made >= session_life;
}

std::optional<Session> Accounts::use_session(std::string_view secret) {
  const Timestamp now = clock_.now();
  const std::scoped_lock lock{mutex_};
  // Asked by the hash of what came, so the time of the look-up says nothing about any secret.
  const auto it = sessions_.find(hash_of(secret));
  if (it == sessions_.end() || is_over(it->second, now)) return std::nullopt;
  it->second.seen = std::max(it->second.seen, now);
  auto& on_disk = seen_on_disk_[it->first];
  if (now - on_disk >= seen_lag && store_->write({change_of(it->second)}, Store::When::later)) on_disk = now;
  return it->second;
}

std::optional<Session> Accounts::session(std::string_view key) const {
  const std::scoped_lock lock{mutex_};
  const auto it = sessions_.find(key);
  if (it == sessions_.end() || is_over(it->second, clock_.now())) return std::nullopt;
  return it->second;
}

Status Accounts::assert_session(std::string_view key) {
  const std::scoped_lock lock{mutex_};
  const auto it = sessions_.find(key);
  if (it == sessions_.end()) return Error{Errc::denied, "the session is over"};
  Session changed = it->second;
  changed.asserted = clock_.now();
  TOCSIN_TRY(store_->write({change_of(changed)}));
  it->second = std::move(changed);
  return {};
}

Status Accounts::end_session(std::string_view key) {
  const std::scoped_lock lock{mutex_};
  return drop_sessions([&](const Session& session) { return session.key == key; });
}

std::vector<Session> Accounts::sessions_of(HolderId holder) const {
  const Timestamp now = clock_.now();
  const std::scoped_lock lock{mutex_};
  auto open = values_of(sessions_, holder);
  std::erase_if(open, [&](const Session& session) { return is_over(session, now); });
  return open;
}

Status Accounts::drop_sessions(const std::function<bool(const Session&)>& wanted) {
  std::vector<Store::Change> changes;
  for (const auto& [key, session] : sessions_)
    if (wanted(session)) changes.push_back({row(session_row, key), std::nullopt});
  if (changes.empty()) return {};
  // Gone from memory first: what a disk cannot forget must not let anyone in meanwhile.
  for (const auto& change : changes) {
    sessions_.erase(change.key.substr(1));
    seen_on_disk_.erase(change.key.substr(1));
  }
  return store_->write(changes);
}

Status Accounts::sweep(const std::function<Standing(TokenId)>& standing_of) {
  const Timestamp now = clock_.now();
  const std::scoped_lock lock{mutex_};
  std::vector<Store::Change> changes;
  const auto drop = [&](auto& map, char kind, const auto& is_over_now) {
    std::erase_if(map, [&](const auto& each) {
      const bool over = is_over_now(each.second);
      if (over) changes.push_back({row(kind, each.first), std::nullopt});
      return over;
    });
  };
  const auto is_gone = [&](const auto& each) { return standing_of(each.owner.token) == Standing::gone; };
  drop(links_, link_row, [&](const Link& link) {
    return link.expires <= now || standing_of(link.owner.token) != Standing::good;
  });
  drop(passkeys_, passkey_row, is_gone);
  drop(identities_, identity_row, is_gone);
  // Sessions last: they end in memory even when the disk fails.
  const Status ended = drop_sessions([&](const Session& session) {
    return is_over(session, now) || standing_of(session.owner.token) != Standing::good;
  });
  if (!changes.empty()) TOCSIN_TRY(store_->write(changes));
  return ended;
}

}  // namespace tocsin::signin
