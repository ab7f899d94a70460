#pragma once

/// A circle's log as a hub would push it, for the tests of the member's half.

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "log/entry.hpp"
#include "push/client_event.hpp"

namespace tocsin::push::testing {

inline constexpr std::uint64_t circle_number = 7;
inline constexpr const char* circle_uuid = "6f0e3a0e-0000-4000-8000-000000000007";

struct Pushed {
  std::string name, data;
  Position position;
  std::string text() const {
    return "id: " + std::to_string(position.sequence.value()) + "\nevent: " + name + "\ndata: " + data +
           "\n\n";
  }
};

/// Entries with true commitments, one after the other.
class PushedLog {
 public:
  explicit PushedLog(std::string salt_text = "sixteen bytes ..") : salt_text_{std::move(salt_text)} {}

  const Pushed& add_object(const std::string& object) { return add("object", log::Kind::object, object, ""); }
  const Pushed& add_withdrawal(const std::string& id, const std::string& why) {
    return add("withdrawal", log::Kind::withdrawal,
               R"({"id":)" + json_string(id) + R"(,"why":)" + json_string(why) + "}",
               R"(,"withdrawn":)" + json_string(id) + R"(,"why":)" + json_string(why));
  }
  const std::vector<Pushed>& events() const { return events_; }
  std::string position_json(std::size_t index) const {
    return R"({"sequence":)" + std::to_string(events_[index].position.sequence.value()) +
           R"(,"commitment":")" + to_hex(events_[index].position.commitment) + "\"}";
  }

 private:
  const Pushed& add(const std::string& name, log::Kind kind, const std::string& content,
                    const std::string& extra) {
    const Sequence sequence{events_.size() + 1};
    log::Salt salt{};
    std::copy_n(as_bytes(salt_text_).begin(), salt.size(), salt.begin());
    const auto time = from_micros(1'700'000'000'000'000 + static_cast<std::int64_t>(sequence.value()));
    const Hash previous = events_.empty() ? Hash{} : events_.back().position.commitment;
    const Hash author = sha256("an author");
    const std::string attributes = R"({"authorship":"relayed","tlp":"amber"})";
    const Hash commitment = log::entry_commitment(salt, CircleId{circle_number}, sequence, time, kind,
                                                  previous, content, attributes, author);
    const bool is_object = kind == log::Kind::object || kind == log::Kind::sighting;
    events_.push_back({name,
                       R"({"circle":")" + std::string{circle_uuid} + R"(","sequence":)" +
                           std::to_string(sequence.value()) + R"(,"date_added":")" + to_rfc3339(time) +
                           R"(","kind":")" + name + R"(","commitment":")" + to_hex(commitment) +
                           R"(","previous":")" + to_hex(previous) + R"(","salt":")" + to_hex(salt) +
                           R"(","author_commitment":")" + to_hex(author) + R"(","attributes":)" + attributes +
                           extra + (is_object ? R"(,"object":)" : R"(,"content":)") + content + "}",
                       {sequence, commitment}});
    return events_.back();
  }

  std::string salt_text_;
  std::vector<Pushed> events_;
};

}  // namespace tocsin::push::testing
