#include "event_line.hpp"

#include "base/json.hpp"
#include "push/follow.hpp"

namespace tocsin::cli {
namespace {

/// What tells a person most about an object, shortest first choice.
std::string title_of(const json::Object& object) {
  for (const auto* key : {"name", "pattern", "value", "relationship_type", "abstract"})
    if (auto text = json::text_or(object, key); !text.empty()) return text;
  return {};
}

std::string kind_name(log::Kind kind) {
  switch (kind) {
    case log::Kind::object:
      return "object";
    case log::Kind::withdrawal:
      return "withdrawal";
    case log::Kind::sighting:
      return "sighting";
    case log::Kind::decision:
      return "decision";
    case log::Kind::erasure:
      return "erasure";
    case log::Kind::transfer:
      return "transfer";
    case log::Kind::rules:
      return "rules";
    case log::Kind::membership:
      return "membership";
    default:
      return "message";
  }
}

}  // namespace

std::string event_line(const push::Event& event) {
  std::string line = std::to_string(event.sequence.value()) + "  " + to_rfc3339(event.date_added) + "  " +
                     kind_name(event.kind);
  const auto add = [&line](const std::string& text) {
    if (!text.empty()) line += "  " + text;
  };
  if (event.kind == log::Kind::withdrawal) {
    add(std::string{event.withdrawn});
    add(std::string{event.why});
    return line;
  }
  if (event.kind == log::Kind::erasure) {
    add("entry " + std::to_string(event.erased->value()));
    return line;
  }
  const auto object = json::parse_object(event.content);
  if (!object) return line;
  if (event.kind != log::Kind::object && event.kind != log::Kind::sighting) {
    add(std::string{event.content});
    return line;
  }
  add(json::text_or(*object, "id"));
  if (const auto attributes = push::read_attributes(event.attributes)) {
    add(attributes->tlp.empty() ? "" : "TLP:" + attributes->tlp);
    add(attributes->author_name.empty() ? "" : "by " + attributes->author_name);
    add(attributes->authorship);
    add(attributes->sighting);
  }
  add(title_of(*object));
  return line;
}

}  // namespace tocsin::cli
