#include "demo/alert_tail.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/json.hpp"

namespace tocsin::demo {
namespace {

std::string mark_of(const json::Object& record) {
  const auto uid = json::text_or(record, "uid");
  return uid.empty() ? std::to_string(json::number_or(record, "RecordNumber")) : uid;
}

}  // namespace

Result<Alert> parse_alert(std::string_view line) {
  const auto object = json::parse_object(line);
  if (!object) return in_context("an alert", object.error());
  Alert alert{json::text_or(*object, "type"), json::text_or(*object, "value"), {}, {}, {}, {}};
  if (alert.type.empty()) return Error{Errc::invalid_input, "an alert without its type"};
  if (const auto* record = object->if_contains("record"); record != nullptr && record->is_object())
    alert.mark = mark_of(record->get_object());
  if (const auto* sources = object->if_contains("sources"); sources != nullptr && sources->is_array())
    for (const auto& item : sources->get_array()) {
      if (!item.is_object()) continue;
      const auto& source = item.get_object();
      alert.indicators.push_back(json::text_or(source, "indicator"));
      if (auto author = json::text_or(source, "author"); !author.empty())
        alert.authors.push_back(std::move(author));
    }
  if (const auto* delay = object->if_contains("delay_ms"); delay != nullptr && delay->is_number())
    alert.delay_ms = delay->to_number<double>();
  return alert;
}

Result<AlertTail> AlertTail::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (file < 0 || watch < 0 || inotify_add_watch(watch, path.c_str(), IN_MODIFY) < 0) {
    Error error{Errc::unavailable, path + ": " + std::strerror(errno)};
    if (file >= 0) close(file);
    if (watch >= 0) close(watch);
    return error;
  }
  return AlertTail{file, watch};
}

AlertTail::AlertTail(AlertTail&& other) noexcept
    : file_{std::exchange(other.file_, -1)},
      watch_{std::exchange(other.watch_, -1)},
      unfinished_{std::move(other.unfinished_)} {}

AlertTail::~AlertTail() {
  if (file_ >= 0) close(file_);
  if (watch_ >= 0) close(watch_);
}

Status AlertTail::read_lines(std::vector<Alert>& out) {
  std::array<char, 65'536> buffer;
  for (;;) {
    const auto size = read(file_, buffer.data(), buffer.size());
    if (size <= 0) break;
    unfinished_.append(buffer.data(), static_cast<std::size_t>(size));
  }
  std::size_t begin = 0;
  for (auto end = unfinished_.find('\n'); end != std::string::npos; end = unfinished_.find('\n', begin)) {
    auto alert = parse_alert(std::string_view{unfinished_}.substr(begin, end - begin));
    if (!alert) return alert.error();
    out.push_back(*std::move(alert));
    begin = end + 1;
  }
  unfinished_.erase(0, begin);
  return {};
}

Result<std::vector<Alert>> AlertTail::next(std::chrono::microseconds wait_max) {
  std::vector<Alert> alerts;
  TOCSIN_TRY(read_lines(alerts));
  if (!alerts.empty()) return alerts;
  pollfd ready{watch_, POLLIN, 0};
  const timespec wait{wait_max.count() / 1'000'000, wait_max.count() % 1'000'000 * 1'000};
  if (ppoll(&ready, 1, &wait, nullptr) > 0) {
    std::array<char, 4'096> events;
    while (read(watch_, events.data(), events.size()) > 0) {
    }
    TOCSIN_TRY(read_lines(alerts));
  }
  return alerts;
}

}  // namespace tocsin::demo
