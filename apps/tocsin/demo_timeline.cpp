#include "demo_timeline.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "base/text.hpp"
#include "base/time.hpp"
#include "output.hpp"

namespace tocsin::cli {

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
    print_json(facts);
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
