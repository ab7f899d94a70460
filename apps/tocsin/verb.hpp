#pragma once

/// What every verb gets and how it enters the program.
///
/// A verb is a function `add_NAME(CLI::App& root, Context& context)` in a file of its own: it adds its
/// subcommand and puts what is to be done into `context.run`. verbs.cpp lists them all.
/// Threads: one.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace tocsin::cli {

/// Scripts rely on these.
enum Exit : int { exit_done = 0, exit_refused = 1, exit_usage = 2, exit_unreachable = 3 };

struct Context {
  bool json = false;               ///< -o json
  std::string profile_path;        ///< as given or found, never empty once a verb runs
  std::string program = "tocsin";  ///< as it was called
  std::function<int()> run;        ///< what the chosen verb does; gives the exit code
  const CLI::App* root = nullptr;  ///< for help and completion
};

/// Prints the error to standard error and gives the exit code that stands for it.
int fail(const Error& error);

// Titles of the groups in --help.
inline constexpr const char* group_start = "Start";
inline constexpr const char* group_share = "Share and withdraw";
inline constexpr const char* group_read = "Read";
inline constexpr const char* group_govern = "Circles, members, credentials";
inline constexpr const char* group_operate = "Run and keep a hub";
inline constexpr const char* group_other = "Other";

void add_hub(CLI::App& root, Context& context);     // in hub.cpp, of the programs that contain a hub
void add_backup(CLI::App& root, Context& context);  // in backup.cpp, of the same programs
void add_demo(CLI::App& root, Context& context);    // in demo.cpp, of the same programs
void add_join(CLI::App& root, Context& context);
void add_profile(CLI::App& root, Context& context);
void add_share(CLI::App& root, Context& context);
void add_withdraw(CLI::App& root, Context& context);
void add_pull(CLI::App& root, Context& context);
void add_follow(CLI::App& root, Context& context);
void add_screen(CLI::App& root, Context& context);
void add_review(CLI::App& root, Context& context);
void add_search(CLI::App& root, Context& context);
void add_object(CLI::App& root, Context& context);
void add_match(CLI::App& root, Context& context);
void add_validate(CLI::App& root, Context& context);
void add_messages(CLI::App& root, Context& context);
void add_circle(CLI::App& root, Context& context);
void add_erase(CLI::App& circle, Context& context);     // verbs of `circle`
void add_feed(CLI::App& circle, Context& context);      //
void add_transfer(CLI::App& circle, Context& context);  //
void add_member(CLI::App& root, Context& context);
void add_person(CLI::App& root, Context& context);
void add_token(CLI::App& root, Context& context);
void add_asset(CLI::App& root, Context& context);
void add_identity(CLI::App& root, Context& context);
void add_sensor(CLI::App& root, Context& context);
void add_formats(CLI::App& sensor, Context& context);  // a verb of `sensor`
void add_doctor(CLI::App& root, Context& context);
void add_completion(CLI::App& root, Context& context);
void add_manual(CLI::App& root, Context& context);

/// Adds every verb of this program, in the order of --help.
void add_verbs(CLI::App& root, Context& context);

}  // namespace tocsin::cli
