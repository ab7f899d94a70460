#include "sensor/explain.hpp"

#include <deque>
#include <set>

#include "base/text.hpp"
#include "match/graph.hpp"
#include "match/pattern.hpp"
#include "match/rule.hpp"
#include "match/scanner.hpp"
#include "observe/fields.hpp"
#include "pattern/matcher.hpp"

namespace tocsin::sensor {
namespace {

using stix::ComparisonExpression;
using stix::ObservationExpression;
using Lines = std::vector<std::uint64_t>;

struct Record {
  std::uint64_t line = 0;
  std::string format;
  std::vector<const observe::Row*> rows;  // of the values
  stix::Observation values;
  pattern::Observation graph;
};

Result<std::deque<Record>> read(std::string_view lines, observe::Format format, Timestamp now,
                                const std::shared_ptr<const observe::Formats>& formats) {
  std::deque<Record> out;  // values point into their observation, so none moves
  observe::Reader reader{format, {}, formats};
  reader.trace();
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    auto& record = out.emplace_back();
    const auto read = reader.read(lines.substr(at, end - at), record.values);
    if (!read) return read.error();
    record.line = reader.totals().lines;
    record.format = reader.format_name();
    record.rows = reader.rows();
    at = end + 1;
    if (*read == observe::Line::other)
      out.pop_back();
    else
      record.graph = match::graph_of(record.values, now);
  }
  if (out.empty()) return Error{Errc::invalid_input, "there is no record in what was given"};
  return out;
}

json::Array to_json(const Lines& lines) {
  json::Array out;
  for (const auto line : lines) out.push_back(line);
  return out;
}

json::Object to_json(const Record& record) {
  json::Array values;
  for (std::size_t i = 0; i < record.values.values().size(); ++i) {
    const auto& value = record.values.values()[i];
    json::Object one{
        {"object", value.object}, {"path", stix::name(value.path)}, {"value", printable(value.text)}};
    if (i < record.rows.size() && record.rows[i] != nullptr) {
      one["field"] = record.rows[i]->field;
      one["read_as"] = observe::name(record.rows[i]->as);
    }
    values.push_back(std::move(one));
  }
  json::Object out{{"line", record.line}, {"format", record.format}};
  if (record.values.time() != Timestamp{}) out["time"] = to_rfc3339(record.values.time());
  out["values"] = std::move(values);
  return out;
}

/// Records that fulfil what stands inside one [ ] by themselves.
Result<Lines> fulfilled_by(const ComparisonExpression& inside, const std::deque<Record>& records) {
  ObservationExpression alone;
  alone.comparison = inside;
  const auto plan = pattern::compile(match::for_records(std::move(alone)), match::rule_limits);
  if (!plan) return plan.error();
  Lines out;
  for (const auto& record : records) {
    const auto found = pattern::match(*plan, {&record.graph, 1});
    if (!found) return found.error();
    if (*found) out.push_back(record.line);
  }
  return out;
}

/// What the records say on the path, each once.
json::Array told(const stix::ObjectPath& path, const std::deque<Record>& records) {
  std::set<std::string_view> seen;
  if (const auto known = stix::path_of(stix::print(path)))
    for (const auto& record : records)
      for (const auto& value : record.values.values())
        if (value.path == *known) seen.insert(value.text);
  json::Array out;
  for (const auto text : seen) out.push_back(json::Value(printable(text)));
  return out;
}

class Explainer {
 public:
  explicit Explainer(const std::deque<Record>& records) : records_{records} {}

  Status run(const ObservationExpression& expression) {
    for (const auto& part : expression.parts) TOCSIN_TRY(run(part));
    if (expression.kind != ObservationExpression::Kind::single) return {};
    ObservationExpression bare;
    bare.comparison = expression.comparison;
    const auto text = stix::print(bare);
    const auto lines = fulfilled_by(expression.comparison, records_);
    if (!lines) return lines.error();
    json::Array comparisons;
    std::string missing;
    TOCSIN_TRY(compare(expression.comparison, comparisons, missing));
    if (lines->empty() && why_.empty())
      why_ = "no record fulfils " + text + ": " +
             (missing.empty() ? "its comparisons hold, but not together on one object" : missing);
    observations_.push_back(json::Object{
        {"observation", text}, {"records", to_json(*lines)}, {"comparisons", std::move(comparisons)}});
    return {};
  }
  json::Array observations() { return std::move(observations_); }
  const std::string& why() const { return why_; }

 private:
  Status compare(const ComparisonExpression& inside, json::Array& out, std::string& missing) {
    for (const auto& part : inside.parts) TOCSIN_TRY(compare(part, out, missing));
    if (inside.kind != ComparisonExpression::Kind::test) return {};
    const auto lines = fulfilled_by(inside, records_);
    if (!lines) return lines.error();
    auto values = told(inside.test.path, records_);
    const auto text = stix::print(inside.test);
    if (lines->empty() && missing.empty())
      missing = text + " does not hold; " +
                (values.empty() ? "no record tells " + stix::print(inside.test.path)
                                : "the log tells " + json::dump(values));
    out.push_back(
        json::Object{{"comparison", text}, {"records", to_json(*lines)}, {"told", std::move(values)}});
    return {};
  }

  const std::deque<Record>& records_;
  json::Array observations_;
  std::string why_;
};

std::string how(const match::Indicator& indicator) {
  if (!indicator.rule) return "by tables of exact values";
  const auto& triggers = indicator.rule->triggers;
  std::set<std::string> woken;
  for (const auto& atom : triggers.exact) woken.insert("a value of " + std::string{stix::name(atom.path)});
  for (const auto& text : triggers.texts)
    woken.insert("the search for expressions in " + std::string{stix::name(text.path)});
  for (std::size_t path = 0; path < triggers.present.size(); ++path)
    if (triggers.present[path])
      woken.insert("whatever stands at " + std::string{stix::name(static_cast<stix::Path>(path))});
  std::string out = "evaluated, woken by ";
  for (const auto& one : woken) out += (one == *woken.begin() ? "" : ", ") + one;
  return out;
}

/// What a sensor does: the lines that a match names; none without one.
Result<Lines> matched(const match::Indicator& indicator, const std::deque<Record>& records, Timestamp now) {
  match::IndicatorSet set;
  TOCSIN_TRY(set.add(indicator));
  constexpr std::chrono::microseconds any_order{INT64_MAX / 4};
  const Record* current = nullptr;
  match::Scanner scanner{set, [&](std::size_t) { return std::to_string(current->line); }, any_order};
  match::Hits hits;
  for (const auto& record : records) {
    current = &record;
    scanner.scan(record.values, now, hits);
    if (hits.hits.empty()) continue;
    Lines out;
    for (const auto& name : hits.hits.front().sources.front().records) out.push_back(std::stoull(name));
    if (out.empty()) out.push_back(record.line);
    return out;
  }
  return Lines{};
}

}  // namespace

Result<json::Object> explain(std::string_view pattern, std::string_view lines, observe::Format format,
                             Timestamp now, std::shared_ptr<const observe::Formats> formats) {
  const auto tree = stix::parse_pattern(pattern);
  if (!tree) return tree.error();
  stix::Object object;
  object.id = "indicator--explained";
  object.type = "indicator";
  object.pattern_type = "stix";
  object.pattern = pattern;
  const auto indicator = match::indicator_of(object, CircleId{}, Sequence{1});
  if (!indicator) return indicator.error();
  const auto records = read(lines, format, now, formats);
  if (!records) return records.error();

  Explainer explainer{*records};
  TOCSIN_TRY(explainer.run(*tree));
  const auto found = matched(*indicator, *records, now);
  if (!found) return found.error();
  std::string why;
  if (!found->empty()) {
    why = found->size() == 1 ? "fulfilled by line" : "fulfilled by lines";
    for (const auto line : *found) why += ' ' + std::to_string(line);
  } else {
    why = explainer.why().empty()
              ? "each [ ] is fulfilled, but not by different records in the number, order "
                "and time that the pattern asks for"
              : explainer.why();
  }
  json::Array told_by;
  for (const auto& record : *records) told_by.push_back(to_json(record));
  return json::Object{{"match", !found->empty()},
                      {"why", why},
                      {"how", how(*indicator)},
                      {"records", std::move(told_by)},
                      {"observations", explainer.observations()}};
}

}  // namespace tocsin::sensor
