#pragma once

/// Blocks of log lines in, hits out: the loop that `run` and `scan` share.
///
/// Path:    block → lines → observe::Reader → observations, some hundred at a time → match::Scanner.
/// Errors:  none; lines that are no records are counted by the reader.
/// Threads: one thread per Finder and Reader; the set may change meanwhile.

#include <functional>
#include <string_view>
#include <vector>

#include "match/scanner.hpp"
#include "observe/reader.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {

/// A hit with the line it stands in. Views are good until the callback returns.
struct Found {
  const match::Hit& hit;
  std::string_view line;           ///< without its line feed
  std::uint64_t number = 0;        ///< of the line in the block, from 0
  std::uint64_t offset_bytes = 0;  ///< of the line in the block
  observe::Format format{};
};

class Finder {
 public:
  explicit Finder(const match::IndicatorSet& set) : scanner_{set} {}

  /// `block` is whole lines, followed by observe::Reader::padding_bytes readable bytes. Returns their number.
  std::uint64_t scan(std::string_view block, observe::Reader& reader, Timestamp now,
                     const std::function<void(const Found&)>& on_hit);

  std::uint64_t expired() const { return hits_.expired; }  ///< hits on indicators whose time is over

 private:
  struct Place {
    std::string_view line;
    std::uint64_t number, offset_bytes;
  };
  void look(std::size_t records, const observe::Reader& reader, Timestamp now,
            const std::function<void(const Found&)>& on_hit);

  static constexpr std::size_t batch_max = 256;
  match::Scanner scanner_;
  match::Hits hits_;
  std::vector<stix::Observation> records_{batch_max};
  std::vector<Place> places_{batch_max};
};

/// The value of a hit as a kind and a text, for warning lists.
stix::Value value_of(stix::Path path, std::string_view text);

}  // namespace tocsin::sensor
