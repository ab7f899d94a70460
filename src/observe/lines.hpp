#pragma once

/// Plain log lines: the values that stand in them as whole tokens.
///
/// A value that was made harmless (evil[.]com, hxxp://…) is left alone: a log states facts, and that form
/// says that somebody wrote about the value, not that it was seen. Threads: pure function.

#include <string_view>

#include "observe/recorder.hpp"

namespace tocsin::observe {

void read_tokens(std::string_view line, Recorder& recorder);

}  // namespace tocsin::observe
