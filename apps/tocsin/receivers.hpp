#pragma once

/// Who of a circle would receive what leaves, and who would not and why: what the hub says in a dry run.
/// Threads: one.

#include "submission.hpp"

namespace tocsin::cli {

/// `circles` as in Outcome: a table for each circle, by member; an object's id for each reason.
void show_receivers(const json::Array& circles, std::uint64_t objects);

}  // namespace tocsin::cli
