#pragma once

/// The texts of a review item: which properties wait, and a sheet of them that a person can edit.
///
/// A sheet has a heading `--- NAME` for each property, and its text below it; what is no text stands there as
/// JSON. Lines before the first heading are remarks.
/// Errors:  invalid_input, naming the heading.
/// Threads: pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "review_queue.hpp"

namespace tocsin::cli {

struct WaitingText {
  std::string property;
  json::Value here, leaves;  ///< at home, and once approved; null: not there
};
/// What approving adds to what left. Of a withheld object: where something was found.
std::vector<WaitingText> waiting_texts(const ReviewItem& item);

std::string sheet_of(const ReviewItem& item);
/// The item's object with the texts of the sheet in it; what the sheet leaves out is as it left.
Result<std::string> with_sheet(const ReviewItem& item, std::string_view sheet);

}  // namespace tocsin::cli
