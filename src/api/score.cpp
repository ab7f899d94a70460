#include "api/handlers.hpp"
#include "base/json.hpp"
#include "circle/appraise.hpp"

namespace tocsin::api {
namespace {

constexpr std::size_t same_most = 100;

/// As sightings tell it: not whether one or two.
json::Value members_json(std::size_t members) {
  if (members > 0 && members < circle::members_shown_min) return "<3";
  return members;
}

json::Object weighed_json(const circle::Weighed& weighed) {
  return {{"value", weighed.value}, {"weight", weighed.weight}, {"members", members_json(weighed.members)}};
}

json::Object say_json(const circle::Appraisal& appraisal, bool sightings) {
  json::Object out;
  for (const auto& [says, members] : appraisal.members)
    if ((says >= circle::Says::seen) == sightings) out[circle::name(says)] = members_json(members);
  return out;
}

json::Value time_or_null(const std::optional<Timestamp>& time) {
  return time ? json::Value(to_rfc3339(*time)) : json::Value(nullptr);
}

}  // namespace

Result<std::string> score_json(Call& call, const log::Entry& newest, MemberId owner) {
  const auto& services = call.services;
  const auto circle = services.directory.circle(call.sight->circle()->id);
  stix::Parser parser;
  const auto parsed = parser.parse_object(newest.bytes);
  if (!parsed.object || circle == nullptr) return Error{Errc::corrupt, "the object cannot be read"};
  const auto appraisal = circle::appraise(services.views, services.log, *circle, *call.sight, *parsed.object,
                                          newest, owner, services.clock.now());
  if (!appraisal) return appraisal.error();
  const auto same = circle::same_as(services.views, services.log, *call.sight, *parsed.object, same_most);
  if (!same) return same.error();

  const auto& score = appraisal->score;
  json::Object source{{"value", score.source.value}, {"weight", score.source.weight}};
  source["confidence"] = appraisal->confidence ? json::Value(*appraisal->confidence) : json::Value(nullptr);
  source["reliability"] = std::string(1, appraisal->letter);
  auto opinions = weighed_json(score.opinions);
  opinions["say"] = say_json(*appraisal, false);
  auto sightings = weighed_json(score.sightings);
  sightings["say"] = say_json(*appraisal, true);
  sightings["last_seen"] = time_or_null(appraisal->last_seen);
  json::Object fades{{"freshness", score.freshness}};
  fades["half_life_days"] =
      appraisal->half_life_days ? json::Value(*appraisal->half_life_days) : json::Value(nullptr);
  const auto& ending = appraisal->ending;
  fades["ends"] = time_or_null(ending ? std::optional{ending->at} : std::nullopt);
  fades["reason"] = ending ? json::Value(ending->reason) : json::Value(nullptr);
  json::Array others;
  for (const auto& other : *same) others.push_back(json::Object{{"id", other.id}, {"by", other.by}});
  return R"("score":)" +
         json::dump(json::Object{{"score", score.score},
                                 {"source", std::move(source)},
                                 {"opinions", std::move(opinions)},
                                 {"sightings", std::move(sightings)},
                                 {"age", std::move(fades)}}) +
         R"(,"same":)" + json::dump(others);
}

}  // namespace tocsin::api
