#pragma once

/// A disk for tests, in memory, that does what a real one may do: it keeps what was not synced apart, and
/// when the power goes it drops, tears (at sectors of 512 bytes) and reorders that, file names included. It
/// also fails on purpose: a write without space, a sync that fails and leaves the cache looking clean.
///
/// Everything follows from the seed and the order of calls.
/// Threads: any; one lock.

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/file.hpp"

namespace tocsin::log {

class FaultyFiles final : public FileSystem {
 public:
  /// What goes wrong at the `at`-th call of its kind, counted from 1; 0 is never.
  struct Faults {
    std::uint64_t power_at_step = 0;      ///< at this change of any sort the power goes, in the middle of it
    std::uint64_t no_space_at_write = 0;  ///< this write fails after a part of it
    bool no_space_lasts = false;          ///< and so does every later one
    std::uint64_t sync_fails_at = 0;      ///< this sync fails; what it should have kept may be lost for good
    bool sync_lies = false;               ///< every sync says yes and does nothing
  };

  explicit FaultyFiles(std::uint64_t seed) : state_{std::make_shared<State>(seed)} {}

  void set(const Faults& faults) {
    const std::scoped_lock lock{state_->mutex};
    state_->faults = faults;
    state_->steps = state_->writes = state_->syncs = 0;
  }
  std::uint64_t steps() const { return state_->steps; }
  std::uint64_t writes() const { return state_->writes; }
  std::uint64_t syncs() const { return state_->syncs; }
  bool is_dark() const { return state_->dark; }

  /// The power goes, if it has not, and comes back. Open files of before are dead.
  void power_cycle() {
    const std::scoped_lock lock{state_->mutex};
    state_->lose_power();
    state_->dark = false;
    ++state_->generation;
    state_->faults = {};
  }

  /// The paths and bytes of all files, as a reader sees them.
  std::vector<std::string> paths() const {
    const std::scoped_lock lock{state_->mutex};
    std::vector<std::string> out;
    for (const auto& [path, inode] : state_->names) out.push_back(path);
    return out;
  }
  std::string contents(const std::string& path) const {
    const std::scoped_lock lock{state_->mutex};
    return state_->names.at(path)->cache;
  }
  void set_contents(const std::string& path, std::string bytes) {
    const std::scoped_lock lock{state_->mutex};
    auto inode = std::make_shared<Inode>();
    inode->cache = inode->durable = std::move(bytes);
    state_->names[path] = state_->durable_names[path] = inode;
  }
  /// A second disk with the same bytes, all of them durable.
  std::unique_ptr<FaultyFiles> copy(std::uint64_t seed) const {
    auto out = std::make_unique<FaultyFiles>(seed);
    for (const std::string& path : paths()) out->set_contents(path, contents(path));
    return out;
  }

  Result<std::unique_ptr<File>> open(const std::string& path) override {
    const std::scoped_lock lock{state_->mutex};
    if (state_->dark) return no_power(path);
    auto found = state_->names.find(path);
    if (found == state_->names.end()) {
      if (state_->step()) return no_power(path);
      found = state_->names.emplace(path, std::make_shared<Inode>()).first;
      state_->name_changes.push_back({path, {}, found->second});
    }
    return std::unique_ptr<File>{std::make_unique<Handle>(state_, path, found->second, state_->generation)};
  }
  Result<std::vector<std::string>> list(const std::string& folder) override {
    const std::scoped_lock lock{state_->mutex};
    if (state_->dark) return no_power(folder);
    std::vector<std::string> out;
    for (const auto& [path, inode] : state_->names)
      if (path.starts_with(folder + "/")) out.push_back(path.substr(folder.size() + 1));
    return out;
  }
  Status make_folder(const std::string&) override { return {}; }
  Status remove(const std::string& path) override {
    const std::scoped_lock lock{state_->mutex};
    if (state_->dark || state_->step()) return no_power(path);
    if (state_->names.erase(path) != 0) state_->name_changes.push_back({path, {}, nullptr});
    return {};
  }
  Status rename(const std::string& from, const std::string& to) override {
    const std::scoped_lock lock{state_->mutex};
    if (state_->dark || state_->step()) return no_power(from);
    const auto found = state_->names.find(from);
    if (found == state_->names.end()) return Error{Errc::not_found, from + ": rename"};
    const auto inode = found->second;
    state_->names.erase(found);
    state_->names[to] = inode;
    state_->name_changes.push_back({to, from, inode});
    return {};
  }
  Status sync_folder(const std::string& folder) override {
    const std::scoped_lock lock{state_->mutex};
    if (state_->dark || state_->step()) return no_power(folder);
    if (state_->faults.sync_lies) return {};
    state_->durable_names = state_->names;
    state_->name_changes.clear();
    return {};
  }
  bool exists(const std::string& path) override {
    const std::scoped_lock lock{state_->mutex};
    return !state_->dark && state_->names.contains(path);
  }

 private:
  static constexpr std::uint64_t sector_bytes = 512;

  struct Change {
    bool truncates = false;
    std::uint64_t offset = 0;  ///< or the new size
    std::string bytes{};
  };
  struct Inode {
    std::string durable;
    std::string cache;
    std::vector<Change> pending;
  };
  struct NameChange {
    std::string path;
    std::string from;              ///< empty: no rename
    std::shared_ptr<Inode> inode;  ///< null: removed
  };

  static void apply(std::string& bytes, const Change& change) {
    if (change.truncates) {
      bytes.resize(change.offset);
      return;
    }
    if (bytes.size() < change.offset + change.bytes.size()) bytes.resize(change.offset + change.bytes.size());
    bytes.replace(change.offset, change.bytes.size(), change.bytes);
  }
  static Error no_power(const std::string& path) { return {Errc::unavailable, path + ": no power"}; }

  struct State {
    explicit State(std::uint64_t seed) : random{seed} {}

    bool chance(unsigned percent) { return random() % 100 < percent; }

    /// Counts a change. True: the power has just gone.
    bool step() {
      if (++steps == faults.power_at_step) dark = true;
      return dark;
    }

    /// Some of the sectors of what was pending survive, each by its own luck.
    void settle(Inode& inode) {
      const unsigned luck = chance(20) ? 0 : chance(25) ? 100 : 50;
      for (const Change& change : inode.pending) {
        if (change.truncates) {
          if (chance(luck)) apply(inode.durable, change);
          continue;
        }
        const std::uint64_t end = change.offset + change.bytes.size();
        for (std::uint64_t at = change.offset; at < end;) {
          const std::uint64_t next = std::min(end, (at / sector_bytes + 1) * sector_bytes);
          if (chance(luck))
            apply(inode.durable, {false, at, change.bytes.substr(at - change.offset, next - at)});
          at = next;
        }
        // A file may have grown before its bytes came: they are zeros then.
        if (luck != 0 && chance(30) && inode.durable.size() < end) inode.durable.resize(end);
      }
      inode.pending.clear();
    }

    void lose_power() {
      for (const NameChange& change : name_changes) {
        if (!chance(50)) continue;
        if (!change.from.empty()) durable_names.erase(change.from);
        if (change.inode) {
          durable_names[change.path] = change.inode;
        } else {
          durable_names.erase(change.path);
        }
      }
      name_changes.clear();
      names = durable_names;
      for (const auto& [path, inode] : names) {
        settle(*inode);
        inode->cache = inode->durable;
      }
    }

    std::mutex mutex;
    std::mt19937_64 random;
    Faults faults;
    std::uint64_t steps = 0, writes = 0, syncs = 0, generation = 0;
    bool dark = false;
    std::map<std::string, std::shared_ptr<Inode>> names;
    std::map<std::string, std::shared_ptr<Inode>> durable_names;
    std::vector<NameChange> name_changes;
  };

  class Handle final : public File {
   public:
    Handle(std::shared_ptr<State> state, std::string path, std::shared_ptr<Inode> inode,
           std::uint64_t generation)
        : state_{std::move(state)},
          path_{std::move(path)},
          inode_{std::move(inode)},
          generation_{generation} {}

    Status write_at(std::uint64_t offset, std::string_view bytes) override {
      const std::scoped_lock lock{state_->mutex};
      if (dead()) return no_power(path_);
      const bool power_goes = state_->step();
      const Faults& faults = state_->faults;
      const std::uint64_t number = ++state_->writes;
      const bool full =
          faults.no_space_at_write != 0 && (number == faults.no_space_at_write ||
                                            (faults.no_space_lasts && number > faults.no_space_at_write));
      if (full) bytes = bytes.substr(0, state_->random() % (bytes.size() + 1));
      Change change{false, offset, std::string{bytes}};
      apply(inode_->cache, change);
      inode_->pending.push_back(std::move(change));
      if (power_goes) return no_power(path_);
      if (full) return Error{Errc::unavailable, path_ + ": write: No space left on device"};
      return {};
    }
    Status read_at(std::uint64_t offset, std::size_t size, std::string& out) const override {
      const std::scoped_lock lock{state_->mutex};
      if (dead()) return no_power(path_);
      out = offset < inode_->cache.size() ? inode_->cache.substr(offset, size) : std::string{};
      return {};
    }
    Status sync() override {
      const std::scoped_lock lock{state_->mutex};
      if (dead() || state_->step()) return no_power(path_);
      if (++state_->syncs == state_->faults.sync_fails_at) {
        state_->settle(*inode_);  // the rest counts as clean although it never arrived
        return Error{Errc::unavailable, path_ + ": fdatasync: Input/output error"};
      }
      if (state_->faults.sync_lies) return {};
      for (const Change& change : inode_->pending) apply(inode_->durable, change);
      inode_->pending.clear();
      return {};
    }
    Status truncate(std::uint64_t size) override {
      const std::scoped_lock lock{state_->mutex};
      if (dead() || state_->step()) return no_power(path_);
      inode_->cache.resize(size);
      inode_->pending.push_back({true, size});
      return {};
    }
    Result<std::uint64_t> size() const override {
      const std::scoped_lock lock{state_->mutex};
      if (dead()) return no_power(path_);
      return std::uint64_t{inode_->cache.size()};
    }

   private:
    bool dead() const { return state_->dark || generation_ != state_->generation; }

    std::shared_ptr<State> state_;
    std::string path_;
    std::shared_ptr<Inode> inode_;
    std::uint64_t generation_;
  };

  std::shared_ptr<State> state_;
};

}  // namespace tocsin::log
