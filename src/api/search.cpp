#include "api/handlers.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "push/event.hpp"
#include "serve/reading.hpp"
#include "stix/value_kind.hpp"

namespace tocsin::api {
namespace {

/// A text without clear form may be a file name, a mutex, a registry key or any other name.
std::vector<stix::Value> candidates(std::string_view typed) {
  std::vector<stix::Value> out{stix::recognise_value(typed)};
  using enum stix::ValueKind;
  const auto first = out.front().kind;
  const auto also = [&](std::initializer_list<stix::ValueKind> kinds) {
    for (const auto kind : kinds) out.push_back({kind, stix::canonical_value(kind, typed)});
  };
  if (first == file_name || first == other || first == domain)
    also({file_name, mutex, registry_key, ja4, other});
  if (first == md5) also({ja3});
  return out;
}

Result<std::string> hits_json(Call& call, std::string_view typed) {
  std::string list;
  std::string first_kind;
  for (const auto& circle : call.services.directory.circles()) {
    circle::Sight sight{call.services.directory, call.services.classes, call.services.clock, call.principal,
                        circle->id};
    if (!sight.inside()) continue;
    const auto head = call.services.log.head(circle->id).sequence;
    // What was searched is the searcher's business: the circle sees its hash.
    TOCSIN_TRY(admit_read(call, circle->id, "search", "value=" + to_hex(sha256(typed)).substr(0, 16),
                          Sequence{1}, head));
    std::set<Sequence> found;
    for (const auto& value : candidates(typed)) {
      auto sequences = call.services.views.with_value(circle->id, value, Sequence{}, list_most);
      if (!sequences) return std::move(sequences).error();
      found.insert(sequences->begin(), sequences->end());
    }
    for (const auto sequence : found) {
      auto row = call.services.log.row(circle->id, sequence);
      if (!row || row->superseded || row->withdrawn) continue;
      auto entry = visible_entry(call.services, sight, sequence);
      if (!entry) return std::move(entry).error();
      if (!*entry) continue;
      if (!list.empty()) list += ',';
      list += R"({"circle":)" + json_string(circle->name) + R"(,"entry":)" +
              push::entry_json(**entry, circle->uuid) + '}';
    }
  }
  const auto value = stix::recognise_value(typed);
  return R"({"value":)" + json_string(value.text) + R"(,"kind":")" + std::string{stix::name(value.kind)} +
         R"(","hits":[)" + list + "]}";
}

}  // namespace

void search(SharedCall call) {
  if (!call->principal.has(policy::Scope::read)) {
    call->refuse(Error{Errc::denied, "this token has not the scope 'read'"});
    return;
  }
  const auto typed = call->request.parameter("value");
  if (!typed || trim(*typed).empty() || typed->size() > 4096) {
    call->refuse(Error{Errc::invalid_input, "'value' is missing, or longer than 4096 bytes"});
    return;
  }
  when_current(std::move(call), [](SharedCall current) {
    const std::string value{trim(*current->request.parameter("value"))};
    current->answer_or_refuse(200, hits_json(*current, value));
  });
}

}  // namespace tocsin::api
