#include "sensor/journal.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <filesystem>

#include "base/bytes.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::size_t read_bytes = 4 << 20;
constexpr std::size_t line_bytes_max = 32 << 20;  // an event is at most 16 MiB
constexpr std::size_t frame_bytes = 16 + 1 + 1 + 1;

std::string checksum(std::string_view text) {
  const std::uint64_t sum = XXH3_64bits(text.data(), text.size());
  return to_hex(std::as_bytes(std::span{&sum, 1}));
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(' ') == std::string_view::npos;
}

/// Calls `take(line, offset)` for whole lines until it gives false. Returns where it ended: behind the last
/// line taken.
Result<std::uint64_t> for_each_line(const File& file,
                                    const std::function<bool(std::string_view, std::uint64_t)>& take) {
  std::string held, piece;
  std::uint64_t done = 0;  // offset of held
  for (;;) {
    TOCSIN_TRY(file.read_at(done + held.size(), read_bytes, piece));
    if (piece.empty()) return done;
    held += piece;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = held.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (!take(std::string_view{held}.substr(begin, end - begin), done + begin)) return done + begin;
    }
    held.erase(0, begin);
    done += begin;
    if (held.size() > line_bytes_max) return done;
  }
}

/// Hands the record of a line on; false when it is none.
bool read_line(std::string_view line, std::uint64_t offset, const Journal::Take& take) {
  if (line.size() < frame_bytes || line[16] != ' ' || line[18] != ' ') return false;
  if (checksum(line.substr(17)) != line.substr(0, 16)) return false;
  if (line[17] != 'e' && line[17] != 'p' && line[17] != 'b') return false;
  return take(static_cast<Record>(line[17]), line.substr(frame_bytes),
              {offset, static_cast<std::uint32_t>(line.size())});
}

Result<std::uint64_t> read_all(const File& file, const Journal::Take& take) {
  return for_each_line(file, [&](std::string_view line, std::uint64_t offset) {
    return is_blank(line) || read_line(line, offset, take);
  });
}

/// A record as its line, with the line feed.
std::string line_of(Record record, std::string_view json) {
  std::string line(17, ' ');
  line.reserve(frame_bytes + json.size() + 1);
  line += static_cast<char>(record);
  line += ' ';
  line += json;
  line.replace(0, 16, checksum(std::string_view{line}.substr(17)));
  return line += '\n';
}

/// Writes the lines that were not taken back into a new file, and puts it in place.
Status rewrite(const std::string& path, const File& from, FileSystem& files) {
  const auto fresh_path = path + ".new";
  TOCSIN_TRY(files.remove(fresh_path));
  auto fresh = files.open(fresh_path);
  if (!fresh) return fresh.error();
  std::string gathered;
  std::uint64_t written = 0;
  Status status;
  const auto flush = [&] {
    status = (*fresh)->write_at(written, gathered);
    written += gathered.size();
    gathered.clear();
    return status.has_value();
  };
  const auto read = for_each_line(from, [&](std::string_view line, std::uint64_t) {
    if (is_blank(line)) return true;
    gathered.append(line).push_back('\n');
    return gathered.size() < read_bytes || flush();
  });
  if (!read) return read.error();
  if (status) flush();
  TOCSIN_TRY(std::move(status));
  TOCSIN_TRY((*fresh)->sync());
  TOCSIN_TRY(files.rename(fresh_path, path));
  return files.sync_folder(std::filesystem::path{path}.parent_path().string());
}

}  // namespace

Result<Journal> Journal::open(const std::string& path, FileSystem& files) {
  auto file = files.open(path);
  if (!file) return file.error();
  std::uint64_t blank = 0, all = 0;
  const auto end = for_each_line(**file, [&](std::string_view line, std::uint64_t) {
    all += line.size();
    if (is_blank(line)) blank += line.size();
    return true;
  });
  if (!end) return end.error();
  if (blank * 2 > all) {
    TOCSIN_TRY(rewrite(path, **file, files));
    file = files.open(path);
    if (!file) return file.error();
  }
  const auto size = (*file)->size();
  if (!size) return size.error();
  return Journal{files, path, *std::move(file), *size};
}

Status Journal::replay(const Take& take) {
  const auto end = read_all(*file_, take);
  if (!end) return end.error();
  if (*end == end_) return {};
  end_ = *end;
  return failed_or(file_->truncate(end_));
}

Status Journal::read(const std::string& path, const Take& take, FileSystem& files) {
  if (!files.exists(path)) return Error{Errc::not_found, path + " is not there"};
  auto file = files.open(path);
  if (!file) return file.error();
  const auto end = read_all(**file, take);
  return end ? Status{} : Status{end.error()};
}

Result<Journal::Place> Journal::append(Record record, std::string_view json) {
  if (failure_) return *failure_;
  const auto line = line_of(record, json);
  const Place place{end_, static_cast<std::uint32_t>(line.size() - 1)};
  TOCSIN_TRY(failed_or(file_->write_at(end_, line)));
  end_ += line.size();
  return place;
}

Result<std::uint64_t> Journal::drop_before(std::uint64_t from, Record record, std::string_view json) {
  if (failure_) return *failure_;
  const auto fresh_path = path_ + ".new";
  TOCSIN_TRY(files_->remove(fresh_path));
  auto fresh = files_->open(fresh_path);
  if (!fresh) return fresh.error();
  const auto front = line_of(record, json);
  TOCSIN_TRY((*fresh)->write_at(0, front));
  std::uint64_t to = front.size();
  std::string piece;
  for (auto at = from; at < end_; at += piece.size(), to += piece.size()) {
    TOCSIN_TRY(file_->read_at(at, std::min<std::uint64_t>(read_bytes, end_ - at), piece));
    if (piece.empty()) return Error{Errc::unavailable, path_ + " is shorter than what was written to it"};
    TOCSIN_TRY((*fresh)->write_at(to, piece));
  }
  TOCSIN_TRY((*fresh)->sync());
  TOCSIN_TRY(files_->rename(fresh_path, path_));
  // From here on the new one counts, whatever the folder's sync says.
  file_ = *std::move(fresh);
  end_ = to;
  TOCSIN_TRY(failed_or(files_->sync_folder(std::filesystem::path{path_}.parent_path().string())));
  return front.size();
}

Status Journal::take_back(Place place) {
  if (failure_) return *failure_;
  if (place.size == 0) return {};
  return failed_or(file_->write_at(place.offset, std::string(place.size, ' ')));
}

Status Journal::clear() {
  failure_.reset();
  end_ = 0;
  return failed_or(file_->truncate(0));
}

Status Journal::sync() {
  if (failure_) return *failure_;
  return failed_or(file_->sync());
}

Status Journal::failed_or(Status status) {
  if (!status) failure_ = status.error();
  return status;
}

}  // namespace tocsin::sensor
