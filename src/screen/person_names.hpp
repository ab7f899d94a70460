#pragma once

/// What may be the name of a person: a common given name or a title, and a family name behind it.
///
/// It finds some of the names in a text, never all: no list holds the names of the world. A finding is a
/// reason for a person to look, no more. Threads: pure function.

#include <cstddef>
#include <string_view>

namespace tocsin::screen {

/// `begin` is where a word in upper case begins. The end of the name; `begin` when there is none.
std::size_t person_name(std::string_view text, std::size_t begin);

}  // namespace tocsin::screen
