#pragma once

/// The end of the way out: objects are sent, or kept when the hub is away and the user said so.
/// Errors:  those of `Sender`; denied for a disk that fails.
/// Threads: one.

#include <optional>
#include <string>

#include "report.hpp"
#include "spool.hpp"

namespace tocsin::cli {

class Outlet {
 public:
  /// `folder`: where to keep them; empty: the hub must be there.
  Outlet(net::Client& client, const Submission& submission, std::string folder, Report& report)
      : submission_{submission},
        folder_{std::move(folder)},
        report_{report},
        sender_{client, submission, report.outcome, [&report](const json::Value& r) { report.receipt(r); }} {}

  Status add(std::string_view object, std::string_view record = {});
  Status add_spooled(std::string_view line);  ///< of the form of Sender::spool_line
  Status finish();

 private:
  Status turn_to_spool(const Error& why);

  const Submission submission_;
  const std::string folder_;
  Report& report_;
  Sender sender_;
  std::optional<SpoolFile> spool_;
};

}  // namespace tocsin::cli
