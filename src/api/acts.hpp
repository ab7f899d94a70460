#pragma once

/// What the routes of governance share: bodies, pages of lists, and the way from a call to acts in the log.
///
/// Contract: govern() answers its call exactly once: with what `answer` sends once the acts are durable, or
///           with the error that stood in the way.
/// Source:   docs/formats/acts.md (the acts), docs/formats/api.md (lists).
/// Threads:  `make` and `answer` run on the sequencer's thread; the rest are pure functions.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/handlers.hpp"
#include "base/json.hpp"
#include "circle/govern.hpp"
#include "serve/dispatch.hpp"

namespace tocsin::api {

/// The body as a JSON object; an empty body is an empty one. Errors: invalid_input, also above 64 KiB.
Result<json::Object> body_of(const Call& call);
/// A name that people will read and type: 1 to 100 bytes of visible text, no comma, no slash, no space at the
/// ends.
Result<std::string> name_in(const json::Object& body, std::string_view key);
/// An explanation of at most 4096 bytes; absent: empty.
Result<std::string> why_in(const json::Object& body, std::string_view key = "why");
/// A number of ours at this place of the path. Errors: not_found.
Result<std::uint64_t> number_in_path(const Call& call, std::size_t place = 0);

json::Object member_json(const policy::Member& member);
json::Array names_json(const std::vector<std::string_view>& names);
/// Time as text; null for never (epoch 0).
json::Value time_json(Timestamp time);

circle::Act hub_act(json::Object act);
circle::Act membership_act(CircleId circle, json::Object act);

using Answer = std::function<void(Call&, const std::vector<log::Appended>&)>;
/// Submits the acts that `make` returns under the caller's rights. When they are durable, `answer` answers.
void govern(const SharedCall& call, circle::MakeActs make, Answer answer);
/// The same for what the hub itself does (joining).
void govern_as_hub(const SharedCall& call,
                   std::function<Result<std::vector<circle::Act>>(circle::Decider&)> make, Answer answer);
/// {"sequence":N} of the first act.
void answer_sequence(Call& call, const std::vector<log::Appended>& appended);

/// Whose people, tokens and assets the principal manages: its own member's, or the operators' (0).
/// Errors: denied.
Result<MemberId> managed_by(const policy::Principal& principal);
/// The same, but a member's administrator only.
Result<policy::Member> administered_by(const policy::Principal& principal);
/// What the principal may put into a token.
policy::Scopes may_give(const policy::Principal& principal);
/// The body's "scopes". Errors: invalid_input, also when there is none.
Result<policy::Scopes> scopes_in(const json::Object& body);
/// The person or machine of this name whom the principal may give a token. Without the scope 'administer'
/// only itself. Errors: invalid_input.
Result<policy::Holder> holder_for(const policy::Directory& directory, const policy::Principal& principal,
                                  std::string_view person);
/// When a token ends. What somebody makes for itself does not outlive the token it was made with.
Timestamp end_of(const policy::Directory& directory, const policy::Principal& principal,
                 std::optional<std::uint64_t> days, Timestamp now);
/// Whether the principal keeps this circle now.
bool keeps(const policy::Directory& directory, const policy::Principal& principal, CircleId circle);
/// Whether the principal is inside this circle.
bool is_inside(const policy::Principal& principal, const policy::Circle& circle);

/// Whom the circle's rules admit now. Entries may be dated a little ahead of a clock that stands or went
/// back; the newest rules count all the same.
policy::Audience audience_now(const policy::Circle& circle, Timestamp now);

/// Answers with {"NAME":[…],"next":KEY}: the part of `items` that `after` and `limit` ask for.
void answer_page(Call& call, std::string_view name, const std::map<std::string, json::Object>& items);
void answer_page(Call& call, std::string_view name, const std::map<std::uint64_t, json::Object>& items);
/// `limit` of the query: 1 to 1000, 100 by default. Errors: invalid_input.
Result<std::size_t> limit_of(const Call& call);

}  // namespace tocsin::api
