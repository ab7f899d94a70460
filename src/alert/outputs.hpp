#pragma once

/// All that a sensor's alerts go to.
///
/// Path:    a line → files: written at once; receivers: their spools on disk → a thread each → the receiver.
/// Meaning: at least once, in order, per output. A receiver that is away costs the matching nothing: its
/// spool
///          keeps up to `Spool::Limits::bytes_max`, over restarts; what comes beyond is dropped and counted.
///          It is tried again after 0.5 s, then after twice that, up to a minute.
/// Errors:  open() says what is wrong with an output; later ones stand in the status.
/// Threads: any.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "alert/alert_file.hpp"
#include "alert/output_spec.hpp"
#include "alert/spool.hpp"
#include "base/json.hpp"

namespace tocsin::alert {

class Delivery;

class Outputs {
 public:
  struct Options {
    std::vector<std::string> outputs;  ///< as `parse_output` reads them
    std::string folder;                ///< of the spools
    Speaker speaker;
    Spool::Limits limits{};
    std::chrono::milliseconds wait_first{500}, wait_max{60'000};
  };
  /// Errors: invalid_input, unavailable.
  static Result<std::unique_ptr<Outputs>> open(Options options);
  ~Outputs();
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;

  /// `line` is an alert with its line end. Never waits for a receiver.
  void write(const std::string& line);
  /// Tries what files did not take once more. True when nothing waits for a file.
  bool flush();
  bool all_written() const;
  /// Gives receivers `grace` to take what waits, then ends. What they have not taken waits on disk.
  void stop(std::chrono::milliseconds grace);

  json::Array status() const;

 private:
  struct OneFile;
  explicit Outputs(Options options);
  Status open();

  const Options options_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<OneFile>> files_;  // guarded by mutex_
  std::vector<std::unique_ptr<Delivery>> deliveries_;
};

}  // namespace tocsin::alert
