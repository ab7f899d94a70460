#pragma once

/// The brakes as the hub applies them: warning lists and members' verified assets, asked per object before it
/// is logged. Source: design 3a (Assets), src/screen. Threads: published() from any; refresh() from the
/// sequencer's.

#include <memory>
#include <string>

#include "base/published.hpp"
#include "circle/share.hpp"
#include "policy/directory.hpp"

namespace tocsin::hub {

class Brakes {
 public:
  /// The built-in lists, and those of `warning_lists` (a folder or file in MISP's format) when it is not
  /// empty. Errors: those of reading and parsing, naming the list.
  static Result<std::unique_ptr<Brakes>> load(const std::string& warning_lists,
                                              const policy::Directory& directory);
  ~Brakes();

  /// Takes members' assets as they are now.
  void refresh(const policy::Directory& directory);
  const Published<circle::Brakes>& published() const { return published_; }
  /// The lists beside the built-in ones, one a line, for the members' sensors.
  const std::shared_ptr<const std::string>& lines() const { return lines_; }

 private:
  struct Lists;
  explicit Brakes(std::shared_ptr<const Lists> lists);

  std::shared_ptr<const Lists> lists_;
  std::shared_ptr<const std::string> lines_ = std::make_shared<const std::string>();
  Published<circle::Brakes> published_{std::make_shared<const circle::Brakes>()};
};

}  // namespace tocsin::hub
