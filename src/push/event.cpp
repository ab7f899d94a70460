#include "push/event.hpp"

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::push {
namespace {

void append_content(std::string& out, const log::Entry& entry) {
  switch (entry.kind) {
    case log::Kind::object:
    case log::Kind::sighting:
      out += R"(,"object":)" + entry.bytes;
      return;
    case log::Kind::withdrawal: {
      if (auto document = json::parse_object(entry.bytes)) {
        out += R"(,"withdrawn":)" + json_string(json::text_or(*document, "id"));
        out += R"(,"why":)" + json_string(json::text_or(*document, "why"));
      }
      break;
    }
    case log::Kind::erasure: {
      if (auto document = json::parse_object(entry.bytes))
        out += R"(,"erased":)" + std::to_string(json::number_or(*document, "sequence"));
      break;
    }
    default:
      break;
  }
  out += R"(,"content":)" + entry.bytes;
}

}  // namespace

std::string_view event_name(log::Kind kind) {
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
    case log::Kind::message:
      return "message";
    case log::Kind::held:
    case log::Kind::hub:
      return {};
  }
  return {};
}

std::string entry_json(const log::Entry& entry, std::string_view circle_uuid) {
  std::string out;
  out.reserve(entry.bytes.size() + entry.attributes.size() + 512);
  out += R"({"circle":")";
  out += circle_uuid;
  out += R"(","sequence":)" + std::to_string(entry.sequence.value());
  out += R"(,"date_added":")" + to_rfc3339(entry.date_added);
  out += R"(","kind":")";
  out += entry.kind == log::Kind::held ? "held" : event_name(entry.kind);
  out += R"(","commitment":")" + to_hex(entry.commitment);
  out += R"(","previous":")" + to_hex(entry.previous);
  out += R"(","salt":")" + to_hex(entry.salt);
  out += R"(","author_commitment":")" + to_hex(log::author_commitment(entry.author_salt, entry.author));
  out += R"(","attributes":)" + (entry.attributes.empty() ? "{}" : entry.attributes);
  append_content(out, entry);
  out += '}';
  return out;
}

std::string event_text(Sequence sequence, std::string_view name, std::string_view data) {
  std::string out;
  out.reserve(data.size() + name.size() + 48);
  if (sequence.value() != 0) out += "id: " + std::to_string(sequence.value()) + '\n';
  out += "event: ";
  out += name;
  out += "\ndata: ";
  out += data;
  out += "\n\n";
  return out;
}

}  // namespace tocsin::push
