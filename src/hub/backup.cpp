#include "hub/backup.hpp"

#include <filesystem>
#include <set>

#include "base/file.hpp"
#include "base/json.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"
#include "signin/store.hpp"

namespace tocsin::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_bytes = 4 << 20;

Status copy_file(const std::string& from, const std::string& to) {
  auto source = system_files().open(from);
  if (!source) return std::move(source).error();
  auto target = system_files().open(to);
  if (!target) return std::move(target).error();
  std::error_code ignored;
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, ignored);
  std::string piece;
  for (std::uint64_t offset = 0;; offset += piece.size()) {
    TOCSIN_TRY((*source)->read_at(offset, piece_bytes, piece));
    if (piece.empty()) break;
    TOCSIN_TRY((*target)->write_at(offset, piece));
  }
  return (*target)->sync();
}

/// Copies the files of a folder whose names pass, in their order.
template <class Wanted>
Status copy_folder(const std::string& from, const std::string& to, const Wanted& wanted) {
  if (!system_files().exists(from)) return {};
  TOCSIN_TRY(system_files().make_folder(to));
  auto names = system_files().list(from);
  if (!names) return std::move(names).error();
  for (const auto& name : *names)
    if (wanted(name)) TOCSIN_TRY(copy_file(from + '/' + name, to + '/' + name));
  return system_files().sync_folder(to);
}

bool is_segment(const std::string& name) {
  return name.starts_with("segment-");
}

/// The segments of a log that may be growing: the copy ends in the frame that was being written, or before.
/// Then the note of an erasure under way: its block may be half gone in the copy.
Status copy_log(const std::string& from, const std::string& to) {
  TOCSIN_TRY(copy_folder(from, to, is_segment));
  return copy_folder(from, to, [](const std::string& name) { return name == "erasing"; });
}

Status empty_folder(const std::string& path) {
  TOCSIN_TRY(system_files().make_folder(path));
  auto names = system_files().list(path);
  if (!names) return std::move(names).error();
  if (!names->empty()) return Error{Errc::conflict, path + ": is not empty"};
  return {};
}

/// Log and keys. Keys last: a token's hash is durable before the entry that names it.
Status copy_hub(const std::string& from, const std::string& to) {
  if (!system_files().exists(from + "/log/segment-00000001.log"))
    return Error{Errc::not_found, from + ": holds no hub's log"};
  // How far feeds are comes before the log, so that no position in the copy is ahead of the copied log.
  TOCSIN_TRY(copy_folder(from + "/feeds", to + "/feeds",
                         [](const std::string& name) { return name.ends_with(".json"); }));
  TOCSIN_TRY(copy_log(from + "/log", to + "/log"));
  TOCSIN_TRY(copy_log(from + "/access", to + "/access"));
  TOCSIN_TRY(copy_folder(from + "/secrets", to + "/secrets", [](const std::string&) { return true; }));
  TOCSIN_TRY(copy_folder(from + "/mappings", to + "/mappings", [](const std::string&) { return true; }));
  TOCSIN_TRY(signin::Store::copy(from + "/signin", to + "/signin"));
  if (system_files().exists(from + "/admin.toml"))
    TOCSIN_TRY(copy_file(from + "/admin.toml", to + "/admin.toml"));
  return system_files().sync_folder(to);
}

Result<std::unique_ptr<log::Log>> open_log(const std::string& folder, const log::Log::Replay& visit) {
  log::Log::Options options;
  options.folder = folder;
  return log::Log::open(options, log::Position{}, visit);
}

/// Reads all of a copied log: every checksum, every link from entry to entry.
Status check_log(const std::string& folder, const log::Log::Replay& visit) {
  auto log = open_log(folder, visit);
  if (!log) return in_context("the copy", std::move(log).error());
  return (*log)->checkpoint();
}

/// Reads both copied logs, and counts what is in the circles.
Result<BackupReport> check(const std::string& folder) {
  BackupReport report;
  std::set<CircleId> circles;
  TOCSIN_TRY(check_log(folder + "/log", [&](const log::Entry& entry, log::Position position) {
    ++report.entries;
    circles.insert(entry.circle);
    report.frame = position.frame;
    report.newest = std::max(report.newest, entry.date_added);
    return Status{};
  }));
  report.circles = circles.size();
  if (system_files().exists(folder + "/access"))
    TOCSIN_TRY(check_log(folder + "/access", [](const log::Entry&, log::Position) { return Status{}; }));
  auto names = system_files().list(folder + "/log");
  if (!names) return std::move(names).error();
  for (const auto& name : *names)
    if (is_segment(name)) report.bytes += fs::file_size(folder + "/log/" + name);
  return report;
}

/// What a log says was erased.
Result<std::vector<Erased>> erased_in(const std::string& folder) {
  // Opening a log mends it, so a copy of it is opened: the other folder may be in use, or be evidence.
  const std::string copy = folder + "/log";
  std::vector<Erased> erased;
  std::set<std::pair<CircleId, Sequence>> seen;
  auto log = open_log(copy, [&](const log::Entry& entry, log::Position) {
    if (entry.kind != log::Kind::erasure) return Status{};
    const auto document = json::parse_object(entry.bytes);
    if (document) seen.emplace(entry.circle, Sequence{json::number_or(*document, "sequence")});
    return Status{};
  });
  if (!log) return in_context("the newer copy", std::move(log).error());
  for (const auto& [circle, sequence] : seen) {
    auto entry = (*log)->read(circle, sequence);
    if (!entry) return std::move(entry).error();
    erased.push_back({circle, sequence, entry->commitment});
  }
  return erased;
}

}  // namespace

Result<BackupReport> back_up(const std::string& data, const std::string& to) {
  TOCSIN_TRY(empty_folder(to));
  TOCSIN_TRY(copy_hub(data, to));
  return check(to);
}

Result<BackupReport> restore(const std::string& backup, const std::string& data, const std::string& newer) {
  TOCSIN_TRY(empty_folder(data));
  TOCSIN_TRY(copy_hub(backup, data));
  auto report = check(data);
  if (!report || newer.empty()) return report;
  const std::string beside = data + "/newer";
  TOCSIN_TRY(copy_log(newer + "/log", beside + "/log"));
  auto erased = erased_in(beside);
  fs::remove_all(beside);
  if (!erased) return std::move(erased).error();
  auto again = Hub::erase_again(data, *erased);
  if (!again) return std::move(again).error();
  report->erased_again = *again;
  return report;
}

}  // namespace tocsin::hub
