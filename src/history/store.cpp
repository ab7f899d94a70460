#include "history/store.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace tocsin::history {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view list_head = "tocsin history 1";
constexpr char hashed_mark = '\xff';  // no other key begins so
constexpr std::size_t hashed_bytes = 16, waiting_tables_max = 2, runs_per_tier = 4, write_bytes = 1 << 20;
constexpr std::uint64_t fresh_bytes_max = 64 << 20, smallest_tier_bytes = 64 << 10;
constexpr std::uint32_t day_seconds = 24 * 60 * 60;
constexpr int read_attempts = 5;

std::uint32_t second_of(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX));
}

struct List {
  bool hashed = false, older_hashed = false;
  std::vector<std::string> names;
};

Result<List> read_list(const std::string& folder) {
  const auto text = read_file(folder + "/runs");
  if (!text) return text.error();
  auto lines = split(trim(*text), '\n');
  const auto values = lines.size() < 2 ? std::string_view{} : lines[1];
  if (lines.front() != list_head || (values != "plain" && values != "hashed" && values != "mixed"))
    return Error{Errc::corrupt, folder + "/runs is no list of runs"};
  List out{values == "hashed", values == "mixed", {}};
  for (const auto name : std::span{lines}.subspan(2)) {
    if (!name.starts_with("run-") || name.find('/') != std::string_view::npos)
      return Error{Errc::corrupt, folder + "/runs names no run"};
    out.names.emplace_back(name);
  }
  return out;
}

/// Which runs are merged with which: those of like size.
int tier_of(std::uint64_t bytes) {
  int tier = 0;
  for (; bytes > smallest_tier_bytes; bytes /= 4) ++tier;
  return tier;
}

View::Runs runs_of(const auto& stored) {
  View::Runs out;
  for (const auto& one : stored) out.push_back(one.run);
  return out;
}

}  // namespace

std::string Keys::kept(std::string_view key) const {
  if (values == Values::plain && key.size() <= key_bytes_max) return std::string{key};
  const auto hash = hmac_sha256(as_bytes(secret), key);
  return hashed_mark + std::string{as_text(std::span{hash}.first(hashed_bytes))};
}

// Past
// -------------------------------------------------------------------------------------------------

Result<Past> Past::read(const std::string& folder) {
  // Who writes there may merge runs between our two looks.
  for (int attempt = 1;; ++attempt) {
    const auto list = read_list(folder);
    if (!list) return list.error();
    auto secret = read_file(folder + "/key");
    if (!secret) return secret.error();
    View::Runs runs;
    std::optional<Error> failed;
    for (const auto& name : list->names) {
      auto run = Run::open(folder + "/" + name);
      if (!run) failed = run.error();
      if (run) runs.push_back(*std::move(run));
    }
    if (failed && attempt < read_attempts) continue;
    if (failed) return *std::move(failed);
    return Past{View{std::move(runs)},
                {list->hashed ? Values::hashed : Values::plain, list->older_hashed, *std::move(secret)},
                0};
  }
}

std::optional<Trace> Past::find(std::string_view key) const {
  auto found = view_.find(keys_.kept(key));
  if (keys_.older_hashed) {
    const Keys hashed{Values::hashed, false, keys_.secret};
    if (const auto older = view_.find(hashed.kept(key))) {
      if (!found) found.emplace();
      found->add(*older);
    }
  }
  return found && found->last_second >= oldest_second_ ? found : std::nullopt;
}

void Past::walk(std::string_view prefix,
                const std::function<bool(std::string_view key, const Trace& trace)>& visit) const {
  view_.walk(prefix, [&](std::string_view key, const Trace& trace) {
    if (key.front() == hashed_mark) return false;  // the last of all
    return trace.last_second < oldest_second_ || visit(key, trace);
  });
}

// Store
// -------------------------------------------------------------------------------------------------

Result<std::unique_ptr<Store>> Store::open(Options options, const Clock& clock) {
  std::unique_ptr<Store> out{new Store{std::move(options), clock}};
  TOCSIN_TRY(out->load());
  out->writer_ = std::thread{[&store = *out] { store.keep_writing(); }};
  out->merger_ = std::thread{[&store = *out] { store.keep_merging(); }};
  return out;
}

Store::~Store() {
  if (!writer_.joinable()) return;
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  due_.notify_all();
  room_.notify_all();
  writer_.join();
  merger_.join();
  (void)persist();
}

Status Store::load() {
  table_ = std::make_unique<Table>(options_.table_entries_max);
  std::error_code error;
  fs::create_directories(options_.folder, error);
  if (error) return Error{Errc::unavailable, options_.folder + ": " + error.message()};
  fs::permissions(options_.folder, fs::perms::owner_all, error);

  keys_.values = options_.values;
  if (auto secret = read_file(options_.folder + "/key"); secret && secret->size() == 32) {
    keys_.secret = *std::move(secret);
  } else {
    const auto fresh = random_bytes_32();
    keys_.secret = as_text(fresh);
    TOCSIN_TRY(write_file(options_.folder + "/key", keys_.secret, 0600));
  }
  List list;
  if (auto read = read_list(options_.folder))
    list = *std::move(read);
  else if (read.error().code != Errc::not_found)
    note(read.error());
  keys_.older_hashed = keys_.values == Values::plain && (list.hashed || list.older_hashed);
  std::vector<Stored> plain;
  for (const auto& name : list.names) {
    const auto path = options_.folder + "/" + name;
    auto run = Run::open(path);
    next_number_ = std::max<std::uint64_t>(next_number_, std::strtoull(name.c_str() + 4, nullptr, 10) + 1);
    if (!run) {
      note(run.error());
      fs::rename(path, options_.folder + "/damaged-" + name, error);
      continue;
    }
    (keys_.values == Values::hashed && !list.hashed ? plain : stored_).push_back({name, *std::move(run)});
  }
  for (const auto& one : plain) TOCSIN_TRY(rehash(one));
  TOCSIN_TRY(write_list(stored_));
  for (fs::directory_iterator at{options_.folder, error}, end; at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (name.starts_with("run-") &&
        std::ranges::none_of(stored_, [&](const Stored& one) { return one.name == name; }))
      fs::remove(at->path(), error);  // its writing or its end was cut short
  }
  return {};
}

/// A run of plain values becomes some of hashed ones.
Status Store::rehash(const Stored& plain) {
  Run::Cursor cursor{plain.run};
  for (bool more = true; more;) {
    std::vector<std::pair<std::string, Trace>> portion;
    while (portion.size() < 4 * options_.table_entries_max && (more = cursor.next())) {
      const auto& key = cursor.key();
      portion.emplace_back(key.front() == hashed_mark ? key : keys_.kept(key), cursor.trace());
    }
    if (portion.empty()) break;
    std::ranges::sort(portion, {}, [](const auto& one) -> const std::string& { return one.first; });
    std::string bytes;
    RunWriter writer{[&](std::string_view part) {
                       bytes += part;
                       return Status{};
                     },
                     portion.size(), plain.run->base_second()};
    for (std::size_t i = 0; i < portion.size();) {
      Trace trace;
      const auto begin = i;
      for (; i < portion.size() && portion[i].first == portion[begin].first; ++i)
        trace.add(portion[i].second);
      TOCSIN_TRY(writer.add(portion[begin].first, trace));
    }
    TOCSIN_TRY(writer.finish());
    auto run = Run::of(std::move(bytes));
    if (!run) return run.error();
    auto stored = write({*run}, 0);
    if (!stored) return stored.error();
    stored_.push_back(*std::move(stored));
  }
  return {};
}

void Store::add(std::span<const Observed> values, std::string_view file) {
  std::unique_lock lock{mutex_};
  for (;;) {
    values = values.subspan(table_->add(values, file));
    if (values.empty()) return;
    room_.wait(lock, [this] { return full_.size() < waiting_tables_max || stopping_; });
    if (stopping_) return;
    full_.push_back(std::exchange(table_, std::make_unique<Table>(options_.table_entries_max)));
    wake_.notify_all();
  }
}

/// What was added becomes a run in memory.
void Store::seal() {
  const std::scoped_lock sealing{seal_mutex_};
  std::deque<std::unique_ptr<Table>> tables;
  {
    const std::scoped_lock lock{mutex_};
    tables.swap(full_);
    if (!table_->empty())
      tables.push_back(std::exchange(table_, std::make_unique<Table>(options_.table_entries_max)));
  }
  room_.notify_all();
  for (const auto& table : tables) {
    auto bytes = table->seal(
        [this](std::uint8_t tag, std::string_view text) { return keys_.kept(options_.key_of(tag, text)); });
    auto run = bytes ? Run::of(*std::move(bytes)) : Result<std::shared_ptr<const Run>>{bytes.error()};
    const std::scoped_lock lock{mutex_};
    if (run)
      fresh_.push_back(*std::move(run));
    else
      failure_ = run.error().detail;
  }
}

Past Store::past() {
  seal();
  const std::scoped_lock lock{mutex_};
  auto runs = runs_of(stored_);
  runs.insert(runs.end(), fresh_.begin(), fresh_.end());
  return {View{std::move(runs)}, keys_, oldest_kept()};
}

Status Store::persist() {
  const std::scoped_lock writing{disk_mutex_};
  seal();
  View::Runs fresh;
  {
    const std::scoped_lock lock{mutex_};
    fresh = fresh_;
  }
  if (fresh.empty()) return {};
  auto stored = write(fresh, 0);
  Status done;
  std::vector<Stored> all;
  if (stored) {
    {
      const std::scoped_lock lock{mutex_};
      all = stored_;
    }
    all.push_back(*stored);
    done = write_list(all);
  } else {
    done = stored.error();
  }
  const std::scoped_lock lock{mutex_};
  if (done) {
    failure_.clear();
    stored_ = std::move(all);
    fresh_.erase(fresh_.begin(), fresh_.begin() + static_cast<std::ptrdiff_t>(fresh.size()));
    due_.notify_all();
    return {};
  }
  failure_ = done.error().detail;
  while (View{fresh_}.bytes() > fresh_bytes_max) {
    dropped_ += fresh_.front()->entries();
    fresh_.erase(fresh_.begin());
  }
  return done;
}

Result<Store::Stored> Store::write(const View::Runs& runs, std::uint32_t cutoff_second) {
  const View view{runs};
  Stored out{"run-" + std::to_string(next_number_++), nullptr};
  const auto path = options_.folder + "/" + out.name;
  TOCSIN_TRY(system_files().remove(path));
  auto file = system_files().open(path);
  if (!file) return file.error();
  std::error_code ignored;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, ignored);
  std::string waiting;
  std::uint64_t written = 0;
  const auto put = [&]() -> Status {
    TOCSIN_TRY((*file)->write_at(written, waiting));
    written += waiting.size();
    waiting.clear();
    return {};
  };
  RunWriter writer{[&](std::string_view bytes) {
                     waiting += bytes;
                     return waiting.size() < write_bytes ? Status{} : put();
                   },
                   view.entries(), view.oldest_second()};
  Status status;
  view.walk({}, [&](std::string_view key, const Trace& trace) {
    if (trace.last_second >= cutoff_second) status = writer.add(key, trace);
    return bool{status};
  });
  if (status) status = writer.finish();
  if (status) status = put();
  if (status) status = (*file)->sync();
  if (status) {
    auto run = Run::open(path);
    if (run) {
      out.run = *std::move(run);
      return out;
    }
    status = run.error();
  }
  (void)system_files().remove(path);
  return status.error();
}

Status Store::write_list(const std::vector<Stored>& stored) const {
  std::string text{list_head};
  text += keys_.values == Values::hashed ? "\nhashed\n" : keys_.older_hashed ? "\nmixed\n" : "\nplain\n";
  for (const auto& one : stored) text += one.name + "\n";
  return write_file(options_.folder + "/runs", text, 0600);
}

Status Store::replace(const std::vector<Stored>& from, const std::optional<Stored>& to) {
  std::vector<Stored> all;
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& one : stored_)
      if (std::ranges::none_of(from, [&](const Stored& other) { return other.name == one.name; }))
        all.push_back(one);
  }
  if (to) all.push_back(*to);
  TOCSIN_TRY(write_list(all));
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& one : from) damaged_before_ += one.run->damaged();
    stored_ = std::move(all);
  }
  for (const auto& one : from) (void)system_files().remove(options_.folder + "/" + one.name);
  return {};
}

std::uint32_t Store::oldest_kept() const {
  return second_of(clock_.now() - options_.age_max);
}

/// What is to be merged or rewritten next, for its size or its age. Under mutex_.
Store::Due Store::due() const {
  const auto oldest = oldest_kept();
  if (View{runs_of(stored_)}.bytes() > options_.bytes_max) return {stored_, oldest, true};
  for (const auto& one : stored_)
    if (one.run->entries() == 0 || one.run->oldest_last_second() < oldest - std::min(oldest, day_seconds))
      return {{one}, oldest, false};
  std::array<std::vector<Stored>, 40> tiers;
  for (const auto& one : stored_) tiers[static_cast<std::size_t>(tier_of(one.run->bytes()))].push_back(one);
  for (auto& tier : tiers)
    if (tier.size() >= runs_per_tier) return {std::move(tier), oldest, false};
  return {};
}

/// So that four fifths of the room are taken by what was seen last.
std::uint32_t Store::cutoff_for(const std::vector<Stored>& stored) const {
  std::uint32_t first = UINT32_MAX, last = 0;
  for (const auto& one : stored) {
    first = std::min(first, one.run->oldest_last_second());
    last = std::max(last, one.run->newest_second());
  }
  std::array<std::uint64_t, 1024> counts{};
  const auto width =
      std::max<std::uint64_t>(1, (std::uint64_t{last} - std::min(first, last)) / counts.size() + 1);
  std::uint64_t all = 0;
  for (const auto& one : stored)
    for (Run::Cursor cursor{one.run}; cursor.next(); ++all)
      ++counts[(cursor.trace().last_second - first) / width];
  const auto kept_max =
      static_cast<std::uint64_t>(static_cast<double>(all) * 0.8 * static_cast<double>(options_.bytes_max) /
                                 static_cast<double>(View{runs_of(stored)}.bytes()));
  std::uint64_t kept = 0;
  std::size_t at = counts.size();
  while (at > 0 && kept + counts[at - 1] <= kept_max) kept += counts[--at];
  return static_cast<std::uint32_t>(first + at * width);
}

Store::Counts Store::counts() const {
  const std::scoped_lock lock{mutex_};
  auto runs = runs_of(stored_);
  runs.insert(runs.end(), fresh_.begin(), fresh_.end());
  const View view{std::move(runs)};
  return {view.entries(),     view.bytes(),         dropped_, damaged_before_ + view.damaged(),
          view.runs().size(), view.oldest_second(), failure_};
}

void Store::note(const Status& status) {
  if (status) return;
  const std::scoped_lock lock{mutex_};
  failure_ = status.error().detail;
}

void Store::keep_writing() {
  auto next = std::chrono::steady_clock::now() + options_.persist_interval;
  for (;;) {
    bool full = false;
    {
      std::unique_lock lock{mutex_};
      wake_.wait_until(lock, next, [this] { return stopping_ || !full_.empty(); });
      if (stopping_) return;
      full = !full_.empty();
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= next) {
      (void)persist();  // a failure is in the counts, and it is tried again
      next = now + options_.persist_interval;
    } else if (full) {
      seal();
    }
  }
}

void Store::keep_merging() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);  // scanning comes first
  for (;;) {
    Due next;
    {
      std::unique_lock lock{mutex_};
      merging_ = false;
      next = due();
      if (next.runs.empty()) {
        idle_.notify_all();
        due_.wait_for(lock, std::chrono::minutes{1}, [&] {
          next = due();
          return stopping_ || !next.runs.empty();
        });
      }
      if (stopping_) return;
      if (next.runs.empty()) continue;
      merging_ = true;
    }
    if (next.too_large) next.cutoff_second = std::max(next.cutoff_second, cutoff_for(next.runs));
    // No lock is held: fresh values go on being written meanwhile.
    auto merged = write(runs_of(next.runs), next.cutoff_second);
    const std::scoped_lock writing{disk_mutex_};
    Status status = merged ? Status{} : Status{merged.error()};
    if (merged && (*merged).run->entries() == 0) {
      (void)system_files().remove(options_.folder + "/" + merged->name);
      status = replace(next.runs, std::nullopt);
    } else if (merged) {
      status = replace(next.runs, *merged);
    }
    note(status);
    if (status) continue;
    std::unique_lock lock{mutex_};
    merging_ = false;
    idle_.notify_all();
    due_.wait_for(lock, std::chrono::seconds{10}, [this] { return stopping_; });
  }
}

void Store::settle() {
  std::unique_lock lock{mutex_};
  idle_.wait(lock, [this] { return (!merging_ && due().runs.empty()) || !failure_.empty() || stopping_; });
}

}  // namespace tocsin::history
