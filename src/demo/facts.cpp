#include "demo/facts.hpp"

#include "base/check.hpp"
#include "base/json.hpp"

namespace tocsin::demo {
namespace {

std::vector<Fact> read_facts() {
  const auto document = json::parse_object(sony_2014_json());
  TOCSIN_CHECK(document, "the facts that were built in are no JSON");
  std::vector<Fact> facts;
  for (const auto& item : document->at("facts").as_array()) {
    const auto& row = item.as_object();
    facts.push_back({json::text_or(row, "id"), json::text_or(row, "path"), json::text_or(row, "value"),
                     json::text_or(row, "use"), json::text_or(row, "name"), json::text_or(row, "detail"),
                     json::text_or(row, "named_by"),
                     static_cast<unsigned>(json::number_or(row, "confidence"))});
  }
  return facts;
}

/// STIX 2.1 §9.3: in a constant, ' and \ stand behind a \; in a path, a part with a '-' stands in quotes.
std::string pattern_of(const Fact& fact) {
  std::string path = fact.path;
  if (const auto at = path.find("SHA-"); at != std::string::npos)
    path = path.substr(0, at) + '\'' + path.substr(at) + '\'';
  std::string constant;
  for (const char c : fact.value) {
    if (c == '\'' || c == '\\') constant += '\\';
    constant += c;
  }
  return "[" + path + " = '" + constant + "']";
}

}  // namespace

const std::vector<Fact>& sony_2014() {
  static const auto facts = read_facts();
  return facts;
}

std::vector<Fact> facts_for(std::string_view use) {
  std::vector<Fact> chosen;
  for (const auto& fact : sony_2014())
    if (fact.use == use) chosen.push_back(fact);
  return chosen;
}

std::string indicator_json(const Fact& fact, Timestamp now) {
  const auto time = to_rfc3339(now);
  json::Object object{{"type", "indicator"},
                      {"spec_version", "2.1"},
                      {"id", fact.id},
                      {"created", time},
                      {"modified", time},
                      {"name", fact.name},
                      {"description", "Named by: " + fact.named_by},
                      {"indicator_types", json::Array{"malicious-activity"}},
                      {"confidence", fact.confidence},
                      {"pattern", pattern_of(fact)},
                      {"pattern_type", "stix"},
                      {"valid_from", time}};
  return json::dump(object);
}

std::string note_json(std::string_view id, std::string_view content, std::span<const std::string> about,
                      Timestamp now) {
  const auto time = to_rfc3339(now);
  json::Array references;
  for (const auto& reference : about) references.emplace_back(reference);
  json::Object object{{"type", "note"},
                      {"spec_version", "2.1"},
                      {"id", id},
                      {"created", time},
                      {"modified", time},
                      {"content", content},
                      {"object_refs", std::move(references)}};
  return json::dump(object);
}

}  // namespace tocsin::demo
