#include "receivers.hpp"

#include <map>

#include "output.hpp"

namespace tocsin::cli {
namespace {

/// Why a member does not get some objects.
struct Reason {
  std::uint64_t objects = 0;
  std::string first_id;
};
using Reasons = std::map<std::string, std::map<std::string, Reason>>;  // by member, then by rule and why

Reasons reasons_in(const json::Object& circle) {
  Reasons reasons;
  const auto* left_out = circle.if_contains("left_out");
  if (left_out == nullptr || !left_out->is_array()) return reasons;
  for (const auto& item : left_out->get_array()) {
    const auto* one = item.if_object();
    if (one == nullptr) continue;
    auto& reason = reasons[cell(*one, "member")][cell(*one, "rule") + ": " + cell(*one, "why")];
    if (reason.objects++ == 0) reason.first_id = cell(*one, "id");
  }
  return reasons;
}

void show_circle(const json::Object& circle, std::uint64_t objects) {
  const auto reasons = reasons_in(circle);
  Table table{{"MEMBER OF " + cell(circle, "circle"), "KIND", "RECEIVES", "NOT, BECAUSE OF"}};
  const auto* receivers = circle.if_contains("receivers");
  if (receivers == nullptr || !receivers->is_array()) return;
  for (const auto& receiver : receivers->get_array()) {
    const auto* member = receiver.if_object();
    if (member == nullptr) continue;
    const auto name = cell(*member, "name"), role = cell(*member, "role");
    const auto kind = cell(*member, "kind") + (role == "-" || role == "none" ? "" : " (" + role + ")");
    const auto it = reasons.find(name);
    std::uint64_t missed = 0;
    if (it != reasons.end())
      for (const auto& [why, reason] : it->second) missed += reason.objects;
    auto count = std::to_string(objects - std::min(objects, missed)) + " of " + std::to_string(objects);
    if (it == reasons.end()) {
      table.add({name, kind, count, ""});
      continue;
    }
    bool first = true;
    for (const auto& [why, reason] : it->second) {
      const auto text = reason.first_id +
                        (reason.objects > 1 ? " and " + std::to_string(reason.objects - 1) + " more" : "") +
                        ": " + why;
      table.add({first ? name : "", first ? kind : "", first ? count : "", text});
      first = false;
    }
  }
  table.print();
  if (const auto more = json::number_or(circle, "left_out_more"); more != 0)
    say(std::to_string(more) + " more reasons are not shown");
}

}  // namespace

void show_receivers(const json::Array& circles, std::uint64_t objects) {
  for (const auto& circle : circles)
    if (const auto* one = circle.if_object()) show_circle(*one, objects);
}

}  // namespace tocsin::cli
