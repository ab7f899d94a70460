#include "review_queue.hpp"

#include <array>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "kept_file.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t items_max = 100'000;
constexpr std::uint64_t item_bytes_max = 16 << 20;
constexpr std::size_t object_digits = 12, content_digits = 8;
constexpr std::chrono::hours decided_kept{24 * 30};
constexpr std::array<std::string_view, 6> names = {"new",      "approved", "edited",
                                                   "rejected", "expired",  "replaced"};

std::string digits(const std::string& of, std::size_t count) {
  return to_hex(sha256(of)).substr(0, count);
}

bool is_item_id(std::string_view id) {
  return id.size() == object_digits + 1 + content_digits &&
         id.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

json::Object json_of(const ReviewItem& item) {
  return {{"state", name(item.state)},
          {"made", to_rfc3339(item.made)},
          {"expires", to_rfc3339(item.expires)},
          {"original", item.original},
          {"minted", item.minted},
          {"left_as", item.left_as},
          {"submission", to_line(item.submission)},
          {"anonymous", item.anonymous},
          {"object", item.object},
          {"leaves", item.leaves},
          {"reviewed", item.reviewed},
          {"record", item.record},
          {"findings", item.findings}};
}

Result<ReviewItem> parse_item(std::string_view text) {
  const auto object = json::parse_object(text);
  if (!object) return object.error();
  ReviewItem item;
  const auto state = json::text(*object, "state");
  if (!state) return state.error();
  const auto place = std::find(names.begin(), names.end(), *state);
  if (place == names.end()) return Error{Errc::invalid_input, "'state' is none that there is"};
  item.state = static_cast<ReviewState>(place - names.begin());
  for (const auto& [key, into] : {std::pair{"made", &item.made}, std::pair{"expires", &item.expires}}) {
    const auto time = parse_rfc3339(json::text_or(*object, key));
    if (!time) return in_context(key, time.error());
    *into = *time;
  }
  auto submission = parse_submission_line(json::text_or(*object, "submission"));
  if (!submission) return in_context("submission", submission.error());
  item.submission = *std::move(submission);
  for (const auto& [key, into] : {std::pair{"original", &item.original}, std::pair{"minted", &item.minted},
                                  std::pair{"left_as", &item.left_as}, std::pair{"object", &item.object},
                                  std::pair{"leaves", &item.leaves}, std::pair{"reviewed", &item.reviewed}}) {
    auto value = json::text(*object, key);
    if (!value) return value.error();
    *into = *std::move(value);
  }
  item.anonymous = json::flag_or(*object, "anonymous");
  if (const auto* record = object->if_contains("record"); record != nullptr && record->is_object())
    item.record = record->get_object();
  if (const auto* findings = object->if_contains("findings"); findings != nullptr && findings->is_array())
    item.findings = findings->get_array();
  return item;
}

}  // namespace

std::string_view name(ReviewState state) {
  return names[static_cast<std::size_t>(state)];
}

Result<ReviewQueue> ReviewQueue::open(std::string folder) {
  ReviewQueue queue{std::move(folder)};
  std::error_code failed;
  std::filesystem::create_directories(queue.folder_, failed);
  if (!failed) std::filesystem::permissions(queue.folder_, std::filesystem::perms::owner_all, failed);
  if (failed) return Error{Errc::denied, queue.folder_ + ": " + failed.message()};
  for (const auto& entry : std::filesystem::directory_iterator{queue.folder_, failed})
    if (const auto id = entry.path().stem().string(); entry.path().extension() == ".json" && is_item_id(id))
      queue.ids_.insert(id);
  return queue;
}

Result<bool> ReviewQueue::add(ReviewItem item) {
  const auto object = digits(item.minted + "\n" + to_line(item.submission), object_digits);
  item.id = object + "-" + digits(item.reviewed + "\n" + item.leaves, content_digits);
  if (ids_.contains(item.id)) {
    const auto there = get(item.id);
    if (there && there->state != ReviewState::expired && there->state != ReviewState::replaced) return false;
  }
  for (auto it = ids_.lower_bound(object); it != ids_.end() && it->starts_with(object); ++it) {
    if (*it == item.id) continue;
    auto older = get(*it);
    if (older && older->state == ReviewState::waits)
      TOCSIN_TRY(decide(*std::move(older), ReviewState::replaced));
  }
  if (ids_.size() >= items_max)
    return Error{Errc::overloaded, "the review queue holds " + std::to_string(items_max) + " items"};
  TOCSIN_TRY(keep(item));
  ids_.insert(item.id);
  return true;
}

Result<ReviewItem> ReviewQueue::get(const std::string& id) const {
  if (!is_item_id(id) || !ids_.contains(id))
    return Error{Errc::not_found, "there is no item '" + id + "' in the review queue"};
  const auto text = read_file(path_of(id), item_bytes_max);
  if (!text) return Error{Errc::corrupt, "the review item " + path_of(id) + ": " + text.error().detail};
  auto item = parse_item(*text);
  if (!item)
    return Error{Errc::corrupt, "the review item " + path_of(id) + " is damaged (" + item.error().detail +
                                    "); remove the file, and share the object again"};
  item->id = id;
  return item;
}

Result<std::vector<ReviewItem>> ReviewQueue::list(Timestamp now, std::vector<std::string>& damaged) {
  std::vector<ReviewItem> items;
  for (const auto& id : std::set<std::string>{ids_}) {
    auto item = get(id);
    if (!item) {
      damaged.push_back(item.error().detail);
      continue;
    }
    if (item->state != ReviewState::waits && item->expires + decided_kept < now) {
      std::error_code none;
      std::filesystem::remove(path_of(id), none);
      ids_.erase(id);
      continue;
    }
    if (item->state == ReviewState::waits && item->expires <= now) {
      TOCSIN_TRY(decide(*item, ReviewState::expired));
      item->state = ReviewState::expired;
    }
    items.push_back(*std::move(item));
  }
  return items;
}

Status ReviewQueue::decide(ReviewItem item, ReviewState state) {
  item.state = state;
  item.object.clear();
  item.leaves.clear();
  item.reviewed.clear();
  return keep(item);
}

Status ReviewQueue::keep(const ReviewItem& item) const {
  const auto text = json::dump(json_of(item));
  if (text.size() > item_bytes_max) return Error{Errc::overloaded, "the item is larger than 16 MiB"};
  return replace_file(path_of(item.id), text);
}

Status ReviewQueue::save() const {
  return sync_files_of(folder_);
}

}  // namespace tocsin::cli
