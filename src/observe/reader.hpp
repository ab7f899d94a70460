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
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "stix/observation.hpp"

namespace tocsin::observe {

enum class Format : std::uint8_t {
  automatic,  ///< found out from the lines, and again when they change
  zeek_tsv,
  zeek_json,
  eve,      ///< Suricata
  windows,  ///< Sysmon and other Windows events as JSON
  lines,    ///< any text: addresses, names, URLs, hashes in it
};
std::string_view name(Format format);
std::optional<Format> format_named(std::string_view name);

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
  explicit Reader(Format format = Format::automatic, std::string_view log = {});
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  /// Reads one line, with or without its line feed. `out` is replaced; its values point into itself.
  Result<Line> read(std::string_view line, stix::Observation& out);
  /// The same without a copy: values point into `line`, which must outlive the use of `out`.
  Result<Line> read_padded(std::string_view line, stix::Observation& out);

  /// The format in use, `automatic` before the first line that tells.
  Format format() const;
  const Totals& totals() const;
  /// The last line as it was read, without its line feed, for an alert to quote.
  std::string_view raw() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "conn" for "/logs/2026-01-01/conn.00:00:00-01:00:00.log.gz": what stands before the first dot of the name.
std::string_view log_of_file(std::string_view path);

}  // namespace tocsin::observe
