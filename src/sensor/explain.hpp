#pragma once

/// Why a pattern matches records of a log, or why it does not, step by step: which format the lines have,
/// what they tell, which comparison holds on which of them.
///
/// Contract: `match` is what a sensor that reads these lines with this pattern does; the rest says why.
/// Errors:   invalid_input, overloaded: the pattern is none, or no sensor would evaluate it, with the reason;
/// a
///           line is no record.
/// Threads:  pure function.

#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "observe/reader.hpp"

namespace tocsin::sensor {

/// {match, why, how, records: [{line, format, time, values: [{object, path, value, field, read_as}]}],
///  observations: [{observation, records, comparisons: [{comparison, records, told}]}]}
/// `field` and `read_as` are the row of the format's mapping that told the value; absent for a word of
/// running text. `records` in the second list are line numbers, from 1. `now` is the time of records that
/// tell none.
Result<json::Object> explain(std::string_view pattern, std::string_view lines, observe::Format format,
                             Timestamp now,
                             std::shared_ptr<const observe::Formats> formats = observe::built_in_formats());

}  // namespace tocsin::sensor
