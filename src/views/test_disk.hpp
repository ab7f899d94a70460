#pragma once

/// A disk for tests: real files that are never synced (a killed process loses nothing by that, and a busy
/// disk would make the tests slow), and that can be full from a given write on.

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace tocsin::views {

/// Full from the n-th write on, for one write or until there is space again.
struct Fault {
  std::atomic<std::uint64_t> writes = 0;
  std::atomic<std::uint64_t> fails_at = ~0ULL;
  bool lasting = false;
  std::atomic<bool> space_again = false;
  std::atomic<std::uint64_t> failed = 0;

  rocksdb::IOStatus check() {
    const auto number = ++writes;
    if (space_again || (lasting ? number < fails_at : number != fails_at)) return rocksdb::IOStatus::OK();
    ++failed;
    return rocksdb::IOStatus::NoSpace("no space left, as the test wants");
  }
};

class TestDisk final : public rocksdb::FileSystemWrapper {
  using Options = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;
  using Status = rocksdb::IOStatus;

  class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
    using Base = rocksdb::FSWritableFileOwnerWrapper;

   public:
    WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, Fault& fault)
        : Base{std::move(file)}, fault_{fault} {}
    Status Append(const rocksdb::Slice& data, const Options& options, Debug* debug) override {
      auto status = fault_.check();
      if (status.ok()) return Base::Append(data, options, debug);
      // A full disk takes the beginning.
      Base::Append({data.data(), data.size() / 2}, options, debug).PermitUncheckedError();
      return status;
    }
    Status Append(const rocksdb::Slice& data, const Options& options, const rocksdb::DataVerificationInfo&,
                  Debug* debug) override {
      return Append(data, options, debug);
    }
    Status Sync(const Options&, Debug*) override { return fault_.check(); }
    Status Fsync(const Options&, Debug*) override { return fault_.check(); }
    Status RangeSync(std::uint64_t, std::uint64_t, const Options&, Debug*) override { return Status::OK(); }

   private:
    Fault& fault_;
  };

  class Folder final : public rocksdb::FSDirectoryWrapper {
   public:
    using FSDirectoryWrapper::FSDirectoryWrapper;
    Status Fsync(const Options&, Debug*) override { return Status::OK(); }
    Status FsyncWithDirOptions(const Options&, Debug*, const rocksdb::DirFsyncOptions&) override {
      return Status::OK();
    }
  };

 public:
  explicit TestDisk(Fault& fault) : FileSystemWrapper{rocksdb::FileSystem::Default()}, fault_{fault} {}
  const char* Name() const override { return "test disk"; }
  Status NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override {
    if (auto status = fault_.check(); !status.ok()) return status;
    auto status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<WritableFile>(std::move(*file), fault_);
    return status;
  }
  Status NewDirectory(const std::string& path, const Options& options,
                      std::unique_ptr<rocksdb::FSDirectory>* folder, Debug* debug) override {
    auto status = FileSystemWrapper::NewDirectory(path, options, folder, debug);
    if (status.ok()) *folder = std::make_unique<Folder>(std::move(*folder));
    return status;
  }
  Status RenameFile(const std::string& from, const std::string& to, const Options& options,
                    Debug* debug) override {
    if (auto status = fault_.check(); !status.ok()) return status;
    return FileSystemWrapper::RenameFile(from, to, options, debug);
  }
  Status LinkFile(const std::string& from, const std::string& to, const Options& options,
                  Debug* debug) override {
    if (auto status = fault_.check(); !status.ok()) return status;
    return FileSystemWrapper::LinkFile(from, to, options, debug);
  }

 private:
  Fault& fault_;
};

inline std::unique_ptr<rocksdb::Env> environment_of(Fault& fault) {
  return rocksdb::NewCompositeEnv(std::make_shared<TestDisk>(fault));
}

/// The test disk that never fails.
inline rocksdb::Env* test_environment() {
  static Fault never;
  static const auto environment = environment_of(never);
  return environment.get();
}

}  // namespace tocsin::views
