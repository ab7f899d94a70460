#include "serve/secrets.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace tocsin::serve {
namespace {

constexpr std::chrono::days authority_life{3650};
constexpr std::chrono::days server_life{825};
/// A start this long before the end makes the hub a new certificate: members pin the authority, not this.
constexpr std::chrono::days renewal{60};

std::string hash_of(std::string_view secret) {
  return std::string{as_text(sha256(secret))};
}

/// The file, or what `make` makes when there is none yet.
Result<std::string> read_or_make(const std::string& path, const std::function<Result<std::string>()>& make) {
  auto text = read_file(path, 1 << 20);
  if (text || text.error().code != Errc::not_found) return text;
  auto made = make();
  if (!made) return made;
  TOCSIN_TRY(write_file(path, *made, 0600));
  return made;
}

/// A key and its certificate in one PEM file: the certificate follows the key.
Result<net::KeyAndCertificate> pair_at(const std::string& path,
                                       const std::function<Result<net::KeyAndCertificate>()>& make) {
  auto text = read_or_make(path, [&]() -> Result<std::string> {
    auto pair = make();
    if (!pair) return std::move(pair).error();
    return pair->key_pem + pair->certificate_pem;
  });
  if (!text) return std::move(text).error();
  const auto at = text->find("-----BEGIN CERTIFICATE-----");
  if (at == std::string::npos) return Error{Errc::corrupt, path + ": holds no certificate"};
  return net::KeyAndCertificate{text->substr(0, at), text->substr(at)};
}

}  // namespace

Result<std::unique_ptr<Secrets>> Secrets::open(const std::string& folder,
                                               const std::vector<std::string>& names) {
  std::unique_ptr<Secrets> secrets{new Secrets};
  secrets->folder_ = folder;
  TOCSIN_TRY(system_files().make_folder(folder));
  auto authority = pair_at(folder + "/authority.pem", [&]() -> Result<net::KeyAndCertificate> {
    return net::make_authority("Tocsin hub authority", authority_life);
  });
  if (!authority) return std::move(authority).error();
  auto clients = pair_at(folder + "/client-authority.pem", [&]() -> Result<net::KeyAndCertificate> {
    return net::make_authority("Tocsin client authority", authority_life);
  });
  if (!clients) return std::move(clients).error();
  std::string joined;
  for (const auto& name : names) joined += name + '\n';
  // Another set of names (a new --public-url) gets a certificate of its own.
  const auto issue = [&] { return net::issue_server_certificate(*authority, names, server_life); };
  const std::string server_path = folder + "/server-" + to_hex(sha256(joined)).substr(0, 12) + ".pem";
  auto server = pair_at(server_path, issue);
  if (!server) return std::move(server).error();
  const auto end = net::certificate_end(server->certificate_pem);
  if (!end) return in_context(server_path, end.error());
  if (*end < system_clock().now() + renewal) {
    TOCSIN_TRY(system_files().remove(server_path));
    server = pair_at(server_path, issue);
    if (!server) return std::move(server).error();
  }
  secrets->authority_ = *std::move(authority);
  secrets->client_authority_ = *std::move(clients);
  secrets->server_ = *std::move(server);
  auto key =
      read_or_make(folder + "/hub.key", []() -> Result<std::string> { return to_hex(random_bytes_32()); });
  if (!key) return std::move(key).error();
  const auto raw = from_hex(trim(*key));
  if (!raw || raw->size() != secrets->key_.size())
    return Error{Errc::corrupt, folder + "/hub.key: not 32 bytes in hexadecimal"};
  std::copy_n(as_bytes(*raw).begin(), secrets->key_.size(), secrets->key_.begin());
  auto hashes = system_files().open(folder + "/hashes");
  if (!hashes) return std::move(hashes).error();
  secrets->hashes_ = *std::move(hashes);
  TOCSIN_TRY(system_files().sync_folder(folder));
  TOCSIN_TRY(secrets->load_hashes());
  return secrets;
}

Status Secrets::load_hashes() {
  auto size = hashes_->size();
  if (!size) return std::move(size).error();
  std::string text;
  TOCSIN_TRY(hashes_->read_at(0, *size, text));
  // A line without its end is one that was never acknowledged.
  hashes_bytes_ = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  for (const auto line : split(std::string_view{text}.substr(0, hashes_bytes_), '\n')) {
    if (line.empty()) continue;
    const auto parts = split(line, ' ');
    std::uint64_t id = 0;
    const bool whole =
        parts.size() == 3 &&
        std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), id).ec == std::errc{};
    const auto hash = whole ? from_hex(parts[2]) : Result<std::string>{Error{Errc::corrupt, ""}};
    if (!hash || hash->size() != 32) return Error{Errc::corrupt, folder_ + "/hashes: a line cannot be read"};
    (parts[0] == "token" ? tokens_ : invites_)[*hash] = id;
  }
  return {};
}

std::string Secrets::make_secret() {
  return "tocsin_" + to_base64url(random_bytes_32());
}

Status Secrets::add(char kind, std::uint64_t id, std::string_view secret) {
  const std::string hash = hash_of(secret);
  std::string line = kind == 't' ? "token " : "invite ";
  line += std::to_string(id) + ' ' + to_hex(as_bytes(hash)) + '\n';
  std::unique_lock lock{mutex_};
  TOCSIN_TRY(hashes_->write_at(hashes_bytes_, line));
  TOCSIN_TRY(hashes_->sync());
  hashes_bytes_ += line.size();
  (kind == 't' ? tokens_ : invites_)[hash] = id;
  return {};
}

Status Secrets::add_token(TokenId id, std::string_view secret) {
  return add('t', id.value(), secret);
}
Status Secrets::add_invite(std::uint64_t id, std::string_view secret) {
  return add('i', id, secret);
}

// The map is asked by the hash of what came, so the time of the look-up says nothing about any secret.
std::optional<TokenId> Secrets::token_of(std::string_view secret) const {
  std::shared_lock lock{mutex_};
  const auto it = tokens_.find(hash_of(secret));
  return it == tokens_.end() ? std::nullopt : std::optional<TokenId>{TokenId{it->second}};
}

std::optional<std::uint64_t> Secrets::invite_of(std::string_view secret) const {
  std::shared_lock lock{mutex_};
  const auto it = invites_.find(hash_of(secret));
  return it == invites_.end() ? std::nullopt : std::optional<std::uint64_t>{it->second};
}

std::string Secrets::token_for_join(std::uint64_t invite, std::string_view client_key) const {
  return "tocsin_" +
         to_base64url(hmac_sha256(key_, "join\n" + std::to_string(invite) + '\n' + std::string{client_key}));
}

Hash Secrets::mac(std::string_view text) const {
  return hmac_sha256(key_, "mac\n" + std::string{text});
}

}  // namespace tocsin::serve
