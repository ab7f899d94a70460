#include <algorithm>

#include "api/handlers.hpp"
#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "serve/reading.hpp"

namespace tocsin::api {
namespace {

constexpr std::size_t sensor_name_bytes_max = 128;

Result<std::optional<push::From>> from_in(const net::Request& request) {
  if (!request.parameter("from")) return std::optional<push::From>{};
  auto sequence = number_parameter(request, "from", 0, ~0ULL >> 1);
  if (!sequence) return std::move(sequence).error();
  const auto raw = from_hex(request.parameter("commitment").value_or(""));
  push::From from{Sequence{*sequence}, {}};
  if (*sequence != 0) {
    if (!raw || raw->size() != from.commitment.size())
      return Error{Errc::invalid_input, "'commitment' must be 64 hexadecimal digits"};
    std::copy_n(as_bytes(*raw).begin(), from.commitment.size(), from.commitment.begin());
  }
  return std::optional<push::From>{from};
}

/// The recall of `id`: the newest withdrawal of it that the caller may see.
Result<std::optional<log::Entry>> withdrawal_of(Call& call, const std::string& id) {
  auto acts =
      call.services.views.acts(call.sight->circle()->id, id, log::Kind::withdrawal, Sequence{}, list_most);
  if (!acts) return std::move(acts).error();
  for (auto it = acts->rbegin(); it != acts->rend(); ++it) {
    auto entry = visible_entry(call.services, *call.sight, *it);
    if (!entry || *entry) return entry;
  }
  return std::optional<log::Entry>{};
}

Result<std::string> recall_json(Call& call, const std::string& id) {
  const CircleId in = call.sight->circle()->id;
  TOCSIN_TRY(admit_read(call, in, "recall", "id", Sequence{1}, call.services.log.head(in).sequence));
  auto withdrawal = withdrawal_of(call, id);
  if (!withdrawal) return std::move(withdrawal).error();
  if (!*withdrawal) return Error{Errc::not_found, ""};
  const CircleId circle = call.sight->circle()->id;
  auto versions = call.services.views.versions(circle, id, Sequence{}, 1);
  if (!versions) return std::move(versions).error();
  const Sequence shared = versions->empty() ? Sequence{} : versions->front().sequence;
  const bool names = call.sight->standpoint().steward;
  std::string list;
  std::size_t confirmed = 0;
  std::size_t waiting = 0;
  std::size_t not_confirmable = 0;
  for (const auto& door : call.services.doors.of(circle)) {
    if (door.sent < shared) continue;  // it never went out here
    const bool has = door.confirmed >= (*withdrawal)->sequence;
    if (door.sensor.empty())
      ++not_confirmable;
    else
      ++(has ? confirmed : waiting);
    if (!names) continue;
    const auto token = call.services.directory.token(door.token);
    const auto holder = token ? call.services.directory.holder(token->holder) : std::nullopt;
    const auto member = holder ? call.services.directory.member(holder->member) : std::nullopt;
    if (!list.empty()) list += ',';
    list += R"({"member":)" + json_string(member ? member->name : "") + R"(,"sensor":)" +
            json_string(door.sensor) + R"(,"confirmed":)" + (has ? "true" : "false");
    if (has) list += R"(,"at":")" + to_rfc3339(door.confirmed_at) + '"';
    list += '}';
  }
  return R"({"id":)" + json_string(id) + R"(,"withdrawn_at":")" + to_rfc3339((*withdrawal)->date_added) +
         R"(","sequence":)" + std::to_string((*withdrawal)->sequence.value()) + R"(,"doors":[)" + list +
         R"(],"confirmed":)" + std::to_string(confirmed) + R"(,"waiting":)" + std::to_string(waiting) +
         R"(,"not_confirmable":)" + std::to_string(not_confirmable) + '}';
}

}  // namespace

void stream(SharedCall call) {
  if (!call->principal.has(policy::Scope::read)) {
    call->refuse(Error{Errc::denied, "this token has not the scope 'read'"});
    return;
  }
  auto from = from_in(call->request);
  const std::string sensor{call->request.parameter("sensor").value_or("")};
  if (!from || sensor.size() > sensor_name_bytes_max) {
    call->refuse(from ? Error{Errc::invalid_input, "'sensor' is longer than 128 bytes"} : from.error());
    return;
  }
  const CircleId circle = call->sight->circle()->id;
  auto ticket = call->services.streams_under_way.enter(call->principal.member_id(), "streams");
  if (!ticket) {
    call->refuse(ticket.error());
    return;
  }
  net::Response head;
  head.headers.emplace_back("content-type", "text/event-stream");
  head.headers.emplace_back("cache-control", "no-store");
  head.headers.emplace_back("x-accel-buffering", "no");
  call->responder.stream(std::move(head), call->services.streams.open(call->principal, circle, sensor, *from,
                                                                      *std::move(ticket)));
}

void acknowledge(SharedCall call) {
  if (!call->principal.has(policy::Scope::read) && !call->principal.has(policy::Scope::sight)) {
    call->refuse(Error{Errc::denied, "this token has neither the scope 'read' nor 'sight'"});
    return;
  }
  auto body = json::parse_object(call->request.body);
  if (!body) {
    call->refuse(body.error());
    return;
  }
  const std::string sensor = json::text_or(*body, "sensor");
  auto sequence = json::number(*body, "sequence");
  if (!sequence || sensor.empty() || sensor.size() > sensor_name_bytes_max) {
    call->refuse(sequence ? Error{Errc::invalid_input, "'sensor' must be 1 to 128 bytes"} : sequence.error());
    return;
  }
  const CircleId circle = call->sight->circle()->id;
  auto entry = call->services.log.read(circle, Sequence{*sequence});
  if (*sequence != 0 && (!entry || to_hex(entry->commitment) != json::text_or(*body, "commitment"))) {
    call->refuse(Error{Errc::conflict, "the entry at this sequence has another commitment"});
    return;
  }
  const Timestamp now = call->services.clock.now();
  if (Status status =
          call->services.doors.confirm(circle, call->principal.token, sensor, Sequence{*sequence}, now);
      !status) {
    call->refuse(status.error());
    return;
  }
  if (entry) call->services.metrics.durable_to_confirmed.record(now - entry->date_added);
  net::Response response;
  response.status = 204;
  call->responder.send(std::move(response));
}

void recall(SharedCall call) {
  when_current(std::move(call), [](SharedCall current) {
    current->answer_or_refuse(200, recall_json(*current, current->parameters[1]));
  });
}

void sight(SharedCall call) {
  auto body = json::parse_object(call->request.body);
  if (!body) {
    call->refuse(body.error());
    return;
  }
  const auto kind = circle::parse_sighting_kind(json::text_or(*body, "kind", "seen"));
  const auto* sighting = body->if_contains("sighting");
  if (!kind || sighting == nullptr) {
    call->refuse(Error{Errc::invalid_input,
                       "'kind' must be seen, false-positive or expired, and 'sighting' a STIX Sighting"});
    return;
  }
  thread_local stix::Parser parser;
  auto parsed = parser.parse_object(json::dump(*sighting));
  if (!parsed.object) {
    const auto& first = parsed.problems.front();
    call->refuse(Error{Errc::invalid_input, "sighting: " + first.path + ": " + first.reason});
    return;
  }
  circle::SightRequest request;
  request.principal = call->principal;
  request.circle = call->sight->circle()->id;
  request.sighting = *std::move(parsed.object);
  request.kind = *kind;
  request.named = json::flag_or(*body, "named");
  request.counts = call->services.sighting_counts;
  request.done = [call](Result<log::Appended> appended) {
    if (!appended) {
      call->refuse(appended.error());
      return;
    }
    ++call->services.metrics.sightings;
    call->answer(200, R"({"sequence":)" + std::to_string(appended->sequence.value()) + '}');
  };
  if (!call->services.sequencer.submit(circle::sight_command(std::move(request))))
    call->refuse(Error{Errc::overloaded, "too many submissions wait; try again in a second"});
}

}  // namespace tocsin::api
