#include "sensor/rule_shelf.hpp"

#include <filesystem>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "net/server.hpp"

namespace tocsin::sensor {
namespace {

namespace fs = std::filesystem;

std::string to_text(const ShelfRule& rule) {
  json::Object out{{"circle", rule.circle},
                   {"id", rule.id},
                   {"name", rule.name},
                   {"pattern_type", rule.pattern_type},
                   {"pattern", rule.pattern},
                   {"sequence", rule.sequence.value()},
                   {"provenance", to_hex(as_bytes(rule.provenance))}};
  if (rule.from) out["from"] = to_rfc3339(*rule.from);
  if (rule.until) out["until"] = to_rfc3339(*rule.until);
  return json::dump(out) + "\n";
}

std::string hex_in(const json::Object& object, std::string_view key) {
  auto bytes = from_hex(json::text_or(object, key));
  return bytes ? *std::move(bytes) : std::string{};
}

std::optional<Timestamp> time_in(const json::Object& object, std::string_view key) {
  const auto time = parse_rfc3339(json::text_or(object, key));
  return time ? std::optional{*time} : std::nullopt;
}

}  // namespace

bool RuleShelf::takes(std::string_view pattern_type) {
  return pattern_type == "snort" || pattern_type == "suricata" || pattern_type == "sigma" ||
         pattern_type == "yara";
}

Result<std::unique_ptr<RuleShelf>> RuleShelf::open(std::string folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Error{Errc::unavailable, folder + ": " + error.message()};
  fs::permissions(folder, fs::perms::owner_all, error);
  std::unique_ptr<RuleShelf> shelf{new RuleShelf{std::move(folder), true}};
  shelf->load();
  return shelf;
}

std::unique_ptr<RuleShelf> RuleShelf::read(std::string folder) {
  std::unique_ptr<RuleShelf> shelf{new RuleShelf{std::move(folder), false}};
  shelf->load();
  return shelf;
}

std::string RuleShelf::path_of(const std::string& circle, std::string_view id) const {
  return folder_ + "/" + net::percent_encode(circle) + "/" + std::string{id} +
         ".json";  // ids are checked: TYPE--UUID
}

void RuleShelf::load() {
  std::error_code error;
  for (fs::recursive_directory_iterator at{folder_, error}, end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".json") continue;
    const auto text = read_file(at->path().string(), rule_bytes_max * 4);
    const auto read = text ? json::parse_object(*text) : Result<json::Object>{text.error()};
    if (!read) continue;  // one that a power cut tore comes again, or is gone
    ShelfRule rule{json::text_or(*read, "circle"),  json::text_or(*read, "id"),
                   json::text_or(*read, "name"),    json::text_or(*read, "pattern_type"),
                   json::text_or(*read, "pattern"), time_in(*read, "from"),
                   time_in(*read, "until"),         Sequence{json::number_or(*read, "sequence")},
                   hex_in(*read, "provenance")};
    if (takes(rule.pattern_type)) rules_[{rule.circle, rule.id}] = std::move(rule);
  }
}

void RuleShelf::put(const std::string& circle, const stix::Object& indicator, std::optional<Timestamp> until,
                    Sequence sequence, std::string provenance) {
  ShelfRule rule{circle,
                 indicator.id,
                 indicator.name,
                 indicator.pattern_type,
                 indicator.pattern,
                 indicator.valid_from,
                 until,
                 sequence,
                 std::move(provenance)};
  if (indicator.valid_until) rule.until = indicator.valid_until;
  const std::scoped_lock lock{mutex_};
  const std::pair key{circle, indicator.id};
  if (rule.pattern.size() > rule_bytes_max || (rules_.size() >= rules_max && !rules_.contains(key))) {
    problem_ = indicator.id + ": the rule is larger than 256 KiB, or there are more than 100,000";
    return;
  }
  const auto text = to_text(rule);
  if (const auto found = rules_.find(key); found != rules_.end() && to_text(found->second) == text) return;
  if (keeps_) {
    std::error_code error;
    fs::create_directories(fs::path{path_of(circle, indicator.id)}.parent_path(), error);
    const auto written = write_file(path_of(circle, indicator.id), text, 0600);
    if (!written) problem_ = written.error().detail;
  }
  rules_[key] = std::move(rule);
  ++version_;
}

void RuleShelf::remove(const std::string& circle, std::string_view id) {
  const std::scoped_lock lock{mutex_};
  if (rules_.erase({circle, std::string{id}}) == 0) return;
  if (keeps_)
    if (const auto removed = system_files().remove(path_of(circle, id)); !removed)
      problem_ = removed.error().detail;
  ++version_;
}

void RuleShelf::clear(const std::string& circle) {
  std::vector<std::string> ids;
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& [key, rule] : rules_)
      if (key.first == circle) ids.push_back(key.second);
  }
  for (const auto& id : ids) remove(circle, id);
}

std::vector<ShelfRule> RuleShelf::all() const {
  const std::scoped_lock lock{mutex_};
  std::vector<ShelfRule> out;
  for (const auto& [key, rule] : rules_) out.push_back(rule);
  return out;
}

std::optional<ShelfRule> RuleShelf::find(const std::string& circle, std::string_view id) const {
  const std::scoped_lock lock{mutex_};
  const auto found = rules_.find({circle, std::string{id}});
  return found == rules_.end() ? std::nullopt : std::optional{found->second};
}

std::string RuleShelf::problem() const {
  const std::scoped_lock lock{mutex_};
  return problem_;
}

}  // namespace tocsin::sensor
