// Goal:   bytes that stand where a segment should never crash open, and never come back as an entry that does
// not
//         hold: whatever is read has its own checksums, an unbroken chain, and reads the same by every way.
// Method: the input becomes the only segment of a log in memory. Its first byte says whether the checksums
// are
//         set right first, so that the input reaches what stands behind them.

#include <cstdlib>
#include <cstring>

#include "log/faulty_files.hpp"
#include "log/frame.hpp"
#include "log/log.hpp"

namespace {

using namespace tocsin;
using namespace tocsin::log;

void put(std::string& bytes, std::size_t at, std::uint64_t number) {
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

std::uint32_t get(const std::string& bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

/// Walks the bytes as frames and sets their checksums right.
void repair(std::string& bytes) {
  std::size_t at = 0;
  while (bytes.size() - at >= frame_header_bytes && bytes.compare(at, 8, frame_magic()) == 0) {
    put(bytes, at + 40, checksum(std::string_view{bytes}.substr(at, 40), 0));
    const auto header = parse_frame_header(std::string_view{bytes}.substr(at));
    if (!header) return;
    std::size_t head = at + frame_header_bytes;
    for (std::uint32_t i = 0; i < header->entries && i < 100; ++i) {
      if (bytes.size() - head < entry_head_bytes) return;
      const std::size_t length = entry_head_bytes + (get(bytes, head + 40 + 4) >> 8) * std::size_t{16};
      if (bytes.size() - head < length) return;
      const std::uint64_t check = checksum(std::string_view{bytes}.substr(head, length - 8), header->log_id);
      put(bytes, head + length - 8, check);
      const std::size_t block = head + length;
      const std::size_t block_length = get(bytes, head + 36);
      if (block_length < block_fixed_bytes || bytes.size() - block < block_length) return;
      put(bytes, block, checksum(std::string_view{bytes}.substr(block + 8, block_length - 8), check));
      head = block + block_length;
    }
    at = head;
  }
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (data[0] % 2 == 0) repair(bytes);
  FaultyFiles files{1};
  files.set_contents("log/segment-00000001.log", bytes);
  std::vector<Entry> entries;
  const auto opened =
      Log::open({.folder = "log", .files = &files}, {}, [&](const Entry& entry, Position) -> Status {
        entries.push_back(entry);
        return {};
      });
  if (!opened) {
    require(opened.error().code == Errc::corrupt);
    require(opened.error().detail.find("log/") == 0);
    return 0;
  }
  std::map<CircleId, Head> heads;
  for (const Entry& entry : entries) {
    Head& head = heads[entry.circle];
    require(entry.sequence.value() == head.sequence.value() + 1 && entry.previous == head.commitment);
    head = {entry.sequence, entry.date_added, entry.commitment};
    const auto read = (*opened)->read(entry.circle, entry.sequence);
    require(read && read->commitment == entry.commitment && read->bytes == entry.bytes);
    require(entry.erased || bytes.find(entry.bytes) != std::string::npos);
  }
  for (const auto& [circle, head] : heads) {
    require((*opened)->head(circle).commitment == head.commitment);
    require((*opened)->rows(circle, Sequence{1}, 1000).value().size() ==
            std::min<std::uint64_t>(head.sequence.value(), 1000));
  }
  const auto more = (*opened)->append(std::vector<Draft>{{.circle = CircleId{1}, .bytes = "after"}});
  require(more && (*opened)->read(CircleId{1}, more->front().sequence)->bytes == "after");
  return 0;
}
