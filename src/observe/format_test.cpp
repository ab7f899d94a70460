/// Every built-in format: recognised, and a few values checked by hand.

#include "observe/format.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"
#include "observe/mapping.hpp"
#include "observe/reader.hpp"

namespace tocsin::observe {
namespace {

TEST(BuiltInFormats, StandInTheOrderOfTheirNumbers) {
  const auto& formats = *built_in_formats();
  EXPECT_EQ(formats.all().size(), static_cast<std::size_t>(Format::lines));
  for (const auto& [format, name] :
       std::initializer_list<std::pair<Format, std::string_view>>{{Format::automatic, "auto"},
                                                                  {Format::eve, "eve"},
                                                                  {Format::windows, "windows"},
                                                                  {Format::osquery, "osquery"},
                                                                  {Format::ecs, "ecs"},
                                                                  {Format::ocsf, "ocsf"},
                                                                  {Format::laurel, "laurel"},
                                                                  {Format::zeek_json, "zeek-json"},
                                                                  {Format::zeek_tsv, "zeek-tsv"},
                                                                  {Format::cef, "cef"},
                                                                  {Format::leef, "leef"},
                                                                  {Format::w3c, "w3c"},
                                                                  {Format::bind, "bind"},
                                                                  {Format::unbound, "unbound"},
                                                                  {Format::dnsmasq, "dnsmasq"},
                                                                  {Format::alert_fast, "alert-fast"},
                                                                  {Format::squid, "squid"},
                                                                  {Format::combined, "combined"},
                                                                  {Format::syslog, "syslog"},
                                                                  {Format::csv, "csv"},
                                                                  {Format::key_value, "key-value"},
                                                                  {Format::lines, "lines"}}) {
    EXPECT_EQ(formats.name(format), name);
    EXPECT_EQ(formats.named(name), format);
  }
  for (const auto& mapping : formats.all()) {
    EXPECT_FALSE(mapping->writer.empty()) << mapping->name;
    EXPECT_FALSE(mapping->recognised().empty()) << mapping->name;
    EXPECT_TRUE(mapping->file.empty()) << mapping->name;
  }
}

/// Lines of one format, its time, and values that its last line must tell: "path=text".
struct Fact {
  Format format;
  std::string_view lines, time;
  std::vector<std::string> values;
};

class Facts : public testing::TestWithParam<Fact> {};

TEST_P(Facts, AreRecognisedAndTold) {
  const auto& fact = GetParam();
  for (const auto wanted : {Format::automatic, fact.format}) {
    Reader reader{wanted};
    stix::Observation out;
    for (const auto line : split(fact.lines, '\n')) {
      const auto read = reader.read(line, out);
      ASSERT_TRUE(read) << line << ": " << read.error().detail;
    }
    EXPECT_EQ(reader.format_name(), built_in_formats()->name(fact.format)) << fact.lines;
    std::vector<std::string> told;
    for (const auto& value : out.values())
      told.push_back(std::string{stix::name(value.path)} + "=" + std::string{value.text});
    EXPECT_THAT(told, testing::IsSupersetOf(fact.values)) << fact.lines;
    if (!fact.time.empty()) {
      EXPECT_EQ(to_rfc3339(out.time()), fact.time) << fact.lines;
    }
  }
}

// Each line is written as the program named by its format writes it; hosts and addresses are those of
// examples.
INSTANTIATE_TEST_SUITE_P(
    BuiltIn, Facts,
    testing::Values(
        // osquery: results of scheduled queries, as events and as snapshots
        Fact{
            Format::osquery,
            R"({"action":"added","columns":{"name":"x","path":"/tmp/x","pid":"97830","parent":"1","cmdline":"x -d","remote_address":"192.0.2.9","remote_port":"443"},"name":"p","calendarTime":"Tue Sep 30 17:37:30 2014","unixTime":"1412123850"})",
            "2014-10-01T00:37:30.000000Z",
            {"process:pid=97830", "process:image_ref.name=x", "file:name=x",
             "process:image_ref.parent_directory_ref.path=/tmp", "process:command_line=x -d",
             "process:parent_ref.pid=1", "network-traffic:dst_ref.value=192.0.2.9",
             "network-traffic:dst_port=443"}},
        Fact{
            Format::osquery,
            R"({"action":"snapshot","snapshot":[{"path":"/sbin/launchd","pid":"1"},{"path":"/usr/libexec/kextd","pid":"54"}],"name":"p","hostIdentifier":"h","calendarTime":"Mon May  2 22:27:32 2016 UTC","unixTime":"1462228052"})",
            "2016-05-02T22:27:32.000000Z",
            {"process:image_ref.name=launchd", "process:pid=1", "process:image_ref.name=kextd",
             "process:pid=54"}},
        Fact{
            Format::osquery,
            R"({"action":"added","columns":{"path":"/tmp/y","md5":"d41d8cd98f00b204e9800998ecf8427e"},"name":"hashes","calendarTime":"x","unixTime":"1462228052"})",
            "",
            {"file:name=y", "file:parent_directory_ref.path=/tmp",
             "file:hashes.MD5=d41d8cd98f00b204e9800998ecf8427e"}},
        // ECS: nested, and with dotted names
        Fact{
            Format::ecs,
            R"({"@timestamp":"2026-01-02T03:04:05.678Z","ecs":{"version":"8.0.0"},"source":{"ip":"192.0.2.1","port":4000},"destination":{"ip":"2001:db8::2"},"dns":{"question":{"name":"Bad.example"},"answers":[{"data":"198.51.100.7"}]},"file":{"hash":{"sha256":"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"}}})",
            "2026-01-02T03:04:05.678000Z",
            {"network-traffic:src_ref.value=192.0.2.1", "network-traffic:dst_ref.value=2001:db8::2",
             "network-traffic:src_port=4000", "domain-name:value=bad.example",
             "domain-name:resolves_to_refs[*].value=198.51.100.7",
             "file:hashes.'SHA-256'=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
        Fact{
            Format::ecs,
            R"({"@timestamp":"2026-01-02T03:04:05Z","ecs.version":"8.0.0","source.ip":"192.0.2.1","url.full":"https://bad.example/x"})",
            "",
            {"ipv4-addr:value=192.0.2.1", "url:value=https://bad.example/x",
             "domain-name:value=bad.example"}},
        // OCSF: DNS activity, process activity
        Fact{
            Format::ocsf,
            R"({"class_uid":4003,"category_uid":4,"metadata":{"version":"1.1.0"},"time":1714420898610,"src_endpoint":{"ip":"10.0.0.9","port":53001},"query":{"hostname":"bad.example","type":"A"},"answers":[{"rdata":"198.51.100.7","type":"A"}]})",
            "2024-04-29T20:01:38.610000Z",
            {"domain-name:value=bad.example", "ipv4-addr:value=198.51.100.7",
             "domain-name:resolves_to_refs[*].value=198.51.100.7", "network-traffic:src_ref.value=10.0.0.9"}},
        Fact{
            Format::ocsf,
            R"({"class_uid":1007,"metadata":{},"time":1714420898610,"process":{"pid":7,"cmd_line":"x -d","file":{"path":"C:\\t\\x.exe","hashes":[{"algorithm":"MD5","value":"D41D8CD98F00B204E9800998ECF8427E"}]},"parent_process":{"cmd_line":"boss.exe"}}})",
            "",
            {"process:image_ref.name=x.exe", "process:image_ref.hashes.MD5=d41d8cd98f00b204e9800998ecf8427e",
             "process:pid=7", "process:parent_ref.command_line=boss.exe"}},
        // EVTX as JSON: a list of named data, and EvtxECmd's text in Payload
        Fact{
            Format::windows,
            R"({"Event":{"System":{"EventID":22,"Provider":{"@Name":"Microsoft-Windows-Sysmon"}},"EventData":{"Data":[{"@Name":"QueryName","#text":"bad.example"},{"@Name":"QueryResults","#text":"::ffff:192.0.2.8;"}]}}})",
            "",
            {"domain-name:value=bad.example", "domain-name:resolves_to_refs[*].value=192.0.2.8"}},
        Fact{
            Format::windows,
            R"({"EventId":3,"Channel":"Microsoft-Windows-Sysmon/Operational","Payload":"{\"EventData\":{\"Data\":[{\"@Name\":\"DestinationIp\",\"#text\":\"192.0.2.8\"}]}}"})",
            "",
            {"network-traffic:dst_ref.value=192.0.2.8"}},
        // CEF and LEEF, bare and behind syslog
        Fact{
            Format::cef,
            R"(CEF:0|Vendor\|X|Proxy|1.0|100|web|5|rt=Jun 17 2016 14:10:11 src=10.0.0.1 spt=1232 dst=192.0.2.5 dpt=443 request=http://bad.example/a?b\=c msg=a text with blanks fileHash=D41D8CD98F00B204E9800998ECF8427E suser=bob smith)",
            "2016-06-17T14:10:11.000000Z",
            {"network-traffic:src_ref.value=10.0.0.1", "network-traffic:dst_port=443",
             "url:value=http://bad.example/a?b=c", "domain-name:value=bad.example",
             "file:hashes.MD5=d41d8cd98f00b204e9800998ecf8427e", "user-account:user_id=bob smith"}},
        Fact{Format::cef,
             "<134>Nov 13 10:59:46 fw CEF:0|V|P|1|7|x|3|dst=192.0.2.5",
             "",
             {"network-traffic:dst_ref.value=192.0.2.5"}},
        Fact{Format::leef,
             "LEEF:1.0|V|P|1|7|src=10.0.0.1\tdst=192.0.2.5\tsrcPort=99\turl=http://bad.example/",
             "",
             {"network-traffic:src_port=99", "url:value=http://bad.example/"}},
        Fact{Format::leef,
             "LEEF:2.0|V|P|1|7|x5E|src=10.0.0.1^dst=192.0.2.5^usrName=bob smith",
             "",
             {"network-traffic:dst_ref.value=192.0.2.5", "user-account:user_id=bob smith"}},
        // name servers
        Fact{Format::bind,
             "29-Apr-2024 20:00:15.679 queries: info: client @0x7f 10.0.0.238#53501 (bad.example): query: "
             "Bad.example IN A + (10.0.0.2)",
             "2024-04-29T20:00:15.679000Z",
             {"network-traffic:src_ref.value=10.0.0.238", "network-traffic:src_port=53501",
              "domain-name:value=bad.example"}},
        Fact{Format::bind,
             "client @0x7f ::1#62466 (bad.example): view internal: query: bad.example IN AAAA +E(0)K (::1)",
             "",
             {"network-traffic:src_ref.value=::1", "domain-name:value=bad.example"}},
        Fact{Format::bind,
             "19-Oct-2022 05:34:02.425 client 192.0.2.1#3076 (x.example): query (cache) 'bad.example/ANY/IN' "
             "denied",
             "2022-10-19T05:34:02.425000Z",
             {"domain-name:value=bad.example"}},
        Fact{Format::unbound,
             "[1714420898] unbound[123:0] info: 10.0.0.5 bad.example. A IN",
             "2024-04-29T20:01:38.000000Z",
             {"network-traffic:src_ref.value=10.0.0.5", "domain-name:value=bad.example"}},
        Fact{Format::unbound,
             "[1714420898] unbound[123:0] info: 10.0.0.5 bad.example. A IN NOERROR 0.000000 1 46",
             "",
             {"domain-name:value=bad.example"}},
        Fact{Format::unbound,
             "Nov 13 10:59:46 ns unbound[123]: [123:0] info: 10.0.0.5 bad.example. A IN",
             "",
             {"domain-name:value=bad.example"}},
        Fact{Format::dnsmasq,
             "Nov 13 10:59:46 dnsmasq[99]: query[A] bad.example from 10.0.0.5",
             "",
             {"domain-name:value=bad.example", "network-traffic:src_ref.value=10.0.0.5"}},
        Fact{Format::dnsmasq,
             "Nov 13 10:59:46 router dnsmasq[99]: 12 10.0.0.5/5312 reply bad.example is 192.0.2.7",
             "",
             {"domain-name:value=bad.example", "domain-name:resolves_to_refs[*].value=192.0.2.7"}},
        Fact{Format::dnsmasq,
             "Nov 13 10:59:46 dnsmasq-dhcp[99]: DHCPACK(eth0) 10.0.0.5 AA:bb:cc:00:11:22 laptop",
             "",
             {"ipv4-addr:value=10.0.0.5", "mac-addr:value=aa:bb:cc:00:11:22"}},
        // proxies and web servers
        Fact{Format::squid,
             "1714420898.610    123 10.0.0.111 TCP_MISS/200 5 GET http://bad.example:8080/y?a=b bob "
             "HIER_DIRECT/192.0.2.4 text/html",
             "2024-04-29T20:01:38.610000Z",
             {"network-traffic:src_ref.value=10.0.0.111", "url:value=http://bad.example:8080/y?a=b",
              "domain-name:value=bad.example", "network-traffic:dst_ref.value=192.0.2.4",
              "user-account:user_id=bob"}},
        Fact{Format::squid,
             "1714420898.610 123 10.0.0.111 TCP_TUNNEL/200 39 CONNECT bad.example:443 - HIER_NONE/- -",
             "",
             {"domain-name:value=bad.example"}},
        Fact{
            Format::combined,
            R"(192.0.2.9 - bob [13/Jan/2016:19:31:17 +0000] "GET /evil.php?a=b HTTP/1.1" 200 1063 "-" "Evil \"x\" 1")",
            "2016-01-13T19:31:17.000000Z",
            {"network-traffic:src_ref.value=192.0.2.9",
             "network-traffic:extensions.'http-request-ext'.request_value=/evil.php?a=b",
             "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'=Evil \"x\" 1",
             "user-account:user_id=bob"}},
        Fact{Format::combined,
             R"(www.corp.example 2001:db8::9 - - [13/Jan/2016:19:31:17 +0000] "GET /x HTTP/1.1" 200 -)",
             "",
             {"ipv6-addr:value=2001:db8::9", "url:value=http://www.corp.example/x"}},
        Fact{Format::combined,
             R"(192.0.2.9 - - [13/Jan/2016:19:31:17 +0000] "\x16\x03" 400 0 "-" "-")",
             "",
             {"ipv4-addr:value=192.0.2.9"}},
        Fact{Format::w3c,
             "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method "
             "cs-uri-stem cs-uri-query s-port c-ip cs(User-Agent) sc-status\n"
             "2021-04-01 00:00:21 10.1.1.1 GET /a.asp x=1 80 192.0.2.2 Bad+Agent/1 200",
             "2021-04-01T00:00:21.000000Z",
             {"network-traffic:src_ref.value=192.0.2.2", "network-traffic:dst_ref.value=10.1.1.1",
              "network-traffic:extensions.'http-request-ext'.request_value=/a.asp?x=1",
              "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'=Bad Agent/1"}},
        Fact{Format::alert_fast,
             "07/11/2022-10:29:01.860293  [**] [1:2200074:2] SOMETHING bad [**] [Classification: x] "
             "[Priority: 3] {TCP} 192.0.2.209:28487 -> 10.0.0.55:80",
             "2022-07-11T10:29:01.860293Z",
             {"network-traffic:src_ref.value=192.0.2.209", "network-traffic:src_port=28487",
              "network-traffic:dst_port=80", "network-traffic:protocols[*]=tcp"}},
        // syslog, by itself and as an envelope
        Fact{Format::syslog,
             "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed for bob from "
             "192.0.2.8",
             "2003-10-11T22:14:15.003000Z",
             {"domain-name:value=mymachine.example.com", "ipv4-addr:value=192.0.2.8"}},
        Fact{Format::syslog,
             "<34>Oct 11 22:14:15 mymachine sshd[7]: Failed password for root from 192.0.2.8 port 22 ssh2",
             "",
             {"ipv4-addr:value=192.0.2.8"}},
        Fact{Format::syslog,
             "2024-05-01T12:00:00.123456+02:00 host app[3]: talks to bad.example",
             "2024-05-01T10:00:00.123456Z",
             {"domain-name:value=bad.example"}},
        Fact{
            Format::syslog,
            R"(<34>1 2003-10-11T22:14:15.003Z host suricata 9 - - {"timestamp":"2021-06-06T15:57:37Z","event_type":"dns","dns":{"rrname":"bad.example"}})",
            "2021-06-06T15:57:37.000000Z",
            {"domain-name:value=bad.example"}},
        // tables, pairs
        Fact{Format::csv,
             "timestamp,src_ip,dst_ip,dst_port,domain\n2026-01-02T03:04:05Z,10.0.0.1,192.0.2.4,443,\"bad."
             "example\"",
             "2026-01-02T03:04:05.000000Z",
             {"network-traffic:dst_ref.value=192.0.2.4", "network-traffic:dst_port=443",
              "domain-name:value=bad.example"}},
        Fact{Format::csv,
             "Source IP\tURL\n10.0.0.1\thttp://bad.example/",
             "",
             {"url:value=http://bad.example/"}},
        Fact{
            Format::key_value,
            R"(date=2024-05-01 time=12:00:00 devname="fw" srcip=10.0.0.1 srcport=99 dstip=192.0.2.4 dstport=443 proto=6 hostname="bad.example" url="/x y")",
            "",
            {"network-traffic:dst_ref.value=192.0.2.4", "network-traffic:protocols[*]=tcp",
             "domain-name:value=bad.example"}},
        Fact{Format::key_value,
             "Nov 13 10:59:46 gw kernel: [7.1] DROP IN=eth0 OUT= SRC=192.0.2.8 DST=10.0.0.1 LEN=40 PROTO=TCP "
             "SPT=4000 DPT=22",
             "",
             {"network-traffic:src_ref.value=192.0.2.8", "network-traffic:dst_port=22"}},
        Fact{
            Format::laurel,
            R"({"ID":"1688048710.843:30826","SYSCALL":{"exe":"/usr/sbin/nft","pid":11,"ppid":7,"UID":"root","PPID":{"exe":"/bin/boss"}},"PATH":[{"name":"/tmp/x"}]})",
            "",
            {"process:image_ref.name=nft", "process:pid=11", "process:parent_ref.image_ref.name=boss",
             "file:name=x"}},
        Fact{Format::lines,
             "talks to bad.example at 192.0.2.4",
             "",
             {"domain-name:value=bad.example", "ipv4-addr:value=192.0.2.4"}}));

// Goal:   a stream in which programs change from line to line is followed.
TEST(BuiltInFormats, AreFollowedFromLineToLine) {
  Reader reader;
  stix::Observation out;
  for (const auto& [line, format] : std::initializer_list<std::pair<std::string_view, Format>>{
           {"1714420898.610 123 10.0.0.111 TCP_MISS/200 5 GET http://bad.example/ - HIER_NONE/- -",
            Format::squid},
           {"<34>Oct 11 22:14:15 mymachine sshd[7]: from 192.0.2.8", Format::syslog},
           {"Nov 13 10:59:46 dnsmasq[99]: query[A] bad.example from 10.0.0.5", Format::syslog},
           {R"({"event_type":"dns","timestamp":"2021-06-06T15:57:37Z","dns":{"rrname":"b.example"}})",
            Format::eve},
           {R"({"class_uid":4003,"category_uid":4,"query":{"hostname":"bad.example"}})", Format::ocsf},
           {"words about bad.example", Format::lines},
           {"CEF:0|V|P|1|7|x|3|dhost=bad.example", Format::cef}}) {
    ASSERT_TRUE(reader.read(line, out)) << line;
    EXPECT_EQ(reader.format(), format) << line << " was " << reader.format_name();
    EXPECT_FALSE(out.values().empty()) << line;
  }
}

// Goal:   the trace says which row told each value.
TEST(BuiltInFormats, SayWhichRowToldAValue) {
  Reader reader;
  reader.trace();
  stix::Observation out;
  ASSERT_TRUE(
      reader.read(R"({"_path":"http","ts":1,"id.resp_h":"192.0.2.7","host":"bad.example","uri":"/x"})", out));
  ASSERT_EQ(reader.rows().size(), out.values().size());
  for (std::size_t i = 0; i < out.values().size(); ++i) {
    ASSERT_NE(reader.rows()[i], nullptr) << i;
    if (out.values()[i].path == stix::Path::url_value) {
      EXPECT_EQ(reader.rows()[i]->field, "uri");
    }
    if (out.values()[i].path == stix::Path::network_dst_ref_value) {
      EXPECT_EQ(reader.rows()[i]->field, "id.resp_h");
    }
  }
  ASSERT_TRUE(reader.read("talks to bad.example", out));
  EXPECT_THAT(reader.rows(), testing::Each(nullptr));
}

}  // namespace
}  // namespace tocsin::observe
