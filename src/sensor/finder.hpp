#pragma once

/// Blocks of log lines in, hits out: the loop that `run` and `scan` share.
///
/// Path:    block → lines → observe::Reader → observations, some hundred at a time → match::Scanner.
/// Errors:  none; lines that are no records are counted by the reader.
/// Threads: one thread per Finder and Reader; the set may change meanwhile.

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/scanner.hpp"
#include "observe/reader.hpp"
#include "sensor/dead_letters.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {

/// Where something was seen.
struct Seen {
  std::string_view file;
  std::optional<std::uint64_t> line;  ///< from 1
  std::uint64_t offset_bytes = 0;
};

/// A hit with the line it stands in. Views are good until the callback returns.
struct Found {
  const match::Hit& hit;
  std::string_view line;           ///< without its line feed
  std::uint64_t number = 0;        ///< of the line in the block, from 0
  std::uint64_t offset_bytes = 0;  ///< of the line in the block
  std::string_view format;         ///< its name
  bool json = false;               ///< the line is JSON
};

class Finder {
 public:
  /// `late_max`: records may come so much later than others of a later time, for patterns over several.
  explicit Finder(const match::IndicatorSet& set,
                  std::chrono::microseconds late_max = std::chrono::minutes{5})
      : scanner_{set, [this](std::size_t record) { return name_of(record); }, late_max} {}
  Finder(const Finder&) = delete;
  Finder& operator=(const Finder&) = delete;

  /// `block` is whole lines, the first of which stands at `begin`, followed by observe::Reader::padding_bytes
  /// readable bytes. Returns their number.
  std::uint64_t scan(std::string_view block, const Seen& begin, observe::Reader& reader, Timestamp now,
                     const std::function<void(const Found&)>& on_hit);

  /// Called for each line that is no record of its format, while `scan` runs.
  void on_unreadable(std::function<void(const Unreadable&)> told) { on_unreadable_ = std::move(told); }
  /// Given each batch of records before it is scanned, with the offsets of their lines.
  using Remember =
      std::function<void(std::span<const stix::Observation> records,
                         std::span<const std::uint64_t> offsets_bytes, std::string_view file, Timestamp now)>;
  void remember_with(Remember remember) { remember_ = std::move(remember); }

  const match::PatternScanner::Totals& pattern_totals() const { return scanner_.pattern_totals(); }
  std::uint64_t expired() const { return hits_.expired; }  ///< hits on indicators whose time is over

 private:
  struct Place {
    std::string_view line;
    std::uint64_t number, offset_bytes;
    observe::Format format;
  };
  std::string name_of(std::size_t record) const;
  void look(std::size_t records, const observe::Reader& reader, Timestamp now,
            const std::function<void(const Found&)>& on_hit);

  static constexpr std::size_t batch_max = 256;
  std::function<void(const Unreadable&)> on_unreadable_;
  match::Scanner scanner_;
  Seen begin_;
  match::Hits hits_;
  std::vector<stix::Observation> records_{batch_max};
  std::vector<Place> places_{batch_max};
  Remember remember_;
  std::vector<std::uint64_t> offsets_bytes_;  // for it
};

/// How an alert of a pattern over several records names one of them: JSON.
std::string record_name(Timestamp time, const Seen& seen);

/// The value of a hit as a kind and a text, for warning lists.
stix::Value value_of(stix::Path path, std::string_view text);

}  // namespace tocsin::sensor
