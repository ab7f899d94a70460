#pragma once

/// What came of a share, printed as it comes: receipts when they arrive, so that a share of a million objects
/// does not gather them in memory.
/// Threads: one.

#include "base/json.hpp"
#include "base/result.hpp"
#include "submission.hpp"

namespace tocsin::cli {

class Report {
 public:
  explicit Report(bool as_json) : json_{as_json} {}

  Outcome outcome;
  std::uint64_t spooled = 0;
  json::Array changed;    ///< {id, as}: what left under another id than it has at home
  json::Array screened;   ///< of a dry run: what `tocsin screen -o json` says of each object
  json::Array to_review;  ///< ids of what is not out whole until a person has read it

  void receipt(const json::Value& receipt);
  void refuse(std::string_view id, std::string_view rule, std::string_view reason);
  /// Prints the rest and gives the exit code.
  int finish(const Status& status);

 private:
  void finish_json() const;
  void finish_human() const;

  const bool json_;
  std::uint64_t receipts_ = 0;
};

}  // namespace tocsin::cli
