#include "scan_limit.hpp"

#include <simdjson.h>

#include "measure.hpp"
#include "observe/reader.hpp"

namespace tocsin::bench {
namespace {

namespace ondemand = simdjson::ondemand;

std::size_t extract(ondemand::parser& parser, std::string_view line) {
  std::size_t sum = 0;
  const simdjson::padded_string_view padded{line.data(), line.size(),
                                            line.size() + observe::Reader::padding_bytes};
  ondemand::document document;
  ondemand::object members;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(members) != simdjson::SUCCESS)
    give_up("a line is no JSON");
  for (auto member : members) {
    ondemand::field field;
    if (std::move(member).get(field) != simdjson::SUCCESS) give_up("a line is no JSON");
    const auto key = field.key();
    std::string_view text;
    if (key == "id.orig_h" || key == "id.resp_h" || key == "query" || key == "host" || key == "uri" ||
        key == "user_agent" || key == "proto" || key == "service") {
      if (field.value().get_string().get(text) == simdjson::SUCCESS) sum += text.size();
    } else if (key == "id.orig_p" || key == "id.resp_p" || key == "ts") {
      sum += field.value().raw_json_token().size();
    } else if (key == "answers") {
      ondemand::array answers;
      if (field.value().get_array().get(answers) != simdjson::SUCCESS) continue;
      for (auto answer : answers)
        if (answer.get_string().get(text) == simdjson::SUCCESS) sum += text.size();
    }
  }
  return sum;
}

}  // namespace

std::size_t extract_all(std::string_view text) {
  ondemand::parser parser;
  std::size_t sum = 0;
  walk(text, [&](std::string_view line) { sum += extract(parser, line); });
  return sum;
}

}  // namespace tocsin::bench
