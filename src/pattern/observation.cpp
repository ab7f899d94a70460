#include "pattern/observation.hpp"

#include "pattern/limits.hpp"

namespace tocsin::pattern {
namespace {

Result<Timestamp> instant(const json::Object& object, std::string_view key) {
  const auto text = json::text(object, key);
  if (!text) return text.error();
  auto time = parse_rfc3339(*text);
  if (!time) return in_context(key, time.error());
  return time;
}

}  // namespace

Status ObservationReader::add(std::string_view text) {
  auto object = json::parse_object(text);
  if (!object) return object.error();
  return add(*std::move(object));
}

Status ObservationReader::add(json::Object object) {
  const auto type = json::text_or(object, "type");
  const auto id = json::text_or(object, "id");
  if (type == "bundle") {
    auto* members = object.if_contains("objects");
    if (members == nullptr) return {};
    if (!members->is_array()) return Error{Errc::invalid_input, id + ": objects must be a list"};
    for (auto& member : members->get_array()) {
      if (!member.is_object()) return Error{Errc::invalid_input, id + ": objects must hold objects"};
      TOCSIN_TRY(add(std::move(member.get_object())));
    }
    return {};
  }
  if (held_ >= limits_.objects_max)
    return over_limit("objects_max", "more than " + std::to_string(limits_.objects_max) + " objects");
  if (type == "observed-data") {
    if (auto added = add_observed_data(std::move(object)); !added)
      return id.empty() ? added.error() : in_context(id, added.error());
  } else if (!id.empty()) {
    ++held_;
    objects_.insert_or_assign(id, std::make_shared<json::Object>(std::move(object)));
  }
  return {};
}

Status ObservationReader::add_observed_data(json::Object object) {
  Observed observed;
  auto& observation = observed.observation;
  const auto first = instant(object, "first_observed");
  if (!first) return first.error();
  const auto last = instant(object, "last_observed");
  if (!last) return last.error();
  if (*last < *first) return Error{Errc::invalid_input, "last_observed lies before first_observed"};
  const auto count = json::number(object, "number_observed");
  if (!count) return count.error();
  if (*count < 1 || *count > 999'999'999)
    return Error{Errc::invalid_input, "number_observed must be a number from 1 to 999,999,999"};
  observation.id = json::text_or(object, "id");
  observation.first = *first;
  observation.last = *last;
  observation.count = *count;

  std::size_t objects = 1;
  if (object.contains("object_refs")) {
    auto refs = json::texts(object, "object_refs");
    if (!refs) return refs.error();
    observed.refs = *std::move(refs);
  } else if (auto* held = object.if_contains("objects"); held != nullptr) {
    if (!held->is_object()) return Error{Errc::invalid_input, "objects must be a dictionary"};
    for (auto& member : held->get_object()) {
      auto& value = member.value();
      if (!value.is_object()) return Error{Errc::invalid_input, "objects must hold objects"};
      observation.add(std::string{member.key()},
                      std::make_shared<json::Object>(std::move(value.get_object())));
      ++objects;
    }
  } else {
    return Error{Errc::invalid_input, "has neither object_refs nor objects"};
  }

  observed.modified = json::text_or(object, "modified");
  held_ += objects;
  if (!observation.id.empty()) {
    const auto [place, is_new] = by_id_.try_emplace(observation.id, observed_.size());
    if (!is_new) {
      auto& known = observed_[place->second];
      if (known.modified <= observed.modified) known = std::move(observed);
      return {};
    }
  }
  observed_.push_back(std::move(observed));
  return {};
}

std::vector<Observation> ObservationReader::take() {
  std::vector<Observation> all;
  all.reserve(observed_.size());
  for (auto& [observation, modified, refs] : observed_) {
    for (auto& ref : refs)
      if (const auto found = objects_.find(ref); found != objects_.end())
        observation.add(std::move(ref), found->second);
    all.push_back(std::move(observation));
  }
  *this = ObservationReader{limits_};
  return all;
}

}  // namespace tocsin::pattern
