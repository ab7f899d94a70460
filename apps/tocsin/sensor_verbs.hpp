#pragma once

/// What the verbs of `sensor` share.
/// Threads: one.

#include <string>

#include "base/result.hpp"
#include "screen/warning_lists.hpp"
#include "verb.hpp"

namespace tocsin::cli {

/// The built-in ones, and those at `path`; "none": not even these.
Result<screen::WarningLists> warning_lists(const std::string& path, const std::string& allow = {});

void add_hunt(CLI::App& noun, Context& context);  // in sensor_hunt.cpp

}  // namespace tocsin::cli
