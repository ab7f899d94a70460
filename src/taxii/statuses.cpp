#include "taxii/statuses.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/bytes.hpp"

// Rows: 's' id → member u64 ‖ micros i64 ‖ JSON, and 't' micros (big-endian) id → nothing, to find the
// oldest.

namespace tocsin::taxii {
namespace {

Error failed(const rocksdb::Status& status) {
  return {Errc::unavailable, "statuses: " + status.ToString()};
}

std::string key_of(std::string_view id) {
  return 's' + std::string{id};
}

std::string time_key(std::int64_t micros, std::string_view id) {
  std::string key = "t";
  for (int shift = 56; shift >= 0; shift -= 8)
    key += static_cast<char>(static_cast<std::uint64_t>(micros) >> static_cast<unsigned>(shift) & 0xff);
  return key + std::string{id};
}

std::int64_t micros_in(std::string_view key) {
  std::uint64_t micros = 0;
  for (const char c : key.substr(1, 8)) micros = micros << 8U | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(micros);
}

constexpr std::size_t time_key_prefix_bytes = 9;

}  // namespace

Statuses::Statuses(Options options, std::unique_ptr<rocksdb::DB> store)
    : options_{std::move(options)}, store_{std::move(store)} {}

Result<std::unique_ptr<Statuses>> Statuses::open(Options options) {
  rocksdb::Options settings;
  settings.create_if_missing = true;
  settings.write_buffer_size = 4 << 20;
  settings.max_open_files = 64;
  settings.keep_log_file_num = 2;
  settings.compression = rocksdb::kZSTD;
  rocksdb::DB* opened = nullptr;
  if (const auto status = rocksdb::DB::Open(settings, options.folder, &opened); !status.ok())
    return failed(status);
  std::unique_ptr<Statuses> statuses{new Statuses{std::move(options), std::unique_ptr<rocksdb::DB>{opened}}};
  TOCSIN_TRY(statuses->count());
  statuses->writer_ = std::thread{[raw = statuses.get()] { raw->run(); }};
  return statuses;
}

Statuses::~Statuses() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  came_.notify_one();
  if (writer_.joinable()) writer_.join();
}

Status Statuses::count() {
  const std::unique_ptr<rocksdb::Iterator> it{store_->NewIterator({})};
  for (it->Seek("s"); it->Valid() && it->key().starts_with("s"); it->Next())
    bytes_ += it->key().size() + it->value().size();
  return it->status().ok() ? Status{} : Status{failed(it->status())};
}

void Statuses::keep(Kept status, std::function<void(Status)> done) {
  {
    const std::scoped_lock lock{mutex_};
    waiting_.push_back({std::move(status), std::move(done)});
  }
  came_.notify_one();
}

void Statuses::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    came_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    std::vector<Waiting> batch;
    batch.swap(waiting_);
    lock.unlock();
    const Status written = write(batch);
    for (const auto& each : batch) each.done(written);
    batch.clear();
    // What could not be dropped now is dropped with a later status.
    static_cast<void>(drop_old());
    lock.lock();
  }
}

Status Statuses::write(const std::vector<Waiting>& batch) {
  rocksdb::WriteBatch rows;
  std::uint64_t added = 0;
  const auto now = to_micros(options_.clock->now());
  for (const auto& [status, done] : batch) {
    std::string value;
    append_number(value, status.member.value());
    append_number(value, now);
    value += status.json();
    const auto key = key_of(status.id);
    added += key.size() + value.size();
    rows.Put(key, value);
    rows.Put(time_key(now, status.id), "");
  }
  rocksdb::WriteOptions durable;
  durable.sync = true;
  if (const auto status = store_->Write(durable, &rows); !status.ok()) return failed(status);
  const std::scoped_lock lock{mutex_};
  bytes_ += added;
  return {};
}

Status Statuses::drop_old() {
  const auto limit = to_micros(options_.clock->now() - options_.kept_at_least);
  std::uint64_t left = bytes();
  rocksdb::WriteBatch rows;
  const std::unique_ptr<rocksdb::Iterator> it{store_->NewIterator({})};
  for (it->Seek("t"); it->Valid() && it->key().starts_with("t"); it->Next()) {
    const auto key = it->key().ToStringView();
    if (micros_in(key) >= limit && left <= options_.bytes_max) break;
    const auto status_key = key_of(key.substr(time_key_prefix_bytes));
    std::string value;
    if (store_->Get({}, status_key, &value).ok()) left -= std::min(left, status_key.size() + value.size());
    rows.Delete(status_key);
    rows.Delete(it->key());
  }
  if (rows.Count() == 0) return {};
  if (const auto status = store_->Write({}, &rows); !status.ok()) return failed(status);
  const std::scoped_lock lock{mutex_};
  bytes_ = left;
  return {};
}

Result<std::string> Statuses::find(std::string_view id, MemberId asker) const {
  std::string value;
  const auto status = store_->Get({}, key_of(id), &value);
  if (status.IsNotFound()) return Error{Errc::not_found, ""};
  if (!status.ok()) return failed(status);
  ByteReader reader{value};
  const MemberId member{reader.number<std::uint64_t>()};
  static_cast<void>(reader.number<std::int64_t>());
  if (!reader.ok()) return Error{Errc::corrupt, "statuses: a row cannot be read"};
  if (member != asker) return Error{Errc::not_found, ""};
  return std::string{reader.run(reader.left())};
}

std::uint64_t Statuses::bytes() const {
  const std::scoped_lock lock{mutex_};
  return bytes_;
}

}  // namespace tocsin::taxii
