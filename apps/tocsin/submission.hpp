#pragma once

/// Objects on their way to the hub: batches, patience, and what came of each object.
///
/// A batch that was sent but not answered is sent again: the hub names what it already has as duplicates, so
/// repeating is safe, and a share that was broken off is resumed by running it again.
/// Errors:  unavailable once the hub has not answered for too long; else what the hub says of the whole
/// batch. Threads: one.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "net/client.hpp"

namespace tocsin::cli {

/// Where objects go, and how. Written in front of what is spooled.
struct Submission {
  std::vector<std::string> circles;
  std::string query;  ///< of the request: "attribution=unnamed&tlp=amber"; empty: none
};
std::string to_line(const Submission& submission);
Result<Submission> parse_submission_line(std::string_view line);

/// What came of it, over all batches and circles.
struct Outcome {
  std::uint64_t accepted = 0, duplicates = 0;
  json::Array held, refused, warnings;
  json::Array circles;  ///< of dry runs that ask for it: {circle, receivers, left_out, left_out_more}
  bool unscreened = false;
  /// Of one circle: what the hub took or would take.
  std::uint64_t taken() const { return accepted + duplicates + held.size(); }
};

class Sender {
 public:
  using TakeReceipt = std::function<void(const json::Value&)>;

  Sender(net::Client& client, Submission submission, Outcome& outcome, TakeReceipt take_receipt)
      : client_{client},
        submission_{std::move(submission)},
        outcome_{outcome},
        take_receipt_{std::move(take_receipt)} {}

  /// Adds one object (one line), and sends a batch when it is full. `record`: the digest of its screening's
  /// record; empty: none.
  Status add(std::string_view object, std::string_view record = {});
  /// Sends what is left.
  Status finish();
  /// What was added but not acknowledged, as lines: to be spooled when the hub is away.
  std::string take_unsent();
  /// A line of the spool: the object, behind the digest of its record where it has one.
  static std::string spool_line(std::string_view object, std::string_view record);
  static std::pair<std::string_view, std::string_view> parse_spool_line(std::string_view line);
  Status add_spooled(std::string_view line);
  bool never_answered() const { return !answered_; }

 private:
  Status send_batch();
  std::string records_line() const;
  void clear();
  Status send_to(const std::string& circle);
  Result<net::ClientResponse> request(const net::ClientRequest& request);
  void take(const std::string& circle, json::Object& answer);
  void take_receivers(const std::string& circle, json::Object& answer);

  net::Client& client_;
  const Submission submission_;
  Outcome& outcome_;
  const TakeReceipt take_receipt_;
  std::string batch_;                 ///< lines
  std::vector<std::string> records_;  ///< of the objects in the batch
  bool any_record_ = false;
  bool answered_ = false;
};

}  // namespace tocsin::cli
