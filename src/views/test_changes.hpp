#pragma once

/// What the tests and the benchmark of the views share: folders that go away, and changes as the hub would
/// make them.

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "views/test_disk.hpp"
#include "views/views.hpp"

namespace tocsin::views {

/// A folder of its own, removed at the end.
class TestFolder {
 public:
  TestFolder() : path_{std::filesystem::temp_directory_path() / ("tocsin-views-" + uuid4())} {
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string path(const std::string& name = "views") const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline Views::Options options_in(std::string folder) {
  Views::Options options;
  options.environment = test_environment();
  options.folder = std::move(folder);
  return options;
}

/// A log as the hub sees it: entries of several circles, some to a frame. Holds the objects of its changes.
class Story {
 public:
  /// The changes that follow stand in a new frame.
  Story& frame() {
    ++frame_;
    return *this;
  }
  Change& add(std::uint64_t circle, log::Kind kind) {
    if (frame_ == 0) frame();
    Change change;
    change.circle = CircleId{circle};
    change.sequence = Sequence{++heads_[circle % heads_.size()]};
    change.position = log::Position{frame_};
    change.kind = kind;
    return changes.emplace_back(std::move(change));
  }
  Change& share(std::uint64_t circle, stix::Object object, std::uint64_t owner = 1) {
    auto& change = add(circle, log::Kind::object);
    change.object = &objects_.emplace_back(std::move(object));
    change.owner = MemberId{owner};
    return change;
  }
  Change& act(std::uint64_t circle, log::Kind kind, std::string subject, std::uint64_t owner = 0) {
    auto& change = add(circle, kind);
    change.subject = std::move(subject);
    change.owner = MemberId{owner};
    return change;
  }
  /// The changes of the frames after `from`, at most so many frames of them.
  std::span<const Change> frames(log::Position from, std::uint64_t most) const {
    const auto at = [&](std::uint64_t frame) {
      return std::ranges::partition_point(
          changes, [&](const Change& change) { return change.position.frame <= frame; });
    };
    const auto first = at(from.frame);
    return {first, at(first == changes.end() ? from.frame : first->position.frame + most - 1)};
  }
  /// The same log once this entry was erased.
  void erase(std::size_t index) {
    auto& change = changes[index];
    change.object = nullptr;
    change.subject.clear();
    change.owner = {};
    change.governance = false;
  }

  std::vector<Change> changes;

 private:
  std::deque<stix::Object> objects_;
  std::array<std::uint64_t, 8> heads_{};
  std::uint64_t frame_ = 0;
};

/// A random id that stays the same from run to run.
inline std::string id_of(const std::string& type, std::uint64_t number) {
  std::uint64_t state = number;
  for (const char c : type) state = state * 131 + static_cast<std::uint8_t>(c);
  const auto mixed = [&state] {
    auto bits = state += 0x9E3779B97F4A7C15ULL;  // splitmix64
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBULL;
    return bits ^ (bits >> 31);
  };
  std::string bytes;
  append_number(bytes, mixed());
  append_number(bytes, mixed());
  const auto hex = to_hex(as_bytes(bytes));
  return type + "--" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-a" +
         hex.substr(17, 3) + "-" + hex.substr(20);
}

/// An indicator with one value, a creator and, for every second one, a reference to what it came from.
inline stix::Object indicator(std::uint64_t number, const std::string& version = "2016-05-12T08:17:27.000Z") {
  stix::Object object;
  object.type = "indicator";
  object.id = id_of(object.type, number);
  object.created = "2016-05-12T08:17:27.000Z";
  object.modified = version;
  object.created_by_ref = id_of("identity", number % 7);
  object.references.push_back({"created_by_ref", object.created_by_ref});
  if (number % 2 == 0) object.references.push_back({"x_report_ref", id_of("report", number / 100)});
  switch (number % 3) {
    case 0:
      object.values.push_back({stix::ValueKind::domain, "host" + std::to_string(number) + ".example"});
      break;
    case 1:
      object.values.push_back({stix::ValueKind::ipv4, std::to_string(number)});
      break;
    default:
      object.values.push_back({stix::ValueKind::sha256, to_hex(sha256(std::to_string(number)))});
  }
  return object;
}

/// A log with all that the views know: versions, transfers, sightings, withdrawals, governance, two circles.
inline Story long_story(std::uint64_t objects, std::uint64_t frame_entries) {
  Story story;
  for (std::uint64_t i = 0; i < objects; ++i) {
    if (i % frame_entries == 0) story.frame();
    const auto circle = 1 + i % 2;
    const auto earlier = i / 2 + circle - 1;
    story.share(circle, indicator(i), 1 + i % 5);
    if (i % 10 == 3) story.share(circle, indicator(i, "2017-01-01T00:00:00.123456Z"), 1 + i % 5);
    if (i % 13 == 5) story.changes.back().pattern = "pattern " + std::to_string(i % 40);
    if (i % 10 == 4) {
      auto& seen = story.act(circle, log::Kind::sighting, id_of("indicator", earlier));
      seen.voice = Voice::Kind::sighting;
      seen.author = MemberId{1 + i % 7};
      seen.says = static_cast<std::uint8_t>(1 + i % 3);
    }
    if (i % 50 == 7) story.act(circle, log::Kind::withdrawal, id_of("indicator", earlier));
    if (i % 50 == 9) story.act(circle, log::Kind::transfer, id_of("indicator", earlier), 9);
    if (i % 100 == 20) story.add(0, log::Kind::hub).governance = true;
    if (i % 100 == 21) story.add(circle, log::Kind::rules).governance = true;
  }
  return story;
}

/// Applies what is missing, so many frames to a call.
inline Status follow(Views& views, const Story& story, std::uint64_t frames_per_call) {
  while (true) {
    const auto part = story.frames(views.applied(), frames_per_call);
    if (part.empty()) return {};
    TOCSIN_TRY(views.apply(part));
  }
}

}  // namespace tocsin::views
