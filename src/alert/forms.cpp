#include "alert/forms.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::alert {
namespace {

using json::text_or;

constexpr std::string_view nil = "-";  // RFC 5424: NILVALUE

std::string_view without_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<std::uint8_t> confidence_in(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return static_cast<std::uint8_t>(std::min<std::uint64_t>(json::number_or(object, key), 100));
}

/// What the alert says of its weight: its tier, else the highest among its sources.
std::string tier_of(const json::Object& alert) {
  if (auto said = text_or(alert, "tier"); !said.empty()) return said;
  std::optional<std::uint8_t> highest;
  if (const auto* sources = alert.if_contains("sources"); sources != nullptr && sources->is_array())
    for (const auto& source : sources->get_array())
      if (source.is_object())
        if (const auto one = confidence_in(source.get_object(), "confidence"))
          highest = std::max(highest.value_or(0), *one);
  return std::string{tier(highest)};
}

/// 0 to 10, as CEF counts.
int severity_of(const json::Object& alert) {
  const auto said = tier_of(alert);
  return said == "high" ? 8 : said == "low" ? 3 : said == "none" ? 1 : 5;
}

std::string record_text(const json::Object& alert) {
  const auto* record = alert.if_contains("record");
  if (record == nullptr) return {};
  return record->is_string() ? std::string{json::view(record->get_string())} : json::dump(*record);
}

/// The names under which ECS knows a value.
struct Named {
  std::string type, field;  // of the indicator; empty: none fits
  std::string related;      // ip, hosts or hash
};

bool is_address(std::string_view value) {
  return value.find_first_not_of("0123456789.") == std::string_view::npos ||
         (value.find(':') != std::string_view::npos &&
          value.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos);
}

Named named(std::string_view path, std::string_view value) {
  if (path.ends_with("_ref.value") || path.starts_with("ipv4-addr:") || path.starts_with("ipv6-addr:")) {
    if (!is_address(value)) return {"domain-name", "url.domain", "hosts"};
    return {value.find(':') == std::string_view::npos ? "ipv4-addr" : "ipv6-addr", "ip", "ip"};
  }
  if (path.starts_with("domain-name:") || path.ends_with("request_header.Host"))
    return {"domain-name", "url.domain", "hosts"};
  if (path.starts_with("url:")) return {"url", "url.full", ""};
  if (path.starts_with("email-addr:")) return {"email-addr", "email.address", ""};
  for (const auto& [hash, field] : {std::pair{"MD5", "file.hash.md5"},
                                    {"SHA-1", "file.hash.sha1"},
                                    {"SHA-256", "file.hash.sha256"},
                                    {"SHA-512", "file.hash.sha512"}})
    if (path.find("hashes") != std::string_view::npos && path.find(hash) != std::string_view::npos &&
        (path.ends_with(hash) || path.ends_with(std::string{hash} + "'")))
      return {path.starts_with("x509") ? "x509-certificate" : "file", path.starts_with("x509") ? "" : field,
              "hash"};
  for (const auto* type : {"file", "mac-addr", "mutex", "process", "software", "user-account",
                           "autonomous-system", "directory", "windows-registry-key", "x509-certificate"})
    if (path.substr(0, path.find(':')) == type) return {type, "", ""};
  return {};
}

/// Sets a field whose name has dots: objects within objects.
template <class T>
void put(json::Object& into, std::string_view dotted, T&& value) {
  auto* at = &into;
  for (auto dot = dotted.find('.'); dot != std::string_view::npos; dot = dotted.find('.')) {
    auto& inner = (*at)[dotted.substr(0, dot)];
    if (!inner.is_object()) inner = json::Object{};
    at = &inner.get_object();
    dotted.remove_prefix(dot + 1);
  }
  (*at)[dotted] = std::forward<T>(value);
}

std::string capital(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::string_view ecs_confidence(std::string_view said) {
  return said == "high"     ? "High"
         : said == "medium" ? "Medium"
         : said == "low"    ? "Low"
         : said == "none"   ? "None"
                            : "Not Specified";
}

json::Object enrichment(const json::Object& alert, const json::Object& source, const Named& names) {
  json::Object indicator;
  if (!names.type.empty()) indicator["type"] = names.type;
  if (!names.field.empty()) put(indicator, names.field, text_or(alert, "value"));
  if (const auto said = text_or(source, "name"); !said.empty()) indicator["description"] = said;
  auto said = text_or(source, "tier");
  if (said.empty()) said = tier(confidence_in(source, "confidence"));
  indicator["confidence"] = ecs_confidence(said);
  auto provider = text_or(source, "circle_name");
  if (const auto author = text_or(source, "author"); !author.empty()) provider = author;
  if (!provider.empty()) indicator["provider"] = provider;
  if (const auto tlp = text_or(source, "tlp"); !tlp.empty()) {
    put(indicator, "marking.tlp", capital(tlp));
    put(indicator, "marking.tlp_version", "2.0");
  }
  if (const auto added = text_or(source, "date_added"); !added.empty()) indicator["first_seen"] = added;
  return {{"indicator", std::move(indicator)},
          {"matched", json::Object{{"atomic", text_or(alert, "value")},
                                   {"id", text_or(source, "indicator")},
                                   {"occurred", text_or(alert, "time")},
                                   {"type", "indicator_match_rule"}}}};
}

std::string ecs(const json::Object& alert, const Speaker& speaker) {
  const auto value = text_or(alert, "value");
  const auto names = named(text_or(alert, "path"), value);
  json::Object out{{"@timestamp", text_or(alert, "time")}, {"ecs", json::Object{{"version", "8.11.0"}}}};
  const auto type = text_or(alert, "type", "alert");
  out["message"] = type + ": " + value;
  out["event"] = json::Object{{"kind", type == "alert" ? "alert" : "event"},
                              {"category", json::Array{"threat"}},
                              {"type", json::Array{"indicator"}},
                              {"module", "tocsin"},
                              {"dataset", "tocsin.alert"},
                              {"action", type},
                              {"severity", severity_of(alert)}};
  if (auto record = record_text(alert); !record.empty()) put(out, "event.original", std::move(record));
  out["observer"] =
      json::Object{{"vendor", "Tocsin"},         {"product", "sensor"},    {"type", "sensor"},
                   {"version", speaker.version}, {"name", speaker.sensor}, {"hostname", speaker.host}};
  if (const auto file = text_or(alert, "file"); !file.empty()) put(out, "log.file.path", file);
  if (!names.related.empty() && !value.empty())
    put(out, "related." + names.related, json::Array{json::Value(value)});
  if (const auto* sources = alert.if_contains("sources"); sources != nullptr && sources->is_array()) {
    json::Array list;
    for (const auto& source : sources->get_array())
      if (source.is_object()) list.push_back(enrichment(alert, source.get_object(), names));
    put(out, "threat.enrichments", std::move(list));
  }
  json::Object rest = alert;  // what ECS has no name for, under ours
  for (const auto* known : {"time", "value", "record", "file"}) rest.erase(known);
  out["tocsin"] = std::move(rest);
  return json::dump(out);
}

/// A field of CEF: what would end it is escaped, and so is what a terminal obeys.
std::string cef_text(std::string_view text, std::string_view special) {
  std::string out;
  const auto shown = printable(text);
  for (const char c : shown) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string cef(const json::Object& alert, const Speaker& speaker) {
  const auto type = text_or(alert, "type", "alert");
  std::string out = "CEF:0|Tocsin|sensor|" + cef_text(speaker.version, "\\|") + '|' + cef_text(type, "\\|") +
                    '|' + (type == "alert" ? "A value that a circle names was seen" : cef_text(type, "\\|")) +
                    '|' + std::to_string(severity_of(alert)) + '|';
  bool first = true;
  const auto add = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!first) out += ' ';
    first = false;
    out.append(key).append("=").append(cef_text(value, "\\="));
  };
  if (const auto time = parse_rfc3339(text_or(alert, "time")))
    add("rt", std::to_string(to_micros(*time) / 1000));
  add("dvchost", speaker.host);
  const auto value = text_or(alert, "value"), path = text_or(alert, "path");
  const auto names = named(path, value);
  if (names.type == "url")
    add("request", value);
  else if (names.related == "hash")
    add("fileHash", value);
  else if (path.find("src_ref") != std::string::npos)
    add(names.related == "ip" ? "src" : "shost", value);
  else if (path.find("dst_ref") != std::string::npos)
    add(names.related == "ip" ? "dst" : "dhost", value);
  else if (names.type == "domain-name")
    add("dhost", value);
  std::string indicators, circles, titles;
  if (const auto* sources = alert.if_contains("sources"); sources != nullptr && sources->is_array())
    for (const auto& source : sources->get_array()) {
      if (!source.is_object()) continue;
      const auto append = [](std::string& list, const std::string& text, std::string_view between) {
        if (!text.empty()) list.append(list.empty() ? "" : between).append(text);
      };
      append(indicators, text_or(source.get_object(), "indicator"), " ");
      append(circles, text_or(source.get_object(), "circle_name"), ", ");
      append(titles, text_or(source.get_object(), "name"), "; ");
    }
  const std::array<std::pair<std::string_view, std::string>, 6> texts{{{"indicators", indicators},
                                                                       {"circles", circles},
                                                                       {"value", value},
                                                                       {"path", path},
                                                                       {"tier", tier_of(alert)},
                                                                       {"record", record_text(alert)}}};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].second.empty()) continue;
    const auto key = "cs" + std::to_string(i + 1);
    add(key + "Label", texts[i].first);
    add(key, texts[i].second);
  }
  add("filePath", text_or(alert, "file"));
  if (const auto line = json::number_or(alert, "line"); line != 0) {
    add("cn1Label", "line");
    add("cn1", std::to_string(line));
  }
  add("msg", titles);
  return out;
}

/// PRINTUSASCII without spaces, as the header's fields are.
std::string header_text(std::string_view text, std::size_t size_max) {
  std::string out;
  for (const char c : text.substr(0, size_max)) out += c > ' ' && c < 127 ? c : '_';
  return out.empty() ? std::string{nil} : out;
}

}  // namespace

std::string_view name(Form form) {
  return form == Form::json ? "json" : form == Form::ecs ? "ecs" : "cef";
}

std::optional<Form> form_named(std::string_view text) {
  for (const auto form : {Form::json, Form::ecs, Form::cef})
    if (name(form) == text) return form;
  return std::nullopt;
}

std::string in_form(Form form, std::string_view line, const Speaker& speaker) {
  line = without_end(line);
  if (form == Form::json) return std::string{line};
  const auto alert = json::parse_object(line);
  const auto& said =
      alert ? *alert : json::Object{{"type", "alert"}, {"record", *json::parse(json_string(line))}};
  return form == Form::ecs ? ecs(said, speaker) : cef(said, speaker);
}

std::string hec_event(std::string_view line, const Speaker& speaker) {
  line = without_end(line);
  const auto alert = json::parse_object(line);
  json::Object out{{"host", speaker.host}, {"sourcetype", "tocsin:alert"}};
  if (alert) {
    if (const auto time = parse_rfc3339(text_or(*alert, "time")))
      out["time"] = static_cast<double>(to_micros(*time)) / 1e6;
    if (const auto file = text_or(*alert, "file"); !file.empty()) out["source"] = file;
  }
  auto text = json::dump(out);
  text.pop_back();
  return text + ",\"event\":" + (alert ? std::string{line} : json_string(line)) + '}';
}

std::string syslog_message(Form form, std::string_view line, const Speaker& speaker, std::size_t bytes_max) {
  line = without_end(line);
  const auto alert = json::parse_object(line);
  std::string shortened;
  if (alert && line.size() > bytes_max) {
    auto less = *alert;
    less["record_bytes"] = record_text(*alert).size();
    less.erase("record");
    shortened = json::dump(less);
    line = shortened;
  }
  const int severity = alert && severity_of(*alert) >= 8 ? 3 : 4;  // error, warning
  const auto time = alert ? text_or(*alert, "time", nil) : std::string{nil};
  const auto type = alert ? text_or(*alert, "type", "alert") : "alert";
  return '<' + std::to_string(4 * 8 + severity) + ">1 " + (parse_rfc3339(time) ? time : std::string{nil}) +
         ' ' + header_text(speaker.host, 255) + " tocsin " + std::to_string(speaker.process) + ' ' +
         header_text(type, 32) + " - " + for_terminal(in_form(form, line, speaker));
}

std::string for_terminal(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  const auto escape = [&out](unsigned code) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[code >> shift & 15];
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto at = [&](std::size_t ahead) {
      return i + ahead < line.size() ? static_cast<unsigned char>(line[i + ahead]) : 0U;
    };
    const unsigned c = at(0);
    if (c == '\r' || c == '\t') {
      out += ' ';  // in JSON they stand between the tokens alone
    } else if ((c < 0x20 && c != '\n') || c == 0x7f) {
      escape(c);
    } else if (c == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0) {  // C1 controls
      escape(at(1));
      i += 1;
    } else if (c == 0xd8 && at(1) == 0x9c) {  // the Arabic letter mark
      escape(0x61c);
      i += 1;
    } else if (c == 0xe2 && (at(1) == 0x80 || at(1) == 0x81)) {
      const unsigned code = 0x2000U | (at(1) & 1U) << 6 | (at(2) & 0x3fU);
      const bool turns = code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
                         (code >= 0x2066 && code <= 0x2069);
      if (turns) {
        escape(code);
        i += 2;
      } else {
        out += line[i];
      }
    } else {
      out += line[i];
    }
  }
  return out;
}

std::string_view tier(std::optional<std::uint8_t> confidence) {
  if (!confidence) return "unknown";
  return *confidence >= 70 ? "high" : *confidence >= 30 ? "medium" : *confidence >= 1 ? "low" : "none";
}

}  // namespace tocsin::alert
