#include "match/saved.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <optional>

namespace tocsin::match {
namespace {

static_assert(std::endian::native == std::endian::little, "the file holds numbers as the processor does");

constexpr std::array<char, 8> magic = {'T', 'o', 'c', 's', 'i', 'n', 'S', '2'};
constexpr std::uint64_t note_bytes_max = 1ULL << 31;
constexpr std::size_t write_bytes = 8 << 20;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t paths;  // how many object paths the writer knew: their numbers stand in the indicators
  std::uint32_t records, id_directory, postings, directory, slots;
  std::uint64_t seed, filter, note_bytes, arena_bytes;
  std::uint32_t id_shift, shift;
  std::uint64_t tables_sum;  // of all bytes from the header's end to the sums
  std::uint64_t header_sum;  // of all bytes before it
};
static_assert(sizeof(Header) == 88 && std::is_trivially_copyable_v<Header>);

/// Where each part begins. Each begins at a multiple of eight.
struct Layout {
  std::uint64_t note, records, id_directory, postings, directory, slots, filter, sums, arena, end;

  explicit Layout(const Header& header) {
    std::uint64_t at = sizeof(Header);
    const auto part = [&](std::uint64_t bytes) {
      const auto begin = at;
      at += (bytes + 7) / 8 * 8;
      return begin;
    };
    note = part(header.note_bytes);
    records = part(std::uint64_t{header.records} * sizeof(Segment::Record));
    id_directory = part(std::uint64_t{header.id_directory} * sizeof(std::uint32_t));
    postings = part(std::uint64_t{header.postings} * sizeof(Segment::Posting));
    directory = part(std::uint64_t{header.directory} * sizeof(std::uint32_t));
    slots = part(std::uint64_t{header.slots} * sizeof(Segment::Slot));
    filter = part(header.filter * sizeof(std::uint64_t));
    sums = part(std::uint64_t{header.records} * sizeof(std::uint32_t));
    arena = at;
    end = at + header.arena_bytes;
  }
};

Error corrupt(std::string why) {
  return {Errc::corrupt, "the saved set: " + std::move(why)};
}

/// Of one indicator and its times. Never 0, which says that it was blanked.
std::uint32_t sum_of(const Segment::Record& record, std::string_view bytes) {
  const auto times = std::uint64_t{record.until_second} << 32 | record.from_second;
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), times)) | 1U;
}

std::string_view bytes_of(const Segment::Tables& tables, std::size_t indicator) {
  const auto begin = tables.records[indicator].offset;
  const auto end =
      indicator + 1 < tables.records.size() ? tables.records[indicator + 1].offset : tables.arena.size();
  return tables.arena.substr(begin, end - begin);
}

template <class T>
std::span<const T> span_at(std::string_view bytes, std::uint64_t at, std::uint64_t count) {
  return {reinterpret_cast<const T*>(bytes.data() + at), count};
}

/// The parts of a file whose sizes fit; what is in them is not looked at.
std::optional<Segment::Tables> tables_in(std::string_view bytes, const Header& header) {
  if (header.arena_bytes > Segment::bytes_max || header.note_bytes > note_bytes_max ||
      header.filter > UINT32_MAX || header.records >= Segment::in_postings ||
      header.postings >= Segment::in_postings)
    return std::nullopt;
  const Layout at{header};
  if (at.end != bytes.size()) return std::nullopt;
  return Segment::Tables{bytes.substr(at.arena),
                         span_at<Segment::Record>(bytes, at.records, header.records),
                         span_at<std::uint32_t>(bytes, at.id_directory, header.id_directory),
                         span_at<Segment::Posting>(bytes, at.postings, header.postings),
                         span_at<std::uint32_t>(bytes, at.directory, header.directory),
                         span_at<Segment::Slot>(bytes, at.slots, header.slots),
                         span_at<std::uint64_t>(bytes, at.filter, header.filter),
                         header.id_shift,
                         header.shift};
}

/// A directory leads from each hash to a range of `items`.
bool is_directory(std::span<const std::uint32_t> directory, unsigned shift, std::size_t items) {
  if (shift < 32 || shift > 63 || directory.size() != (std::size_t{1} << (64 - shift)) + 1) return false;
  for (std::size_t i = 1; i < directory.size(); ++i)
    if (directory[i] < directory[i - 1]) return false;
  return directory.front() == 0 && directory.back() == items;
}

/// nullptr, or what is wrong with the tables. The indicators themselves come after.
const char* fault_in(const Segment::Tables& tables) {
  if (!is_directory(tables.id_directory, tables.id_shift, tables.records.size()))
    return "its directory of ids";
  if (!is_directory(tables.directory, tables.shift, tables.slots.size())) return "its directory of values";
  if (tables.filter.empty()) return "its filter";
  std::uint32_t before = 0;
  for (const auto& record : tables.records) {
    if (record.offset < before || record.offset > tables.arena.size()) return "its records";
    before = record.offset;
  }
  if (tables.records.empty() ? !tables.arena.empty() : tables.records.front().offset != 0)
    return "its records";
  for (const auto& slot : tables.slots) {
    const bool posted = (slot.target & Segment::in_postings) != 0;
    if ((slot.target & ~Segment::in_postings) >= (posted ? tables.postings.size() : tables.records.size()))
      return "its slots";
  }
  for (const auto& posting : tables.postings) {
    if (posting.indicator >= tables.records.size()) return "its postings";
    const auto bytes = bytes_of(tables, posting.indicator);
    const auto begin = tables.records[posting.indicator].offset;
    if (posting.value < begin || posting.alternative < begin || !is_value(bytes, posting.value - begin) ||
        !is_alternative(bytes, posting.alternative - begin))
      return "its postings";
  }
  return nullptr;
}

std::uint64_t tables_sum(std::string_view bytes, const Layout& at) {
  return XXH3_64bits(bytes.data() + sizeof(Header), at.sums - sizeof(Header));
}
std::uint64_t header_sum(const Header& header) {
  return XXH3_64bits(&header, offsetof(Header, header_sum));
}

Header header_of(const Segment& segment, std::string_view note) {
  const auto& tables = segment.tables();
  Header out{};
  out.magic = magic;
  out.paths = path_count;
  out.records = static_cast<std::uint32_t>(tables.records.size());
  out.id_directory = static_cast<std::uint32_t>(tables.id_directory.size());
  out.postings = static_cast<std::uint32_t>(tables.postings.size());
  out.directory = static_cast<std::uint32_t>(tables.directory.size());
  out.slots = static_cast<std::uint32_t>(tables.slots.size());
  out.seed = segment.seed();
  out.filter = tables.filter.size();
  out.note_bytes = note.size();
  out.arena_bytes = tables.arena.size();
  out.id_shift = tables.id_shift;
  out.shift = tables.shift;
  return out;
}

/// Hands all parts to `put`, in order. The checksum of the tables is made on the way to `sum`.
template <class Put>
void for_each_part(const Segment& segment, std::string_view note, std::span<const std::uint32_t> sums,
                   Put&& put) {
  const auto& tables = segment.tables();
  const auto bytes = [](const auto& span) {
    return std::string_view{reinterpret_cast<const char*>(span.data()), span.size_bytes()};
  };
  constexpr std::string_view padding{"\0\0\0\0\0\0\0\0", 8};
  const auto part = [&](std::string_view text) {
    put(text);
    put(padding.substr(0, (8 - text.size() % 8) % 8));
  };
  part(note);
  part(bytes(tables.records));
  part(bytes(tables.id_directory));
  part(bytes(tables.postings));
  part(bytes(tables.directory));
  part(bytes(tables.slots));
  part(bytes(tables.filter));
  part(bytes(sums));
  put(tables.arena);
}

/// The header, and the checksum of each indicator; 0 for those that were removed.
std::pair<Header, std::vector<std::uint32_t>> front_of(const Segment& segment, std::string_view note) {
  const auto& tables = segment.tables();
  std::vector<std::uint32_t> sums(tables.records.size());
  for (std::uint32_t i = 0; i < sums.size(); ++i)
    if (!segment.is_removed(i)) sums[i] = sum_of(tables.records[i], bytes_of(tables, i));
  auto header = header_of(segment, note);
  const Layout at{header};
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  std::uint64_t done = sizeof(Header);
  for_each_part(segment, note, sums, [&](std::string_view bytes) {
    if (done < at.sums) XXH3_64bits_update(&state, bytes.data(), bytes.size());
    done += bytes.size();
  });
  header.tables_sum = XXH3_64bits_digest(&state);
  header.header_sum = header_sum(header);
  return {header, std::move(sums)};
}

std::string_view bytes_of(const Header& header) {
  return {reinterpret_cast<const char*>(&header), sizeof(header)};
}

}  // namespace

std::string saved_bytes(const Segment& segment, std::string_view note) {
  const auto [header, sums] = front_of(segment, note);
  std::string out{bytes_of(header)};
  for_each_part(segment, note, sums, [&](std::string_view bytes) { out += bytes; });
  return out;
}

Status save(const std::string& path, const Segment& segment, std::string_view note, FileSystem& files) {
  const auto [header, sums] = front_of(segment, note);
  const auto fresh_path = path + ".new";
  TOCSIN_TRY(files.remove(fresh_path));
  auto file = files.open(fresh_path);
  if (!file) return file.error();
  std::string gathered{bytes_of(header)};
  std::uint64_t written = 0;
  Status status;
  const auto write = [&](std::string_view bytes) {
    if (status) status = (*file)->write_at(written, bytes);
    written += bytes.size();
  };
  const auto flush = [&] {
    write(gathered);
    gathered.clear();
  };
  for_each_part(segment, note, sums, [&](std::string_view bytes) {
    if (bytes.size() < write_bytes) {
      gathered += bytes;
    } else {
      flush();
      write(bytes);
    }
    if (gathered.size() >= write_bytes) flush();
  });
  flush();
  TOCSIN_TRY(std::move(status));
  TOCSIN_TRY((*file)->sync());
  TOCSIN_TRY(files.rename(fresh_path, path));
  return files.sync_folder(std::filesystem::path{path}.parent_path().string());
}

Result<std::shared_ptr<Segment>> Saved::read(std::string_view bytes, CircleId circle, std::string& note,
                                             std::shared_ptr<const void> storage) {
  Header header{};
  if (bytes.size() < sizeof(header)) return corrupt("it is no whole header");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != magic || header.paths != path_count) return corrupt("another version wrote it");
  if (header.header_sum != header_sum(header)) return corrupt("its header was changed");
  const auto tables = tables_in(bytes, header);
  if (!tables) return corrupt("its size is not what its header says");
  const Layout at{header};
  if (header.tables_sum != tables_sum(bytes, at)) return corrupt("its tables were changed");
  if (const char* fault = fault_in(*tables)) return corrupt(std::string{fault} + " make no sense");

  // Each indicator by itself, because each may have been blanked by itself.
  const auto sums = span_at<std::uint32_t>(bytes, at.sums, header.records);
  Features features;
  std::vector<std::uint32_t> blank, patterns;
  for (std::uint32_t i = 0; i < sums.size(); ++i) {
    const auto item = bytes_of(*tables, i);
    if (!is_well_formed(item)) return corrupt("an indicator makes no sense");
    if (sums[i] == 0) {
      blank.push_back(i);
      continue;
    }
    if (sums[i] != sum_of(tables->records[i], item)) return corrupt("an indicator was changed");
    const auto* alternatives = read_head(item.data()).alternatives;
    if (!pattern_text(alternatives).empty()) patterns.push_back(i);
    for_each_key(alternatives, [&](stix::Path path, Form form, std::string_view key, const char*,
                                   const char*) { features.add(path, form, key); });
  }
  note = bytes.substr(at.note, header.note_bytes);
  auto segment = std::make_shared<Segment>(header.seed, *tables, std::move(storage), circle,
                                           std::move(features), std::move(patterns));
  for (const auto i : blank) segment->remove(i);
  return segment;
}

Result<Saved> Saved::open(const std::string& path, CircleId circle) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return Error{Errc::not_found, path + " is not there"};
  if (descriptor < 0) return Error{Errc::unavailable, path + " cannot be opened"};
  struct stat about {};
  const bool known = ::fstat(descriptor, &about) == 0;
  const auto size = static_cast<std::size_t>(about.st_size);
  void* const mapped = known && size > 0
                           ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0)
                           : MAP_FAILED;
  ::close(descriptor);
  if (known && size == 0) return corrupt("it is empty");
  if (mapped == MAP_FAILED) return Error{Errc::unavailable, path + " cannot be mapped"};
  const std::shared_ptr<const void> storage{
      mapped, [size](const void* at) { ::munmap(const_cast<void*>(at), size); }};
  const std::string_view bytes{static_cast<const char*>(mapped), size};

  Saved out;
  auto segment = read(bytes, circle, out.note_, storage);
  if (!segment) return in_context(path + ": ", std::move(segment).error());
  out.segment_ = *std::move(segment);
  auto file = system_files().open(path);
  if (!file) return file.error();
  out.file_ = *std::move(file);
  Header header{};
  std::memcpy(&header, bytes.data(), sizeof(header));
  const Layout at{header};
  out.sums_at_ = at.sums;
  out.arena_at_ = at.arena;
  // Scans need the directory, the slots and the filter; the rest comes back from the file when it is asked
  // for.
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto release = [&](std::uint64_t from, std::uint64_t to) {
    from = (from + page - 1) / page * page;
    to = to / page * page;
    if (from < to) ::madvise(static_cast<char*>(mapped) + from, to - from, MADV_DONTNEED);
  };
  release(0, at.directory);
  release(at.sums, size);
  return out;
}

Status Saved::blank(std::uint32_t indicator) {
  const auto& tables = segment_->tables();
  if (indicator >= tables.records.size()) return {};
  const auto silence = blanked(bytes_of(tables, indicator));
  // First the mark, then the bytes: one that is half overwritten is never taken for one that was changed.
  constexpr std::string_view zeros{"\0\0\0\0", 4};
  TOCSIN_TRY(file_->write_at(sums_at_ + indicator * sizeof(std::uint32_t), zeros));
  return file_->write_at(arena_at_ + tables.records[indicator].offset, silence);
}

Status Saved::sync() {
  return file_->sync();
}

void seal(std::string& bytes) {
  Header header{};
  if (bytes.size() < sizeof(header)) return;
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.magic = magic;
  header.paths = path_count;
  if (const auto tables = tables_in(bytes, header)) {
    const Layout at{header};
    if (!fault_in(*tables))
      for (std::uint32_t i = 0; i < header.records; ++i) {
        const auto sum = sum_of(tables->records[i], bytes_of(*tables, i));
        std::memcpy(bytes.data() + at.sums + i * sizeof(sum), &sum, sizeof(sum));
      }
    header.tables_sum = tables_sum(bytes, at);
  }
  header.header_sum = header_sum(header);
  std::memcpy(bytes.data(), &header, sizeof(header));
}

}  // namespace tocsin::match
