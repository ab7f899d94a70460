#include "sensor/config.hpp"

#include <charconv>
#include <optional>

#include "alert/output_spec.hpp"
#include "formats/flat_toml.hpp"
#include "sensor/emit_target.hpp"
#include "sensor/trust.hpp"

namespace tocsin::sensor {
namespace {

Error bad_key(std::string_view key, std::string_view wanted) {
  return {Errc::invalid_input, "configuration: '" + std::string{key} + "' must be " + std::string{wanted}};
}

Status read(const formats::TomlField& field, std::string& out) {
  const auto* text = std::get_if<std::string>(&field.value);
  if (text == nullptr) return bad_key(field.key, "a text");
  out = *text;
  return {};
}

Status read(const formats::TomlField& field, bool& out) {
  const auto* flag = std::get_if<bool>(&field.value);
  if (flag == nullptr) return bad_key(field.key, "true or false");
  out = *flag;
  return {};
}

Status read(const formats::TomlField& field, std::vector<std::string>& out) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    out = {*text};
    return {};
  }
  const auto* list = std::get_if<std::vector<std::string>>(&field.value);
  if (list == nullptr) return bad_key(field.key, "a list of texts");
  out = *list;
  return {};
}

Status take(Config& out, const formats::TomlField& field) {
  const std::string_view key = field.key;
  if (key == "circle") return read(field, out.circles);
  if (key == "file") return read(field, out.files);
  if (key == "state") return read(field, out.state);
  if (key == "alerts") return read(field, out.alerts);
  if (key == "output") return read(field, out.outputs);
  if (key == "name") return read(field, out.name);
  if (key == "sightings") return read(field, out.sightings);
  if (key == "warning-lists") return read(field, out.warning_lists);
  if (key == "mapping") return read(field, out.mappings);
  if (key == "dead-letters") return read(field, out.dead_letters);
  if (key == "allow") return read(field, out.allow);
  if (key == "emit") return read(field, out.emit);
  if (key == "emit-reload") return read(field, out.reloads);
  if (key == "trust") return read(field, out.trust);
  if (key == "alert-min-confidence") return read(field, out.alert_min_confidence);
  if (key == "emit-min-confidence") return read(field, out.emit_min_confidence);
  if (key == "mute-hits") return read(field, out.mute_hits);
  if (key == "mute-share") return read(field, out.mute_share);
  if (key == "simulate") return read(field, out.simulate);
  if (key == "subdomains") return read(field, out.subdomains);
  if (key == "from-start") return read(field, out.from_start);
  if (key == "show-held-back") return read(field, out.show_held_back);
  if (key == "history-values") return read(field, out.history_values);
  if (key == "history-days") return read(field, out.history_days);
  if (key == "history-bytes") return read(field, out.history_bytes);
  return Error{Errc::invalid_input, "configuration: there is no key '" + std::string{key} + "'"};
}

}  // namespace

Result<Config> parse_config(std::string_view text) {
  auto fields = formats::parse_flat_toml(text);
  if (!fields) return in_context("configuration", std::move(fields).error());
  Config out;
  for (const auto& field : *fields) TOCSIN_TRY(take(out, field));
  TOCSIN_TRY(check_config(out));
  return out;
}

Status check_config(const Config& config) {
  if (const auto mode = sighting_mode(config.sightings); !mode) return mode.error();
  for (const auto& output : config.outputs)
    if (const auto spec = alert::parse_output(output); !spec) return spec.error();
  for (const auto& target : config.emit)
    if (const auto parsed = EmitTarget::parse(target); !parsed) return parsed.error();
  if (const auto trust = Trust::parse(config.trust); !trust) return trust.error();
  for (const auto& [name, text] : {std::pair{"alert-min-confidence", &config.alert_min_confidence},
                                   {"emit-min-confidence", &config.emit_min_confidence},
                                   {"mute-share", &config.mute_share}})
    if (const auto number = parse_percent(name, *text); !number) return number.error();
  if (const auto limits = history_limits(config); !limits) return limits.error();
  if (const auto hits = parse_count("mute-hits", config.mute_hits); !hits) return hits.error();
  return {};
}

Result<HistoryLimits> history_limits(const Config& config) {
  HistoryLimits out;
  out.on = config.history_values != "off";
  out.hashed = config.history_values == "hashed";
  if (out.on && !out.hashed && config.history_values != "plain")
    return Error{Errc::invalid_input,
                 "history-values are plain, hashed or off, not '" + config.history_values + "'"};
  const auto number = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
  };
  const auto days = number(config.history_days);
  if (!days || *days < 1 || *days > 3'650)
    return Error{Errc::invalid_input, "history-days are 1 to 3650, not '" + config.history_days + "'"};
  out.age_max = std::chrono::hours{24} * static_cast<int>(*days);
  constexpr std::string_view units = "KMGT";
  std::string_view bytes = config.history_bytes;
  const auto unit = bytes.empty() ? std::string_view::npos : units.find(bytes.back());
  if (unit != std::string_view::npos) bytes.remove_suffix(1);
  const auto size = number(bytes);
  const auto shift = unit == std::string_view::npos ? 0U : 10U * (static_cast<unsigned>(unit) + 1);
  if (!size || *size > UINT64_MAX >> 1 >> shift || *size << shift < 1U << 20)
    return Error{Errc::invalid_input, "history-bytes are a number such as 500M or 2G, from 1M on, not '" +
                                          config.history_bytes + "'"};
  out.bytes_max = *size << shift;
  return out;
}

std::pair<std::string, observe::Format> file_and_format(const std::string& given,
                                                        const observe::Formats& formats) {
  const auto at = given.rfind('=');
  if (at != std::string::npos)
    if (const auto format = formats.named(std::string_view{given}.substr(at + 1)))
      return {given.substr(0, at), *format};
  return {given, observe::Format::automatic};
}

Result<SightingMode> sighting_mode(std::string_view text) {
  if (text == "off") return SightingMode::off;
  if (text == "count") return SightingMode::count;
  if (text == "named") return SightingMode::named;
  return Error{Errc::invalid_input, "sightings are off, count or named, not '" + std::string{text} + "'"};
}

}  // namespace tocsin::sensor
