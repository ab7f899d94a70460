#include "mapping.hpp"

#include <sodium.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "output.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

constexpr std::uint64_t mapping_bytes_max = 1ULL << 30;
constexpr int tries_max = 5;  // of colleagues who write at the same time
constexpr std::string_view hub_path = "/api/v1/mapping";

std::string path_beside(const std::string& profile_path) {
  return profile_path + ".minted";
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string Mapping::new_key() {
  return to_base64url(random_bytes_32());
}

Result<Mapping> Mapping::open(std::string path, const std::string& key_base64url) {
  if (sodium_init() < 0) return Error{Errc::unavailable, "libsodium does not start"};
  auto key = from_base64url(key_base64url);
  if (!key || key->size() != crypto_secretbox_KEYBYTES)
    return Error{Errc::invalid_input, "the profile's 'mapping_key' is damaged"};
  Mapping mapping;
  mapping.path_ = std::move(path);
  mapping.key_ = *std::move(key);
  const auto sealed = read_file(mapping.path_, mapping_bytes_max);
  if (!sealed && sealed.error().code == Errc::not_found) return mapping;
  if (!sealed) return sealed.error();
  if (auto merged = mapping.merge(*sealed); !merged) return in_context(mapping.path_, merged.error());
  mapping.changed_ = false;
  return mapping;
}

Result<Mapping> Mapping::open(const Context& context, Session& session) {
  auto mapping = open(path_beside(context.profile_path), session.profile().mapping_key);
  if (!mapping) return mapping;
  const auto merged = mapping->merge_from(session);
  if (!merged && merged.error().code != Errc::unavailable) return merged.error();
  if (!merged) warn("the hub is away: what colleagues shared with --anonymous is not known here");
  TOCSIN_TRY(mapping->save());
  return mapping;
}

Status Mapping::merge(std::string_view sealed) {
  const Error damaged{Errc::corrupt, "the mapping is damaged, or sealed under another key"};
  constexpr std::size_t head = crypto_secretbox_NONCEBYTES;
  if (sealed.size() < head + crypto_secretbox_MACBYTES) return damaged;
  std::string text(sealed.size() - head - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(text.data()), bytes(sealed.substr(head)),
                                 sealed.size() - head, bytes(sealed), bytes(key_)) != 0)
    return damaged;
  const auto object = json::parse_object(text);
  if (!object) return damaged;
  for (const auto& [id, minted] : *object) {
    if (!minted.is_string()) continue;
    auto& known = minted_by_id_[std::string{id}];
    if (known == json::view(minted.get_string())) continue;
    known = json::view(minted.get_string());
    changed_ = true;
  }
  return {};
}

std::string Mapping::sealed() const {
  json::Object object;
  for (const auto& [id, minted] : minted_by_id_) object[id] = minted;
  const auto text = json::dump(object);
  std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.size(), '\0');
  auto* nonce = reinterpret_cast<unsigned char*>(sealed.data());
  randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES, bytes(text), text.size(), nonce, bytes(key_));
  return sealed;
}

Status Mapping::merge_from(Session& session) {
  const auto response = session.client().request({.target = std::string{hub_path}});
  if (!response) return response.error();
  if (response->status == 404) return Error{Errc::unavailable, "an older hub keeps no mapping"};
  if (response->status != 200) return answer_error(*response);
  std::string_view version = response->header("etag");
  if (version.size() >= 2) version = version.substr(1, version.size() - 2);
  hub_lacks_ = !minted_by_id_.empty();
  if (!version.empty()) {
    Mapping theirs;
    theirs.key_ = key_;
    if (!theirs.merge(response->body))
      return Error{Errc::denied,
                   "what your member keeps at the hub is sealed under a colleague's key: put the line "
                   "'mapping_key' of that colleague's profile into yours"};
    hub_lacks_ = std::any_of(minted_by_id_.begin(), minted_by_id_.end(),
                             [&](const auto& pair) { return theirs.find(pair.first).empty(); });
    TOCSIN_TRY(merge(response->body));
  }
  hub_version_ = version;
  return {};
}

const std::string& Mapping::minted(const std::string& id) {
  auto& minted_id = minted_by_id_[id];
  if (minted_id.empty()) {
    minted_id = id.substr(0, id.find("--")) + "--" + uuid4();
    changed_ = hub_lacks_ = true;
  }
  return minted_id;
}

std::string Mapping::find(const std::string& id) const {
  const auto it = minted_by_id_.find(id);
  return it == minted_by_id_.end() ? std::string{} : it->second;
}

bool Mapping::knows(const std::string& minted_id) const {
  return std::any_of(minted_by_id_.begin(), minted_by_id_.end(),
                     [&](const auto& pair) { return pair.second == minted_id; });
}

Status Mapping::save() {
  if (!changed_) return {};
  TOCSIN_TRY(write_file(path_, sealed(), 0600));
  changed_ = false;
  return {};
}

Status Mapping::save(Session& session) {
  TOCSIN_TRY(save());
  for (int tries = 0; hub_lacks_ && tries < tries_max; ++tries) {
    const auto response =
        session.client().request({.method = "PUT",
                                  .target = std::string{hub_path} + "?replaces=" + hub_version_,
                                  .headers = {{"Content-Type", "application/octet-stream"}},
                                  .body = sealed()});
    if (!response) {
      warn("the hub is away: your colleagues learn of these objects with your next anonymous share");
      return {};
    }
    if (response->status == 404) return {};  // an older hub
    if (response->status == 200) {
      hub_lacks_ = false;
      return {};
    }
    if (response->status != 409) return answer_error(*response);
    TOCSIN_TRY(merge_from(session));
    TOCSIN_TRY(save());
  }
  if (hub_lacks_)
    return Error{Errc::unavailable, "your colleagues write the mapping all the time; try again"};
  return {};
}

}  // namespace tocsin::cli
