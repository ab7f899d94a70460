#include "sensor/config.hpp"

#include <toml++/toml.h>

#include "formats/toml_text.hpp"

namespace tocsin::sensor {
namespace {

Error bad_key(std::string_view key, std::string_view wanted) {
  return {Errc::invalid_input, "configuration: '" + std::string{key} + "' must be " + std::string{wanted}};
}

Status read(const toml::node& node, std::string_view key, std::string& out) {
  const auto text = node.value_exact<std::string>();
  if (!text) return bad_key(key, "a text");
  out = *text;
  return {};
}

Status read(const toml::node& node, std::string_view key, bool& out) {
  const auto flag = node.value_exact<bool>();
  if (!flag) return bad_key(key, "true or false");
  out = *flag;
  return {};
}

Status read(const toml::node& node, std::string_view key, std::vector<std::string>& out) {
  if (const auto text = node.value_exact<std::string>()) {
    out = {*text};
    return {};
  }
  const auto* array = node.as_array();
  if (array == nullptr) return bad_key(key, "a list of texts");
  for (const auto& item : *array) {
    const auto text = item.value_exact<std::string>();
    if (!text) return bad_key(key, "a list of texts");
    out.push_back(*text);
  }
  return {};
}

Status take(Config& out, std::string_view key, const toml::node& node) {
  if (key == "circle") return read(node, key, out.circles);
  if (key == "file") return read(node, key, out.files);
  if (key == "state") return read(node, key, out.state);
  if (key == "alerts") return read(node, key, out.alerts);
  if (key == "name") return read(node, key, out.name);
  if (key == "sightings") return read(node, key, out.sightings);
  if (key == "warning-lists") return read(node, key, out.warning_lists);
  if (key == "subdomains") return read(node, key, out.subdomains);
  if (key == "from-start") return read(node, key, out.from_start);
  if (key == "show-held-back") return read(node, key, out.show_held_back);
  return Error{Errc::invalid_input, "configuration: there is no key '" + std::string{key} + "'"};
}

}  // namespace

Result<Config> parse_config(std::string_view text) {
  if (Status ascii = formats::require_ascii_toml(text); !ascii)
    return in_context("configuration", std::move(ascii).error());
  Config out;
  try {
    const auto table = toml::parse(text);
    for (const auto& [key, node] : table) TOCSIN_TRY(take(out, key.str(), node));
  } catch (const toml::parse_error& error) {
    return Error{Errc::invalid_input, "configuration: line " + std::to_string(error.source().begin.line) +
                                          ": " + std::string{error.description()}};
  }
  if (const auto mode = sighting_mode(out.sightings); !mode) return mode.error();
  return out;
}

std::pair<std::string, observe::Format> file_and_format(const std::string& given) {
  const auto at = given.rfind('=');
  if (at != std::string::npos)
    if (const auto format = observe::format_named(std::string_view{given}.substr(at + 1)))
      return {given.substr(0, at), *format};
  return {given, observe::Format::automatic};
}

Result<SightingMode> sighting_mode(std::string_view text) {
  if (text == "off") return SightingMode::off;
  if (text == "count") return SightingMode::count;
  if (text == "named") return SightingMode::named;
  return Error{Errc::invalid_input, "sightings are off, count or named, not '" + std::string{text} + "'"};
}

std::vector<std::pair<std::string, std::string>> formats() {
  using observe::Format;
  const auto one = [](Format format, const char* what) {
    return std::pair{std::string{observe::name(format)}, std::string{what}};
  };
  return {one(Format::automatic, "found out from the lines"),
          one(Format::zeek_tsv, "Zeek logs, tab-separated"),
          one(Format::zeek_json, "Zeek logs as JSON, one file a log or streams"),
          one(Format::eve, "Suricata's EVE"),
          one(Format::windows, "Sysmon and other Windows events as JSON"),
          one(Format::lines, "any text: addresses, names, URLs and hashes in it")};
}

}  // namespace tocsin::sensor
