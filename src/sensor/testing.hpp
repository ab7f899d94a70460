#pragma once

/// For the tests: a circle's log as a hub would push it, and indicators.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "log/entry.hpp"
#include "push/client_event.hpp"

namespace tocsin::sensor::testing {

/// A folder that is gone with the test.
class Folder {
 public:
  Folder() {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("tocsin-sensor-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string text() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// True when it becomes so within ten seconds.
inline bool soon(const std::function<bool()>& so) {
  for (int i = 0; i < 10'000; ++i) {
    if (so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return false;
}

inline std::string slurp(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}
inline void append(const std::string& path, std::string_view text) {
  std::ofstream{path, std::ios::binary | std::ios::app} << text;
}

inline std::string indicator_id(int number) {
  auto digits = std::to_string(number);
  return "indicator--00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

struct IndicatorText {
  int number = 1;
  std::string pattern = "[ipv4-addr:value = '198.51.100.7']";
  std::string modified = "2026-01-01T00:00:00.000Z";
  std::string more = "";  ///< ,"revoked":true
  std::string valid_from = "2026-01-01T00:00:00Z";
  std::string json() const {
    return R"({"type":"indicator","spec_version":"2.1","id":")" + indicator_id(number) +
           R"(","created":"2026-01-01T00:00:00.000Z","modified":")" + modified + R"(","name":"number )" +
           std::to_string(number) + R"(","pattern_type":"stix","valid_from":")" + valid_from +
           R"(","pattern":)" + json_string(pattern) + more + "}";
  }
};

struct Pushed {
  std::string name, data;
  push::Position position;
  std::string sse() const {
    return "id: " + std::to_string(position.sequence.value()) + "\nevent: " + name + "\ndata: " + data +
           "\n\n";
  }
};

/// Entries with true commitments, one after the other.
class CircleLog {
 public:
  static constexpr const char* uuid = "6f0e3a0e-0000-4000-8000-000000000007";

  const Pushed& object(const std::string& json) { return add("object", log::Kind::object, json, ""); }
  const Pushed& object(const IndicatorText& text) { return object(text.json()); }
  const Pushed& rules(const std::string& rules) {
    return add("rules", log::Kind::rules, R"({"version":1,"rules":)" + rules + "}", "");
  }
  const Pushed& withdrawal(int number) {
    const auto id = json_string(indicator_id(number));
    return add("withdrawal", log::Kind::withdrawal, R"({"id":)" + id + R"(,"why":"wrong"})",
               R"(,"withdrawn":)" + id + R"(,"why":"wrong")");
  }
  const Pushed& erasure(std::uint64_t sequence) {
    return add("erasure", log::Kind::erasure, R"({"sequence":)" + std::to_string(sequence) + "}",
               R"(,"erased":)" + std::to_string(sequence));
  }
  std::string position_json() const {
    return R"({"sequence":)" + std::to_string(last_.sequence.value()) + R"(,"commitment":")" +
           to_hex(last_.commitment) + "\"}";
  }
  std::string live() const { return "event: live\ndata: " + position_json() + "\n\n"; }
  push::Position last() const { return last_; }
  const std::vector<Pushed>& events() const { return events_; }

  std::string handling;  ///< further attributes of the entries to come, with a comma in front

 private:
  const Pushed& add(const std::string& name, log::Kind kind, const std::string& content,
                    const std::string& extra) {
    const Sequence sequence{events_.size() + 1};
    log::Salt salt{};
    std::copy_n(as_bytes("sixteen bytes ..").begin(), salt.size(), salt.begin());
    const auto time = system_clock().now();
    const Hash author = sha256("an author");
    const std::string attributes = R"({"authorship":"verified","tlp":"amber")" + handling + '}';
    const Hash commitment = log::entry_commitment(salt, CircleId{7}, sequence, time, kind, last_.commitment,
                                                  content, attributes, author);
    const bool is_object = kind == log::Kind::object || kind == log::Kind::sighting;
    events_.push_back({name,
                       R"({"circle":")" + std::string{uuid} + R"(","sequence":)" +
                           std::to_string(sequence.value()) + R"(,"date_added":")" + to_rfc3339(time) +
                           R"(","kind":")" + name + R"(","commitment":")" + to_hex(commitment) +
                           R"(","previous":")" + to_hex(last_.commitment) + R"(","salt":")" + to_hex(salt) +
                           R"(","author_commitment":")" + to_hex(author) + R"(","attributes":)" + attributes +
                           extra + (is_object ? R"(,"object":)" : R"(,"content":)") + content + "}",
                       {sequence, commitment}});
    last_ = events_.back().position;
    return events_.back();
  }

  std::vector<Pushed> events_;
  push::Position last_{};
};

}  // namespace tocsin::sensor::testing
