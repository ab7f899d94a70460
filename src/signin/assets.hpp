#pragma once

/// The page, its script and its style, as they travel inside the program. Threads: constants.

#include <string_view>

namespace tocsin::signin {

std::string_view page_html();
std::string_view page_script();
std::string_view page_style();

}  // namespace tocsin::signin
