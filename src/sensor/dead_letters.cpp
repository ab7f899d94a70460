#include "sensor/dead_letters.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace tocsin::sensor {

Result<DeadLetters> DeadLetters::open(std::string path, std::uint64_t limit_bytes) {
  DeadLetters out;
  out.path_ = std::move(path);
  out.limit_bytes_ = limit_bytes;
  if (!out.path_.empty()) TOCSIN_TRY(out.reopen());
  return out;
}

DeadLetters::DeadLetters(DeadLetters&& other) noexcept {
  *this = std::move(other);
}

DeadLetters& DeadLetters::operator=(DeadLetters&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(limit_bytes_, other.limit_bytes_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(sampled_, other.sampled_);
  kept_ = other.kept_.load();
  left_out_ = other.left_out_.load();
  return *this;
}

DeadLetters::~DeadLetters() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status DeadLetters::reopen() {
  if (descriptor_ >= 0) ::close(descriptor_);
  // What logs hold is the member's own affair: for the sensor's user alone.
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor_ < 0)
    return Error{errno == EACCES ? Errc::denied : Errc::unavailable,
                 "dead letters: " + path_ + ": " + std::strerror(errno)};
  struct stat info {};
  size_bytes_ = ::fstat(descriptor_, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
  return {};
}

void DeadLetters::add(const Unreadable& one, Timestamp now) {
  if (descriptor_ < 0) return;
  auto found = sampled_.find(one.file);
  if (found == sampled_.end()) found = sampled_.emplace(std::string{one.file}, Sampled{now}).first;
  auto& sample = found->second;
  if (now - sample.since >= std::chrono::hours{1} || now < sample.since) sample = {now};
  if (sample.kept >= per_file_max) {
    ++left_out_;
    return;
  }
  std::string text = "{\"time\":\"" + to_rfc3339(now) + "\",\"file\":";
  append_json_string(text, one.file);
  if (one.line > 0) text += ",\"line\":" + std::to_string(one.line);
  text += ",\"offset\":" + std::to_string(one.offset_bytes) + ",\"format\":";
  append_json_string(text, one.format);
  text += ",\"why\":";
  append_json_string(text, one.why);
  text += ",\"record\":";
  append_json_string(text, one.record.substr(0, record_bytes_max));
  text += "}\n";
  if (size_bytes_ > 0 && size_bytes_ + text.size() > limit_bytes_) {
    const bool moved = std::rename(path_.c_str(), (path_ + ".1").c_str()) == 0;
    if (!moved || !reopen()) {
      ++left_out_;
      return;
    }
  }
  if (::write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    ++left_out_;
    return;
  }
  size_bytes_ += text.size();
  ++sample.kept;
  ++kept_;
}

}  // namespace tocsin::sensor
