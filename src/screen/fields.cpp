#include "screen/fields.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace tocsin::screen {
namespace {

constexpr std::array<std::string_view, 11> action_names = {"pass",   "guard",    "scan",       "command",
                                                           "url",    "attacker", "generalise", "pseudonym",
                                                           "review", "drop",     "withhold"};
constexpr std::size_t path_bytes_max = 256, depth_max = 8;

auto place(const FieldNode& node, std::string_view name) {
  return std::lower_bound(node.below.begin(), node.below.end(), name,
                          [](const auto& pair, std::string_view wanted) { return pair.first < wanted; });
}

void collect(const FieldNode& node, const std::string& path, std::vector<std::string>& out) {
  if (node.action) out.push_back(path + ": " + std::string{name(*node.action)});
  for (const auto& [key, child] : node.below) collect(*child, path.empty() ? key : path + "." + key, out);
}

}  // namespace

std::string_view name(Action action) {
  return action_names[static_cast<std::size_t>(action)];
}

std::optional<Action> parse_action(std::string_view text) {
  const auto* const it = std::find(action_names.begin(), action_names.end(), text);
  if (it == action_names.end()) return std::nullopt;
  return static_cast<Action>(it - action_names.begin());
}

const FieldNode* FieldNode::exact(std::string_view wanted) const {
  const auto it = place(*this, wanted);
  return it == below.end() || it->first != wanted ? nullptr : it->second.get();
}

const FieldNode* FieldNode::find(std::string_view wanted) const {
  const auto* const node = exact(wanted);
  return node != nullptr ? node : exact("*");
}

Status add_row(FieldNode& root, std::string_view row) {
  const auto wrong = [&](std::string_view why) {
    return Error{Errc::invalid_input, "the row '" + std::string{row} + "' " + std::string{why}};
  };
  const auto colon = row.rfind(':');
  if (colon == std::string_view::npos) return wrong("is not of the form 'path: action'");
  const auto path = trim(row.substr(0, colon));
  const auto action = parse_action(trim(row.substr(colon + 1)));
  if (!action) return wrong("names no action that there is");
  if (path.empty() || path.size() > path_bytes_max) return wrong("names no path");
  const auto parts = split(path, '.');
  if (parts.size() > depth_max) return wrong("goes too deep");
  auto* node = &root;
  for (const auto part : parts) {
    if (part.empty()) return wrong("has an empty name in its path");
    auto it = node->below.begin() + (place(*node, part) - node->below.cbegin());
    if (it == node->below.end() || it->first != part)
      it = node->below.emplace(it, std::string{part}, std::make_unique<FieldNode>());
    node = it->second.get();
  }
  node->action = *action;
  return {};
}

std::unique_ptr<FieldNode> copy(const FieldNode& node) {
  auto out = std::make_unique<FieldNode>();
  out->action = node.action;
  for (const auto& [key, child] : node.below) out->below.emplace_back(key, copy(*child));
  return out;
}

std::vector<std::string> rows_of(const FieldNode& root) {
  std::vector<std::string> out;
  collect(root, {}, out);
  return out;
}

}  // namespace tocsin::screen
