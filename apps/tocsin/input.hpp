#pragma once

/// The objects of files and of standard input, one by one, however large they are.
/// Errors:  not_found and unavailable name the file; invalid_input a file that cannot be cut.
/// Threads: one.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "formats/object_stream.hpp"

namespace tocsin::cli {

/// Files to read objects from; "-" is standard input, which `kept_stdin` makes readable twice.
class Input {
 public:
  /// Errors: not_found for a file that is not there, before anything is read.
  static Result<Input> open(std::vector<std::string> files);
  Input(Input&&) noexcept = default;
  Input& operator=(Input&&) = delete;
  ~Input();

  /// Copies standard input to a private temporary file, so that for_each may run twice.
  Status keep_stdin();

  std::uint64_t bytes_total() const { return bytes_total_; }  ///< 0 when unknown
  std::uint64_t bytes_read() const { return bytes_read_; }

  /// `take` sees every object and every problem, with the file's name; it ends the reading with an error.
  using Take = std::function<Status(const std::string& file, const formats::ObjectStream::Item&)>;
  Status for_each(const Take& take);

 private:
  Input() = default;
  Status read_one(const std::string& shown, int descriptor, const Take& take);

  std::vector<std::string> files_;
  std::string kept_path_;
  std::uint64_t bytes_total_ = 0, bytes_read_ = 0;
};

}  // namespace tocsin::cli
