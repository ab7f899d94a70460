#pragma once

/// An entry as one line for a person. The caller prints it through print_line.
/// Threads: pure function.

#include <string>

#include "push/client_event.hpp"

namespace tocsin::cli {

std::string event_line(const push::Event& event);

}  // namespace tocsin::cli
