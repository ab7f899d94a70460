#pragma once

/// The mapping files of this folder, as the build put them into the program.
/// Threads: pure function.

#include <span>
#include <string_view>

namespace tocsin::observe {

/// In the order of `Format`.
std::span<const std::string_view> built_in_mappings();

}  // namespace tocsin::observe
