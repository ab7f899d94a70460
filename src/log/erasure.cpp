#include "log/erasure.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "log/sidecar.hpp"

namespace tocsin::log {
namespace {

constexpr std::string_view magic = "TOCSINER";
constexpr std::string_view file_name = "erasing";
constexpr std::uint64_t zeros_bytes = 64 << 10;

std::string note_path(const std::string& folder) {
  return folder + "/" + std::string{file_name};
}

}  // namespace

Status write_erasure_note(FileSystem& files, const std::string& folder, const ErasureNote& note) {
  std::string bytes{magic};
  append_number(bytes, std::uint32_t{format_version});
  append_number(bytes, note.segment);
  append_number(bytes, note.log_id);
  append_number(bytes, note.circle.value());
  append_number(bytes, note.sequence.value());
  append_number(bytes, note.offset);
  append_number(bytes, note.length);
  append_number(bytes, checksum(bytes, 0));
  return replace_whole(files, folder, std::string{file_name}, bytes);
}

Result<std::optional<ErasureNote>> read_erasure_note(FileSystem& files, const std::string& folder) {
  using Found = std::optional<ErasureNote>;
  if (!files.exists(note_path(folder))) return Found{};
  const auto bytes = read_whole(files, note_path(folder));
  if (!bytes) return bytes.error();
  const std::string_view view{*bytes};
  if (view.size() != magic.size() + 56 || !view.starts_with(magic)) return Found{};
  ByteReader reader{view.substr(magic.size())};
  const auto version = reader.number<std::uint32_t>();
  ErasureNote note;
  note.segment = reader.number<std::uint32_t>();
  note.log_id = reader.number<std::uint64_t>();
  note.circle = CircleId{reader.number<std::uint64_t>()};
  note.sequence = Sequence{reader.number<std::uint64_t>()};
  note.offset = reader.number<std::uint64_t>();
  note.length = reader.number<std::uint64_t>();
  if (reader.number<std::uint64_t>() != checksum(view.substr(0, view.size() - 8), 0)) return Found{};
  if (version != format_version || note.segment == 0 || note.length > frame_bytes_max) return Found{};
  return Found{note};
}

Status forget_erasure_note(FileSystem& files, const std::string& folder) {
  return files.remove(note_path(folder));
}

Status erase_block(File& segment, std::uint64_t offset, const EntryHead& head) {
  const std::string zeros(std::min<std::uint64_t>(head.block_length, zeros_bytes), '\0');
  offset += head.head_length();
  for (std::uint64_t left = head.block_length; left > 0;) {
    const auto step = std::min<std::uint64_t>(left, zeros.size());
    TOCSIN_TRY(segment.write_at(offset, std::string_view{zeros}.substr(0, step)));
    offset += step;
    left -= step;
  }
  return segment.sync();
}

}  // namespace tocsin::log
