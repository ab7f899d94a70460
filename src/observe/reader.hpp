#pragma once

/// Log lines in, observations out.
///
/// One `Reader` per file or stream: it counts lines, remembers a table's header, and holds the parser's
/// memory. Errors:  invalid_input for a line that is no record of its format, with its number; reading goes
/// on with the
///          next line. Never throws.
/// Threads: one thread at a time.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "observe/format.hpp"
#include "stix/observation.hpp"

namespace tocsin::observe {

struct Row;

/// What a line was.
enum class Line : std::uint8_t {
  record,
  cut_record,  ///< a record of more than 4,096 values: the first of them are there
  other,       ///< a header, a comment, or nothing
};

struct Totals {
  std::uint64_t lines = 0;
  std::uint64_t records = 0;
  std::uint64_t bad = 0;
};

class Reader {
 public:
  static constexpr std::size_t line_bytes_max = 1 << 20;
  /// Bytes that must be readable (not necessarily meaningful) behind a line given to `read_padded`.
  static constexpr std::size_t padding_bytes = 64;

  /// `log` is the kind of Zeek log that a file without it holds ("conn"), best taken from the file's name.
  explicit Reader(Format format = Format::automatic, std::string_view log = {},
                  std::shared_ptr<const Formats> formats = built_in_formats());
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  /// Reads one line, with or without its line feed. `out` is replaced; its values point into itself.
  Result<Line> read(std::string_view line, stix::Observation& out);
  /// The same without a copy: values point into `line`, which must outlive the use of `out`.
  Result<Line> read_padded(std::string_view line, stix::Observation& out);

  /// The format in use, `automatic` before the first line that tells.
  Format format() const;
  const Formats& formats() const;
  std::string_view format_name() const { return formats().name(format()); }
  const Totals& totals() const;
  /// The last line as it was read, without its line feed, for an alert to quote.
  std::string_view raw() const;

  /// From now on, `rows` says of each value of the last line which row of its format's mapping told it;
  /// nullptr: it was a word of running text.
  void trace();
  const std::vector<const Row*>& rows() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "conn" for "/logs/2026-01-01/conn.00:00:00-01:00:00.log.gz": what stands before the first dot of the name.
std::string_view log_of_file(std::string_view path);

}  // namespace tocsin::observe
