#pragma once

/// What the demonstration says while it runs: one line a fact, with the time; as JSON with -o json.
/// Threads: one.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "demo/figures.hpp"

namespace tocsin::cli {

class Timeline {
 public:
  explicit Timeline(bool as_json) : json_{as_json} {}

  /// "14:03:07.123  bank    alerts: …". `facts` stand beside the text in JSON.
  void tell(std::string_view who, std::string_view text, json::Object facts = {});
  void alert(std::string_view who, std::string_view text, json::Object facts = {});
  /// Something had to happen. False is told, and remembered.
  bool require(bool happened, std::string_view what);
  const std::vector<std::string>& failures() const { return failures_; }
  bool json() const { return json_; }

 private:
  void line(std::string_view kind, std::string_view who, std::string_view text, json::Object facts);
  bool json_;
  std::vector<std::string> failures_;
};

/// "2.1"
std::string rounded(double number, int digits = 1);
json::Object to_json(const demo::Figures& figures);
/// One line on standard output, with numbers as people write them (1.5, not 1.5E0).
void print_facts(const json::Object& facts);

}  // namespace tocsin::cli
