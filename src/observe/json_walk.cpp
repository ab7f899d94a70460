#include "observe/json_walk.hpp"

#include <simdjson.h>

#include <string>

#include "observe/foresight.hpp"
#include "observe/plain_walk.hpp"

namespace tocsin::observe {
namespace {

constexpr int depth_max = 16;
constexpr std::size_t general_lines_max = 16;
constexpr std::size_t first_capacity_bytes = 64 << 10;
static_assert(padding_bytes >= simdjson::SIMDJSON_PADDING && padding_bytes >= Fields::padding_bytes &&
              padding_bytes >= Foresight::name_bytes);

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Steps over the places that simdjson's first stage found in a line: brackets, colons, commas, and the first
/// byte of every string, number and word. On-Demand would do the same at twice the cost: it carries a cursor
/// through each field that we do not read.
struct Walk {
  const char* text;
  const std::uint32_t* at;   // the place looked at
  const std::uint32_t* end;  // behind the last
  const Fields& fields;
  Foresight& names;
  JsonWalker::Sink& sink;
  simdjson::internal::dom_parser_implementation& parser;
  std::string& unescaped;
  const bool escapes;  // a backslash stands somewhere in the line
  const char* why = nullptr;

  bool fail(const char* reason) {
    why = reason;
    return false;
  }
  char here() const { return at < end ? text[*at] : '\0'; }
  /// What stands from `at` to the place behind it, without the white space between.
  std::string_view token() const {
    const char* const begin = text + *at;
    const char* stop = text + at[1];
    if (stop[-1] <= ' ')  // seldom: programs write no white space
      while (stop > begin && is_space(stop[-1])) --stop;
    return {begin, static_cast<std::size_t>(stop - begin)};
  }

  bool object(Fields::NodeId parent, int depth) {
    ++at;  // the brace
    if (here() == '}') return ++at, true;
    for (;;) {
      // A name, a colon, the value, and what closes it.
      if (end - at < 4 || text[at[0]] != '"' || text[at[1]] != ':') return fail("a name is missing");
      Fields::NodeId field = Fields::unknown;
      if (const auto* known = names.foreseen(parent, text + at[0] + 1)) {
        field = known->field;
      } else {
        const auto quoted = token();
        if (quoted.size() < 2 || quoted.back() != '"') return fail("a name is not closed");
        field = names.learn(parent, quoted.substr(1, quoted.size() - 2));
      }
      at += 2;
      if (!(field == Fields::unknown ? skip() : value(field, depth))) return false;
      const char next = here();
      ++at;
      if (next == '}') return true;
      if (next != ',') return fail("a comma is missing");
    }
  }

  bool array(Fields::NodeId field, int depth) {
    ++at;  // the bracket
    if (here() == ']') return ++at, true;
    for (;;) {
      if (!value(field, depth)) return false;
      const char next = here();
      ++at;
      if (next == ']') return true;
      if (next != ',') return fail("a comma is missing");
    }
  }

  bool value(Fields::NodeId field, int depth) {
    const char first = here();
    if (first == '"') {
      const auto quoted = token();
      ++at;
      return string(quoted, field);
    }
    if (first == '[') return depth < depth_max ? array(field, depth + 1) : skip();
    if (first == '{') {
      const auto& node = fields.node(field);
      if (!node.inner || depth == depth_max) return skip();
      if (node.rows != 0) sink.value(field, {});
      return object(field, depth + 1);
    }
    if (first != '-' && (first < '0' || first > '9')) return skip();  // true, false, null
    const auto number = token();
    ++at;
    sink.value(field, number);
    return true;
  }

  bool string(std::string_view quoted, Fields::NodeId field) {
    if (quoted.size() < 2 || quoted.back() != '"') return fail("a string is not closed");
    const auto inside = quoted.substr(1, quoted.size() - 2);
    if (!escapes || inside.find('\\') == std::string_view::npos) {
      sink.value(field, inside);
      return true;
    }
    // Unescaping shortens; simdjson writes in steps that may reach behind the end.
    if (unescaped.size() < inside.size() + padding_bytes) unescaped.resize(inside.size() + padding_bytes);
    auto* const out = reinterpret_cast<std::uint8_t*>(unescaped.data());
    const auto* const stop = parser.parse_string(reinterpret_cast<const std::uint8_t*>(inside.data()), out);
    if (stop == nullptr) return fail("a string holds a bad escape");
    sink.value(field, sink.keep(std::string_view{unescaped}.substr(0, static_cast<std::size_t>(stop - out))));
    return true;
  }

  /// Steps over one value of any kind.
  bool skip() {
    const char first = here();
    if (first == '"' || (first >= '0' && first <= '9')) return ++at, true;  // most values
    int open = 0;
    do {
      switch (here()) {
        case '\0':
          if (at >= end) return fail("the line ends within a value");
          return fail("a value is missing");
        case '{':
        case '[':
          ++open;
          break;
        case '}':
        case ']':
          if (--open < 0) return fail("a value is missing");
          break;
        case ',':
        case ':':
          if (open == 0) return fail("a value is missing");
          break;
        default:
          break;
      }
      ++at;
    } while (open > 0);
    return true;
  }
};

}  // namespace

struct JsonWalker::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::string unescaped;
  Foresight names;
  PlainWalk plain;
  std::size_t general_lines = 0;  // in a row
};

JsonWalker::JsonWalker() : state_{std::make_unique<State>()} {}
JsonWalker::~JsonWalker() = default;

const char* JsonWalker::walk(std::string_view line, const Fields& fields, Fields::NodeId from, Sink& sink) {
  // A stream of lines that are not plain is asked now and then whether it still is.
  auto& in_a_row = state_->general_lines;
  if (in_a_row < general_lines_max || in_a_row % general_lines_max == 0) {
    state_->names.begin(fields);
    if (state_->plain.walk(line, from, state_->names)) {
      in_a_row = 0;
      for (const auto& [field, text] : state_->plain.values()) sink.value(field, text);
      return nullptr;
    }
  }
  ++in_a_row;
  return walk_any(line, fields, from, sink);
}

const char* JsonWalker::walk_any(std::string_view line, const Fields& fields, Fields::NodeId from,
                                 Sink& sink) {
  auto& parser = state_->parser;
  if (parser == nullptr && simdjson::get_active_implementation()->create_dom_parser_implementation(
                               first_capacity_bytes, 1, parser) != simdjson::SUCCESS)
    return "no memory to parse";
  if (parser->capacity() < line.size() && parser->set_capacity(line.size()) != simdjson::SUCCESS)
    return "no memory to parse";
  const auto error = parser->stage1(reinterpret_cast<const std::uint8_t*>(line.data()), line.size(),
                                    simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) return simdjson::error_message(error);

  // simdjson puts the line's end behind the last place, so that a token's end can always be looked up.
  const auto* const places = parser->structural_indexes.get();
  const bool escapes = line.find('\\') != std::string_view::npos;
  state_->names.begin(fields);
  Walk walk{
      line.data(),       places, places + parser->n_structural_indexes, fields, state_->names, sink, *parser,
      state_->unescaped, escapes};
  if (walk.here() != '{') return "not a JSON object";
  if (!walk.object(from, 0)) return walk.why;
  return walk.at == walk.end ? nullptr : "something stands behind the object";
}

}  // namespace tocsin::observe
