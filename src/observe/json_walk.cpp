#include "observe/json_walk.hpp"

#include <simdjson.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace tocsin::observe {
namespace {

constexpr int depth_max = 16;
constexpr std::size_t first_capacity_bytes = 64 << 10;
static_assert(padding_bytes >= simdjson::SIMDJSON_PADDING && padding_bytes >= Fields::padding_bytes);

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Writers name the fields of a record in the same order again and again. What followed a name last time is
/// most likely what follows it now: comparing with that is cheaper than a look-up.
class Foresight {
 public:
  /// A record of a format begins.
  void begin(const Fields& fields) {
    if (fields_ != &fields) {
      fields_ = &fields;
      steps_.assign(1, Step{});
    }
    last_ = 0;
  }
  /// The field whose name begins behind an opening quote, when it is one that was foreseen.
  const Fields::NodeId* foreseen(Fields::NodeId parent, const char* name) {
    for (const auto next : steps_[last_].next) {
      const auto& step = steps_[next];
      if (step.parent != parent || !step.stands_at(name)) continue;
      last_ = next;
      return &step.child;
    }
    return nullptr;
  }
  /// The same by look-up, to be foreseen from now on.
  Fields::NodeId learn(Fields::NodeId parent, std::string_view name) {
    const auto child = fields_->find(parent, name);
    if (name.size() >= name_bytes) return child;
    std::size_t at = 1;
    while (at < steps_.size() && !(steps_[at].parent == parent && steps_[at].stands_at(name.data()))) ++at;
    if (at == steps_max) return child;
    if (at == steps_.size()) steps_.emplace_back(parent, child, name);
    auto& next = steps_[last_].next;
    next = {static_cast<std::uint16_t>(at), next[0]};
    last_ = at;
    return child;
  }

 private:
  static constexpr std::size_t name_bytes = 32;  // with the closing quote
  static constexpr std::size_t steps_max = 1024;
  using Bytes = std::array<std::uint64_t, name_bytes / 8>;

  struct Step {
    Step() = default;
    Step(Fields::NodeId above, Fields::NodeId field, std::string_view name) : parent{above}, child{field} {
      std::memcpy(bytes.data(), name.data(), name.size() + 1);
      std::memset(mask.data(), 0xff, name.size() + 1);
    }
    /// Compares the name and its closing quote. Reads `name_bytes`: see padding_bytes.
    bool stands_at(const char* name) const {
      Bytes there;
      std::memcpy(there.data(), name, name_bytes);
      std::uint64_t differ = 0;
      for (std::size_t i = 0; i < there.size(); ++i) differ |= (there[i] ^ bytes[i]) & mask[i];
      return differ == 0;
    }
    Bytes bytes{};
    Bytes mask{};
    Fields::NodeId parent = no_parent;
    Fields::NodeId child = Fields::unknown;
    std::array<std::uint16_t, 2> next{};  // 0: none, the step before a record's first name
  };
  static constexpr Fields::NodeId no_parent = 0xffff;

  const Fields* fields_ = nullptr;
  std::vector<Step> steps_{1};
  std::size_t last_ = 0;
};

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
        field = *known;
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
};

JsonWalker::JsonWalker() : state_{std::make_unique<State>()} {}
JsonWalker::~JsonWalker() = default;

const char* JsonWalker::walk(std::string_view line, const Fields& fields, Fields::NodeId from, Sink& sink) {
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
