#include "sensor/tail.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <filesystem>
#include <optional>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "sensor/input.hpp"

namespace tocsin::sensor {
namespace {

namespace fs = std::filesystem;
using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr std::size_t head_bytes = 256;
constexpr std::size_t header_bytes_max = 64 << 10;
constexpr std::size_t finished_max = 64;
constexpr milliseconds idle_poll_max{50};
constexpr milliseconds look_anyway{1000};  // should an event of the kernel's ever be lost
constexpr std::string_view positions_version = "tocsin positions 1";

struct Descriptor {
  int value = -1;
  Descriptor() = default;
  explicit Descriptor(int fd) : value{fd} {}
  Descriptor(Descriptor&& other) noexcept : value{std::exchange(other.value, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

struct Inode {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  friend bool operator==(const Inode&, const Inode&) = default;
};

struct Info {
  Inode inode;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
};

std::optional<Info> info_of(int fd) {
  struct stat s {};
  if (::fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) return std::nullopt;
  return Info{{s.st_dev, s.st_ino},
              static_cast<std::uint64_t>(s.st_size),
              s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec};
}

std::optional<Inode> inode_at(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) return std::nullopt;
  return Inode{s.st_dev, s.st_ino};
}

Descriptor open_file(const std::string& path) {
  return Descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
}

std::string read_head(int fd, std::size_t size) {
  std::string head(size, '\0');
  const auto got = ::pread(fd, head.data(), size, 0);
  head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return head;
}

std::string head_hash(std::string_view head) {
  const auto hash = sha256(head);
  return to_hex(std::span{hash}.first(16));
}

/// What was noted of a file on disk.
struct Position {
  std::string path;
  Inode inode;
  std::uint64_t offset_bytes = 0;
  std::uint64_t head_size = 0;
  std::string head;  // hash
  std::int64_t modified_ns = 0;

  bool fits(int fd, const Info& info) const {
    return info.size_bytes >= offset_bytes && info.size_bytes >= head_size &&
           (head_size == 0 || head_hash(read_head(fd, head_size)) == head);
  }
};

/// One file that is read, whatever its name is by now.
struct OpenFile {
  std::uint64_t number = 0;
  Descriptor fd;
  int watch = -1;
  Inode inode;
  std::uint64_t base_bytes = 0;       // where reading began
  std::uint64_t at_bytes = 0;         // where reading goes on
  std::uint64_t confirmed_bytes = 0;  // all before it is handled
  std::int64_t modified_ns = 0;       // when last looked at under its name
  std::string head;                   // its first bytes, as far as they are there
  std::string header;                 // see Chunk::header
  bool header_told = false;
  LineBuffer lines;
  bool renamed = false;   // lost its name: late lines may come
  bool finished = false;  // read to its end; waits for confirmation
  SteadyTime grew{};

  std::uint64_t end_bytes() const { return base_bytes + lines.position(); }
};

/// One path that is followed and the files that stood or stand there, oldest first.
struct Followed {
  std::string path;
  fs::path folder;
  std::string name;
  std::deque<OpenFile> files;
  std::deque<Inode> finished;  // the last that were read to their end: not new when met again
  bool known = false;          // a file was there before: the next one is read from its start
  bool folder_watched = false;

  OpenFile* current() { return files.empty() || files.back().renamed ? nullptr : &files.back(); }
  bool knows(const Inode& inode) const {
    return std::any_of(files.begin(), files.end(), [&](const OpenFile& f) { return f.inode == inode; }) ||
           std::find(finished.begin(), finished.end(), inode) != finished.end();
  }
};

/// "conn.log.1", "conn.log-20261123", "conn-26-11-23.log" for "conn.log"; not "conn-summary.log", nor packed
/// ones.
bool is_rotated_name(std::string_view name, std::string_view followed) {
  for (const auto packed : {".gz", ".zst", ".xz", ".bz2", ".tmp"})
    if (name.ends_with(packed)) return false;
  if (name.size() > followed.size() && name.starts_with(followed))
    return name[followed.size()] == '.' || name[followed.size()] == '-';
  const auto stem = followed.substr(0, followed.rfind('.'));
  if (name.size() < stem.size() + 2 || !name.starts_with(stem)) return false;
  const char mark = name[stem.size()];
  const char next = name[stem.size() + 1];
  return (mark == '-' || mark == '.' || mark == '_') && next >= '0' && next <= '9';
}

struct Candidate {
  std::string path;
  Descriptor fd;
  Info info;
};

/// Files beside the followed one that may have had its name, oldest first.
std::vector<Candidate> rotated_files(const Followed& followed) {
  std::vector<Candidate> all;
  std::error_code ignored;
  for (fs::directory_iterator at{followed.folder, ignored}, end; at != end; at.increment(ignored)) {
    if (ignored || !is_rotated_name(at->path().filename().string(), followed.name)) continue;
    Candidate candidate{at->path().string(), open_file(at->path().string()), {}};
    const auto info = info_of(candidate.fd.value);
    if (!info) continue;
    candidate.info = *info;
    all.push_back(std::move(candidate));
  }
  std::sort(all.begin(), all.end(),
            [](const Candidate& a, const Candidate& b) { return a.info.modified_ns < b.info.modified_ns; });
  return all;
}

/// Where the last whole line before the end stops.
std::uint64_t last_line_end(int fd, std::uint64_t size) {
  std::string tail(std::min<std::uint64_t>(size, header_bytes_max), '\0');
  const auto got = ::pread(fd, tail.data(), tail.size(), static_cast<off_t>(size - tail.size()));
  if (got <= 0) return size;
  tail.resize(static_cast<std::size_t>(got));
  const auto feed = tail.rfind('\n');
  return feed == std::string::npos ? size : size - tail.size() + feed + 1;
}

/// The lines at the start that begin with '#': a table's columns.
std::string leading_header(int fd, std::uint64_t before_bytes) {
  const auto text = read_head(fd, std::min<std::uint64_t>(before_bytes, header_bytes_max));
  std::size_t end = 0;
  while (end < text.size() && text[end] == '#') {
    const auto feed = text.find('\n', end);
    if (feed == std::string::npos) break;
    end = feed + 1;
  }
  return text.substr(0, end);
}

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

std::optional<Position> parse_position(std::string_view line) {
  Position p;
  if (!take_number(line, p.inode.device) || !take_number(line, p.inode.number) ||
      !take_number(line, p.offset_bytes) || !take_number(line, p.modified_ns) ||
      !take_number(line, p.head_size) || p.head_size > head_bytes)
    return std::nullopt;
  const auto space = line.find(' ');
  if (space == std::string_view::npos || space + 1 == line.size()) return std::nullopt;
  p.head = line.substr(0, space);
  p.path = line.substr(space + 1);
  return p;
}

std::string print_position(const Followed& followed, const OpenFile& file) {
  return std::to_string(file.inode.device) + ' ' + std::to_string(file.inode.number) + ' ' +
         std::to_string(file.confirmed_bytes) + ' ' + std::to_string(file.modified_ns) + ' ' +
         std::to_string(file.head.size()) + ' ' + head_hash(file.head) + ' ' + followed.path + '\n';
}

}  // namespace

struct Tail::State {
  std::deque<Followed> followed;
  std::string positions_path;
  TailOptions options;
  Descriptor inotify;
  Descriptor wakeup{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::vector<std::string> warnings;
  std::uint64_t next_number = 1;
  std::size_t turn = 0;      // whose turn it is to be read first
  bool moved = false;        // positions changed since they were saved
  bool all_watched = false;  // the kernel tells of every change
  milliseconds idle_poll{0};

  void watch_folders();
  OpenFile make(Followed& f, Descriptor fd, const Info& info, std::uint64_t offset, bool renamed);
  void restore(Followed& f, const std::vector<Position>& positions);
  void look(Followed& f);
  void take_over_name(Followed& f);
  void add_between(Followed& f, std::int64_t since_ns, const Inode& newest);
  bool rewritten(OpenFile& file, const Info& info) const;
  void truncated(Followed& f);
  bool read(Followed& f, Chunk& chunk);
  bool read(OpenFile& file, Chunk& chunk);
  void forget_finished(Followed& f);
  bool wait(milliseconds longest);
};

void Tail::State::watch_folders() {
  all_watched = inotify.value >= 0;
  for (auto& f : followed) {
    if (inotify.value >= 0 && !f.folder_watched)
      f.folder_watched = ::inotify_add_watch(inotify.value, f.folder.c_str(), IN_CREATE | IN_MOVED_TO) >= 0;
    all_watched = all_watched && f.folder_watched;
    for (const auto& file : f.files) all_watched = all_watched && file.watch >= 0;
  }
}

OpenFile Tail::State::make(Followed& f, Descriptor fd, const Info& info, std::uint64_t offset, bool renamed) {
  OpenFile file;
  file.number = next_number++;
  file.fd = std::move(fd);
  file.inode = info.inode;
  file.base_bytes = file.at_bytes = file.confirmed_bytes = offset;
  file.modified_ns = info.modified_ns;
  file.head = read_head(file.fd.value, head_bytes);
  if (offset > 0) file.header = leading_header(file.fd.value, offset);
  file.renamed = renamed;
  file.grew = std::chrono::steady_clock::now();
  if (inotify.value >= 0) {
    // By descriptor: the name may belong to another file by now.
    const auto by_fd = "/proc/self/fd/" + std::to_string(file.fd.value);
    file.watch = ::inotify_add_watch(inotify.value, by_fd.c_str(), IN_MODIFY);
  }
  if (file.watch < 0) all_watched = false;
  f.known = true;
  moved = true;
  return file;
}

void Tail::State::restore(Followed& f, const std::vector<Position>& positions) {
  std::int64_t newest_ns = 0;
  for (const auto& position : positions) {
    if (position.path != f.path) continue;
    f.known = true;
    newest_ns = std::max(newest_ns, position.modified_ns);
    auto fd = open_file(f.path);
    if (const auto info = info_of(fd.value);
        info && info->inode == position.inode && position.fits(fd.value, *info)) {
      f.files.push_back(make(f, std::move(fd), *info, position.offset_bytes, false));
      continue;
    }
    // Renamed meanwhile, or copied away and truncated: the copy has the same beginning.
    auto files = rotated_files(f);
    auto found = std::find_if(files.begin(), files.end(), [&](const Candidate& c) {
      return c.info.inode == position.inode && position.fits(c.fd.value, c.info);
    });
    if (found == files.end() && position.head_size > 0)
      found = std::find_if(files.begin(), files.end(), [&](const Candidate& c) {
        return !f.knows(c.info.inode) && position.fits(c.fd.value, c.info);
      });
    if (found == files.end()) {
      warnings.push_back(f.path + ": the file that was read is gone; lines behind byte " +
                         std::to_string(position.offset_bytes) + " of it may be missed");
      f.finished.push_back(position.inode);
      continue;
    }
    f.files.push_back(make(f, std::move(found->fd), found->info, position.offset_bytes, true));
  }
  if (!f.known) {
    auto fd = open_file(f.path);
    if (const auto info = info_of(fd.value)) {
      const bool at_end = options.start == TailOptions::Start::end;
      const auto offset = at_end ? last_line_end(fd.value, info->size_bytes) : 0;
      f.files.push_back(make(f, std::move(fd), *info, offset, false));
    }
    f.known = true;
    return;
  }
  // The one under the name is always last; a position saved before it was renamed may have put it earlier.
  std::stable_partition(f.files.begin(), f.files.end(), [](const OpenFile& file) { return file.renamed; });
  if (f.current() != nullptr) return;
  auto fd = open_file(f.path);
  const auto info = info_of(fd.value);
  if (!f.files.empty() || info) add_between(f, newest_ns, info ? info->inode : Inode{});
  // A truncated file has its old inode and is read anew all the same.
  if (info) f.files.push_back(make(f, std::move(fd), *info, 0, false));
}

/// Finds out what became of the name since the last look.
void Tail::State::look(Followed& f) {
  const auto there = inode_at(f.path);
  auto* current = f.current();
  if (there && (current == nullptr || current->inode != *there)) return take_over_name(f);
  if (current == nullptr) return;
  const auto info = info_of(current->fd.value);
  if (!info) return;
  if (rewritten(*current, *info)) return truncated(f);
  current->modified_ns = info->modified_ns;
}

void Tail::State::take_over_name(Followed& f) {
  auto fd = open_file(f.path);
  const auto info = info_of(fd.value);
  if (!info) return;  // gone again
  if (auto* current = f.current()) {
    if (current->inode == info->inode) return;
    current->renamed = true;
    current->grew = std::chrono::steady_clock::now();
    add_between(f, current->modified_ns, info->inode);
  }
  f.files.push_back(make(f, std::move(fd), *info, 0, false));
}

/// Files that had the name and lost it again before we looked.
void Tail::State::add_between(Followed& f, std::int64_t since_ns, const Inode& newest) {
  for (auto& candidate : rotated_files(f))
    if (candidate.info.modified_ns >= since_ns && candidate.info.inode != newest &&
        !f.knows(candidate.info.inode))
      f.files.push_back(make(f, std::move(candidate.fd), candidate.info, 0, true));
}

/// True when the file is shorter than what was read, or begins with something else.
bool Tail::State::rewritten(OpenFile& file, const Info& info) const {
  if (info.size_bytes < file.at_bytes) return true;
  if (info.size_bytes == file.at_bytes && info.modified_ns == file.modified_ns) return false;
  auto head = read_head(file.fd.value, head_bytes);
  if (!head.starts_with(file.head)) return true;
  file.head = std::move(head);
  return false;
}

/// The file under the name began anew (logrotate's copytruncate). Its copy, when there is one, holds what was
/// not read yet: reading goes on there as if it had been renamed.
void Tail::State::truncated(Followed& f) {
  auto old = std::move(f.files.back());
  f.files.pop_back();
  if (old.watch >= 0) ::inotify_rm_watch(inotify.value, old.watch);
  for (auto& candidate : rotated_files(f)) {
    if (old.head.empty() || f.knows(candidate.info.inode) || candidate.info.size_bytes < old.at_bytes ||
        candidate.info.inode == old.inode || !read_head(candidate.fd.value, head_bytes).starts_with(old.head))
      continue;
    old.fd = std::move(candidate.fd);
    old.inode = candidate.info.inode;
    old.watch = -1;
    old.renamed = true;
    old.grew = std::chrono::steady_clock::now();
    f.files.push_back(std::move(old));
    break;
  }
  auto fd = open_file(f.path);
  if (const auto info = info_of(fd.value)) f.files.push_back(make(f, std::move(fd), *info, 0, false));
}

bool Tail::State::read(Followed& f, Chunk& chunk) {
  look(f);
  for (auto& file : f.files)
    if (!file.finished && read(file, chunk)) return true;
  forget_finished(f);
  return false;
}

bool Tail::State::read(OpenFile& file, Chunk& chunk) {
  for (;;) {
    chunk.lines = file.lines.take();
    if (!chunk.lines.empty()) break;
    const auto room = file.lines.room();
    const auto size = ::pread(file.fd.value, room.data(), room.size(), static_cast<off_t>(file.at_bytes));
    if (size < 0 && errno == EINTR) continue;
    if (size > 0) {
      file.at_bytes += static_cast<std::uint64_t>(size);
      file.lines.filled(static_cast<std::size_t>(size));
      file.grew = std::chrono::steady_clock::now();
      continue;
    }
    if (!file.renamed || std::chrono::steady_clock::now() - file.grew < options.grace) return false;
    file.finished = true;
    chunk.lines = file.lines.take_rest();
    if (chunk.lines.empty()) return false;
    break;
  }
  chunk.file = file.number;
  if (!std::exchange(file.header_told, true)) chunk.header = file.header;
  chunk.end_bytes = file.end_bytes();
  return true;
}

void Tail::State::forget_finished(Followed& f) {
  for (auto file = f.files.begin(); file != f.files.end();) {
    if (!file->finished || file->confirmed_bytes < file->end_bytes()) {
      ++file;
      continue;
    }
    if (file->watch >= 0) ::inotify_rm_watch(inotify.value, file->watch);
    f.finished.push_back(file->inode);
    if (f.finished.size() > finished_max) f.finished.pop_front();
    file = f.files.erase(file);
    moved = true;
  }
}

/// True when woken.
bool Tail::State::wait(milliseconds longest) {
  watch_folders();
  idle_poll = std::clamp(idle_poll * 2, options.poll, std::max(options.poll, idle_poll_max));
  longest =
      std::min(longest, all_watched ? std::min(look_anyway, options.grace + milliseconds{1}) : idle_poll);
  std::array<pollfd, 2> waits{{{wakeup.value, POLLIN, 0}, {inotify.value, POLLIN, 0}}};
  ::poll(waits.data(), inotify.value >= 0 ? 2 : 1, static_cast<int>(longest.count()));
  if ((waits[1].revents & POLLIN) != 0) {
    // What changed is found by looking at every file: cheaper than keeping the kernel's and our names in
    // step.
    std::array<char, 16384> events{};
    while (::read(inotify.value, events.data(), events.size()) > 0) idle_poll = milliseconds{0};
  }
  std::uint64_t count = 0;
  return ::read(wakeup.value, &count, sizeof count) == sizeof count;
}

Tail::Tail(std::unique_ptr<State> state) : state_{std::move(state)} {}
Tail::~Tail() = default;

Result<std::unique_ptr<Tail>> Tail::open(std::vector<std::string> paths, std::string positions,
                                         TailOptions options) {
  auto state = std::make_unique<State>();
  state->positions_path = std::move(positions);
  state->options = options;
  if (options.use_inotify) state->inotify = Descriptor{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};

  std::vector<Position> known;
  auto text = read_file(state->positions_path);
  if (!text && text.error().code != Errc::not_found) return std::move(text).error();
  if (text) {
    auto lines = split(*text, '\n');
    if (lines.front() != positions_version) {
      state->warnings.push_back(state->positions_path + ": not readable, files start as at the first start");
      lines.clear();
    }
    for (const auto line : lines)
      if (auto position = parse_position(line)) known.push_back(*std::move(position));
  }
  for (auto& path : paths) {
    if (path.empty() || path.find('\n') != std::string::npos)
      return Error{Errc::invalid_input, "a path to follow is empty or holds a line feed"};
    std::error_code error;
    const auto absolute = fs::absolute(path, error);
    auto& f = state->followed.emplace_back();
    f.path = absolute.string();
    f.folder = absolute.parent_path();
    f.name = absolute.filename().string();
  }
  state->watch_folders();  // before the first look: what happens in between is told
  for (auto& f : state->followed) state->restore(f, known);
  return std::unique_ptr<Tail>{new Tail{std::move(state)}};
}

Tail::Chunk Tail::next(milliseconds timeout) {
  auto& state = *state_;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    for (std::size_t i = 0; i < state.followed.size(); ++i) {
      const auto index = (state.turn + i) % state.followed.size();
      Chunk chunk;
      chunk.path = index;
      if (!state.read(state.followed[index], chunk)) continue;
      state.turn = index + 1;
      state.idle_poll = milliseconds{0};
      return chunk;
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds{0} || state.wait(left)) return {};
  }
}

void Tail::confirm(const Chunk& chunk) {
  if (chunk.path >= state_->followed.size()) return;
  auto& f = state_->followed[chunk.path];
  for (auto& file : f.files) {
    if (file.number != chunk.file) continue;
    file.confirmed_bytes = std::max(file.confirmed_bytes, chunk.end_bytes);
    state_->moved = true;
  }
}

Status Tail::save() {
  auto& state = *state_;
  if (!state.moved) return {};
  std::string text{positions_version};
  text += '\n';
  for (auto& f : state.followed) {
    state.forget_finished(f);
    for (const auto& file : f.files) text += print_position(f, file);
  }
  TOCSIN_TRY(write_file(state.positions_path, text, 0600));
  state.moved = false;
  return {};
}

void Tail::wake() {
  const std::uint64_t one = 1;
  // Only a counter at its limit refuses, and then a wake is pending already.
  [[maybe_unused]] const auto written = ::write(state_->wakeup.value, &one, sizeof one);
}

std::vector<std::string> Tail::take_warnings() {
  return std::exchange(state_->warnings, {});
}

}  // namespace tocsin::sensor
