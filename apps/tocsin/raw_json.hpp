#pragma once

/// Members of a compact JSON object, found without reading it into a tree, so that its bytes stay what they
/// are. Threads: pure functions.

#include <string>
#include <string_view>

namespace tocsin::cli {

/// The bytes of the value of the top-level member `key`; empty when there is none.
std::string_view member_value(std::string_view compact_object, std::string_view key);
/// The object without that member; unchanged when it has none.
std::string without_member(std::string_view compact_object, std::string_view key);

}  // namespace tocsin::cli
