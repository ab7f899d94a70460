#pragma once

/// Lines of key=value pairs: CEF, LEEF, and what firewalls write.
///
/// Source:  ArcSight Common Event Format, implementation standard (header fields divided by '|', \| and \\ in
/// them;
///          extension values run to the next key, \=, \\, \n and \r in them); IBM QRadar LEEF 1.0 (tab
///          between pairs) and 2.0 (the separator stands in the header, as itself or as xHH or 0xHH); plain
///          pairs between blanks, a value with blanks in double quotes.
/// Errors:  invalid_input when the line is none. Threads: pure functions.

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "observe/recorder.hpp"

namespace tocsin::observe {

enum class PairsForm : std::uint8_t { plain, cef, leef };

/// Adds what rows name. The header's fields are called vendor, product, version, id, name and severity.
Status read_pairs(PairsForm form, std::string_view line, const Fields& fields, Recorder& recorder);

}  // namespace tocsin::observe
