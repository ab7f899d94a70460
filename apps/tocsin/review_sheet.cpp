#include "review_sheet.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "raw_json.hpp"

namespace tocsin::cli {
namespace {

constexpr std::string_view mark = "--- ";

json::Value value_in(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  return value == nullptr ? json::Value(nullptr) : *value;
}

/// The properties that findings of a record name.
std::set<std::string> found_in(const json::Object& record) {
  std::set<std::string> out;
  const auto* findings = record.if_contains("findings");
  if (findings == nullptr || !findings->is_array()) return out;
  for (const auto& finding : findings->get_array())
    if (const auto* one = finding.if_object()) {
      const auto path = json::text_or(*one, "path");
      out.insert(path.substr(0, path.find_first_of(".[")));
    }
  return out;
}

/// The member's value as the sheet has it, as JSON; empty when nothing stands there.
Result<std::string> value_of(const WaitingText& text, std::string_view written) {
  const auto trimmed = trim(written);
  if (trimmed.empty()) return std::string{};
  if (text.here.is_string() || text.leaves.is_string()) return json_string(trimmed);
  const auto value = json::parse(trimmed);
  if (!value) return in_context("the text under '--- " + text.property + "'", value.error());
  return json::dump(*value);
}

}  // namespace

std::vector<WaitingText> waiting_texts(const ReviewItem& item) {
  std::vector<WaitingText> out;
  const auto here = json::parse_object(item.object), reviewed = json::parse_object(item.reviewed);
  if (!here || !reviewed) return out;
  const auto left = json::parse_object(item.leaves.empty() ? "{}" : item.leaves);
  const auto found = found_in(item.record);
  for (const auto& [key, value] : *reviewed) {
    const std::string name{key};
    const bool waits = item.leaves.empty() ? found.contains(name) : !left || value_in(*left, name) != value;
    if (waits && name != "id") out.push_back({name, value_in(*here, name), value});
  }
  return out;
}

std::string sheet_of(const ReviewItem& item) {
  std::string out =
      "What stands below each heading leaves. Remove a heading, and its text stays at home.\n"
      "Take out names of people and whatever tells who was hit.\n\n";
  for (const auto& text : waiting_texts(item))
    out += std::string{mark} + text.property + "\n" +
           (text.leaves.is_string() ? std::string{json::view(text.leaves.get_string())}
                                    : json::dump(text.leaves)) +
           "\n\n";
  return out;
}

Result<std::string> with_sheet(const ReviewItem& item, std::string_view sheet) {
  const auto texts = waiting_texts(item);
  std::map<std::string, std::string> written;
  std::string* below = nullptr;
  for (const auto line : split(sheet, '\n')) {
    if (line.starts_with(mark)) {
      const std::string name{trim(line.substr(mark.size()))};
      const bool known =
          std::any_of(texts.begin(), texts.end(), [&](const auto& t) { return t.property == name; });
      if (known && written.contains(name))
        return Error{Errc::invalid_input, "the heading '--- " + name + "' stands twice"};
      if (known) {
        below = &written[name];
        continue;
      }
      if (below == nullptr) return Error{Errc::invalid_input, "'--- " + name + "' names no text that waits"};
    }
    if (below != nullptr) *below += std::string{line} + "\n";
  }
  if (written.empty())
    return Error{Errc::invalid_input, "no heading is left; `tocsin review reject` keeps all of it at home"};
  std::string out = item.reviewed;
  for (const auto& text : texts) {
    const auto it = written.find(text.property);
    auto value = it == written.end() ? Result<std::string>{std::string{}} : value_of(text, it->second);
    if (!value) return value.error();
    if (value->empty()) *value = member_value(item.leaves, text.property);
    out = without_member(out, text.property);
    if (value->empty()) continue;
    out.pop_back();
    out += "," + json_string(text.property) + ":" + *value + "}";
  }
  return out;
}

}  // namespace tocsin::cli
