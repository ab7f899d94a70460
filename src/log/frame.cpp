#include "log/frame.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace tocsin::log {
namespace {

constexpr std::string_view magic = "TOCSINFR";
constexpr std::size_t change_bytes = 16;
constexpr std::size_t changes_max = (1U << 24) - 1;  // their number shares four bytes with the kind

template <std::size_t Size>
std::array<std::byte, Size> take_array(ByteReader& reader) {
  std::array<std::byte, Size> out{};
  const auto run = reader.run(Size);
  if (run.size() == Size) std::memcpy(out.data(), run.data(), Size);
  return out;
}

void overwrite_number(std::string& out, std::size_t at, std::uint64_t number) {
  std::memcpy(out.data() + at, &number, sizeof number);
}

/// Flags of a row change; other bits are zero.
constexpr std::uint32_t change_superseded = 1;
constexpr std::uint32_t change_withdrawn = 2;

}  // namespace

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) {
  const std::uint64_t value = XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
  return value == 0 ? 1 : value;
}

std::string_view frame_magic() {
  return magic;
}

std::optional<FrameHeader> parse_frame_header(std::string_view bytes) {
  if (bytes.size() < frame_header_bytes || !bytes.starts_with(magic)) return std::nullopt;
  ByteReader reader{bytes.substr(0, frame_header_bytes)};
  reader.run(magic.size());
  FrameHeader header;
  header.version = reader.number<std::uint16_t>();
  reader.run(2);
  header.entries = reader.number<std::uint32_t>();
  header.number = reader.number<std::uint64_t>();
  header.length = reader.number<std::uint64_t>();
  header.log_id = reader.number<std::uint64_t>();
  if (reader.number<std::uint64_t>() != checksum(bytes.substr(0, 40), 0)) return std::nullopt;
  const std::uint64_t smallest =
      frame_header_bytes + header.entries * std::uint64_t{entry_head_bytes + block_fixed_bytes};
  if (header.number == 0 || header.entries == 0 || header.length < smallest ||
      header.length > frame_bytes_max)
    return std::nullopt;
  return header;
}

std::optional<EntryHead> parse_entry_head(std::string_view bytes, std::uint64_t log_id) {
  if (bytes.size() < entry_head_bytes) return std::nullopt;
  ByteReader reader{bytes.substr(0, entry_head_bytes - 8)};
  EntryHead head;
  head.circle = CircleId{reader.number<std::uint64_t>()};
  head.sequence = Sequence{reader.number<std::uint64_t>()};
  head.date_added = from_micros(reader.number<std::int64_t>());
  head.frame = reader.number<std::uint64_t>();
  head.index = reader.number<std::uint32_t>();
  head.block_length = reader.number<std::uint32_t>();
  head.marking_class = reader.number<std::uint32_t>();
  const auto kind_and_changes = reader.number<std::uint32_t>();
  head.kind = static_cast<Kind>(kind_and_changes & 0xff);
  head.previous = take_array<32>(reader);
  head.commitment = take_array<32>(reader);

  const std::size_t changes = kind_and_changes >> 8;
  const std::size_t length = entry_head_bytes + changes * change_bytes;
  if (bytes.size() < length) return std::nullopt;
  ByteReader rest{bytes.substr(entry_head_bytes - 8, changes * change_bytes + 8)};
  head.changes.reserve(changes);
  for (std::size_t i = 0; i < changes; ++i) {
    RowChange change{.sequence = Sequence{rest.number<std::uint64_t>()},
                     .marking_class = rest.number<std::uint32_t>()};
    const auto flags = rest.number<std::uint32_t>();
    change.superseded = (flags & change_superseded) != 0;
    change.withdrawn = (flags & change_withdrawn) != 0;
    head.changes.push_back(change);
  }
  head.check = rest.number<std::uint64_t>();
  if (head.check != checksum(bytes.substr(0, length - 8), log_id)) return std::nullopt;
  if (head.sequence.value() == 0 || head.block_length < block_fixed_bytes) return std::nullopt;
  return head;
}

Block parse_block(std::string_view bytes, const EntryHead& head) {
  Block block;
  if (bytes.size() != head.block_length || bytes.size() < block_fixed_bytes) return block;
  ByteReader reader{bytes};
  const auto check = reader.number<std::uint64_t>();
  if (check == 0) {
    const bool zero = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
    if (zero) block.state = Block::State::erased;
    return block;
  }
  if (check != checksum(bytes.substr(8), head.check)) return block;
  block.salt = take_array<16>(reader);
  block.author_salt = take_array<16>(reader);
  block.author = MemberId{reader.number<std::uint64_t>()};
  const auto attributes = reader.number<std::uint32_t>();
  const auto sealed = reader.number<std::uint32_t>();
  const auto content = reader.number<std::uint32_t>();
  reader.run(4);
  block.attributes = reader.run(attributes);
  block.sealed = reader.run(sealed);
  block.bytes = reader.run(content);
  if (!reader.ok() || reader.left() != 0) return block;
  block.state = Block::State::whole;
  return block;
}

Entry make_entry(const EntryHead& head, const Block& block) {
  TOCSIN_CHECK(block.state != Block::State::bad, "only a good block becomes an entry");
  Entry entry{.circle = head.circle,
              .sequence = head.sequence,
              .date_added = head.date_added,
              .kind = head.kind,
              .marking_class = head.marking_class,
              .previous = head.previous,
              .commitment = head.commitment};
  entry.erased = block.state == Block::State::erased;
  entry.salt = block.salt;
  entry.author_salt = block.author_salt;
  entry.author = block.author;
  entry.attributes = block.attributes;
  entry.sealed = block.sealed;
  entry.bytes = block.bytes;
  entry.changes = head.changes;
  return entry;
}

std::optional<std::vector<FrameEntry>> parse_frame(std::string_view bytes, const FrameHeader& header) {
  if (bytes.size() != header.length) return std::nullopt;
  std::vector<FrameEntry> entries;
  entries.reserve(header.entries);
  std::uint64_t offset = frame_header_bytes;
  for (std::uint32_t i = 0; i < header.entries; ++i) {
    const auto head = parse_entry_head(bytes.substr(offset), header.log_id);
    if (!head || head->frame != header.number || head->index != i) return std::nullopt;
    if (bytes.size() - offset < head->length()) return std::nullopt;
    Block block = parse_block(bytes.substr(offset + head->head_length(), head->block_length), *head);
    if (block.state == Block::State::bad) return std::nullopt;
    entries.push_back({*head, offset, std::move(block)});
    offset += head->length();
  }
  if (offset != bytes.size()) return std::nullopt;
  return entries;
}

std::uint64_t EntryHead::head_length() const {
  return entry_head_bytes + changes.size() * change_bytes;
}

std::uint64_t head_bytes(const Draft& draft) {
  return entry_head_bytes + draft.changes.size() * change_bytes;
}

std::uint64_t block_bytes(const Draft& draft) {
  return block_fixed_bytes + draft.attributes.size() + draft.sealed.size() + draft.bytes.size();
}

FrameWriter::FrameWriter(const FrameHeader& header) : header_{header} {
  out_.reserve(header.length);
  out_.append(magic);
  append_number(out_, header.version);
  append_number(out_, std::uint16_t{0});
  append_number(out_, header.entries);
  append_number(out_, header.number);
  append_number(out_, header.length);
  append_number(out_, header.log_id);
  append_number(out_, checksum(out_, 0));
}

std::uint64_t FrameWriter::add(EntryHead& head, const Draft& draft, const Salt& salt,
                               const Salt& author_salt) {
  head.frame = header_.number;
  head.index = added_++;
  head.block_length = static_cast<std::uint32_t>(block_bytes(draft));
  head.changes = draft.changes;

  const std::size_t start = out_.size();
  append_number(out_, head.circle.value());
  append_number(out_, head.sequence.value());
  append_number(out_, to_micros(head.date_added));
  append_number(out_, head.frame);
  append_number(out_, head.index);
  append_number(out_, head.block_length);
  append_number(out_, head.marking_class);
  TOCSIN_CHECK(head.changes.size() <= changes_max, "a frame is too small for so many changes");
  append_number(out_,
                static_cast<std::uint32_t>(head.kind) | static_cast<std::uint32_t>(head.changes.size() << 8));
  out_.append(as_text(head.previous));
  out_.append(as_text(head.commitment));
  for (const RowChange& change : head.changes) {
    append_number(out_, change.sequence.value());
    append_number(out_, change.marking_class);
    append_number(out_,
                  (change.superseded ? change_superseded : 0) | (change.withdrawn ? change_withdrawn : 0));
  }
  head.check = checksum(std::string_view{out_}.substr(start), header_.log_id);
  append_number(out_, head.check);

  const std::size_t block = out_.size();
  append_number(out_, std::uint64_t{0});
  out_.append(as_text(salt));
  out_.append(as_text(author_salt));
  append_number(out_, draft.author.value());
  append_number(out_, static_cast<std::uint32_t>(draft.attributes.size()));
  append_number(out_, static_cast<std::uint32_t>(draft.sealed.size()));
  append_number(out_, static_cast<std::uint32_t>(draft.bytes.size()));
  append_number(out_, std::uint32_t{0});
  out_.append(draft.attributes);
  out_.append(draft.sealed);
  out_.append(draft.bytes);
  overwrite_number(out_, block, checksum(std::string_view{out_}.substr(block + 8), head.check));
  TOCSIN_CHECK(out_.size() <= header_.length, "a frame is as long as its header says");
  return start;
}

}  // namespace tocsin::log
