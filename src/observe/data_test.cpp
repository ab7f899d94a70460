/// The readers over real logs, where the test data lie beside the project.

#include <gmock/gmock.h>
#include <simdjson.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "observe/reader.hpp"

namespace tocsin::observe {
namespace {

using stix::Path;
namespace fs = std::filesystem;

const fs::path data_folder = fs::path{TOCSIN_SOURCE_DIR} / "../shared/data";

std::string read_any(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream bytes;
  bytes << in.rdbuf();
  std::string packed = bytes.str();
  if (path.extension() != ".zst") return packed;
  std::string text;
  auto* stream = ZSTD_createDStream();
  std::string chunk(1 << 16, '\0');
  ZSTD_inBuffer input{packed.data(), packed.size(), 0};
  while (input.pos < input.size) {
    ZSTD_outBuffer output{chunk.data(), chunk.size(), 0};
    if (ZSTD_isError(ZSTD_decompressStream(stream, &output, &input)) != 0) break;
    text.append(chunk, 0, output.pos);
  }
  ZSTD_freeDStream(stream);
  return text;
}

/// `name` as the tables of the data name it: with or without .zst on the disk.
std::string read_log(const std::string& name) {
  const auto path = data_folder / name;
  return fs::exists(path) ? read_any(path) : read_any(path.string() + ".zst");
}

std::vector<std::string_view> lines_of(std::string_view text) {
  auto lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

using Told = std::vector<std::pair<Path, std::string>>;

Told told(const stix::Observation& out) {
  Told all;
  for (const auto& value : out.values()) all.emplace_back(value.path, value.text);
  std::sort(all.begin(), all.end());
  return all;
}

struct FileResult {
  Totals totals;
  Format format{};
  std::size_t values = 0;
  std::vector<std::pair<std::int64_t, Told>> records;
};

FileResult read_file(const std::string& text, const std::string& file, Format format = Format::automatic) {
  FileResult result;
  Reader reader{format, log_of_file(file)};
  stix::Observation out;
  for (const auto line : lines_of(text)) {
    const auto outcome = reader.read(line, out);
    if (!outcome || outcome.value() == Line::other) continue;
    result.values += out.values().size();
    result.records.emplace_back(to_micros(out.time()), told(out));
  }
  result.totals = reader.totals();
  result.format = reader.format();
  return result;
}

class ObserveData : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(data_folder)) GTEST_SKIP() << "the test data are not beside the project";
  }
};

// Goal:   one record, written by Zeek in both of its forms, says the same.
// Method: every record of the TSV file must be among those of the JSON file, or the other way round where the
//         JSON file holds fewer.
TEST_F(ObserveData, ZeekPairsReadAlike) {
  std::size_t pairs = 0, compared = 0;
  for (const auto& entry : fs::directory_iterator{data_folder / "logs-zeek/zed-pairs"}) {
    const auto file = entry.path().filename().string();
    const auto mark = file.find(".tsv.log");
    if (mark == std::string::npos) continue;
    const auto log = file.substr(0, mark);
    const auto tsv = read_file(read_any(entry.path()), file);
    const auto json = read_file(read_log("logs-zeek/zed-pairs/" + log + ".json.log"), log + ".log");
    EXPECT_EQ(tsv.format, Format::zeek_tsv) << file;
    EXPECT_EQ(json.format, Format::zeek_json) << file;
    EXPECT_EQ(tsv.totals.bad + json.totals.bad, 0U) << file;
    auto many = tsv.records, few = json.records;
    if (many.size() < few.size()) std::swap(many, few);
    std::map<std::pair<std::int64_t, Told>, int> left;
    for (const auto& record : many) ++left[record];
    std::size_t missing = 0;
    for (const auto& record : few) missing += left[record]-- > 0 ? 0 : 1;
    EXPECT_EQ(missing, 0U) << log << ": records that only one form tells";
    ++pairs;
    compared += few.size();
  }
  EXPECT_EQ(pairs, 16U);
  EXPECT_GT(compared, 3000U);
}

struct Expected {
  const char* file;
  Format format;
  std::uint64_t records, bad;
};

// Goal:   damaged files give their good records, an error for each bad one, and nothing else.
TEST_F(ObserveData, MalformedLogsKeepTheirGoodRecords) {
  for (const auto& [file, format, records, bad] : {
           Expected{"rita-has_unknown_field-http.log", Format::zeek_tsv, 4, 1},  // a row lacks a column
           Expected{"rita-text_file-conn.log", Format::lines, 5, 0},
           Expected{"rita-truncated-conn.log", Format::zeek_tsv, 58, 1},
           Expected{"rita-truncated-conn_json.log", Format::zeek_json, 3, 1},
           Expected{"rita-truncated-conn_top.log", Format::lines, 59, 0},  // without its header
           Expected{"zat-conn_date_issue.log", Format::zeek_tsv, 3, 0},
           Expected{"zat-http_empty.log", Format::zeek_tsv, 0, 0},
       }) {
    const auto result = read_file(read_any(data_folder / "logs-zeek/malformed" / file), file);
    EXPECT_EQ(result.format, format) << file;
    EXPECT_EQ(result.totals.records, records) << file;
    EXPECT_EQ(result.totals.bad, bad) << file;
  }
}

// Goal:   every whole log is recognised, read without an error, and tells something in most records.
TEST_F(ObserveData, WholeLogsReadWithoutError) {
  std::size_t files = 0, records = 0, values = 0;
  for (const auto& folder : {"logs-zeek", "logs-suricata", "logs-windows"})
    for (const auto& entry : fs::recursive_directory_iterator{data_folder / folder}) {
      const auto path = entry.path().string();
      if (!entry.is_regular_file() || path.find("malformed") != std::string::npos ||
          path.find("baselines") != std::string::npos)
        continue;
      const auto result = read_file(read_any(entry.path()), entry.path().filename().string());
      EXPECT_EQ(result.totals.bad, 0U) << path;
      EXPECT_GT(result.totals.records, 0U) << path;
      if (path.find("eve") != std::string::npos) {
        EXPECT_EQ(result.format, Format::eve) << path;
      }
      if (path.find("windows") != std::string::npos) {
        EXPECT_EQ(result.format, Format::windows) << path;
      }
      ++files;
      records += result.totals.records;
      values += result.values;
    }
  EXPECT_EQ(files, 95U);
  EXPECT_GT(values, 6 * records);
}

struct ExpectedLog {
  const char* file;
  std::string_view format;
  std::vector<std::string> values;  // checked by hand in the file
};

// Goal:   each real log of hosts, name servers, proxies and alerts is recognised for what it is in nearly
// every line, and tells.
TEST_F(ObserveData, OtherLogsAreRecognised) {
  const std::vector<ExpectedLog> expected = {
      {"logs-osquery/osquery-doc-samples.ndjson",
       "osquery",
       {"osqueryd", "97830", "launchd", "/usr/bin", "curl google.com"}},
      {"logs-proxy-dns/crowdsec-bind9-logs.log", "bind", {"192.168.1.1", "example.com", "::1", "wr_test"}},
      {"logs-proxy-dns/crowdsec-bind9-refused.log", "bind", {"104.219.136.31", "example.com"}},
      {"logs-proxy-dns/crowdsec-bind9-syslog.log",
       "bind",
       {"164.92.117.245", "2003:f8:733:b600:2c44:fab4:5e6e:d791"}},
      {"logs-proxy-dns/crowdsec-laurel-logs.log",
       "laurel",
       {"nft", "11021", "crowdsec-firewall-bouncer", "/usr/sbin"}},
      {"logs-proxy-dns/derived-bind-querylog-hour16.log", "bind", {"10.0.0.238", "75.75.75.75.in-addr.arpa"}},
      {"logs-proxy-dns/derived-squid-access-hour16.log",
       "squid",
       {"www.whitehouse.gov", "10.0.0.111", "dap.digitalgov.gov"}},
      {"logs-proxy-dns/plaso-apache_access.log",
       "combined",
       {"192.168.0.2", "120.202.255.147", "/wp-content/themes/darkmode/evil.php?cmd=uname+-a"}},
      {"logs-proxy-dns/plaso-iis10.log", "w3c", {"222.222.222.222", "111.111.111.111", "/foo/bar/baz.asp"}},
      {"logs-proxy-dns/plaso-iis10_edge_cases.log",
       "w3c",
       {"10.10.10.10", "Microsoft WinRM Client", "random\\ranuser1"}},
      {"logs-proxy-dns/plaso-iis7_sqli.log",
       "w3c",
       {"222.222.222.222", "/foo/bar/baz.asp?ID=1%27%20or%201%3D%40%40version--"}},
      {"logs-proxy-dns/plaso-windows_firewall.log", "w3c", {"123.45.78.90", "123.156.78.255", "udp"}},
      {"logs-proxy-dns/squid-format-sample.log",
       "squid",
       {"domain.xyz", "http://cdn.example.com/script.js", "93.184.216.34"}},
      {"logs-suricata/crowdsec-suricata-logs-fastlog.log",
       "alert-fast",
       {"2.57.122.209", "28487", "169.254.169.254"}},
      {"logs-suricata/plaso-snort3_alert_fast.log",
       "alert-fast",
       {"2001:df1:c200:c::35", "10.6.6.254", "icmp"}},
      {"logs-suricata/plaso-suricata_alert_fast.log",
       "alert-fast",
       {"11.11.232.144", "56068", "2001:4860:4860::8888"}},
  };
  for (const auto& log : expected) {
    const auto text = read_log(log.file);
    Reader reader{Format::automatic, log_of_file(log.file)};
    stix::Observation out;
    std::map<std::string, std::size_t> formats;
    std::size_t silent = 0;
    std::set<std::string, std::less<>> told;
    for (const auto line : lines_of(text)) {
      const auto outcome = reader.read(line, out);
      ASSERT_TRUE(outcome) << log.file << ": " << outcome.error().detail;
      if (*outcome == Line::other) continue;
      ++formats[std::string{reader.format_name()}];
      if (out.values().empty()) ++silent;
      for (const auto& value : out.values()) told.emplace(value.text);
    }
    const auto records = reader.totals().records;
    EXPECT_GE(formats[std::string{log.format}] * 100, records * 95)
        << log.file << ": " << testing::PrintToString(formats);
    EXPECT_LE(silent * 10, records) << log.file;
    for (const auto& value : log.values) EXPECT_TRUE(told.contains(value)) << log.file << ": " << value;
  }
}

// Goal:   what Zeek's own writer tests produced reads without an error: other separators, escapes, ISO times.
TEST_F(ObserveData, OutputsOfZeeksWriterTests) {
  simdjson::ondemand::parser parser;
  std::size_t outputs = 0;
  const auto all = read_log("logs-zeek/zeek-writer-baselines.ndjson");
  for (const auto line : lines_of(all)) {
    const simdjson::padded_string padded{line};
    auto document = parser.iterate(padded);
    const std::string file{std::string_view{document["path"]}};
    const std::string text{std::string_view{document["text"]}};
    const auto result = read_file(text, file);
    EXPECT_EQ(result.totals.bad, 0U) << file << "\n" << text;
    ++outputs;
  }
  EXPECT_EQ(outputs, 74U);
}

// Goal:   every value of the expected sightings is seen at its line.
TEST_F(ObserveData, SeesEveryExpectedSighting) {
  std::map<std::string, std::multimap<std::size_t, std::string>> expected;  // file, line, value
  const auto table = read_log("matches/expected-exact-sightings.csv");
  for (const auto row : lines_of(table)) {
    const auto cells = split(row, ',');
    if (cells.size() < 5 || cells[0] == "log") continue;
    expected[std::string{cells[0]}].emplace(std::stoul(std::string{cells[1]}), cells[4]);
  }
  std::size_t seen = 0;
  for (const auto& [file, values] : expected) {
    const auto text = read_log(file);
    Reader reader{Format::automatic, log_of_file(file)};
    stix::Observation out;
    for (const auto line : lines_of(text)) {
      const auto outcome = reader.read(line, out);
      const auto [from, to] = values.equal_range(reader.totals().lines);
      for (auto it = from; it != to; ++it) {
        ASSERT_TRUE(outcome) << file << ": " << outcome.error().detail;
        const auto has = [&](std::string_view text_wanted, Path path) {
          return std::any_of(out.values().begin(), out.values().end(), [&](const stix::Observed& value) {
            return value.text == text_wanted && (path == Path::count_ || value.path == path);
          });
        };
        auto value = it->second;
        const auto colon = value.find(':');
        if (const auto port = value.substr(colon + 1); colon != std::string::npos && port.size() <= 5) {
          EXPECT_TRUE(has(value.substr(0, colon), Path::network_dst_ref_value)) << file << ' ' << it->first;
          EXPECT_TRUE(has(port, Path::network_dst_port)) << file << ' ' << it->first;
        } else {
          EXPECT_TRUE(has(value, Path::count_)) << file << ' ' << it->first << ' ' << value;
        }
        ++seen;
      }
    }
  }
  EXPECT_EQ(seen, 864U);
}

}  // namespace
}  // namespace tocsin::observe
