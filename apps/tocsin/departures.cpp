#include "departures.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "kept_file.hpp"
#include "raw_json.hpp"

namespace tocsin::cli {
namespace {

constexpr std::uint64_t file_bytes_max = 1ULL << 30;
constexpr std::size_t spare_lines = 10'000;  // superseded ones that may stand before the file is made anew

std::string modified_of(std::string_view object) {
  const auto value = member_value(object, "modified");
  return value.size() < 2 ? std::string{} : std::string{value.substr(1, value.size() - 2)};
}

Timestamp time_of(const std::string& text) {
  const auto time = parse_rfc3339(text);
  return time ? *time : Timestamp{};
}

/// Milliseconds are what every tool compares.
std::string after(const std::string& text) {
  return to_rfc3339(time_of(text) + std::chrono::milliseconds{1});
}

std::string with_modified(const std::string& object, const std::string& modified) {
  if (modified == modified_of(object)) return object;
  auto out = without_member(object, "modified");
  out.pop_back();
  return out + R"(,"modified":)" + json_string(modified) + "}";
}

}  // namespace

Result<Departures> Departures::open(std::string path) {
  Departures departures;
  departures.path_ = std::move(path);
  const auto text = read_file(departures.path_, file_bytes_max);
  if (!text && text.error().code == Errc::not_found) return departures;
  if (!text) return Error{Errc::denied, text.error().detail};
  for (const auto line : split(*text, '\n')) departures.take(line);
  return departures;
}

void Departures::take(std::string_view line) {
  const auto object = json::parse_object(line);
  if (!object) return;  // a torn line: what it was about never left
  Departed departed{.as = json::text_or(*object, "as"),
                    .of = json::text_or(*object, "of"),
                    .output = json::text_or(*object, "output"),
                    .modified = json::text_or(*object, "modified"),
                    .last = json::text_or(*object, "last")};
  ++lines_;
  minted_.insert(departed.as);
  by_id_[json::text_or(*object, "id")] = std::move(departed);
}

bool Departures::knows(std::string_view id) const {
  return by_id_.contains(std::string{id});
}

std::string Departures::find(const std::string& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? std::string{} : it->second.as;
}

bool Departures::left_as(const std::string& minted_id) const {
  return minted_.contains(minted_id);
}

std::string Departures::leave(const std::string& id, const std::string& minted_id, std::string output,
                              const std::string& commitment) {
  const auto of = modified_of(output);
  const auto it = by_id_.find(id);
  if (it == by_id_.end() || it->second.as != minted_id || of.empty()) {
    if (it == by_id_.end() || it->second.as != minted_id || it->second.output != commitment)
      note(id, {minted_id, of, commitment, of, of});
    return output;
  }
  auto departed = it->second;
  if (time_of(of) < time_of(departed.of)) return output;  // an old version is what it was
  if (of == departed.of && commitment == departed.output) return with_modified(output, departed.modified);
  departed.modified = time_of(of) > time_of(departed.last) ? of : after(departed.last);
  departed.last = departed.modified;
  departed.of = of;
  departed.output = commitment;
  note(id, departed);
  return with_modified(output, departed.modified);
}

std::string Departures::leave_reviewed(const std::string& id, const std::string& minted_id,
                                       std::string object) {
  const auto of = modified_of(object);
  const auto it = by_id_.find(id);
  auto departed =
      it == by_id_.end() || it->second.as != minted_id ? Departed{minted_id, of, "", of, of} : it->second;
  if (!of.empty() && it != by_id_.end()) departed.last = after(departed.last);
  note(id, departed);
  return of.empty() ? object : with_modified(object, departed.last);
}

void Departures::note(const std::string& id, const Departed& departed) {
  unsaved_ += json::dump(json::Object{{"id", id},
                                      {"as", departed.as},
                                      {"of", departed.of},
                                      {"output", departed.output},
                                      {"modified", departed.modified},
                                      {"last", departed.last}}) +
              "\n";
  ++lines_;
  minted_.insert(departed.as);
  by_id_[id] = departed;
}

Status Departures::save() {
  if (unsaved_.empty()) return {};
  const auto lock = FileLock::hold(path_ + ".lock");
  if (!lock) return lock.error();
  TOCSIN_TRY(append_lines(path_, std::exchange(unsaved_, {})));
  if (lines_ < 2 * by_id_.size() + spare_lines) return {};
  // Read again: another program may have added to it.
  auto all = open(path_);
  if (!all) return all.error();
  for (const auto& [id, departed] : std::unordered_map{all->by_id_}) all->note(id, departed);
  if (const auto written = write_file(path_, all->unsaved_, 0600); !written)
    return Error{Errc::denied, written.error().detail};
  lines_ = by_id_.size();
  return {};
}

}  // namespace tocsin::cli
