#pragma once

/// The rows behind sign-in, on disk: what is not history and must outlive a restart.
///
/// Contract: a write is durable when it returns, unless it says `later`: then a crash may lose it.
/// Errors:   unavailable (disk), corrupt.
/// Threads:  any.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace rocksdb {
class DB;
}

namespace tocsin::signin {

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::string& folder);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  struct Change {
    std::string key;
    std::optional<std::string> value;  ///< none: the row goes
  };
  enum class When : std::uint8_t { durable, later };
  Status write(const std::vector<Change>& changes, When when = When::durable);
  Status each(const std::function<Status(std::string_view key, std::string_view value)>& visit) const;

  /// Copies the rows that a restored hub may have into the new folder `to`, while a hub may use `from`:
  /// passkeys and identities, not sessions and links, which a copy must not bring back to life. No `from`:
  /// nothing to do.
  static Status copy(const std::string& from, const std::string& to);

 private:
  explicit Store(std::unique_ptr<rocksdb::DB> rows);
  const std::unique_ptr<rocksdb::DB> rows_;
};

/// The first byte of a row's key.
inline constexpr char passkey_row = 'p', identity_row = 'i', session_row = 's', link_row = 'l';

}  // namespace tocsin::signin
