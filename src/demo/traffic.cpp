#include "demo/traffic.hpp"

#include "base/text.hpp"

namespace tocsin::demo {
namespace {

constexpr std::array names{"intranet.studio.lan",  "mail.provider.net",   "updates.vendor.net",
                           "static.newspaper.net", "cdn.video.net",       "time.provider.net",
                           "ads.exchange.net",     "api.payments.net",    "weather.service.net",
                           "files.partner.net",    "login.directory.net", "printer7.office.lan"};
constexpr std::array paths{"/",          "/index.html", "/api/v2/items?page=3", "/img/logo.png",
                           "/style.css", "/feed.xml",   "/search?q=lunch",      "/favicon.ico"};
constexpr std::array agents{"Mozilla/5.0 (Windows NT 6.1; WOW64)", "Microsoft-CryptoAPI/6.1", "curl/7.38.0"};
constexpr std::array images{
    R"(C:\Windows\System32\svchost.exe)",     R"(C:\Windows\explorer.exe)",
    R"(C:\Program Files\Office\WINWORD.EXE)", R"(C:\Program Files\Browser\browser.exe)",
    R"(C:\Windows\System32\taskhost.exe)",    R"(C:\Windows\System32\spoolsv.exe)"};
constexpr std::array libraries{R"(C:\Windows\System32\kernel32.dll)", R"(C:\Windows\System32\ws2_32.dll)",
                               R"(C:\Windows\System32\crypt32.dll)", R"(C:\Windows\System32\locale.nls)"};
constexpr std::array documents{R"(C:\Users\ann\Documents\budget.xlsx)", R"(C:\Users\ben\script-draft-7.docx)",
                               R"(C:\Users\eve\AppData\Local\Temp\~DF31.tmp)", R"(D:\render\shot_0412.exr)"};
constexpr std::array<unsigned, 4> ports{443, 443, 80, 993};

void text_field(std::string& out, std::string_view key, std::string_view value) {
  out += ",\"" + std::string{key} + "\":";
  append_json_string(out, value);
}

}  // namespace

std::string_view file_name(Log log) {
  constexpr std::array<std::string_view, 4> all{"conn.log", "dns.log", "http.log", "sysmon.json"};
  return all[static_cast<std::size_t>(log)];
}

std::string_view format_name(Log log) {
  return log == Log::sysmon ? "windows" : "zeek-json";
}

std::string synthetic_address(std::uint32_t n) {
  return "45." + std::to_string(n >> 16 & 255) + '.' + std::to_string(n >> 8 & 255) + '.' +
         std::to_string(n & 255);
}

std::string Traffic::hex(std::size_t digits) {
  std::string text;
  while (text.size() < digits) text += "0123456789abcdef"[below(16)];
  return text;
}

std::string Traffic::uid() {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string text = "C";
  while (text.size() < 18) text += letters[below(letters.size())];
  return text;
}

std::string Traffic::client_address() {
  return "10.20." + std::to_string(below(16)) + '.' + std::to_string(2 + below(250));
}

std::string Traffic::server_address() {
  // Nets of large carriers, none of them in the facts.
  constexpr std::array<std::string_view, 4> nets{"151.101.", "104.18.", "23.45.", "185.60."};
  return std::string{nets[below(nets.size())]} + std::to_string(below(256)) + '.' +
         std::to_string(1 + below(254));
}

LogLine Traffic::zeek(Log log, std::string_view to, unsigned port, std::string_view rest, Timestamp now) {
  LogLine line{log, uid(), {}};
  const auto micros = to_micros(now);
  auto fraction = std::to_string(micros % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  line.text = R"({"ts":)" + std::to_string(micros / 1'000'000) + '.' + fraction;
  text_field(line.text, "uid", line.mark);
  text_field(line.text, "id.orig_h", client_address());
  line.text += R"(,"id.orig_p":)" + std::to_string(49'152 + below(16'000));
  text_field(line.text, "id.resp_h", to);
  line.text += R"(,"id.resp_p":)" + std::to_string(port);
  line.text += rest;
  line.text += "}\n";
  return line;
}

LogLine Traffic::connection(std::string_view to, unsigned port, Timestamp now) {
  return zeek(Log::conn, to, port,
              R"(,"proto":"tcp","duration":0.)" + std::to_string(1 + below(900)) + R"(,"orig_bytes":)" +
                  std::to_string(below(4'000)) + R"(,"resp_bytes":)" + std::to_string(below(90'000)) +
                  R"(,"conn_state":"SF","local_orig":true,"local_resp":false,"history":"ShADadFf")",
              now);
}

LogLine Traffic::request(std::string_view to, Timestamp now) {
  std::string rest = R"(,"trans_depth":1,"method":"GET")";
  text_field(rest, "host", names[below(names.size())]);
  text_field(rest, "uri", paths[below(paths.size())]);
  text_field(rest, "user_agent", agents[below(agents.size())]);
  rest += R"(,"request_body_len":0,"response_body_len":)" + std::to_string(below(50'000)) +
          R"(,"status_code":200,"status_msg":"OK")";
  return zeek(Log::http, to, 80, rest, now);
}

LogLine Traffic::lookup(std::string_view name, std::string_view answer, Timestamp now) {
  std::string rest = R"(,"proto":"udp","trans_id":)" + std::to_string(below(65'536));
  text_field(rest, "query", name);
  rest += R"(,"qtype_name":"A","rcode_name":"NOERROR","AA":false,"RD":true,"answers":[)" +
          json_string(answer) + R"(],"TTLs":[300.0])";
  return zeek(Log::dns, "10.20.0.1", 53, rest, now);
}

LogLine Traffic::windows(unsigned event, std::string_view rest, Timestamp now) {
  LogLine line{Log::sysmon, std::to_string(++record_), {}};
  line.text = R"({"@timestamp":")" + to_rfc3339(now) + R"(","EventID":)" + std::to_string(event) +
              R"(,"SourceName":"Microsoft-Windows-Sysmon","RecordNumber":)" + line.mark;
  text_field(line.text, "Hostname", "ws-" + std::to_string(100 + below(400)));
  line.text += R"(,"ProcessId":)" + std::to_string(1'000 + below(20'000));
  line.text += rest;
  line.text += "}\n";
  return line;
}

namespace {

void hashes(std::string& rest, const FileSeen& file) {
  if (!file.hash.empty()) text_field(rest, "Hashes", file.hash_kind + "=" + file.hash);
}

}  // namespace

LogLine Traffic::process_started(const FileSeen& file, Timestamp now) {
  std::string rest;
  text_field(rest, "Image", file.path);
  text_field(rest, "CommandLine", '"' + file.path + '"');
  text_field(rest, "CurrentDirectory", R"(C:\Windows\)");
  hashes(rest, file);
  text_field(rest, "ParentImage", R"(C:\Windows\System32\services.exe)");
  return windows(1, rest, now);
}

LogLine Traffic::driver_loaded(const FileSeen& file, Timestamp now) {
  std::string rest;
  text_field(rest, "ImageLoaded", file.path);
  hashes(rest, file);
  text_field(rest, "Signed", "true");
  return windows(6, rest, now);
}

LogLine Traffic::image_loaded(const FileSeen& file, Timestamp now) {
  std::string rest;
  text_field(rest, "Image", images[below(images.size())]);
  text_field(rest, "ImageLoaded", file.path);
  hashes(rest, file);
  return windows(7, rest, now);
}

LogLine Traffic::file_written(const FileSeen& file, Timestamp now) {
  std::string rest;
  text_field(rest, "Image", images[below(images.size())]);
  text_field(rest, "TargetFilename", file.path);
  return windows(11, rest, now);
}

LogLine Traffic::ordinary(Timestamp now) {
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return connection(server_address(), ports[below(ports.size())], now);
    case 4:
    case 5:
      return lookup(names[below(names.size())], server_address(), now);
    case 6:
      return request(server_address(), now);
    case 7:
      return process_started({images[below(images.size())], "MD5", hex(32)}, now);
    case 8:
      return image_loaded({libraries[below(libraries.size())], "SHA256", hex(64)}, now);
    default:
      return file_written({documents[below(documents.size())], "", ""}, now);
  }
}

}  // namespace tocsin::demo
