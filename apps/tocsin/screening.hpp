#pragma once

/// The screen as this member has set it up: policy file, identities and key from the profile, where there is
/// one.
///
/// The policy is the file that was named, else `screen-policy.toml` beside the profile, else the built-in
/// one. The key is made of the profile's mapping key, so that new ids and pseudonyms stay what they are;
/// without a profile it is a random one of this run. Errors:  not_found for a named file; invalid_input for a
/// policy that cannot be read. Threads: one.

#include <memory>
#include <string>
#include <vector>

#include "departures.hpp"
#include "profile.hpp"
#include "review_queue.hpp"
#include "screen/screen.hpp"
#include "verb.hpp"

namespace tocsin::cli {

struct ScreenOptions {
  std::string policy_file;              ///< empty: see above
  std::vector<std::string> identities;  ///< beside those of the profile
};

struct Screening {
  screen::Screen screen;
  std::string policy_file;                 ///< empty: the built-in one
  std::shared_ptr<Departures> departures;  ///< of the profile; without one empty and not to be saved
  bool lasting_key = false;
  bool knows_identities = false;
};
/// The screen's key of a profile that has a mapping key.
Result<std::string> screen_key(const Profile& profile);
/// `Texts::read`: for objects whose texts a person has read, and which went through the screen before.
enum class Texts : std::uint8_t { wait, read };
Result<Screening> open_screening(const Context& context, const ScreenOptions& options,
                                 Texts texts = Texts::wait);

/// One object, what became of it and why, in at most 80 columns a line; nothing for what passes.
void show_decision(const screen::Decision& decision, std::string_view input, const std::string& place);
json::Object json_of(const screen::Decision& decision);
/// The texts of a review item beside what would leave of them, and what was found.
void show_sides(const ReviewItem& item);

struct ScreenSum {
  std::size_t passed = 0, changed = 0, withheld = 0, to_review = 0;
  std::size_t others = 0;  ///< of somebody else
  void add(const screen::Decision& decision);
  bool all_pass() const { return changed == 0 && withheld == 0; }
};
/// "1 pass, 2 changed, …", and which policy said so.
std::string sum_line(const ScreenSum& sum, const Screening& screening);
/// Warns when objects name creators and nobody said which are the member's.
void warn_of_creators(const ScreenSum& sum, const Screening& screening);
/// {id, rule, path} of what withheld the object.
struct Withheld {
  std::string rule, path;
};
Withheld why_withheld(const screen::Decision& decision);

}  // namespace tocsin::cli
