#include "circle/doors.hpp"

#include <rocksdb/db.h>

#include "base/bytes.hpp"

namespace tocsin::circle {
namespace {

Error failed(const rocksdb::Status& status) {
  return Error{Errc::unavailable, "state: " + status.ToString()};
}

std::string key_of(const Door& door) {
  std::string key;
  append_number(key, door.circle.value());
  append_number(key, door.token.value());
  return key + door.sensor;
}

std::string value_of(const Door& door) {
  std::string value;
  append_number(value, door.sent.value());
  append_number(value, door.confirmed.value());
  append_number(value, to_micros(door.confirmed_at));
  return value;
}

}  // namespace

Doors::Doors(std::unique_ptr<rocksdb::DB> store) : store_{std::move(store)} {}
Doors::~Doors() {
  (void)flush();
}

Result<std::unique_ptr<Doors>> Doors::open(const std::string& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 4 << 20;
  options.max_open_files = 64;
  options.keep_log_file_num = 2;
  rocksdb::DB* opened = nullptr;
  if (const auto status = rocksdb::DB::Open(options, folder, &opened); !status.ok()) return failed(status);
  std::unique_ptr<Doors> doors{new Doors{std::unique_ptr<rocksdb::DB>{opened}}};
  const std::unique_ptr<rocksdb::Iterator> it{opened->NewIterator({})};
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    ByteReader key{it->key().ToStringView()};
    ByteReader value{it->value().ToStringView()};
    Door door;
    door.circle = CircleId{key.number<std::uint64_t>()};
    door.token = TokenId{key.number<std::uint64_t>()};
    door.sensor = key.run(key.left());
    door.sent = Sequence{value.number<std::uint64_t>()};
    door.confirmed = Sequence{value.number<std::uint64_t>()};
    door.confirmed_at = from_micros(value.number<std::int64_t>());
    if (!key.ok() || !value.ok()) return Error{Errc::corrupt, "state: a row cannot be read"};
    doors->doors_[{door.circle, door.token, door.sensor}] = door;
  }
  if (!it->status().ok()) return failed(it->status());
  return doors;
}

Status Doors::write(const Door& door, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  const auto status = store_->Put(options, key_of(door), value_of(door));
  return status.ok() ? Status{} : Status{failed(status)};
}

void Doors::sent(CircleId circle, TokenId token, const std::string& sensor, Sequence sequence) {
  std::scoped_lock lock{mutex_};
  Door& door = doors_[{circle, token, sensor}];
  door.circle = circle;
  door.token = token;
  door.sensor = sensor;
  if (door.sent >= sequence) return;
  door.sent = sequence;
  unwritten_[{circle, token, sensor}] = true;
}

Status Doors::confirm(CircleId circle, TokenId token, const std::string& sensor, Sequence sequence,
                      Timestamp now) {
  Door written;
  {
    std::scoped_lock lock{mutex_};
    Door& door = doors_[{circle, token, sensor}];
    door.circle = circle;
    door.token = token;
    door.sensor = sensor;
    door.sent = std::max(door.sent, sequence);
    if (door.confirmed > sequence) return {};
    door.confirmed = sequence;
    door.confirmed_at = now;
    unwritten_.erase({circle, token, sensor});
    written = door;
  }
  return write(written, true);
}

std::vector<Door> Doors::of(CircleId circle) const {
  std::scoped_lock lock{mutex_};
  std::vector<Door> out;
  for (const auto& [key, door] : doors_)
    if (door.circle == circle) out.push_back(door);
  return out;
}

Status Doors::flush() {
  std::vector<Door> doors;
  {
    std::scoped_lock lock{mutex_};
    for (const auto& [key, flag] : unwritten_) doors.push_back(doors_[key]);
    unwritten_.clear();
  }
  for (const auto& door : doors) TOCSIN_TRY(write(door, false));
  return {};
}

}  // namespace tocsin::circle
