#include <algorithm>

#include "api/acts.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "circle/standing.hpp"

namespace tocsin::api {
namespace {

constexpr std::size_t domain_bytes_max = 253;
constexpr std::size_t label_bytes_max = 63;
// Wider ranges belong to nobody and would hold back what everybody shares.
constexpr int v4_prefix_min = 8;
constexpr int v6_prefix_min = 16;

bool is_label(std::string_view label) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !label.empty() && label.size() <= label_bytes_max && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), allowed);
}

Result<std::string> canonical_domain(std::string_view typed) {
  std::string domain = stix::canonical_value(stix::ValueKind::domain, trim(typed));
  const auto labels = split(domain, '.');
  if (domain.size() > domain_bytes_max || labels.size() < 2 ||
      !std::all_of(labels.begin(), labels.end(), is_label))
    return Error{Errc::invalid_input, "'value' must be a domain of at least two labels, e.g. example.org"};
  return domain;
}

Result<std::string> canonical_range(std::string_view typed) {
  const auto value = stix::recognise_value(typed);
  const bool v4 = value.kind == stix::ValueKind::ipv4;
  if (!v4 && value.kind != stix::ValueKind::ipv6)
    return Error{Errc::invalid_input, "'value' must be an address or a range, e.g. 192.0.2.0/24"};
  const auto slash = value.text.find('/');
  const int prefix = slash == std::string::npos ? 128 : std::stoi(value.text.substr(slash + 1));
  if (prefix < (v4 ? v4_prefix_min : v6_prefix_min))
    return Error{Errc::invalid_input, "'value' is wider than /8 (IPv4) or /16 (IPv6)"};
  return value.text;
}

Result<policy::Asset> asset_in(const Call& call) {
  auto body = body_of(call);
  if (!body) return std::move(body).error();
  auto kind = json::text(*body, "kind");
  if (!kind) return std::move(kind).error();
  if (*kind != "domain" && *kind != "cidr")
    return Error{Errc::invalid_input, "'kind' must be one of: domain, cidr"};
  auto typed = json::text(*body, "value");
  if (!typed) return std::move(typed).error();
  auto value = *kind == "domain" ? canonical_domain(*typed) : canonical_range(*typed);
  if (!value) return std::move(value).error();
  policy::Asset asset;
  asset.kind = *std::move(kind);
  asset.value = *std::move(value);
  return asset;
}

/// What the member would publish to show that the asset is its own.
std::string challenge_of(const Secrets& secrets, const policy::Asset& asset) {
  return "tocsin-verification=" + to_base64url(secrets.mac("asset\n" + std::to_string(asset.member.value()) +
                                                           '\n' + asset.kind + '\n' + asset.value));
}

void add_challenge(json::Object& to, const Secrets& secrets, const policy::Asset& asset) {
  to["challenge"] = challenge_of(secrets, asset);
  if (auto name = serve::proof_name(asset)) to["record"] = *std::move(name);
}

/// An operator, or a steward of a circle that the asset's member is in.
bool may_verify(const policy::Directory& directory, const policy::Principal& principal,
                const policy::Asset& asset) {
  if (principal.is_operator()) return true;
  for (const auto& circle : directory.circles())
    if (circle::active_members(*circle).contains(asset.member) &&
        policy::standpoint(principal, *circle).steward)
      return true;
  return false;
}

bool administers(const policy::Principal& principal, const policy::Asset& asset) {
  const auto member = administered_by(principal);
  return member && member->id == asset.member;
}

std::optional<policy::Asset> find_asset(const policy::Directory& directory, std::uint64_t id) {
  for (auto& asset : directory.assets())
    if (asset.id == id) return asset;
  return std::nullopt;
}

/// Errors: conflict when the member holds it already, or another member holds it verified.
Status is_free(const policy::Directory& directory, const policy::Asset& asset) {
  for (const auto& other : directory.assets()) {
    if (other.id == asset.id || other.kind != asset.kind || other.value != asset.value) continue;
    if (other.member == asset.member) return Error{Errc::conflict, "this asset is registered already"};
    if (!other.verified.empty())
      return Error{Errc::conflict, "another member has shown that this asset is its own"};
  }
  return {};
}

circle::Act asset_act(const policy::Asset& asset, std::string_view challenge) {
  return hub_act({{"act", "asset"},
                  {"id", asset.id},
                  {"member", asset.member.value()},
                  {"kind", asset.kind},
                  {"value", asset.value},
                  {"verified", asset.verified},
                  {"challenge", challenge}});
}

}  // namespace

void list_assets(SharedCall call) {
  const auto& services = call->services;
  const auto& principal = call->principal;
  if (!principal.is_operator() && !principal.has(policy::Scope::steward))
    if (const auto member = administered_by(principal); !member) return call->refuse(member.error());
  std::map<std::uint64_t, json::Object> listed;
  for (const auto& asset : services.directory.assets()) {
    const bool own = administers(principal, asset);
    if (!own && !may_verify(services.directory, principal, asset)) continue;
    const auto member = services.directory.member(asset.member);
    json::Object one{{"id", asset.id},
                     {"member", member ? json::Value(member_json(*member)) : nullptr},
                     {"kind", asset.kind},
                     {"value", asset.value},
                     {"verified", asset.verified.empty() ? nullptr : json::Value(asset.verified)}};
    if (own) add_challenge(one, services.secrets, asset);
    listed.emplace(asset.id, std::move(one));
  }
  answer_page(*call, "assets", listed);
}

void add_asset(SharedCall call) {
  if (const auto member = administered_by(call->principal); !member) return call->refuse(member.error());
  const auto asked = asset_in(*call);
  if (!asked) return call->refuse(asked.error());
  auto made = std::make_shared<policy::Asset>(*asked);
  made->member = call->principal.member_id();
  govern(
      call,
      [made, &secrets = call->services.secrets](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        if (auto member = administered_by(principal); !member) return std::move(member).error();
        TOCSIN_TRY(is_free(on.directory(), *made));
        made->id = on.directory().next_asset();
        return std::vector{asset_act(*made, challenge_of(secrets, *made))};
      },
      [made](Call& done, const std::vector<log::Appended>&) {
        json::Object answer{{"id", made->id}};
        add_challenge(answer, done.services.secrets, *made);
        done.answer(201, json::dump(answer));
      });
}

namespace {

/// The asset counts from now on, when `may` says that the caller may verify it so.
template <class May>
void verify(const SharedCall& call, std::uint64_t id, std::string how, May may) {
  govern(
      call,
      [id, how = std::move(how), may, &secrets = call->services.secrets](
          circle::Decider& on, const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        auto asset = find_asset(on.directory(), id);
        TOCSIN_TRY(may(on.directory(), principal, asset));
        TOCSIN_TRY(is_free(on.directory(), *asset));
        asset->verified = how;
        return std::vector{asset_act(*asset, challenge_of(secrets, *asset))};
      },
      answer_sequence);
}

/// Errors: not_found when the caller may not know of it, denied, conflict when it counts already.
Status vouches(const policy::Directory& directory, const policy::Principal& principal,
               const std::optional<policy::Asset>& asset) {
  if (asset && administers(principal, *asset))
    return Error{
        Errc::denied,
        "another member's steward, or the operator, vouches for your assets; or show by 'dns' that it "
        "is yours"};
  if (!asset || !may_verify(directory, principal, *asset)) return Error{Errc::not_found, ""};
  if (!asset->verified.empty()) return Error{Errc::conflict, "the asset is verified already"};
  return {};
}

Status shows(const policy::Directory& /*directory*/, const policy::Principal& principal,
             const std::optional<policy::Asset>& asset) {
  if (!asset || !administers(principal, *asset)) return Error{Errc::not_found, ""};
  if (!asset->verified.empty()) return Error{Errc::conflict, "the asset is verified already"};
  return {};
}

}  // namespace

void verify_asset(SharedCall call) {
  const auto id = number_in_path(*call);
  if (!id) return call->refuse(id.error());
  const auto body = body_of(*call);
  if (!body) return call->refuse(body.error());
  const auto how = json::text(*body, "how");
  if (!how) return call->refuse(how.error());
  if (*how == "steward") return verify(call, *id, "steward", vouches);
  if (*how != "dns")
    return call->refuse(Error{Errc::invalid_input,
                              "'how' must be 'steward' (who knows the member, vouches) or 'dns' (its TXT "
                              "record shows it)"});
  const auto asset = find_asset(call->services.directory, *id);
  if (auto may = shows(call->services.directory, call->principal, asset); !may)
    return call->refuse(may.error());
  call->services.proofs.look(*asset, challenge_of(call->services.secrets, *asset),
                             [call, id = *id](const Status& shown) {
                               if (!shown) return call->refuse(shown.error());
                               verify(call, id, "dns", shows);
                             });
}

void remove_asset(SharedCall call) {
  const auto id = number_in_path(*call);
  if (!id) return call->refuse(id.error());
  govern(
      call,
      [id = *id](circle::Decider& on,
                 const policy::Principal& principal) -> Result<std::vector<circle::Act>> {
        const auto asset = find_asset(on.directory(), id);
        if (!asset || !(principal.is_operator() || administers(principal, *asset)))
          return Error{Errc::not_found, ""};
        return std::vector{hub_act({{"act", "asset-removed"}, {"id", id}})};
      },
      answer_sequence);
}

}  // namespace tocsin::api
