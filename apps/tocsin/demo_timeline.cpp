#include "demo_timeline.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "base/time.hpp"
#include "output.hpp"

namespace tocsin::cli {
namespace {

void append(std::string& out, const json::Value& value) {
  if (value.is_double()) {
    out += fmt::format("{}", value.get_double());
  } else if (const auto* array = value.if_array()) {
    const char* separator = "[";
    for (const auto& item : *array) {
      out += std::exchange(separator, ",");
      append(out, item);
    }
    out += array->empty() ? "[]" : "]";
  } else if (const auto* object = value.if_object()) {
    const char* separator = "{";
    for (const auto& [key, item] : *object) {
      out += std::exchange(separator, ",");
      append_json_string(out, {key.data(), key.size()});
      out += ':';
      append(out, item);
    }
    out += object->empty() ? "{}" : "}";
  } else {
    out += json::dump(value);
  }
}

}  // namespace

void print_facts(const json::Object& facts) {
  std::string line;
  append(line, facts);
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

std::string rounded(double number, int digits) {
  return fmt::format("{:.{}f}", number, digits);
}

json::Object to_json(const demo::Figures& figures) {
  const auto thousandths = [](double number) { return std::round(number * 1'000) / 1'000; };
  return {{"p50", thousandths(figures.p50)},
          {"p90", thousandths(figures.p90)},
          {"p99", thousandths(figures.p99)},
          {"max", thousandths(figures.most)},
          {"count", figures.count}};
}

void Timeline::line(std::string_view kind, std::string_view who, std::string_view text, json::Object facts) {
  const auto time = to_rfc3339(system_clock().now());
  if (json_) {
    facts["type"] = kind;
    facts["time"] = time;
    facts["who"] = who;
    facts["text"] = text;
    print_facts(facts);
  } else {
    const auto colour = kind == "alert"    ? Colour::yellow
                        : kind == "failed" ? Colour::red
                        : who == "demo"    ? Colour::plain
                                           : Colour::green;
    std::fprintf(stdout, "%s  %s  %s\n", coloured(time.substr(11, 12), Colour::dim).c_str(),
                 coloured(fmt::format("{:<6}", who), colour).c_str(), printable(text).c_str());
  }
  std::fflush(stdout);
}

void Timeline::tell(std::string_view who, std::string_view text, json::Object facts) {
  line("event", who, text, std::move(facts));
}

void Timeline::alert(std::string_view who, std::string_view text, json::Object facts) {
  line("alert", who, text, std::move(facts));
}

bool Timeline::require(bool happened, std::string_view what) {
  if (happened) return true;
  failures_.emplace_back(what);
  line("failed", "demo", "DID NOT HAPPEN: " + std::string{what}, {});
  return false;
}

}  // namespace tocsin::cli
