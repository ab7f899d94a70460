#include "api/acts.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace tocsin::api {
namespace {

constexpr std::size_t body_bytes_max = 64 << 10;
constexpr std::size_t name_bytes_max = 100;
constexpr std::size_t why_bytes_max = 4096;
constexpr std::size_t limit_default = 100;
constexpr std::size_t limit_max = 1000;

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string text_of(const std::string& key) {
  return key;
}
std::string text_of(std::uint64_t key) {
  return std::to_string(key);
}

template <class Key>
void page(Call& call, std::string_view name, const std::map<Key, json::Object>& items, const Key* after) {
  const auto limit = limit_of(call);
  if (!limit) return call.refuse(limit.error());
  json::Array listed;
  json::Value next;
  auto it = after == nullptr ? items.begin() : items.upper_bound(*after);
  for (; it != items.end() && listed.size() < *limit; ++it) {
    listed.emplace_back(it->second);
    next = text_of(it->first);
  }
  json::Object out{{name, std::move(listed)}};
  if (it != items.end()) out["next"] = std::move(next);
  call.answer(200, json::dump(out));
}

/// The command's `done`, which answers the call either way.
std::function<void(Result<std::vector<log::Appended>>)> answering(const SharedCall& call, Answer answer) {
  return [call, answer = std::move(answer)](Result<std::vector<log::Appended>> appended) {
    if (appended)
      answer(*call, *appended);
    else
      call->refuse(appended.error());
  };
}

void submit(const SharedCall& call, circle::Command command) {
  if (!call->services.sequencer.submit(std::move(command)))
    call->refuse(Error{Errc::overloaded, "too much waits to be written; try again"});
}

}  // namespace

Result<json::Object> body_of(const Call& call) {
  const auto& body = call.request.body;
  if (body.size() > body_bytes_max)
    return Error{Errc::invalid_input, "the body is larger than 64 KiB, which this route never needs"};
  return trim(body).empty() ? Result<json::Object>{json::Object{}} : json::parse_object(body);
}

Result<std::string> name_in(const json::Object& body, std::string_view key) {
  auto name = json::text(body, key);
  if (!name) return name;
  if (name->empty() || name->size() > name_bytes_max || trim(*name) != *name || printable(*name) != *name ||
      name->find_first_of(",/") != std::string::npos)
    return Error{Errc::invalid_input, "'" + std::string{key} +
                                          "' must be 1 to 100 bytes of visible text without comma or slash "
                                          "and without spaces at its ends"};
  return name;
}

Result<std::string> why_in(const json::Object& body, std::string_view key) {
  auto why = json::optional_text(body, key);
  if (!why) return std::move(why).error();
  if (*why && (*why)->size() > why_bytes_max)
    return Error{Errc::invalid_input, "'" + std::string{key} + "' is longer than 4096 bytes"};
  return why->value_or("");
}

Result<std::uint64_t> number_in_path(const Call& call, std::size_t place) {
  const auto number = parse_number(call.parameters.at(place));
  if (!number) return Error{Errc::not_found, ""};
  return *number;
}

json::Object member_json(const policy::Member& member) {
  return {{"uuid", member.uuid},
          {"name", member.name},
          {"kind", policy::name(member.kind)},
          {"role", policy::name(member.role)},
          {"sector", member.sector},
          {"standing", policy::name(member.standing)}};
}

json::Array names_json(const std::vector<std::string_view>& names) {
  json::Array out;
  for (const auto name : names) out.emplace_back(name);
  return out;
}

json::Value time_json(Timestamp time) {
  return time == Timestamp{} ? json::Value{} : json::Value(to_rfc3339(time));
}

circle::Act hub_act(json::Object act) {
  return {CircleId{}, log::Kind::hub, json::dump(std::move(act))};
}

circle::Act membership_act(CircleId circle, json::Object act) {
  return {circle, log::Kind::membership, json::dump(std::move(act))};
}

void govern(const SharedCall& call, circle::MakeActs make, Answer answer) {
  submit(call, circle::govern_command(call->principal, std::move(make), answering(call, std::move(answer))));
}

void govern_as_hub(const SharedCall& call,
                   std::function<Result<std::vector<circle::Act>>(circle::Decider&)> make, Answer answer) {
  submit(call, circle::hub_command(std::move(make), answering(call, std::move(answer))));
}

void answer_sequence(Call& call, const std::vector<log::Appended>& appended) {
  call.answer(200, json::dump(json::Object{{"sequence", appended.front().sequence.value()}}));
}

Result<MemberId> managed_by(const policy::Principal& principal) {
  if (principal.is_operator()) return MemberId{};
  auto member = administered_by(principal);
  if (!member) return std::move(member).error();
  return member->id;
}

Result<policy::Member> administered_by(const policy::Principal& principal) {
  if (!principal.member || !principal.has(policy::Scope::administer))
    return Error{Errc::denied, "this needs a member's token with the scope 'administer'"};
  return *principal.member;
}

bool keeps(const policy::Directory& directory, const policy::Principal& principal, CircleId circle) {
  const auto found = directory.circle(circle);
  return found != nullptr && policy::standpoint(principal, *found).steward;
}

bool is_inside(const policy::Principal& principal, const policy::Circle& circle) {
  return policy::standpoint(principal, circle).inside;
}

policy::Audience audience_now(const policy::Circle& circle, Timestamp now) {
  return policy::audience_at(circle, circle.rules.empty() ? now : std::max(now, circle.rules.back().logged));
}

void answer_page(Call& call, std::string_view name, const std::map<std::string, json::Object>& items) {
  const auto after = call.request.parameter("after");
  const std::string key{after.value_or("")};
  page(call, name, items, after ? &key : nullptr);
}

void answer_page(Call& call, std::string_view name, const std::map<std::uint64_t, json::Object>& items) {
  const auto after = call.request.parameter("after");
  if (!after) return page<std::uint64_t>(call, name, items, nullptr);
  const auto key = parse_number(*after);
  if (!key) return call.refuse(Error{Errc::invalid_input, "'after' must be the 'next' of the page before"});
  page(call, name, items, &*key);
}

Result<std::size_t> limit_of(const Call& call) {
  const auto text = call.request.parameter("limit");
  if (!text) return limit_default;
  const auto limit = parse_number(*text);
  if (!limit || *limit < 1 || *limit > limit_max)
    return Error{Errc::invalid_input, "'limit' must be 1 to 1000"};
  return static_cast<std::size_t>(*limit);
}

}  // namespace tocsin::api
