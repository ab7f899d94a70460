#pragma once

/// The doors through which a circle's entries went out, and what each has confirmed: the recall board.
///
/// Contract: an acknowledgement is durable before it is answered. It never decides rights. A door is a sensor
/// of a token,
///           or a token whose reader gives no name and cannot confirm.
/// Source:   design 3a (Withdraw, Push), law 8.
/// Errors:   unavailable (disk).
/// Threads:  any.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace rocksdb {
class DB;
}

namespace tocsin::circle {

struct Door {
  CircleId circle;
  TokenId token;
  std::string sensor;  ///< the name it gave itself; empty: none, so it cannot confirm
  Sequence sent;       ///< entries up to here went out through it
  Sequence confirmed;  ///< applied, as it said
  Timestamp confirmed_at;
};

class Doors {
 public:
  static Result<std::unique_ptr<Doors>> open(const std::string& folder);
  ~Doors();

  /// Entries up to `sequence` are on their way. Kept in memory, and durable with the next confirmation or
  /// after a second.
  void sent(CircleId circle, TokenId token, const std::string& sensor, Sequence sequence);
  /// A reader has applied everything up to `sequence`. Cumulative: an older one changes nothing.
  Status confirm(CircleId circle, TokenId token, const std::string& sensor, Sequence sequence, Timestamp now);
  /// All doors of a circle.
  std::vector<Door> of(CircleId circle) const;
  /// Writes what is only in memory.
  Status flush();

 private:
  explicit Doors(std::unique_ptr<rocksdb::DB> store);
  Status write(const Door& door, bool sync);

  using Key = std::tuple<CircleId, TokenId, std::string>;
  const std::unique_ptr<rocksdb::DB> store_;
  mutable std::mutex mutex_;
  std::map<Key, Door> doors_;      // guarded by mutex_
  std::map<Key, bool> unwritten_;  // guarded by mutex_
};

}  // namespace tocsin::circle
