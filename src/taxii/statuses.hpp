#pragma once

/// What became of each POST, kept so that its sender can ask again (TAXII 2.1 §4.3).
///
/// Contract: a status is durable before `keep` calls back, is shown to no other member, and stays for at
///           least 24 hours, unless all of them together grow beyond a limit: then the oldest go first.
/// Errors:   unavailable (disk), not_found.
/// Threads:  any; `keep` calls back on a thread of its own, many statuses share one sync.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace rocksdb {
class DB;
}

namespace tocsin::taxii {

class Statuses {
 public:
  struct Options {
    std::string folder;
    std::chrono::hours kept_at_least{48};
    std::uint64_t bytes_max = 256ULL << 20;
    const Clock* clock = &system_clock();
  };
  static Result<std::unique_ptr<Statuses>> open(Options options);
  ~Statuses();
  Statuses(const Statuses&) = delete;
  Statuses& operator=(const Statuses&) = delete;

  struct Kept {
    std::string id;  ///< a UUID of version 4
    MemberId member;
    std::function<std::string()> json;  ///< made on the thread that keeps: it may take a while
  };
  void keep(Kept status, std::function<void(Status)> done);

  /// Errors: not_found also when another member sent it.
  Result<std::string> find(std::string_view id, MemberId asker) const;

  /// What is kept, in bytes.
  std::uint64_t bytes() const;

 private:
  struct Waiting {
    Kept status;
    std::function<void(Status)> done;
  };
  Statuses(Options options, std::unique_ptr<rocksdb::DB> store);
  Status count();
  void run();
  Status write(const std::vector<Waiting>& batch);
  Status drop_old();

  const Options options_;
  const std::unique_ptr<rocksdb::DB> store_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  // Guarded by mutex_:
  std::vector<Waiting> waiting_;
  bool stopping_ = false;
  std::uint64_t bytes_ = 0;
  std::thread writer_;
};

}  // namespace tocsin::taxii
