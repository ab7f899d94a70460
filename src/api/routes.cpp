#include "api/routes.hpp"

#include "api/handlers.hpp"

namespace tocsin::api {

const std::vector<serve::Route>& routes() {
  using enum serve::Access;
  static const std::vector<serve::Route> table{
      {"GET", "/health", open, health},
      {"GET", "/ready", open, ready},
      {"GET", "/metrics", member, metrics},
      {"GET", "/ca.pem", open, authority_certificate},
      {"GET", "/api/v1/openapi.json", open, openapi},
      {"POST", "/api/v1/join", open, join},
      {"GET", "/api/v1/me", member, me},

      {"GET", "/api/v1/circles", member, list_circles},
      {"POST", "/api/v1/circles", member, create_circle},
      {"GET", "/api/v1/circles/{circle}", circle, show_circle},
      {"PUT", "/api/v1/circles/{circle}/rules", circle, change_rules},
      {"POST", "/api/v1/circles/{circle}/members", member, change_membership},
      {"POST", "/api/v1/circles/{circle}/leave", circle, leave_circle},
      {"GET", "/api/v1/circles/{circle}/accesses", circle, list_accesses},

      {"POST", "/api/v1/circles/{circle}/objects", circle, share},
      {"GET", "/api/v1/circles/{circle}/objects/{id}", circle, show_object},
      {"GET", "/api/v1/circles/{circle}/objects/{id}/why", circle, why},
      {"GET", "/api/v1/circles/{circle}/entries", circle, list_entries},
      {"POST", "/api/v1/circles/{circle}/withdrawals", circle, withdraw},
      {"GET", "/api/v1/circles/{circle}/held", circle, list_held},
      {"POST", "/api/v1/circles/{circle}/held/{sequence}", circle, decide_held},
      {"POST", "/api/v1/circles/{circle}/messages", circle, send_message},
      {"POST", "/api/v1/circles/{circle}/objects/{id}/owner", circle, transfer_object},
      {"GET", "/api/v1/circles/{circle}/erasures", circle, list_erasures},
      {"POST", "/api/v1/circles/{circle}/erasures", circle, propose_erasure},
      {"POST", "/api/v1/circles/{circle}/erasures/{proposal}", circle, confirm_erasure},
      {"GET", "/api/v1/circles/{circle}/feeds", circle, list_feeds},
      {"POST", "/api/v1/circles/{circle}/feeds", circle, add_feed},
      {"GET", "/api/v1/circles/{circle}/feeds/{feed}", circle, show_feed},
      {"POST", "/api/v1/circles/{circle}/feeds/{feed}", circle, act_on_feed},
      {"DELETE", "/api/v1/circles/{circle}/feeds/{feed}", circle, remove_feed},
      {"GET", "/api/v1/search", member, search},

      {"GET", "/api/v1/circles/{circle}/stream", circle, stream},
      {"POST", "/api/v1/circles/{circle}/ack", circle, acknowledge},
      {"GET", "/api/v1/circles/{circle}/recall/{id}", circle, recall},
      {"POST", "/api/v1/circles/{circle}/sightings", circle, sight},

      {"GET", "/api/v1/members", member, list_members},
      {"POST", "/api/v1/members/{member}/standing", member, change_standing},
      {"GET", "/api/v1/invites", member, list_invites},
      {"POST", "/api/v1/invites", member, create_invite},
      {"DELETE", "/api/v1/invites/{invite}", member, revoke_invite},
      {"GET", "/api/v1/people", member, list_people},
      {"POST", "/api/v1/people", member, add_person},
      {"GET", "/api/v1/tokens", member, list_tokens},
      {"POST", "/api/v1/tokens", member, create_token},
      {"DELETE", "/api/v1/tokens/{token}", member, revoke_token},
      {"POST", "/api/v1/identities", member, register_identity},
      {"GET", "/api/v1/assets", member, list_assets},
      {"POST", "/api/v1/assets", member, add_asset},
      {"POST", "/api/v1/assets/{asset}/verification", member, verify_asset},
      {"DELETE", "/api/v1/assets/{asset}", member, remove_asset},
      {"GET", "/api/v1/warning-lists", member, list_warning_lists},
      {"GET", "/api/v1/mapping", member, get_mapping},
      {"PUT", "/api/v1/mapping", member, put_mapping},
  };
  return table;
}

serve::Interface interface() {
  return {"/", routes(), serve::problem, nullptr, false, false, true};
}

}  // namespace tocsin::api
