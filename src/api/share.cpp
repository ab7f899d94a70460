#include "api/acts.hpp"
#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "circle/appraise.hpp"
#include "circle/standing.hpp"
#include "serve/dispatch.hpp"

namespace tocsin::api {
namespace {

Result<circle::ShareOptions> share_options(const Call& call) {
  circle::ShareOptions options;
  if (const auto text = call.request.parameter("attribution")) {
    if (*text != "named" && *text != "unnamed")
      return Error{Errc::invalid_input, "'attribution' must be named or unnamed"};
    options.attribution = *text == "named" ? policy::Attribution::named : policy::Attribution::unnamed;
  }
  if (const auto text = call.request.parameter("tlp")) {
    options.tlp = stix::parse_tlp(*text);
    if (!options.tlp)
      return Error{Errc::invalid_input, "'tlp' must be clear, green, amber, amber+strict or red"};
  }
  if (const auto text = call.request.parameter("to"); text && !text->empty()) {
    for (const auto name : split(*text, ',')) {
      const auto member = call.services.directory.find_member(trim(name));
      // Whoever is not in the circle is as unknown as one who never was.
      if (!member || !call.sight->circle()->roster.contains(member->id))
        return Error{Errc::invalid_input, "'" + std::string{trim(name)} + "' is no member of this circle"};
      options.recipients.insert(member->id);
    }
  }
  options.dry_run = call.request.parameter("dry_run").value_or("0") == "1";
  options.tell_receivers = options.dry_run && call.request.parameter("receivers").value_or("0") == "1";
  return options;
}

/// Of each indicator for which another that the caller sees says the same, by id. Asked before the sequencer
/// decides, so that no write waits for it.
std::map<std::string, std::string> duplicate_warnings(Call& call, const std::vector<stix::Parsed>& objects) {
  std::map<std::string, std::string> out;
  for (const auto& parsed : objects) {
    if (!parsed.object || parsed.object->type != "indicator") continue;
    const auto same = circle::same_as(call.services.views, call.services.log, *call.sight, *parsed.object, 1);
    if (!same || same->empty()) continue;  // a warning is worth no refusal
    out[parsed.object->id] =
        (same->front().by == "pattern" ? "says the same as " : "names the same value as ") + same->front().id;
  }
  return out;
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The digests of the sharer's screening records, when the first line of the body gives them: one for each
/// object, in order, null for none. `body` then begins behind that line.
Result<std::vector<std::string>> take_records(std::string_view& body) {
  constexpr std::string_view head = R"({"records":)";
  std::vector<std::string> records;
  if (!body.starts_with(head)) return records;
  const auto end = body.find('\n');
  auto line = json::parse_object(body.substr(0, end));
  if (!line) return in_context("the first line, 'records'", line.error());
  const auto& list = line->at("records");
  if (!list.is_array() || line->size() != 1)
    return Error{Errc::invalid_input, "the first line holds nothing but the list 'records'"};
  for (const auto& item : list.get_array()) {
    records.emplace_back(item.is_string() ? json::view(item.get_string()) : std::string_view{});
    if (!item.is_null() && !is_digest(records.back()))
      return Error{Errc::invalid_input, "'records', item " + std::to_string(records.size()) +
                                            ": a digest is 64 hexadecimal digits in lower case, or null"};
  }
  body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  return records;
}

void append_receipt(std::string& out, const circle::Verdict& verdict, std::string_view circle_uuid) {
  out += R"({"id":)" + json_string(verdict.id) + R"(,"version":)" + json_string(verdict.version) +
         R"(,"circle":")";
  out += circle_uuid;
  out += R"(","sequence":)" + std::to_string(verdict.sequence.value());
  if (verdict.outcome == circle::Outcome::duplicate) {
    out += R"(,"duplicate":true})";
    return;
  }
  out += R"(,"date_added":")" + to_rfc3339(verdict.receipt.date_added);
  out += R"(","commitment":")" + to_hex(verdict.receipt.commitment);
  out += R"(","salt":")" + to_hex(verdict.receipt.salt) + R"(","duplicate":false})";
}

std::string refusal_json(const circle::Verdict& verdict) {
  return R"({"id":)" + json_string(verdict.id) + R"(,"path":)" + json_string(verdict.path) + R"(,"rule":)" +
         json_string(verdict.rule) + R"(,"reason":)" + json_string(verdict.reason) + '}';
}

std::string held_json(const circle::Verdict& verdict) {
  return R"({"id":)" + json_string(verdict.id) + R"(,"rule":)" + json_string(verdict.rule) + R"(,"reason":)" +
         json_string(verdict.reason) + R"(,"sequence":)" + std::to_string(verdict.sequence.value()) + '}';
}

/// The circle's members, whoever shares; and for each object who of them would not read it.
std::string receivers_json(const std::vector<circle::Verdict>& verdicts, const Call& call) {
  constexpr std::size_t left_out_max = 20'000;
  json::Array receivers, left_out;
  std::size_t more = 0;
  const auto name_of = [&](MemberId id) {
    const auto member = call.services.directory.member(id);
    return member ? member->name : std::string{};
  };
  for (const auto id : circle::active_members(*call.sight->circle()))
    if (const auto member = call.services.directory.member(id);
        member && member->standing == policy::Standing::active)
      receivers.push_back(member_json(*member));
  for (const auto& verdict : verdicts)
    for (const auto& one : verdict.left_out) {
      if (left_out.size() == left_out_max) {
        ++more;
        continue;
      }
      left_out.push_back(json::Object{
          {"id", verdict.id}, {"member", name_of(one.member)}, {"rule", one.rule}, {"why", one.why}});
    }
  return R"(,"receivers":)" + json::dump(receivers) + R"(,"left_out":)" + json::dump(left_out) +
         R"(,"left_out_more":)" + std::to_string(more);
}

/// Lists joined by commas, each filled as the verdicts are walked once.
struct Lists {
  std::string held, refused, receipts, warnings;
  static void add(std::string& list, std::string_view item) {
    if (!list.empty()) list += ',';
    list += item;
  }
};

std::string verdicts_json(const std::vector<circle::Verdict>& verdicts, std::string_view circle_uuid,
                          bool screened, bool dry_run, const std::string& receivers,
                          serve::Metrics& metrics) {
  Lists lists;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t held = 0;
  std::uint64_t refused = 0;
  for (const auto& verdict : verdicts) {
    for (const auto& warning : verdict.warnings)
      Lists::add(lists.warnings,
                 R"({"id":)" + json_string(verdict.id) + R"(,"warning":)" + json_string(warning) + '}');
    switch (verdict.outcome) {
      case circle::Outcome::accepted:
        ++accepted;
        break;
      case circle::Outcome::duplicate:
        ++duplicates;
        break;
      case circle::Outcome::held:
        ++held;
        Lists::add(lists.held, held_json(verdict));
        break;
      case circle::Outcome::refused:
        ++refused;
        Lists::add(lists.refused, refusal_json(verdict));
        break;
    }
    const bool has_receipt = verdict.outcome == circle::Outcome::duplicate ||
                             (verdict.outcome == circle::Outcome::accepted && !dry_run);
    if (!has_receipt) continue;
    if (!lists.receipts.empty()) lists.receipts += ',';
    append_receipt(lists.receipts, verdict, circle_uuid);
  }
  if (!dry_run) {
    metrics.objects_accepted += accepted;
    metrics.objects_duplicate += duplicates;
    metrics.objects_held += held;
    metrics.objects_refused += refused;
  }
  return R"({"accepted":)" + std::to_string(accepted) + R"(,"duplicates":)" + std::to_string(duplicates) +
         R"(,"held":[)" + lists.held + R"(],"refused":[)" + lists.refused + R"(],"receipts":[)" +
         lists.receipts + R"(],"warnings":[)" + lists.warnings + R"(],"unscreened":)" +
         (screened ? "false" : "true") + R"(,"dry_run":)" + (dry_run ? "true" : "false") + receivers + '}';
}

}  // namespace

void share(SharedCall call) {
  auto options = share_options(*call);
  if (!options) {
    call->refuse(options.error());
    return;
  }
  std::string_view body = call->request.body;
  auto records = take_records(body);
  if (!records) {
    call->refuse(records.error());
    return;
  }
  thread_local stix::Parser parser;
  auto objects = parser.parse_submission(body);
  if (!objects) {
    call->refuse(objects.error());
    return;
  }
  if (!records->empty() && records->size() != objects->size()) {
    call->refuse(Error{Errc::invalid_input, "'records' has " + std::to_string(records->size()) +
                                                " digests for " + std::to_string(objects->size()) +
                                                " objects"});
    return;
  }
  circle::ShareRequest request;
  request.principal = call->principal;
  request.circle = call->sight->circle()->id;
  request.objects = *std::move(objects);
  request.records = *std::move(records);
  request.bytes = call->request.body.size();
  request.options = *std::move(options);
  request.brakes = call->services.brakes.pin();
  auto warnings = duplicate_warnings(*call, request.objects);
  const auto& rules = call->sight->circle()->current_rules();
  request.kept_from_government =
      call->services.screening.apply(rules, *call->principal.member, request.objects);
  const bool screened = rules.screening;
  const bool dry_run = request.options.dry_run;
  const bool tell_receivers = request.options.tell_receivers;
  request.done = [call, dry_run, tell_receivers, screened,
                  warnings = std::move(warnings)](Result<std::vector<circle::Verdict>> verdicts) {
    if (!verdicts) {
      call->refuse(verdicts.error());
      return;
    }
    for (auto& verdict : *verdicts)
      if (const auto at = warnings.find(verdict.id); at != warnings.end())
        verdict.warnings.push_back(at->second);
    auto& metrics = call->services.metrics;
    metrics.share_to_durable.record(std::chrono::duration_cast<std::chrono::microseconds>(
        call->services.clock.steady_now() - call->request.received));
    call->answer(200, verdicts_json(*verdicts, call->sight->circle()->uuid, screened, dry_run,
                                    tell_receivers ? receivers_json(*verdicts, *call) : "", metrics));
  };
  call->request.body.clear();
  if (!call->services.sequencer.submit(circle::share_command(std::move(request))))
    call->refuse(Error{Errc::overloaded, "too many submissions wait; try again in a second"});
}

void withdraw(SharedCall call) {
  auto body = json::parse_object(call->request.body);
  if (!body) {
    call->refuse(body.error());
    return;
  }
  auto id = json::text(*body, "id");
  if (!id) {
    call->refuse(id.error());
    return;
  }
  auto why = why_in(*body);
  if (!why) {
    call->refuse(why.error());
    return;
  }
  circle::WithdrawRequest request;
  request.principal = call->principal;
  request.circle = call->sight->circle()->id;
  request.id = *id;
  request.why = *std::move(why);
  request.done = [call, id = *id](Result<log::Appended> appended) {
    if (!appended) {
      call->refuse(appended.error());
      return;
    }
    ++call->services.metrics.withdrawals;
    call->answer(200, R"({"id":)" + json_string(id) + R"(,"sequence":)" +
                          std::to_string(appended->sequence.value()) + R"(,"date_added":")" +
                          to_rfc3339(appended->date_added) + R"(","commitment":")" +
                          to_hex(appended->commitment) + R"("})");
  };
  if (!call->services.sequencer.submit(circle::withdraw_command(std::move(request))))
    call->refuse(Error{Errc::overloaded, "too many submissions wait; try again in a second"});
}

}  // namespace tocsin::api
