#include "sensor/emit_target.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "formats/network_rule.hpp"

namespace tocsin::sensor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t refused_shown_max = 20;
constexpr std::string_view sigma_ending = ".yml", id_begin = "indicator--";

std::string digest_of(std::string_view text) {
  return to_hex(sha256(text));
}

/// A name that we give: indicator--UUID.yml.
bool is_our_name(std::string_view name) {
  return name.starts_with(id_begin) && name.ends_with(sigma_ending) &&
         name.size() == id_begin.size() + 36 + sigma_ending.size();
}

}  // namespace

Result<EmitTarget> EmitTarget::parse(std::string_view text) {
  EmitTarget out;
  const auto colon = text.find(':');
  out.text_ = text;
  out.form_ = text.substr(0, colon);
  out.path_ = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  out.list_form_ = formats::list_form_named(out.form_);
  const bool known =
      out.list_form_ || out.form_ == "suricata-rules" || out.form_ == "snort-rules" || out.form_ == "sigma";
  if (!known || out.path_.empty())
    return Error{Errc::invalid_input,
                 "emit '" + printable(text) +
                     "' must be suricata-dataset:DIR, zeek-intel:FILE, rpz:FILE, plain:FILE, "
                     "suricata-rules:FILE, snort-rules:FILE or sigma:DIR"};
  return out;
}

Result<bool> EmitTarget::write(const std::string& path, const std::string& text) {
  auto digest = digest_of(text);
  auto& before = written_[path];
  if (before.empty())
    if (const auto there = read_file(path, UINT64_MAX)) before = digest_of(*there);
  // Somebody may have taken it away.
  if (before == digest && system_files().exists(path)) return false;
  if (const auto status = write_file(path, text); !status) return status.error();
  before = std::move(digest);
  return true;
}

Result<bool> EmitTarget::write_zone(const InForce& in_force, Timestamp now) {
  const auto there = read_file(path_, UINT64_MAX);
  const auto before = there ? formats::serial_of_zone(*there) : std::nullopt;
  if (before && formats::in_list_form(*list_form_, in_force.values, *before).files.front().text == *there)
    return false;
  // Seconds are a serial that also grows when the file was lost, and that a person can read.
  const auto second =
      static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const auto text =
      formats::in_list_form(*list_form_, in_force.values, std::max(second, before.value_or(0) + 1));
  if (const auto status = write_file(path_, text.files.front().text); !status) return status.error();
  return true;
}

Result<bool> EmitTarget::take(const InForce& in_force, Timestamp now) {
  bool any = false;
  if (list_form_ == formats::ListForm::suricata_dataset) {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error) return Error{Errc::unavailable, path_ + ": " + error.message()};
  }
  const auto made = formats::in_list_form(*list_form_, in_force.values);
  listed_ = made.listed;
  left_out_ = made.left_out;
  if (list_form_ == formats::ListForm::rpz) {
    auto written = write_zone(in_force, now);
    if (!written) return written;
    any = *written;
  } else {
    for (const auto& file : made.files) {
      auto written = write(file.name.empty() ? path_ : path_ + "/" + file.name, file.text);
      if (!written) return written;
      any = any || *written;
    }
  }
  failure_.clear();
  if (any) {
    changed_ = now;
    ++changes_;
  }
  return any;
}

Result<bool> EmitTarget::take(const std::vector<ShelfRule>& rules, Timestamp now) {
  refused_.clear();
  Result<bool> written = false;
  if (form_ == "sigma") {
    written = write_sigma(rules);
  } else {
    std::vector<formats::OwnedRule> taken;
    for (const auto& one : rules) {
      // Suricata reads most of what is written for Snort; the other way round nothing works.
      if (one.pattern_type != "snort" && (form_ == "snort-rules" || one.pattern_type != "suricata")) continue;
      auto rule = formats::read_network_rule(one.pattern);
      if (!rule)
        refused_.emplace_back(one.id, rule.error().detail);
      else
        taken.push_back({one.id, *std::move(rule)});
    }
    const auto file = formats::rule_file(std::move(taken));
    listed_ = file.listed;
    renumbered_ = file.renumbered;
    superseded_ = file.superseded;
    written = write(path_, file.text);
  }
  if (!written) return written;
  failure_.clear();
  if (*written) {
    changed_ = now;
    ++changes_;
  }
  return written;
}

Result<bool> EmitTarget::write_sigma(const std::vector<ShelfRule>& rules) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) return Error{Errc::unavailable, path_ + ": " + error.message()};
  bool any = false;
  std::map<std::string, bool> wanted;
  listed_ = 0;
  for (const auto& one : rules) {
    if (one.pattern_type != "sigma") continue;
    const bool clean = is_utf8(one.pattern) && std::ranges::none_of(one.pattern, [](char c) {
                         return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 127;
                       });
    const auto name = one.id + std::string{sigma_ending};  // never from the rule's content
    if (!clean || !is_our_name(name)) {
      refused_.emplace_back(one.id, "refused: control characters, or no UTF-8");
      continue;
    }
    if (!wanted.emplace(name, true).second) continue;  // the same id from another circle
    auto written = write(path_ + "/" + name, one.pattern.ends_with('\n') ? one.pattern : one.pattern + "\n");
    if (!written) return written;
    any = any || *written;
    ++listed_;
  }
  auto names = system_files().list(path_);
  if (!names) return names.error();
  for (const auto& name : *names) {
    if (!is_our_name(name) || wanted.contains(name)) continue;
    TOCSIN_TRY(system_files().remove(path_ + "/" + name));
    written_.erase(path_ + "/" + name);
    any = true;
  }
  return any;
}

json::Object EmitTarget::status(Timestamp now) const {
  json::Object out{{"emit", text_}, {"listed", listed_}, {"left_out", left_out_}, {"changes", changes_}};
  if (changed_) {
    out["changed"] = to_rfc3339(*changed_);
    out["age_seconds"] = std::chrono::floor<std::chrono::seconds>(now - *changed_).count();
  }
  if (!list_form_) {
    out.erase("left_out");
    json::Array list;
    for (std::size_t i = 0; i < std::min(refused_.size(), refused_shown_max); ++i)
      list.push_back(json::Object{{"indicator", refused_[i].first}, {"why", refused_[i].second}});
    out["refused"] = json::Object{{"count", refused_.size()}, {"rules", std::move(list)}};
    out["renumbered"] = renumbered_;
    out["superseded"] = superseded_;
  }
  if (!failure_.empty()) out["failure"] = failure_;
  return out;
}

}  // namespace tocsin::sensor
