#include "observe/json_walk.hpp"

#include <simdjson.h>

namespace tocsin::observe {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int depth_max = 16;
static_assert(padding_bytes >= simdjson::SIMDJSON_PADDING && padding_bytes >= Fields::padding_bytes);

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// The name that stands before a value: found backwards from the value, so that it need not be copied.
std::string_view key_before(const char* start, const char* value) {
  const char* end = value - 1;
  while (end > start && is_space(*end)) --end;
  if (*end == ':') --end;
  while (end > start && is_space(*end)) --end;
  return {start, static_cast<std::size_t>(end - start)};  // `end` is at the closing quote
}

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token;
}

struct Walk {
  const Fields& fields;
  JsonWalker::Sink& sink;
  simdjson::error_code error = simdjson::SUCCESS;

  bool ok(simdjson::error_code code) {
    error = code;
    return code == simdjson::SUCCESS;
  }

  bool object(ondemand::object members, Fields::NodeId at, int depth) {
    for (auto member : members) {
      ondemand::field field;
      if (!ok(std::move(member).get(field))) return false;
      auto value = field.value();
      const auto token = value.raw_json_token();
      const auto name = key_before(field.key().raw(), token.data());
      const auto child = fields.find(at, name);
      if (child != Fields::unknown && !take(value, token, child, depth)) return false;
    }
    return true;
  }

  bool take(ondemand::value& value, std::string_view token, Fields::NodeId field, int depth) {
    switch (token.front()) {
      case '"':
        return string(value, token, field);
      case '{': {
        const auto& node = fields.node(field);
        if (!node.inner || depth == depth_max) return true;
        if (node.rows != 0) sink.value(field, {});
        ondemand::object inner;
        return ok(value.get_object().get(inner)) && object(inner, field, depth + 1);
      }
      case '[': {
        ondemand::array elements;
        if (depth == depth_max || !ok(value.get_array().get(elements))) return depth == depth_max;
        for (auto each : elements) {
          ondemand::value element;
          if (!ok(std::move(each).get(element)) || !take(element, element.raw_json_token(), field, depth + 1))
            return false;
        }
        return true;
      }
      case 'n':
      case 't':
      case 'f':
        return true;
      default:
        sink.value(field, trimmed(token));
        return true;
    }
  }

  bool string(ondemand::value& value, std::string_view token, Fields::NodeId field) {
    token = trimmed(token);
    if (token.size() < 2 || token.back() != '"') return ok(simdjson::STRING_ERROR);
    const auto inside = token.substr(1, token.size() - 2);
    if (inside.find('\\') == std::string_view::npos) {
      sink.value(field, inside);
      return true;
    }
    std::string_view unescaped;
    if (!ok(value.get_string().get(unescaped))) return false;
    sink.value(field, sink.keep(unescaped));
    return true;
  }
};

}  // namespace

struct JsonWalker::State {
  ondemand::parser parser;
};

JsonWalker::JsonWalker() : state_{std::make_unique<State>()} {}
JsonWalker::~JsonWalker() = default;

const char* JsonWalker::walk(std::string_view line, const Fields& fields, Fields::NodeId from, Sink& sink) {
  Walk walk{fields, sink};
  ondemand::document document;
  ondemand::object members;
  const simdjson::padded_string_view padded{line.data(), line.size(), line.size() + padding_bytes};
  if (walk.ok(state_->parser.iterate(padded).get(document)) && walk.ok(document.get_object().get(members)) &&
      walk.object(members, from, 0))
    return nullptr;
  return simdjson::error_message(walk.error);
}

}  // namespace tocsin::observe
