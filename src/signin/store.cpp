#include "signin/store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <filesystem>

namespace tocsin::signin {
namespace {

Error failed(const rocksdb::Status& status) {
  return {Errc::unavailable, "sign-in: " + status.ToString()};
}

rocksdb::Options settings() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 4 << 20;
  options.keep_log_file_num = 2;
  options.max_open_files = -1;  // a copy reads files that the hub has removed meanwhile
  return options;
}

Status each_row(rocksdb::DB& rows, const std::function<Status(std::string_view, std::string_view)>& visit) {
  const std::unique_ptr<rocksdb::Iterator> it{rows.NewIterator({})};
  for (it->SeekToFirst(); it->Valid(); it->Next())
    TOCSIN_TRY(visit(it->key().ToStringView(), it->value().ToStringView()));
  return it->status().ok() ? Status{} : Status{failed(it->status())};
}

}  // namespace

Store::Store(std::unique_ptr<rocksdb::DB> rows) : rows_{std::move(rows)} {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& folder) {
  rocksdb::DB* opened = nullptr;
  if (const auto status = rocksdb::DB::Open(settings(), folder, &opened); !status.ok()) return failed(status);
  return std::unique_ptr<Store>{new Store{std::unique_ptr<rocksdb::DB>{opened}}};
}

Status Store::write(const std::vector<Change>& changes, When when) {
  rocksdb::WriteBatch batch;
  for (const auto& change : changes) {
    if (change.value)
      batch.Put(change.key, *change.value);
    else
      batch.Delete(change.key);
  }
  rocksdb::WriteOptions how;
  how.sync = when == When::durable;
  const auto status = rows_->Write(how, &batch);
  return status.ok() ? Status{} : Status{failed(status)};
}

Status Store::each(const std::function<Status(std::string_view, std::string_view)>& visit) const {
  return each_row(*rows_, visit);
}

Status Store::copy(const std::string& from, const std::string& to) {
  if (!std::filesystem::exists(from + "/CURRENT")) return {};
  // A secondary reads beside the hub that writes, its journal too, and changes nothing of it.
  const std::string beside = to + ".reading";
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::OpenAsSecondary(settings(), from, beside, &opened);
  if (!status.ok()) return failed(status);
  std::unique_ptr<rocksdb::DB> source{opened};
  auto target = Store::open(to);
  if (!target) return std::move(target).error();
  std::vector<Change> changes;
  TOCSIN_TRY(each_row(*source, [&](std::string_view key, std::string_view value) -> Status {
    if (key.front() == passkey_row || key.front() == identity_row)
      changes.push_back({std::string{key}, std::string{value}});
    return {};
  }));
  TOCSIN_TRY((*target)->write(changes));
  source.reset();
  std::error_code ignored;
  std::filesystem::remove_all(beside, ignored);
  return {};
}

}  // namespace tocsin::signin
