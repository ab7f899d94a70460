#pragma once

/// What waits for a person: the texts that the screen left out of objects, and objects that it withheld for
/// something it is unsure of. A folder of the member's own, a file for each item.
///
/// Contract: an item is replaced as a whole; a crash leaves the old or the new one, and save() has them on
///           disk when it returns. Items that are decided,
///           or that nobody decided in time, lose their texts, and go after 30 days. The same share again
///           makes no second item; a later version of the object takes the place of an item that waits.
/// Limits:   100,000 items; one has at most 16 MiB.
/// Errors:   not_found; corrupt names the file; denied for a disk that fails; overloaded when it is full.
/// Threads:  one.

#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "submission.hpp"

namespace tocsin::cli {

enum class ReviewState : std::uint8_t { waits, approved, edited, rejected, expired, replaced };
std::string_view name(ReviewState state);  ///< "new" for what waits

struct ReviewItem {
  std::string id;  ///< made by add()
  ReviewState state = ReviewState::waits;
  Timestamp made{}, expires{};
  std::string original;  ///< id at home
  std::string minted;    ///< the screen's new id
  std::string left_as;   ///< the id that the circles see; another one when it left anonymously
  Submission submission;
  bool anonymous = false;
  std::string object;    ///< as it is at home; never sent
  std::string leaves;    ///< as it left; empty: withheld
  std::string reviewed;  ///< as it leaves when approved
  json::Object record;   ///< of the screen's decision
  json::Array findings;  ///< {path, rule, action}: what is done to the texts when they are approved
};

class ReviewQueue {
 public:
  static Result<ReviewQueue> open(std::string folder);

  /// Names the item and keeps it. False: there is one for the same, waiting or decided.
  Result<bool> add(ReviewItem item);
  Result<ReviewItem> get(const std::string& id) const;
  /// By id. What is overdue by `now` is expired first; a damaged item is named in `damaged`.
  Result<std::vector<ReviewItem>> list(Timestamp now, std::vector<std::string>& damaged);
  /// Keeps the decision, and lets the texts go.
  Status decide(ReviewItem item, ReviewState state);
  Status save() const;

 private:
  explicit ReviewQueue(std::string folder) : folder_{std::move(folder)} {}
  std::string path_of(const std::string& id) const { return folder_ + "/" + id + ".json"; }
  Status keep(const ReviewItem& item) const;

  std::string folder_;
  std::set<std::string> ids_;
};

}  // namespace tocsin::cli
