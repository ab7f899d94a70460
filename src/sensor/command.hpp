#pragma once

/// Runs a program of the user's choice once: no shell, no input, an environment of PATH, HOME and LANG alone,
/// a time limit after which it and what it started are killed.
///
/// Threads: any.

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tocsin::sensor {

/// The words of a command line as a user writes it: split at white space, nothing else has a meaning.
std::vector<std::string> words_of(std::string_view text);

/// Errors: unavailable: it cannot be started, its code is not 0 (with the end of what it said), or time was
/// up. `stopping` ends the wait as the limit does.
Status run_command(const std::vector<std::string>& words, std::chrono::milliseconds limit,
                   const std::atomic<bool>& stopping);

}  // namespace tocsin::sensor
