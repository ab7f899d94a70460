#include <algorithm>

#include "base/text.hpp"
#include "serve/reading.hpp"
#include "taxii/envelope.hpp"
#include "taxii/negotiation.hpp"
#include "taxii/reader.hpp"
#include "taxii/resource.hpp"
#include "taxii/server.hpp"

namespace tocsin::taxii {
namespace {

using circle::Outcome;
using circle::Verdict;
using serve::Call;
using serve::SharedCall;

// Lists that are longer are left out of a status, which the standard allows; the counts stay.
constexpr std::size_t listed_max = 10'000;

/// What a status says of one object.
struct Detail {
  std::string version, message;
};

Detail detail_of(const Call& call, CircleId circle, const Verdict& verdict, Timestamp requested) {
  Detail detail;
  detail.version = verdict.version;
  Timestamp date = requested;
  switch (verdict.outcome) {
    case Outcome::accepted:
      date = verdict.receipt.date_added;
      break;
    case Outcome::duplicate:
      detail.message = "it is there already";
      if (const auto row = call.services.log.row(circle, verdict.sequence)) date = row->date_added;
      break;
    case Outcome::held:
      // Not the reason, which may quote the object: a status outlives an erasure for a day or two.
      detail.message = "a steward of the circle decides on it first (" + verdict.rule + ")";
      break;
    case Outcome::refused:
      detail.message =
          verdict.rule + (verdict.path.empty() ? "" : " at " + verdict.path) + ": " + verdict.reason;
      break;
  }
  if (detail.version.empty()) detail.version = to_rfc3339(date);
  return detail;
}

std::string list_json(std::string_view name, const std::vector<std::string>& items) {
  if (items.empty() || items.size() > listed_max) return {};
  std::string out = ",\"" + std::string{name} + "\":[";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i == 0 ? "" : ",") + items[i];
  return out + ']';
}

std::string status_json(const Call& call, CircleId circle, const std::string& id, Timestamp requested,
                        const std::vector<Verdict>& verdicts) {
  std::vector<std::string> successes;
  std::vector<std::string> failures;
  for (const auto& verdict : verdicts) {
    const bool good = verdict.outcome == Outcome::accepted || verdict.outcome == Outcome::duplicate;
    auto& list = good ? successes : failures;
    if (list.size() > listed_max) {
      list.emplace_back();  // counted, and never shown
      continue;
    }
    const Detail detail = detail_of(call, circle, verdict, requested);
    std::string item = R"({"id":)" + json_string(verdict.id) + R"(,"version":)" + json_string(detail.version);
    if (!detail.message.empty()) item += R"(,"message":)" + json_string(detail.message);
    list.push_back(item + '}');
  }
  return R"({"id":)" + json_string(id) + R"(,"status":"complete","request_timestamp":")" +
         to_rfc3339(requested) + R"(","total_count":)" + std::to_string(verdicts.size()) +
         R"(,"success_count":)" + std::to_string(successes.size()) + list_json("successes", successes) +
         R"(,"failure_count":)" + std::to_string(failures.size()) + list_json("failures", failures) +
         R"(,"pending_count":0})";
}

void count(const Call& call, const std::vector<Verdict>& verdicts) {
  auto& metrics = call.services.metrics;
  metrics.share_to_durable.record(std::chrono::duration_cast<std::chrono::microseconds>(
      call.services.clock.steady_now() - call.request.received));
  for (const auto& verdict : verdicts) {
    auto& counter = verdict.outcome == Outcome::accepted    ? metrics.objects_accepted
                    : verdict.outcome == Outcome::duplicate ? metrics.objects_duplicate
                    : verdict.outcome == Outcome::held      ? metrics.objects_held
                                                            : metrics.objects_refused;
    counter.fetch_add(1, std::memory_order_relaxed);
  }
}

/// `attribution=named` or `unnamed`: ours, for senders who can say it; else as the circle's rules say.
Result<circle::ShareOptions> options_of(const Call& call) {
  circle::ShareOptions options;
  if (const auto text = call.request.parameter("attribution")) {
    if (*text != "named" && *text != "unnamed")
      return Error{Errc::invalid_input, "'attribution' must be named or unnamed"};
    options.attribution = *text == "named" ? policy::Attribution::named : policy::Attribution::unnamed;
  }
  return options;
}

Error overloaded() {
  return {Errc::overloaded, "too many submissions wait; try again in a second"};
}

}  // namespace

void Server::add(const serve::SharedCall& call) {
  const Rights rights = rights_of(*call);
  if (!rights.can_write)
    return call->refuse(rights.can_read ? Error{Errc::denied, "this collection takes nothing from you"}
                                        : Error{Errc::not_found, ""});
  if (!is_taxii(call->request.header("content-type").value_or("")) ||
      call->request.header("content-encoding"))
    return call->answer(error_resource(415, "the body must be " + std::string{media_type}));
  auto options = options_of(*call);
  if (!options) return call->refuse(options.error());
  auto read = read_envelope(call->request.body);
  if (const auto* refusal = std::get_if<EnvelopeRefusal>(&read))
    return call->answer(error_resource(refusal->status, refusal->why));
  const CircleId circle = call->sight->circle()->id;
  circle::ShareRequest request;
  request.principal = call->principal;
  request.circle = circle;
  request.objects = std::get<std::vector<stix::Parsed>>(std::move(read));
  request.bytes = call->request.body.size();
  request.options = *std::move(options);
  request.brakes = call->services.brakes.pin();
  request.kept_from_government = call->services.screening.apply(call->sight->circle()->current_rules(),
                                                                *call->principal.member, request.objects);
  const Timestamp requested = call->services.clock.now();
  request.done = [this, call, circle, requested](Result<std::vector<Verdict>> decided) {
    if (!decided) return call->refuse(decided.error());
    // Here is the sequencer's thread: the rest is done on another.
    const auto verdicts = std::make_shared<const std::vector<Verdict>>(*std::move(decided));
    const auto json = std::make_shared<std::string>();
    const std::string id = uuid4();
    Statuses::Kept status{id, call->principal.member_id(), [call, circle, requested, id, verdicts, json] {
                            count(*call, *verdicts);
                            return *json = status_json(*call, circle, id, requested, *verdicts);
                          }};
    statuses_->keep(std::move(status), [call, json](const Status& kept) {
      if (kept)
        call->answer(resource(202, *json));
      else
        call->refuse(kept.error());
    });
  };
  call->request.body.clear();
  if (!call->services.sequencer.submit(circle::share_command(std::move(request)))) call->refuse(overloaded());
}

namespace {

/// May the object be deleted as this request asks? An object goes with all its versions, or not at all.
Status may_delete(const Call& call, const Filters& filters) {
  circle::Sight& sight = *call.sight;
  Reader reader{call.services, sight, call.services.log.head(sight.circle()->id).sequence};
  const auto all = reader.versions(call.parameters[1]);
  if (!all) return all.error();
  if ((*all)->empty() || !filters.takes_stix_21()) return Error{Errc::not_found, ""};
  if (!filters.versions.any()) return {};
  const auto matched = reader.matching(call.parameters[1], filters.versions);
  if (!matched) return matched.error();
  if (matched->empty()) return Error{Errc::not_found, ""};
  if (matched->size() < (*all)->size())
    return Error{Errc::denied, "an object is deleted with all its versions: leave match[version] out"};
  return {};
}

void remove_now(const SharedCall& call, const Filters& filters) {
  call->sight->refresh();
  if (!call->sight->inside()) return call->refuse(Error{Errc::not_found, ""});
  if (const Status may = may_delete(*call, filters); !may) return call->refuse(may.error());
  circle::WithdrawRequest request;
  request.principal = call->principal;
  request.circle = call->sight->circle()->id;
  request.id = call->parameters[1];
  request.why = "deleted over TAXII";
  request.erase_later = true;
  request.done = [call](const Result<log::Appended>& appended) {
    if (appended) {
      ++call->services.metrics.withdrawals;
      return call->answer(resource(200, ""));
    }
    // Somebody else was faster: what is withdrawn is not here.
    const bool gone = appended.error().code == Errc::conflict;
    call->refuse(gone ? Error{Errc::not_found, ""} : appended.error());
  };
  if (!call->services.sequencer.submit(circle::withdraw_command(std::move(request))))
    call->refuse(overloaded());
}

}  // namespace

void remove_object(const serve::SharedCall& call) {
  const Rights rights = rights_of(*call);
  if (!rights.can_read && !rights.can_write) return call->refuse(Error{Errc::not_found, ""});
  if (!rights.can_read || !rights.can_write)
    return call->refuse(Error{Errc::denied, "deleting needs to read and to write here"});
  auto query = parse_query(call->request.query, {false, true});
  // A filter that were passed by would delete more than was meant.
  const bool unfit =
      query && (query->has_unfit || query->limit || !query->next.empty() || query->filters.added_after);
  if (!query || unfit)
    return call->refuse(
        !query ? query.error()
               : Error{Errc::invalid_input, "deleting takes match[version] and match[spec_version] only"});
  serve::when_current(
      call, [filters = query->filters](const SharedCall& current) { remove_now(current, filters); });
}

}  // namespace tocsin::taxii
