#pragma once

/// The screen as this member has set it up: policy file, identities and key from the profile, where there is
/// one.
///
/// The policy is the file that was named, else `screen-policy.toml` beside the profile, else the built-in
/// one. The key is made of the profile's mapping key, so that new ids and pseudonyms stay what they are;
/// without a profile it is a random one of this run. Errors:  not_found for a named file; invalid_input for a
/// policy that cannot be read. Threads: one.

#include <string>
#include <vector>

#include "screen/screen.hpp"
#include "verb.hpp"

namespace tocsin::cli {

struct ScreenOptions {
  std::string policy_file;              ///< empty: see above
  std::vector<std::string> identities;  ///< beside those of the profile
};

struct Screening {
  screen::Screen screen;
  std::string policy_file;  ///< empty: the built-in one
  bool lasting_key = false;
  bool knows_identities = false;
};
Result<Screening> open_screening(const Context& context, const ScreenOptions& options);

/// One object, what became of it and why, in at most 80 columns a line; nothing for what passes.
void show_decision(const screen::Decision& decision, std::string_view input, const std::string& place);
json::Object json_of(const screen::Decision& decision);

struct ScreenSum {
  std::size_t passed = 0, changed = 0, withheld = 0, to_review = 0;
  void add(const screen::Decision& decision);
  bool all_pass() const { return changed == 0 && withheld == 0; }
};
/// "3 objects: 1 passes, …", and which policy said so.
std::string sum_line(const ScreenSum& sum, const Screening& screening);

}  // namespace tocsin::cli
