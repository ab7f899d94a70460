#include "views/store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "views/keys.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/metadata.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

namespace tocsin::views {
namespace {

/// From this many unmerged files on, a bulk load waits for the merging to come after it.
constexpr std::uint64_t unmerged_files_max = 24;
constexpr std::string_view bulk_file = "/bulk.sorted";

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

Error error_of(const rocksdb::Status& status) {
  // A file that says what none of ours says is as bad as one whose checksum is wrong. The message names
  // files.
  const bool corrupt = status.IsCorruption() || status.IsNotSupported() || status.IsInvalidArgument();
  return {corrupt ? Errc::corrupt : Errc::unavailable, "views: " + status.ToString()};
}
Status result_of(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return error_of(status);
}

/// RocksDB's own journal of events would quote keys, which may be erased later.
class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class Groups final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "tocsin.views.group"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), group_size(view(key))};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return !key.empty() && key[0] != static_cast<char>(Table::position) &&
           key[0] != static_cast<char>(Table::governance);
  }
};

/// Remembers that a flush or merge failed, and keeps RocksDB from going on by itself: what it could still
/// write would follow a write that was lost.
class Watch final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override { failed_ = true; }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* recover) override {
    *recover = false;
  }
  void fail() { failed_ = true; }
  bool failed() const { return failed_; }

 private:
  std::atomic<bool> failed_ = false;
};

rocksdb::Options database_options(const Views::Options& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.cache_bytes, 2, false, 0.7);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = false;  // a `first` key is its own group
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;

  rocksdb::Options db;
  if (options.environment != nullptr) db.env = options.environment;
  db.create_if_missing = true;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  db.prefix_extractor = std::make_shared<Groups>();
  db.info_log = std::make_shared<Silence>();
  db.compression = options.compress ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  db.write_buffer_size = options.write_buffer_bytes;
  db.max_write_buffer_number = 3;
  db.memtable_prefix_bloom_size_ratio = 0.1;
  db.allow_concurrent_memtable_write = false;  // there is one writer
  db.level0_file_num_compaction_trigger = 6;
  db.max_bytes_for_level_base = 128ULL << 20;
  db.target_file_size_base = 32ULL << 20;
  db.max_background_jobs = 2;
  db.max_open_files = options.open_files_max;
  db.max_manifest_file_size = 1;  // a new one each time: it quotes the first and last key of each file
  db.keep_log_file_num = 1;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.max_bgerror_resume_count = 0;
  db.paranoid_checks = true;
  return db;
}

rocksdb::WriteOptions without_journal() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

}  // namespace

void Rows::put(std::string_view key, std::string_view value) {
  rows_.push_back(
      {bytes_.size(), static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())});
  bytes_.append(key).append(value);
}

void Rows::sort() {
  std::ranges::sort(rows_, [this](const Row& a, const Row& b) {
    return std::string_view{bytes_.data() + a.at, a.key_size} <
           std::string_view{bytes_.data() + b.at, b.key_size};
  });
  for (std::size_t i = 1; i < rows_.size(); ++i) TOCSIN_CHECK(key(i - 1) != key(i), "one key, put twice");
}

struct Store::State {
  rocksdb::Options options;
  std::shared_ptr<Watch> watch = std::make_shared<Watch>();
  std::string bulk_path;
  std::size_t bulk_rows_min = 0;
  std::unique_ptr<rocksdb::DB> db;

  /// Every write ends here, so that one that failed is the last.
  Status done(const rocksdb::Status& status) {
    if (!status.ok()) watch->fail();
    return result_of(status);
  }
  Status ready() const {
    if (watch->failed()) return Error{Errc::unavailable, "views: an earlier write failed; open them again"};
    return {};
  }
  rocksdb::Status insert(const Rows& rows);
  rocksdb::Status load(const Rows& rows);
  void wait_for_merging() const;
  std::vector<rocksdb::LevelMetaData> levels() const;
  using Range = std::pair<std::string, std::string>;
  std::optional<Range> unclean_range(std::string_view key, std::uint64_t newest) const;
  Status clean(std::string_view key, std::uint64_t newest);
  std::unique_ptr<rocksdb::Iterator> iterate(rocksdb::ReadOptions read) const {
    return std::unique_ptr<rocksdb::Iterator>{db->NewIterator(read)};
  }
};

rocksdb::Status Store::State::insert(const Rows& rows) {
  rocksdb::WriteBatch batch;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (auto put = batch.Put(slice(rows.key(i)), slice(rows.value(i))); !put.ok()) return put;
  return db->Write(without_journal(), &batch);
}

rocksdb::Status Store::State::load(const Rows& rows) {
  wait_for_merging();
  rocksdb::SstFileWriter writer{rocksdb::EnvOptions{}, options};
  auto status = writer.Open(bulk_path);
  for (std::size_t i = 0; status.ok() && i < rows.size(); ++i)
    status = writer.Put(slice(rows.key(i)), slice(rows.value(i)));
  if (status.ok()) status = writer.Finish();
  if (status.ok()) {
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    ingest.write_global_seqno = false;
    // What stands in memory is older and holds a position too, so it is flushed first: the order is kept.
    status = db->IngestExternalFile({bulk_path}, ingest);
  }
  if (!status.ok()) options.env->DeleteFile(bulk_path).PermitUncheckedError();
  return status;
}

void Store::State::wait_for_merging() const {
  std::uint64_t files = 0;
  while (!watch->failed() && db->GetIntProperty("rocksdb.num-files-at-level0", &files)) {
    if (files < unmerged_files_max) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

std::vector<rocksdb::LevelMetaData> Store::State::levels() const {
  rocksdb::ColumnFamilyMetaData all;
  db->GetColumnFamilyMetaData(&all);
  return all.levels;
}

/// What must be merged so that the mark of a removed key leaves the files too; nullopt once it has. RocksDB
/// drops such a mark only where no deeper file could hold the key, judged by the file's first and last key,
/// but a merge goes only as deep as there are keys of its range. So the range is that of the deepest of these
/// files.
std::optional<Store::State::Range> Store::State::unclean_range(std::string_view key,
                                                               std::uint64_t newest) const {
  std::optional<Range> deepest;
  int files = 0;
  bool old = false;
  for (const auto& level : levels()) {
    for (const auto& file : level.files) {
      const bool is_new = file.file_number > newest;
      if (key < file.smallestkey || key > file.largestkey || (level.level == 0 && is_new)) continue;
      ++files;
      old = old || !is_new;
      deepest = Range{file.smallestkey, file.largestkey};
    }
  }
  if (files > 1 || old) return deepest;
  return std::nullopt;
}

/// Merges until neither a removed key nor its mark is in any file up to `newest` or made from these.
Status Store::State::clean(std::string_view key, std::uint64_t newest) {
  constexpr int merges_max = 20;
  rocksdb::CompactRangeOptions how;
  how.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  how.exclusive_manual_compaction = false;
  for (int merges = 0; auto range = unclean_range(key, newest); ++merges) {
    if (merges == merges_max) return done(rocksdb::Status::Incomplete("a removed key stays in the files"));
    const rocksdb::Slice from = range->first;
    const rocksdb::Slice to = range->second;
    TOCSIN_TRY(done(db->CompactRange(how, &from, &to)));
    TOCSIN_TRY(ready());
  }
  return {};
}

Store::Store(std::unique_ptr<State> state) : state_{std::move(state)} {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const Views::Options& options) {
  auto state = std::make_unique<State>();
  state->options = database_options(options);
  state->options.listeners.push_back(state->watch);
  state->bulk_path = options.folder + std::string{bulk_file};
  state->bulk_rows_min = options.bulk_rows_min;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(state->options, options.folder, &db);
  state->db.reset(db);
  if (!status.ok()) return error_of(status);
  state->options.env->DeleteFile(state->bulk_path).PermitUncheckedError();  // of a load that a crash cut off
  return std::unique_ptr<Store>{new Store{std::move(state)}};
}

Status Store::destroy(const Views::Options& options) {
  const auto db = database_options(options);
  db.env->DeleteFile(options.folder + std::string{bulk_file}).PermitUncheckedError();
  return result_of(rocksdb::DestroyDB(options.folder, db));
}

Status Store::write(Rows& rows) {
  TOCSIN_TRY(state_->ready());
  rows.sort();
  return state_->done(rows.size() < state_->bulk_rows_min ? state_->insert(rows) : state_->load(rows));
}

Status Store::replace(std::span<const std::string> gone, std::string_view key, std::string_view value) {
  TOCSIN_TRY(state_->ready());
  rocksdb::WriteBatch batch;
  for (const auto& each : gone)
    if (auto put = batch.Delete(each); !put.ok()) return state_->done(put);
  if (!key.empty())
    if (auto put = batch.Put(slice(key), slice(value)); !put.ok()) return state_->done(put);
  return state_->done(state_->db->Write(without_journal(), &batch));
}

Status Store::flush() {
  TOCSIN_TRY(state_->ready());
  return state_->done(state_->db->Flush(rocksdb::FlushOptions{}));
}

Status Store::rewrite(std::span<const std::string> keys) {
  TOCSIN_TRY(state_->ready());
  auto& db = *state_->db;
  // The files stand still, but for new ones from above, in which none of the keys are.
  TOCSIN_TRY(state_->done(db.SetOptions({{"disable_auto_compactions", "true"}})));
  std::uint64_t running = 0;
  while (!state_->watch->failed() && db.GetIntProperty("rocksdb.num-running-compactions", &running) &&
         running > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  std::uint64_t newest = 0;
  for (const auto& level : state_->levels())
    for (const auto& file : level.files) newest = std::max(newest, file.file_number);

  for (const auto& key : keys) TOCSIN_TRY(state_->clean(key, newest));
  // The newest manifest still tells where the files began that are gone; this change makes another one. The
  // look for files that nobody needs, which is the second effect of the last call, removes the old one.
  TOCSIN_TRY(state_->done(db.SetOptions({{"disable_auto_compactions", "false"}})));
  TOCSIN_TRY(state_->done(db.DisableFileDeletions()));
  return state_->done(db.EnableFileDeletions(false));
}

Status Store::compact() {
  TOCSIN_TRY(state_->ready());
  rocksdb::CompactRangeOptions how;
  how.exclusive_manual_compaction = false;
  return state_->done(state_->db->CompactRange(how, nullptr, nullptr));
}

Result<std::optional<std::string>> Store::get(std::string_view key) const {
  std::string value;
  const auto status = state_->db->Get(rocksdb::ReadOptions{}, slice(key), &value);
  if (status.ok()) return std::optional{std::move(value)};
  if (status.IsNotFound()) return std::optional<std::string>{};
  return error_of(status);
}

Result<std::vector<bool>> Store::contain(std::span<const std::string> keys) const {
  // A few at a time: RocksDB sorts the keys of one call, and probes their filters together.
  constexpr std::size_t at_once = 32;
  std::vector<bool> found;
  found.reserve(keys.size());
  const auto family = state_->db->DefaultColumnFamily();
  for (std::size_t i = 0; i < keys.size(); i += at_once) {
    const auto part = keys.subspan(i, std::min(at_once, keys.size() - i));
    std::array<rocksdb::Slice, at_once> wanted;
    std::array<rocksdb::PinnableSlice, at_once> values;
    std::array<rocksdb::Status, at_once> statuses;
    std::ranges::copy(part, wanted.begin());
    state_->db->MultiGet(rocksdb::ReadOptions{}, family, part.size(), wanted.data(), values.data(),
                         statuses.data());
    for (std::size_t k = 0; k < part.size(); ++k) {
      if (!statuses[k].ok() && !statuses[k].IsNotFound()) return error_of(statuses[k]);
      found.push_back(statuses[k].ok());
    }
  }
  return found;
}

Result<std::vector<bool>> Store::are_used(std::span<const std::string> groups) const {
  std::vector<bool> used;
  used.reserve(groups.size());
  rocksdb::ReadOptions read;
  read.prefix_same_as_start = true;
  const auto at = state_->iterate(read);
  for (const auto& group : groups) {
    at->Seek(group);
    if (!at->status().ok()) return error_of(at->status());
    used.push_back(at->Valid() && view(at->key()).starts_with(group));
  }
  return used;
}

Status Store::walk_group(std::string_view group, std::string_view from, const Visit& visit) const {
  rocksdb::ReadOptions read;
  read.prefix_same_as_start = true;
  const auto at = state_->iterate(read);
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    if (!view(at->key()).starts_with(group)) break;
    if (!visit(view(at->key()), view(at->value()))) return {};
  }
  return result_of(at->status());
}

Status Store::last_of_group(std::string_view group, const Visit& visit) const {
  const auto at = state_->iterate(rocksdb::ReadOptions{});
  // No sequence begins with a byte this large.
  const std::string behind = std::string{group} + '\xFF';
  at->SeekForPrev(behind);
  if (at->Valid() && view(at->key()).starts_with(group)) visit(view(at->key()), view(at->value()));
  return result_of(at->status());
}

Status Store::walk(std::string_view from, const Visit& visit) const {
  rocksdb::ReadOptions read;
  read.total_order_seek = true;
  read.fill_cache = false;
  const auto at = state_->iterate(read);
  for (at->Seek(slice(from)); at->Valid(); at->Next())
    if (!visit(view(at->key()), view(at->value()))) return {};
  return result_of(at->status());
}

std::uint64_t Store::bytes_on_disk() const {
  std::uint64_t bytes = 0;
  state_->db->GetIntProperty("rocksdb.live-sst-files-size", &bytes);
  return bytes;
}

}  // namespace tocsin::views
