#include "history/run.hpp"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "history/filter.hpp"

namespace tocsin::history {
namespace {

constexpr std::string_view magic = "TocsinH1";
constexpr std::size_t footer_bytes = 88, block_bytes_min = 2048, block_bytes_max = 8192;
constexpr std::uint32_t names_max = 65'535;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

/// False when `rest` ends first.
bool take_varint(std::string_view& rest, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::uint32_t sum32(std::string_view bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

template <class Number>
Number number_at(std::string_view bytes, std::uint64_t place) {
  Number out{};
  std::memcpy(&out, bytes.data() + place * sizeof(Number), sizeof(Number));
  return out;
}

Error no_run(const char* what) {
  return {Errc::corrupt, std::string{"not a run of a history: "} + what};
}

}  // namespace

// Writing
// -------------------------------------------------------------------------------------------------

RunWriter::RunWriter(std::function<Status(std::string_view)> append, std::uint64_t entries_max,
                     std::uint32_t base_second)
    : append_{std::move(append)},
      base_second_{base_second},
      filter_(FilterPlace::words_for(entries_max), 0) {}

std::uint32_t RunWriter::number_of(std::string_view file) {
  const auto met = met_.find(file.data());
  if (met != met_.end()) return met->second;
  const auto found = numbers_.try_emplace(std::string{file}, names_count_);
  if (found.second) {
    if (names_count_ == names_max) {  // far more logs than a sensor follows: the place is then not told
      numbers_.erase(found.first);
      return names_max;
    }
    append_varint(names_, file.size());
    names_ += file;
    ++names_count_;
  }
  met_.emplace(file.data(), found.first->second);
  return found.first->second;
}

Status RunWriter::add(std::string_view key, const Trace& trace) {
  TOCSIN_CHECK(key.size() <= key_bytes_max && (entries_ == 0 || key_ < key), "keys of a run ascend");
  std::size_t shared = 0;
  if (!block_.empty()) {
    const auto most = std::min(key.size(), key_.size());
    while (shared < most && key[shared] == key_[shared]) ++shared;
  }
  append_varint(block_, shared);
  append_varint(block_, key.size() - shared);
  block_ += key.substr(shared);
  const auto first_file = number_of(trace.first_file), last_file = number_of(trace.last_file);
  const bool once = trace.first_second == trace.last_second && first_file == last_file;
  append_varint(block_, trace.count << 1 | (once ? 1 : 0));
  append_varint(block_, trace.first_second - std::min(base_second_, trace.first_second));
  if (!once) {
    append_varint(block_, trace.last_second - trace.first_second);
    append_varint(block_, first_file);
  }
  append_varint(block_, last_file);
  append_varint(block_, trace.last_offset_bytes);
  key_ = key;
  const FilterPlace place{Run::hash_of(key), filter_.size()};
  filter_[place.word] |= place.bits;
  newest_second_ = std::max(newest_second_, trace.last_second);
  oldest_last_second_ = std::min(oldest_last_second_, trace.last_second);
  ++entries_;
  return block_.size() >= block_bytes_min ? end_block() : Status{};
}

Status RunWriter::end_block() {
  if (block_.empty()) return {};
  index_.push_back(written_);
  std::string sum;
  append_number(sum, sum32(block_));
  TOCSIN_TRY(put(sum));
  TOCSIN_TRY(put(block_));
  block_.clear();
  return {};
}

Status RunWriter::put(std::string_view bytes) {
  written_ += bytes.size();
  return append_(bytes);
}

Status RunWriter::finish() {
  TOCSIN_TRY(end_block());
  index_.push_back(written_);
  std::string end;
  const auto index_at = written_;
  for (const auto offset : index_) append_number(end, offset);
  const auto filter_at = index_at + end.size();
  for (const auto word : filter_) append_number(end, word);
  const auto names_at = index_at + end.size();
  end += names_;
  const auto sum = XXH3_64bits(end.data(), end.size());
  std::string footer{magic};
  append_number(footer, entries_);
  append_number(footer, static_cast<std::uint64_t>(index_.size() - 1));
  append_number(footer, index_at);
  append_number(footer, filter_at);
  append_number(footer, names_at);
  append_number(footer, names_at + names_.size());
  append_number(footer, static_cast<std::uint64_t>(names_count_));
  append_number(footer, base_second_);
  append_number(footer, newest_second_);
  append_number(footer, oldest_last_second_);
  append_number(footer, std::uint32_t{0});
  append_number(footer, static_cast<std::uint64_t>(sum));
  append_number(footer, sum32(footer));
  return put(end + footer);
}

// Reading
// -------------------------------------------------------------------------------------------------

std::uint64_t Run::hash_of(std::string_view key) {
  return XXH3_64bits(key.data(), key.size());
}

Result<std::shared_ptr<const Run>> Run::of(std::string bytes) {
  std::shared_ptr<Run> out{new Run};
  out->own_ = std::move(bytes);
  out->bytes_ = out->own_;
  TOCSIN_TRY(out->read_footer());
  return std::shared_ptr<const Run>{std::move(out)};
}

Result<std::shared_ptr<const Run>> Run::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return Error{errno == ENOENT ? Errc::not_found : Errc::unavailable, path + ": " + std::strerror(errno)};
  struct stat info {};
  std::shared_ptr<Run> out{new Run};
  if (::fstat(file, &info) == 0 && info.st_size > 0) {
    const auto size = static_cast<std::size_t>(info.st_size);
    if (void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0); at != MAP_FAILED) {
      out->mapped_ = at;
      out->bytes_ = {static_cast<const char*>(at), size};
    }
  }
  ::close(file);
  if (auto status = out->read_footer(); !status) return in_context(path, std::move(status).error());
  return std::shared_ptr<const Run>{std::move(out)};
}

Run::~Run() {
  if (mapped_ != nullptr) ::munmap(mapped_, bytes_.size());
}

Status Run::read_footer() {
  constexpr std::size_t tail_bytes = footer_bytes + 4;
  if (bytes_.size() < tail_bytes) return no_run("too short");
  const auto footer = bytes_.substr(bytes_.size() - tail_bytes);
  if (footer.substr(0, magic.size()) != magic) return no_run("no footer");
  if (number_at<std::uint32_t>(footer.substr(footer_bytes), 0) != sum32(footer.substr(0, footer_bytes)))
    return no_run("its footer's sum is wrong");
  ByteReader reader{footer.substr(magic.size())};
  entries_ = reader.number<std::uint64_t>();
  blocks_ = reader.number<std::uint64_t>();
  const auto index_at = reader.number<std::uint64_t>(), filter_at = reader.number<std::uint64_t>(),
             names_at = reader.number<std::uint64_t>(), names_end = reader.number<std::uint64_t>(),
             names_count = reader.number<std::uint64_t>();
  base_second_ = reader.number<std::uint32_t>();
  newest_second_ = reader.number<std::uint32_t>();
  oldest_last_second_ = reader.number<std::uint32_t>();
  reader.number<std::uint32_t>();
  const auto sum = reader.number<std::uint64_t>();
  if (index_at > filter_at || filter_at > names_at || names_at > names_end ||
      names_end != bytes_.size() - tail_bytes || blocks_ > bytes_.size() ||
      filter_at - index_at != (blocks_ + 1) * 8 || names_at - filter_at < 8 ||
      (names_at - filter_at) % 8 != 0)
    return no_run("its parts do not fit");
  if (XXH3_64bits(bytes_.data() + index_at, names_end - index_at) != sum) return no_run("a sum is wrong");
  index_ = bytes_.substr(index_at, filter_at - index_at);
  filter_ = bytes_.substr(filter_at, names_at - filter_at);
  for (std::uint64_t i = 0; i <= blocks_; ++i) {
    const auto at = number_at<std::uint64_t>(index_, i);
    if (at > index_at || (i > 0 && at < number_at<std::uint64_t>(index_, i - 1))) return no_run("its index");
  }
  auto rest = bytes_.substr(names_at, names_end - names_at);
  for (std::uint64_t i = 0; i < names_count; ++i) {
    std::uint64_t size = 0;
    if (!take_varint(rest, size) || size > rest.size()) return no_run("its names");
    names_.push_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return {};
}

std::string_view Run::name(std::uint64_t number) const {
  return number < names_.size() ? names_[number] : std::string_view{};
}

/// The entries of a block; empty when it is damaged.
std::string_view Run::block(std::uint64_t number) const {
  const auto begin = number_at<std::uint64_t>(index_, number),
             end = number_at<std::uint64_t>(index_, number + 1);
  if (end - begin < 4 || end - begin > block_bytes_max) {
    ++damaged_;
    return {};
  }
  const auto whole = bytes_.substr(begin, end - begin);
  const auto entries = whole.substr(4);
  if (number_at<std::uint32_t>(whole, 0) == sum32(entries)) return entries;
  ++damaged_;
  return {};
}

bool Run::read_entry(std::string_view& rest, std::string& key, Trace& trace) const {
  std::uint64_t shared = 0, size = 0, packed = 0, first = 0, spread = 0, first_file = 0, last_file = 0,
                offset = 0;
  if (!take_varint(rest, shared) || !take_varint(rest, size) || shared > key.size() || size > rest.size() ||
      shared + size > key_bytes_max)
    return false;
  key.resize(shared);
  key += rest.substr(0, size);
  rest.remove_prefix(size);
  if (!take_varint(rest, packed) || !take_varint(rest, first)) return false;
  const bool once = (packed & 1) != 0;
  if (!once && (!take_varint(rest, spread) || !take_varint(rest, first_file))) return false;
  if (!take_varint(rest, last_file) || !take_varint(rest, offset)) return false;
  trace.first_second = static_cast<std::uint32_t>(base_second_ + first);
  trace.last_second = static_cast<std::uint32_t>(trace.first_second + spread);
  trace.count = packed >> 1;
  trace.last_file = name(last_file);
  trace.first_file = once ? trace.last_file : name(first_file);
  trace.last_offset_bytes = offset;
  return true;
}

/// The last block whose first key is not greater; 0 when there is none.
std::uint64_t Run::block_before(std::string_view key) const {
  std::uint64_t begin = 0, end = blocks_;
  while (end - begin > 1) {
    const auto middle = begin + (end - begin) / 2;
    // Only the first key is looked at here: the sum of a block is asked for when it is read.
    auto rest = bytes_.substr(number_at<std::uint64_t>(index_, middle));
    rest = rest.substr(std::min<std::size_t>(4, rest.size()), block_bytes_max);
    std::uint64_t shared = 0, size = 0;
    if (!take_varint(rest, shared) || !take_varint(rest, size)) return begin;
    if (rest.substr(0, size) <= key)
      begin = middle;
    else
      end = middle;
  }
  return begin;
}

void Run::prefetch(std::uint64_t hash) const {
  __builtin_prefetch(filter_.data() + FilterPlace{hash, filter_.size() / 8}.word * 8);
}

std::optional<Trace> Run::find(std::string_view key, std::uint64_t hash) const {
  if (blocks_ == 0 || !may_hold(filter_, hash)) return std::nullopt;
  auto rest = block(block_before(key));
  std::string at;
  Trace trace;
  while (!rest.empty() && read_entry(rest, at, trace)) {
    if (at == key) return trace;
    if (at > key) break;
  }
  return std::nullopt;
}

Run::Cursor::Cursor(std::shared_ptr<const Run> run, std::string_view from) : run_{std::move(run)} {
  if (run_->blocks_ == 0) return;
  if (!from.empty()) block_ = run_->block_before(from);
  while (step())
    if (std::string_view{key_} >= from) {
      held_ = true;
      return;
    }
}

bool Run::Cursor::next() {
  if (held_) {
    held_ = false;
    return true;
  }
  return step();
}

bool Run::Cursor::step() {
  for (;;) {
    if (!rest_.empty()) {
      if (run_->read_entry(rest_, key_, trace_)) return true;
      rest_ = {};
      ++run_->damaged_;
    }
    if (block_ >= run_->blocks_) return false;
    rest_ = run_->block(block_++);
    key_.clear();
  }
}

}  // namespace tocsin::history
