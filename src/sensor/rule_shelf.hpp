#pragma once

/// Indicators whose pattern says nothing of log records: rules of Snort, Suricata and Sigma, for other
/// programs, and of YARA, for scans of files. Kept as a file each, because a sensor's journal forgets what
/// its saved set holds.
///
/// Path:    Circle → put/remove → STATE/rules/CIRCLE/ID → Emitter, or FileRules.
/// Errors:  open() says what is wrong with the folder; later the disk's errors leave the memory right and are
/// told. Threads: any.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "stix/object.hpp"

namespace tocsin::sensor {

struct ShelfRule {
  std::string circle, id, name, pattern_type, pattern;
  std::optional<Timestamp> from, until;
  Sequence sequence;
  std::string provenance;  ///< as bytes (provenance.hpp)

  bool holds_at(Timestamp now) const { return (!from || *from <= now) && (!until || now < *until); }
};

class RuleShelf {
 public:
  static constexpr std::size_t rules_max = 100'000, rule_bytes_max = 256U << 10;

  static Result<std::unique_ptr<RuleShelf>> open(std::string folder);
  /// What lies in the folder, if it is there; what is put or removed later changes no file. Beside a sensor
  /// that runs.
  static std::unique_ptr<RuleShelf> read(std::string folder);

  static bool takes(std::string_view pattern_type);
  /// In place of what stood under the circle and id. `until`: what the circle's lifetimes say, when it says
  /// nothing itself.
  void put(const std::string& circle, const stix::Object& indicator, std::optional<Timestamp> until,
           Sequence sequence = {}, std::string provenance = {});
  void remove(const std::string& circle, std::string_view id);
  void clear(const std::string& circle);

  std::vector<ShelfRule> all() const;
  std::optional<ShelfRule> find(const std::string& circle, std::string_view id) const;  ///< by circle and id
  std::uint64_t version() const { return version_.load(); }
  std::string problem() const;

 private:
  RuleShelf(std::string folder, bool keeps) : folder_{std::move(folder)}, keeps_{keeps} {}
  void load();
  std::string path_of(const std::string& circle, std::string_view id) const;

  const std::string folder_;
  const bool keeps_;  // on disk
  std::atomic<std::uint64_t> version_{1};
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::map<std::pair<std::string, std::string>, ShelfRule> rules_;
  std::string problem_;
};

}  // namespace tocsin::sensor
