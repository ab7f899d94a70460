#include <algorithm>
#include <charconv>

#include "api/acts.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "circle/messages.hpp"
#include "push/event.hpp"
#include "serve/reading.hpp"

namespace tocsin::api {
namespace {

void append_item(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

/// Entries at these sequences, as far as the caller may see them.
Result<std::string> entries_json(Call& call, const std::vector<Sequence>& sequences) {
  std::string list;
  for (const auto sequence : sequences) {
    auto entry = visible_entry(call.services, *call.sight, sequence);
    if (!entry) return std::move(entry).error();
    if (*entry) append_item(list, push::entry_json(**entry, call.sight->circle()->uuid));
  }
  return list;
}

Result<std::string> references_json(Call& call, const std::string& object_bytes) {
  thread_local stix::Parser parser;
  const auto parsed = parser.parse_object(object_bytes);
  std::string list;
  if (!parsed.object) return list;
  const CircleId circle = call.sight->circle()->id;
  for (const auto& reference : parsed.object->references) {
    bool known = false;
    auto versions = call.services.views.versions(circle, reference.target, Sequence{}, list_most);
    if (!versions) return std::move(versions).error();
    for (const auto& version : *versions) {
      auto row = call.services.log.row(circle, version.sequence);
      known = known || (row && call.sight->sees(version.sequence, *row));
    }
    append_item(list, R"({"property":)" + json_string(reference.property) + R"(,"target":)" +
                          json_string(reference.target) + R"(,"known":)" + (known ? "true" : "false") + '}');
  }
  return list;
}

Result<std::string> referrers_json(Call& call, const std::string& id) {
  const CircleId circle = call.sight->circle()->id;
  auto referrers = call.services.views.referrers(circle, id, Sequence{}, list_most);
  if (!referrers) return std::move(referrers).error();
  std::string list;
  for (const auto& referrer : *referrers) {
    auto entry = visible_entry(call.services, *call.sight, referrer.sequence);
    if (!entry) return std::move(entry).error();
    if (!*entry) continue;
    auto row = call.services.log.row(circle, referrer.sequence);
    if (!row || row->superseded || row->withdrawn) continue;
    const auto document = json::parse_object((*entry)->bytes);
    for (const auto& property : referrer.properties)
      append_item(list, R"({"id":)" + json_string(document ? json::text_or(*document, "id") : "") +
                            R"(,"property":)" + json_string(property) + R"(,"sequence":)" +
                            std::to_string(referrer.sequence.value()) + '}');
  }
  return list;
}

Result<std::string> object_json(Call& call, const std::string& id) {
  const CircleId circle = call.sight->circle()->id;
  auto versions = call.services.views.versions(circle, id, Sequence{}, list_most);
  if (!versions) return std::move(versions).error();
  std::string list;
  std::optional<log::Entry> newest;
  bool withdrawn = false;
  for (const auto& version : *versions) {
    if (version.kind != log::Kind::object) continue;
    auto entry = visible_entry(call.services, *call.sight, version.sequence);
    if (!entry) return std::move(entry).error();
    if (!*entry) continue;
    auto row = call.services.log.row(circle, version.sequence);
    withdrawn = row && row->withdrawn;
    append_item(list, push::entry_json(**entry, call.sight->circle()->uuid));
    newest = **std::move(entry);
  }
  if (!newest) return Error{Errc::not_found, ""};
  auto owner = call.services.views.owner(circle, id);
  if (!owner) return std::move(owner).error();
  auto references = references_json(call, newest->bytes);
  if (!references) return references;
  auto referrers = referrers_json(call, id);
  if (!referrers) return referrers;
  auto sighted = call.services.views.acts(circle, id, log::Kind::sighting, Sequence{}, list_most);
  if (!sighted) return std::move(sighted).error();
  auto sightings = entries_json(call, *sighted);
  if (!sightings) return sightings;
  auto score = score_json(call, *newest, owner->value_or(MemberId{}));
  if (!score) return score;
  const bool mine = *owner && **owner == call.principal.member_id();
  return R"({"id":)" + json_string(id) + R"(,"owner_is_me":)" + (mine ? "true" : "false") +
         R"(,"versions":[)" + list + R"(],"withdrawn":)" + (withdrawn ? "true" : "false") +
         R"(,"references":[)" + *references + R"(],"referrers":[)" + *referrers + R"(],"sightings":[)" +
         *sightings + "]," + *score + '}';
}

bool of_type(const log::Entry& entry, std::string_view type) {
  if (type.empty()) return true;
  if (entry.kind != log::Kind::object) return type == push::event_name(entry.kind);
  return entry.bytes.find("\"id\":\"" + std::string{type} + "--") != std::string::npos;
}

Result<std::string> page_json(Call& call) {
  auto after = number_parameter(call.request, "after", 0, ~0ULL >> 1);
  if (!after) return std::move(after).error();
  auto limit = number_parameter(call.request, "limit", 100, 1000);
  if (!limit) return std::move(limit).error();
  if (*limit == 0) return Error{Errc::invalid_input, "'limit' must be at least 1"};
  const std::string type{call.request.parameter("type").value_or("")};
  const CircleId circle = call.sight->circle()->id;
  const auto head = call.services.log.head(circle).sequence;
  TOCSIN_TRY(
      admit_read(call, circle, "entries", type.empty() ? "" : "type=" + type, Sequence{*after + 1}, head));
  constexpr std::size_t page_bytes_max = 8 << 20;
  constexpr std::size_t rows_walked_max = 100'000;
  std::string list;
  std::size_t count = 0;
  std::size_t walked = 0;
  Sequence at{*after};
  while (at < head && count < *limit && list.size() < page_bytes_max && walked < rows_walked_max) {
    auto rows = call.services.log.rows(circle, Sequence{at.value() + 1}, 1000);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) break;
    for (const auto& row : *rows) {
      if (count >= *limit || list.size() >= page_bytes_max) break;
      at = Sequence{at.value() + 1};
      ++walked;
      if (push::event_name(row.kind).empty() || !call.sight->sees(at, row)) continue;
      auto entry = call.services.log.read(circle, at);
      if (!entry) return std::move(entry).error();
      if (!of_type(*entry, type)) continue;
      append_item(list, push::entry_json(*entry, call.sight->circle()->uuid));
      ++count;
    }
  }
  std::string out = R"({"entries":[)" + list + ']';
  if (at < head) out += R"(,"next":)" + std::to_string(at.value());
  return out + R"(,"head":)" + std::to_string(head.value()) + '}';
}

Result<std::string> held_json(Call& call) {
  auto after = number_parameter(call.request, "after", 0, ~0ULL >> 1);
  if (!after) return std::move(after).error();
  const CircleId circle = call.sight->circle()->id;
  TOCSIN_TRY(
      admit_read(call, circle, "held", "", Sequence{*after + 1}, call.services.log.head(circle).sequence));
  std::string list;
  Sequence at{*after};
  for (;;) {
    auto rows = call.services.log.rows(circle, Sequence{at.value() + 1}, 1000);
    if (!rows) return std::move(rows).error();
    if (rows->empty()) break;
    for (const auto& row : *rows) {
      at = Sequence{at.value() + 1};
      if (row.kind != log::Kind::held || row.withdrawn || !call.sight->sees(at, row)) continue;
      auto entry = call.services.log.read(circle, at);
      if (!entry) return std::move(entry).error();
      append_item(list, R"({"sequence":)" + std::to_string(at.value()) + R"(,"date_added":")" +
                            to_rfc3339(entry->date_added) + R"(",)" + entry->bytes.substr(1));
    }
  }
  return R"({"held":[)" + list + "]}";
}

/// One part after the other, each a command of its own, so that others get their turn between.
void decide_on(SharedCall call, circle::DecideAllRequest request, circle::DecideAllRequest::Part sum) {
  auto next = request;
  next.done = [call, request, sum](Result<circle::DecideAllRequest::Part> part) mutable {
    if (!part) {
      call->refuse(part.error());
      return;
    }
    sum.decided += part->decided;
    sum.left += part->left;
    if (part->last != Sequence{}) sum.last = part->last;
    if (part->after) {
      request.after = *part->after;
      decide_on(call, std::move(request), sum);
      return;
    }
    call->answer(200, json::dump(json::Object{
                          {"sequence", sum.last.value()}, {"decided", sum.decided}, {"left", sum.left}}));
  };
  if (!call->services.sequencer.submit(circle::decide_all_held_command(std::move(next))))
    call->refuse(Error{Errc::overloaded, "too many submissions wait; what was decided stays, so ask again"});
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

}  // namespace

void show_object(SharedCall call) {
  when_current(std::move(call), [](SharedCall current) {
    const std::string id = current->parameters[1];
    const auto head = current->services.log.head(current->sight->circle()->id).sequence;
    if (Status admitted =
            admit_read(*current, current->sight->circle()->id, "object", "id", Sequence{1}, head);
        !admitted) {
      current->refuse(admitted.error());
      return;
    }
    current->answer_or_refuse(200, object_json(*current, id));
  });
}

void list_entries(SharedCall call) {
  call->answer_or_refuse(200, page_json(*call));
}

void list_held(SharedCall call) {
  call->answer_or_refuse(200, held_json(*call));
}

void decide_held(SharedCall call) {
  auto body = json::parse_object(call->request.body);
  const auto sequence = number_in(call->parameters[1]);
  if (!body || !sequence) {
    call->refuse(!body ? body.error() : Error{Errc::not_found, ""});
    return;
  }
  const std::string act = json::text_or(*body, "act");
  if (act != "release" && act != "dismiss") {
    call->refuse(Error{Errc::invalid_input, "'act' must be release or dismiss"});
    return;
  }
  auto why = why_in(*body);
  if (!why) {
    call->refuse(why.error());
    return;
  }
  circle::DecideRequest request;
  request.principal = call->principal;
  request.circle = call->sight->circle()->id;
  request.sequence = Sequence{*sequence};
  request.release = act == "release";
  request.why = *std::move(why);
  if (json::flag_or(*body, "all")) {
    circle::DecideAllRequest all{std::move(request), Sequence{*sequence - 1}, {}};
    decide_on(std::move(call), std::move(all), {});
    return;
  }
  request.done = [call](Result<std::vector<log::Appended>> appended) {
    if (appended)
      call->answer(200, R"({"sequence":)" + std::to_string(appended->back().sequence.value()) + '}');
    else
      call->refuse(appended.error());
  };
  if (!call->services.sequencer.submit(circle::decide_held_command(std::move(request))))
    call->refuse(Error{Errc::overloaded, "too many submissions wait; try again in a second"});
}

void send_message(SharedCall call) {
  auto body = json::parse_object(call->request.body);
  if (!body) {
    call->refuse(body.error());
    return;
  }
  circle::MessageRequest request;
  request.principal = call->principal;
  request.circle = call->sight->circle()->id;
  request.act = json::text_or(*body, "act");
  request.id = json::text_or(*body, "id");
  request.text = json::text_or(*body, "text");
  request.to_circle = json::text_or(*body, "to");
  request.done = [call](Result<log::Appended> appended) {
    if (appended)
      call->answer(200, R"({"sequence":)" + std::to_string(appended->sequence.value()) + '}');
    else
      call->refuse(appended.error());
  };
  if (!call->services.sequencer.submit(circle::message_command(std::move(request))))
    call->refuse(Error{Errc::overloaded, "too many submissions wait; try again in a second"});
}

}  // namespace tocsin::api
