#include "stix/object.hpp"

#include <simdjson.h>

#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "stix/check.hpp"
#include "stix/ids.hpp"
#include "stix/report.hpp"

namespace tocsin::stix {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

// A tree of the whole text takes a few times its size; what is larger is read object by object.
constexpr std::size_t whole_bytes_max = 16U << 20;
constexpr std::size_t bundle_problems_max = 1000;

/// Memory that simdjson may read past the end of the text. Grows only.
class PaddedBuffer {
 public:
  void assign(std::string_view text) {
    reserve(text.size());
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    std::memset(bytes_.get() + text.size(), 0, padding);
  }
  void reserve(std::size_t size) {
    if (bytes_ != nullptr && size <= size_) return;
    size_ = std::max(size, size_ * 2);
    bytes_ = std::make_unique_for_overwrite<char[]>(size_ + padding);
  }
  char* data() { return bytes_.get(); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

/// Broken inside one value whose ends are known; anything else leaves the whole text without a shape.
bool spoils_only_its_object(error_code error) {
  return error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR || error == simdjson::DEPTH_ERROR;
}

Parsed refused(std::string id, std::string_view rule, std::string_view section, std::string reason) {
  Parsed parsed;
  parsed.problems.push_back(
      {std::move(id), {}, std::string{rule}, std::string{section}, std::move(reason), Severity::error});
  return parsed;
}

Parsed refused(std::string id, error_code error, const Limits& limits) {
  switch (error) {
    case simdjson::NUMBER_ERROR:
      return refused(std::move(id), "bad-number", "RFC 7493 §2.2",
                     "holds a number that no 64-bit reader understands");
    case simdjson::STRING_ERROR:
      return refused(std::move(id), "bad-string", "RFC 7493 §2.1", "holds a text with a broken escape");
    case simdjson::DEPTH_ERROR:
      return refused(std::move(id), "too-deep", "limit",
                     "nested deeper than " + std::to_string(limits.depth_max) + " levels");
    case simdjson::UTF8_ERROR:
      return refused(std::move(id), "not-utf8", "RFC 7493 §2.1", "is not UTF-8");
    default:
      return refused(std::move(id), "not-json", "RFC 8259", simdjson::error_message(error));
  }
}

std::string_view without_bom(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

}  // namespace

struct Parser::State {
  State(Limits given, Level at) : limits{given}, level{at} {}

  Limits limits;
  Level level;
  PaddedBuffer body;       // the submission
  bool keeps = true;       // all objects; else only those of which there is something to say
  std::size_t passed = 0;  // those that were not kept
  std::vector<Problem> bundle_problems;
  std::string compacted;  // scratch of `compact`
  Parsed scratch;         // an object that is not kept
  Layout layout{};
  ondemand::parser splitter;
  simdjson::dom::parser reader;
  simdjson::dom::parser whole_reader;

  /// Parses text that lies in `body`, so that the bytes behind it may be read.
  error_code read(std::string_view json, simdjson::dom::element& element) {
    if (json.size() > reader.capacity()) {
      // One level more than allowed: `Shape` refuses that one with a path.
      const auto depth = limits.depth_max + 1;
      const auto capacity = std::max<std::size_t>(2 * json.size(), 4096);
      if (const auto error = reader.allocate(capacity, depth); error != SUCCESS) return error;
    }
    return reader.parse(json.data(), json.size(), false).get(element);
  }

  Parsed check(std::string_view json, const simdjson::dom::element& element, std::size_t index) {
    if (!element.is_object())
      return refused(fallback_id(index), "not-an-object", "STIX 2.1 §3", "is not a JSON object");
    Parsed parsed;
    check_object(element, index, limits, level, Keeps::object, layout, parsed);
    if (parsed.object) parsed.object->bytes = compact(json);
    return parsed;
  }

  /// The text that `reader` has just parsed, without white space outside strings.
  std::string compact(std::string_view json) {
    // The parser noted where each token begins. White space can only stand right before a token: what ends
    // before one is a bracket, a scalar, or the closing quote of a string.
    const auto* begins = reader.implementation->structural_indexes.get();
    const std::size_t count = reader.implementation->n_structural_indexes;
    const auto is_blank = [&](std::size_t at) {
      return json[at] == ' ' || json[at] == '\n' || json[at] == '\t' || json[at] == '\r';
    };
    compacted.clear();
    std::size_t run = 0;
    for (std::size_t i = 1; i < count; ++i) {
      std::size_t end = begins[i];
      if (!is_blank(end - 1)) continue;
      while (is_blank(end - 1)) --end;
      compacted.append(json, run, end - run);
      run = begins[i];
    }
    if (run == 0) return std::string{json};
    compacted.append(json, run);
    return compacted;
  }

  Parsed too_large(std::size_t index) const {
    return refused(fallback_id(index), "object-too-large", "limit",
                   "larger than " + std::to_string(limits.object_bytes_max) + " bytes");
  }

  /// One object inside `body`. Errors only those that leave the whole text without a shape.
  error_code add_object(std::string_view json, std::vector<Parsed>& out) {
    json = trim(json);  // the splitter gives a part with what follows it up to the next token
    if (json.size() > limits.object_bytes_max) {
      out.push_back(too_large(out.size()));
      return SUCCESS;
    }
    simdjson::dom::element element;
    const auto error = read(json, element);
    if (error == SUCCESS)
      out.push_back(check(json, element, out.size()));
    else if (spoils_only_its_object(error))
      out.push_back(refused(fallback_id(out.size()), error, limits));
    else
      return error;
    return SUCCESS;
  }

  bool add_sound(std::string_view json, std::vector<Parsed>& out, bool& too_many);
  bool find_list(const simdjson::dom::element& root, simdjson::dom::array& list, std::size_t& colons);
  std::string_view take_value(std::string_view json, std::size_t& token);
  void note_bundle(std::string_view type, std::string_view id, std::string_view other_property);
  error_code add_document(std::string_view json, std::vector<Parsed>& out, bool& too_many);
  error_code add_list(ondemand::array list, std::vector<Parsed>& out, bool& too_many);
  error_code pass_by(ondemand::value value);
  void add_lines(std::string_view text, std::vector<Parsed>& out, bool& too_many);
  bool is_object_line(std::string_view line);
  bool begins_with_object_line(std::string_view text);
  bool has_object_line(std::string_view text);
};

/// The list of objects of a wrapper that leaves no doubt, and how many ':' stand before it at the top.
bool Parser::State::find_list(const simdjson::dom::element& root, simdjson::dom::array& list,
                              std::size_t& colons) {
  colons = 0;
  if (root.get_array().get(list) == SUCCESS) return true;
  simdjson::dom::object object;
  if (root.get_object().get(object) != SUCCESS) return false;
  std::size_t count = 0;
  std::size_t lists = 0;
  std::string_view type;
  std::string_view id;
  std::string_view other;
  for (const auto field : object) {
    ++count;
    if (field.key == "objects") {
      if (field.value.get_array().get(list) != SUCCESS) return false;
      ++lists;
      colons = count;
    } else if (field.key == "type") {
      if (field.value.get_string().get(type) != SUCCESS || type != "bundle") return false;
    } else if (field.key != "id") {
      other = field.key;
    } else if (field.value.get_string().get(id) != SUCCESS) {
      id = "?";
    }
  }
  if (lists == 1) note_bundle(type, id, other);
  return lists == 1;
}

void Parser::State::note_bundle(std::string_view type, std::string_view id, std::string_view other_property) {
  if (type.empty()) return;  // a TAXII envelope
  Report report{level};
  if (id.empty())
    report.broken_at("id", "missing-property", "STIX 2.1 §8", "'id' is required");
  else if (form_of_id(id) == IdForm::bad || type_of_id(id) != "bundle")
    report.broken_at("id", "bad-bundle-id", "STIX 2.1 §8", in_quotes(id) + " is not bundle--UUID");
  if (!other_property.empty())
    report.broken_at(other_property, "unknown-property", "STIX 2.1 §8",
                     "a bundle has type, id and objects alone");
  for (auto& problem : report.take(id.empty() ? "(bundle)" : id.substr(0, 300)))
    if (bundle_problems.size() < bundle_problems_max) bundle_problems.push_back(std::move(problem));
}

/// The text of the value that begins at `token` of what `whole_reader` has read, without white space outside
/// strings where it is an object; `token` then stands behind it. Borrowed until the next call.
std::string_view Parser::State::take_value(std::string_view json, std::size_t& token) {
  const auto* begins = whole_reader.implementation->structural_indexes.get();
  const auto is_blank = [&](std::size_t at) {
    return json[at] == ' ' || json[at] == '\n' || json[at] == '\t' || json[at] == '\r';
  };
  const std::size_t begin = begins[token];
  std::size_t run = begin;
  std::size_t depth = 0;
  compacted.clear();
  for (;; ++token) {
    const std::size_t at = begins[token];
    if (at != begin && is_blank(at - 1)) {
      std::size_t end = at;
      while (is_blank(end - 1)) --end;
      compacted.append(json, run, end - run);
      run = at;
    }
    const char c = json[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) {
      ++token;
      if (run == begin) return json.substr(begin, at + 1 - begin);
      compacted.append(json, run, at + 1 - run);
      return compacted;
    }
    if (depth == 0) {
      ++token;
      return json.substr(begin, 1);
    }
  }
}

/// Reads a wrapper with nothing broken in it at one go. False, with nothing added, when there is any doubt:
/// then each part is read alone.
bool Parser::State::add_sound(std::string_view json, std::vector<Parsed>& out, bool& too_many) {
  if (json.size() > whole_bytes_max || (!json.starts_with('{') && !json.starts_with('['))) return false;
  if (json.size() > whole_reader.capacity() &&
      // The wrapper and its list stand around the objects; one level more lets `Shape` name the path.
      whole_reader.allocate(std::max<std::size_t>(2 * json.size(), 4096), limits.depth_max + 3) != SUCCESS)
    return false;
  simdjson::dom::element root;
  if (whole_reader.parse(json.data(), json.size(), false).get(root) != SUCCESS) return false;
  simdjson::dom::array list;
  std::size_t colons = 0;
  if (!find_list(root, list, colons)) return false;

  const auto* begins = whole_reader.implementation->structural_indexes.get();
  std::size_t token = 0;
  std::size_t depth = 0;
  for (std::size_t seen = 0; seen < colons; ++token) {
    const char c = json[begins[token]];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ':' && depth == 1) ++seen;
  }
  const bool needs_text = keeps || json.size() > limits.object_bytes_max;
  for (const simdjson::dom::element item : list) {
    const std::size_t index = out.size() + passed;
    if (index >= limits.objects_max) {
      too_many = true;
      return true;
    }
    std::string_view text;
    std::size_t size = 0;
    if (needs_text) {
      const std::size_t begin = begins[++token];  // behind '[' or ','
      text = take_value(json, token);
      size = begins[token - 1] + 1 - begin;
    }
    auto& parsed = keeps ? out.emplace_back() : scratch;
    if (!item.is_object()) {
      parsed = refused(fallback_id(index), "not-an-object", "STIX 2.1 §3", "is not a JSON object");
    } else if (size > limits.object_bytes_max) {
      parsed = too_large(index);
    } else {
      check_object(item, index, limits, level, keeps ? Keeps::object : Keeps::verdict, layout, parsed);
      if (keeps && parsed.object) parsed.object->bytes = text;
    }
    if (keeps) continue;
    if (parsed.object && parsed.object->warnings.empty())
      ++passed;
    else
      out.push_back(std::exchange(parsed, {}));
  }
  return true;
}

/// Reads a value that is not kept, so that nothing unread and broken is let in beside what is.
error_code Parser::State::pass_by(ondemand::value value) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type); error != SUCCESS) return error;
  std::string_view raw;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object); error != SUCCESS) return error;
    if (const auto error = object.raw_json().get(raw); error != SUCCESS) return error;
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array); error != SUCCESS) return error;
    if (const auto error = array.raw_json().get(raw); error != SUCCESS) return error;
  } else {
    raw = value.raw_json_token();
    // The token reaches to the next one; a text is read for its value by the caller of the iteration.
    while (!raw.empty() && std::string_view{" \t\r\n"}.find(raw.back()) != std::string_view::npos)
      raw.remove_suffix(1);
  }
  simdjson::dom::element element;
  return read(raw, element);
}

error_code Parser::State::add_list(ondemand::array list, std::vector<Parsed>& out, bool& too_many) {
  for (auto item : list) {
    ondemand::value value;
    if (const auto error = item.get(value); error != SUCCESS) return error;
    if (out.size() >= limits.objects_max) {
      too_many = true;
      return SUCCESS;
    }
    ondemand::json_type type{};
    if (const auto error = value.type().get(type); error != SUCCESS) return error;
    if (type != ondemand::json_type::object) {
      if (const auto error = pass_by(value); error != SUCCESS) return error;
      out.push_back(refused(fallback_id(out.size()), "not-an-object", "STIX 2.1 §3", "is not a JSON object"));
      continue;
    }
    ondemand::object object;
    if (const auto error = value.get_object().get(object); error != SUCCESS) return error;
    std::string_view raw;
    if (const auto error = object.raw_json().get(raw); error != SUCCESS) return error;
    if (const auto error = add_object(raw, out); error != SUCCESS) return error;
  }
  return SUCCESS;
}

/// One JSON text inside `body`: a bundle, an envelope, a list of objects or an object.
error_code Parser::State::add_document(std::string_view json, std::vector<Parsed>& out, bool& too_many) {
  if (add_sound(json, out, too_many)) return SUCCESS;
  ondemand::document document;
  if (const auto error = splitter.iterate(json.data(), json.size(), json.size() + padding).get(document);
      error != SUCCESS)
    return error;
  if (json.starts_with('[')) {
    ondemand::array list;
    if (const auto error = document.get_array().get(list); error != SUCCESS) return error;
    if (const auto error = add_list(list, out, too_many); error != SUCCESS || too_many) return error;
    return document.current_location().error() == SUCCESS ? simdjson::TRAILING_CONTENT : SUCCESS;
  }
  ondemand::object root;
  if (const auto error = document.get_object().get(root); error != SUCCESS) return error;

  // A wrapper has a list of objects; the deprecated observed-data:objects is a dictionary and no wrapper.
  bool has_list = false;
  std::string type;
  for (auto field : root) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key); error != SUCCESS) return error;
    const bool is_objects = key == "objects";
    const bool is_type = key == "type";
    ondemand::value value;
    if (const auto error = field.value().get(value); error != SUCCESS) return error;
    ondemand::json_type kind{};
    if (const auto error = value.type().get(kind); error != SUCCESS) return error;
    if (is_type && kind == ondemand::json_type::string) {
      std::string_view text;
      if (const auto error = value.get_string().get(text); error != SUCCESS) return error;
      type = text;
    }
    if (is_objects && kind == ondemand::json_type::array && (type.empty() || type == "bundle")) {
      has_list = true;
      break;  // nearly all of the text stands in the list: it is not passed by twice
    }
  }
  if (!has_list && type != "bundle") return add_object(json, out);

  const auto before = out.size();
  document.rewind();
  if (const auto error = document.get_object().get(root); error != SUCCESS) return error;
  bool seen = false;
  std::string id;
  std::string other;
  for (auto field : root) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key); error != SUCCESS) return error;
    const bool is_objects = key == "objects";
    const bool is_type = key == "type";
    const bool is_id = key == "id";
    if (!is_objects && !is_type && !is_id) other = key;
    ondemand::value value;
    if (const auto error = field.value().get(value); error != SUCCESS) return error;
    if (is_id) {
      ondemand::json_type kind{};
      if (const auto error = value.type().get(kind); error != SUCCESS) return error;
      id = "?";
      if (kind == ondemand::json_type::string) {
        std::string_view text;
        if (const auto error = value.get_string().get(text); error != SUCCESS) return error;
        id = text;
        continue;
      }
    }
    if (is_type) {
      std::string_view text;
      if (value.get_string().get(text) == SUCCESS && text == "bundle") continue;
      out.resize(before);  // an object of somebody's own type with a list of that name
      return add_object(json, out);
    }
    if (!is_objects) {
      if (const auto error = pass_by(value); error != SUCCESS) return error;
      continue;
    }
    if (seen) return simdjson::TAPE_ERROR;  // two lists of objects: readers would disagree on which counts
    seen = true;
    ondemand::array list;
    if (const auto error = value.get_array().get(list); error != SUCCESS) return error;
    if (const auto error = add_list(list, out, too_many); error != SUCCESS) return error;
    if (too_many) return SUCCESS;
  }
  note_bundle(type, id, other);
  return document.current_location().error() == SUCCESS ? simdjson::TRAILING_CONTENT : SUCCESS;
}

bool Parser::State::is_object_line(std::string_view line) {
  simdjson::dom::element element;
  return line.starts_with('{') && line.ends_with('}') && read(line, element) == SUCCESS;
}

bool Parser::State::begins_with_object_line(std::string_view text) {
  const auto end = text.find('\n');
  return end != std::string_view::npos && is_object_line(trim(text.substr(0, end)));
}

/// One line that is a whole object and is not indented tells lines of objects from a broken pretty-printed
/// text.
bool Parser::State::has_object_line(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (line.starts_with('{') && is_object_line(trim(line))) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

void Parser::State::add_lines(std::string_view text, std::vector<Parsed>& out, bool& too_many) {
  while (!text.empty() && !too_many) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const auto before = out.size();
    if (before >= limits.objects_max) {
      too_many = true;
    } else if (const auto error = add_document(line, out, too_many); error != SUCCESS) {
      out.resize(before);
      out.push_back(refused(fallback_id(before), error, limits));
    }
  }
}

Parser::Parser(Limits limits, Level level) : state_{std::make_unique<State>(limits, level)} {}
Parser::~Parser() = default;

const std::vector<Problem>& Parser::bundle_problems() const {
  return state_->bundle_problems;
}

bool Parser::accepts(std::string_view json) {
  auto& state = *state_;
  json = trim(without_bom(json));
  if (json.size() > state.limits.object_bytes_max) return false;
  state.body.assign(json);
  simdjson::dom::element element;
  if (state.read({state.body.data(), json.size()}, element) != SUCCESS || !element.is_object()) return false;
  check_object(element, 0, state.limits, state.level, Keeps::verdict, state.layout, state.scratch);
  return state.scratch.object.has_value();
}

Parsed Parser::parse_object(std::string_view json) {
  auto& state = *state_;
  json = trim(without_bom(json));
  if (json.size() > state.limits.object_bytes_max) return state.too_large(0);
  state.body.assign(json);
  const std::string_view text{state.body.data(), json.size()};
  simdjson::dom::element element;
  if (const auto error = state.read(text, element); error != SUCCESS)
    return refused(fallback_id(0), error, state.limits);
  return state.check(text, element, 0);
}

Result<std::vector<Parsed>> Parser::parse_submission(std::string_view body) {
  state_->keeps = true;
  return read(body);
}

Result<Verdicts> Parser::validate(std::string_view body) {
  state_->keeps = false;
  auto parsed = read(body);
  if (!parsed) return std::move(parsed).error();
  Verdicts verdicts{state_->passed + parsed->size(), 0, std::move(state_->bundle_problems)};
  for (auto& one : *parsed) {
    verdicts.refused += one.object ? 0 : 1;
    auto& problems = one.object ? one.object->warnings : one.problems;
    std::move(problems.begin(), problems.end(), std::back_inserter(verdicts.problems));
  }
  return verdicts;
}

Result<std::vector<Parsed>> Parser::read(std::string_view body) {
  auto& state = *state_;
  state.passed = 0;
  if (body.size() > state.limits.body_bytes_max)
    return Error{Errc::invalid_input,
                 "the body is larger than " + std::to_string(state.limits.body_bytes_max) + " bytes"};
  body = trim(without_bom(body));
  if (body.empty()) return Error{Errc::invalid_input, "the body is empty"};
  state.body.assign(body);
  state.bundle_problems.clear();
  const std::string_view text{state.body.data(), body.size()};

  std::vector<Parsed> parsed;
  constexpr std::size_t usual_object_bytes = 512;
  if (state.keeps) parsed.reserve(std::min(state.limits.objects_max, text.size() / usual_object_bytes + 1));
  bool too_many = false;
  if (state.begins_with_object_line(text)) {
    state.add_lines(text, parsed, too_many);
  } else if (const auto error = state.add_document(text, parsed, too_many); error != SUCCESS) {
    parsed.clear();
    state.bundle_problems.clear();
    if (text.find('\n') == std::string_view::npos || !state.has_object_line(text))
      return Error{Errc::invalid_input,
                   std::string{"the body is no JSON of STIX objects: "} + simdjson::error_message(error)};
    state.add_lines(text, parsed, too_many);
  }
  if (too_many)
    return Error{Errc::invalid_input,
                 "the body holds more than " + std::to_string(state.limits.objects_max) + " objects"};
  return parsed;
}

}  // namespace tocsin::stix
