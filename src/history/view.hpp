#pragma once

/// All runs of a history as they were at one moment: look-ups, and walks over ranges of keys.
///
/// Threads: a view may be shared; what a visitor is given is good during the call, what `find` returns for as
///          long as the view lives.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "history/run.hpp"

namespace tocsin::history {

class View {
 public:
  using Runs = std::vector<std::shared_ptr<const Run>>;
  View() = default;
  explicit View(Runs runs) : runs_{std::move(runs)} {}

  std::optional<Trace> find(std::string_view key) const;
  /// Keys that begin with `prefix`, ascending, each once; the visitor says whether to go on.
  void walk(std::string_view prefix,
            const std::function<bool(std::string_view key, const Trace& trace)>& visit) const;

  const Runs& runs() const { return runs_; }
  std::uint64_t entries() const;  ///< a value in several runs counts for each
  std::uint64_t bytes() const;
  std::uint64_t damaged() const;
  std::uint32_t oldest_second() const;  ///< nothing was first seen before; UINT32_MAX when empty

 private:
  Runs runs_;
};

}  // namespace tocsin::history
