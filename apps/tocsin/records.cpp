#include "records.hpp"

#include <filesystem>

#include "base/time.hpp"
#include "kept_file.hpp"

namespace tocsin::cli {
namespace {

constexpr std::uintmax_t file_bytes_max = 64 << 20;
constexpr int older_files_max = 8;
constexpr std::size_t unsaved_bytes_max = 1 << 20;

}  // namespace

Status Records::add(const std::string& id, const std::string& as, const std::vector<std::string>& circles,
                    const std::string& digest, const json::Object& record) {
  json::Array into;
  for (const auto& circle : circles) into.emplace_back(circle);
  unsaved_ += json::dump(json::Object{{"at", to_rfc3339(system_clock().now())},
                                      {"id", id},
                                      {"as", as},
                                      {"circles", into},
                                      {"digest", digest},
                                      {"record", record}}) +
              "\n";
  return unsaved_.size() < unsaved_bytes_max ? Status{} : save();
}

Status Records::save() {
  if (unsaved_.empty()) return {};
  const auto lock = FileLock::hold(path_ + ".lock");
  if (!lock) return lock.error();
  rotate();
  return append_lines(path_, std::exchange(unsaved_, {}));
}

void Records::rotate() const {
  std::error_code none;
  if (std::filesystem::file_size(path_, none) < file_bytes_max || none) return;
  const auto older = [&](int number) { return path_ + "." + std::to_string(number); };
  for (int number = older_files_max; number > 1; --number)
    std::filesystem::rename(older(number - 1), older(number), none);  // absent: there are fewer
  std::filesystem::rename(path_, older(1), none);
}

}  // namespace tocsin::cli
