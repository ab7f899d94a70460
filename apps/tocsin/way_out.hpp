#pragma once

/// From the screen's decision to the bytes that leave: id and version under which, without the maker's name
/// where that is asked for, the record of it, and what waits for a person.
///
/// Contract: save() has ids, records and waiting texts on disk (and, of anonymous ones, the mapping at the
///           hub), and comes before anything leaves.
/// Errors:   denied, saying why, for an object that would name the member (`--anonymous`).
/// Threads:  one.

#include <optional>
#include <string>

#include "records.hpp"
#include "remint.hpp"
#include "review_queue.hpp"
#include "screening.hpp"
#include "session.hpp"

namespace tocsin::cli {

struct Leaving {
  std::string bytes, id;
  std::string record;  ///< digest
};

class WayOut {
 public:
  /// Errors: denied for `anonymous` without a registered identity; those of the mapping and the queue.
  /// `rehearsal`: nothing is kept, by save() neither.
  static Result<WayOut> open(const Context& context, Session& session, const Screening& screening,
                             Submission submission, bool anonymous, bool rehearsal);

  /// Of anonymous submissions, before the first leave(): every object, so that references can follow.
  void expect(const screen::Decision& decision);
  Result<Leaving> leave(const screen::Decision& decision);
  /// What stays: its record, and its place in the queue where a person may release it.
  Status stay(const screen::Decision& decision);
  /// Puts what waits for a person into the queue. `original`: the object at home.
  Status keep_for_review(const screen::Decision& decision, std::string_view original,
                         const std::string& left_as);
  /// An item's object with the texts that a person let go. `how`: "approved" or "edited".
  Result<Leaving> leave_reviewed(const ReviewItem& item, std::string object, std::string_view how);
  Status save();

 private:
  WayOut(Session& session, const Screening& screening, Submission submission, Records records,
         ReviewQueue queue)
      : session_{session},
        screening_{screening},
        submission_{std::move(submission)},
        records_{std::move(records)},
        queue_{std::move(queue)} {}
  Result<Leaving> finish(const std::string& original, std::string object, json::Object record);

  Session& session_;
  const Screening& screening_;
  const Submission submission_;
  Records records_;
  ReviewQueue queue_;
  std::optional<Mapping> mapping_;  ///< of anonymous submissions
  bool rehearsal_ = false, queue_changed_ = false, queue_is_full_ = false;
};

/// Beside the profile.
std::string review_folder(const std::string& profile_path);

}  // namespace tocsin::cli
