#include "observe/reader.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/text.hpp"

namespace tocsin::observe {
namespace {

using stix::Path;
using testing::Contains;
using testing::Not;

MATCHER_P2(IsValue, path, text, "") {
  return arg.path == path && arg.text == text;
}

std::uint8_t object_of(const stix::Observation& out, Path path, std::string_view text) {
  for (const auto& value : out.values())
    if (value.path == path && value.text == text) return value.object;
  ADD_FAILURE() << "no value " << text;
  return 255;
}

class ReaderTest : public testing::Test {
 protected:
  const std::vector<stix::Observed>& read(Reader& reader, std::string_view line) {
    const auto outcome = reader.read(line, out_);
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().detail);
    return out_.values();
  }
  stix::Observation out_;
};

TEST_F(ReaderTest, ZeekJsonConnection) {
  Reader reader;
  const auto& values = read(
      reader,
      R"({"_path":"conn","ts":1521911721.255387,"uid":"C8","id.orig_h":"10.164.94.120","id.orig_p":39681,)"
      R"("id.resp_h":"2001:DB8:0:0:0:0:0:1","id.resp_p":3389,"proto":"tcp","service":"ssl,rdp"})");
  EXPECT_THAT(values, Contains(IsValue(Path::ipv4_addr_value, "10.164.94.120")));
  EXPECT_THAT(values, Contains(IsValue(Path::ipv6_addr_value, "2001:db8::1")));
  const auto connection = object_of(out_, Path::network_src_ref_value, "10.164.94.120");
  EXPECT_EQ(connection, object_of(out_, Path::network_dst_ref_value, "2001:db8::1"));
  EXPECT_EQ(connection, object_of(out_, Path::network_src_port, "39681"));
  EXPECT_EQ(connection, object_of(out_, Path::network_dst_port, "3389"));
  EXPECT_EQ(connection, object_of(out_, Path::network_protocols, "tcp"));
  EXPECT_EQ(connection, object_of(out_, Path::network_protocols, "rdp"));
  EXPECT_NE(connection, object_of(out_, Path::ipv4_addr_value, "10.164.94.120"));
  EXPECT_EQ(to_micros(out_.time()), 1521911721255387);
  EXPECT_EQ(reader.format(), Format::zeek_json);
}

TEST_F(ReaderTest, ZeekTsvHttp) {
  Reader reader;
  for (const auto line :
       {"#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\thttp",
        "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\thost\turi\tuser_agent\ttags",
        "#types\ttime\taddr\tport\taddr\tport\tstring\tstring\tstring\tset[enum]"})
    EXPECT_EQ(reader.read(line, out_).value(), Line::other);
  const auto& values =
      read(reader,
           "1521911721.255387\t10.0.0.1\t4242\t192.0.2.7\t8080\tExample.COM\t/a\\x09b\tcurl\\\\x\t(empty)");
  EXPECT_THAT(values, Contains(IsValue(Path::domain_name_value, "example.com")));
  EXPECT_THAT(values, Contains(IsValue(Path::url_value, "http://Example.COM/a\tb")));
  EXPECT_THAT(values, Contains(IsValue(Path::url_value, "http://Example.COM:8080/a\tb")));
  EXPECT_THAT(values, Contains(IsValue(Path::network_http_user_agent, "curl\\x")));
  EXPECT_FALSE(reader.read("1521911721.255387\t10.0.0.1", out_));
  EXPECT_TRUE(out_.values().empty());
}

TEST_F(ReaderTest, ZeekDnsAnswersAreAddressesAndNames) {
  Reader reader;
  const auto& values = read(
      reader, R"({"ts":"2018-03-24T17:15:20.692212Z","id_orig_h":"10.0.0.1","query":"WWW.Evil.Example.",)"
              R"("answers":["cdn.evil.example","192.0.2.9","TXT 20 v=spf1 include:x -all"]})");
  EXPECT_THAT(values, Contains(IsValue(Path::domain_name_value, "www.evil.example")));
  EXPECT_THAT(values, Contains(IsValue(Path::domain_name_value, "cdn.evil.example")));
  EXPECT_THAT(values, Contains(IsValue(Path::ipv4_addr_value, "192.0.2.9")));
  EXPECT_THAT(values, Contains(IsValue(Path::network_src_ref_value, "10.0.0.1")));
  EXPECT_THAT(values, Contains(IsValue(Path::domain_name_resolves_to_refs_value, "192.0.2.9")));
  EXPECT_EQ(object_of(out_, Path::domain_name_value, "www.evil.example"),
            object_of(out_, Path::domain_name_resolves_to_refs_value, "cdn.evil.example"));
  EXPECT_EQ(values.size(), 7U);
  EXPECT_EQ(to_rfc3339(out_.time()), "2018-03-24T17:15:20.692212Z");
}

TEST_F(ReaderTest, ZeekSslX509FilesAndSmtp) {
  Reader reader;
  read(reader,
       R"({"_path":"ssl","ts":1.0,"server_name":"a.example","ja3":"6734F37431670B3AB4292B8F60F29984",)"
       R"("ja3s":"623de93db17d313345d7ea481e7443cf","subject":"CN=a.example","issuer":"CN=Some CA"})");
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::network_ja3, "6734f37431670b3ab4292b8f60f29984")));
  EXPECT_EQ(object_of(out_, Path::x509_subject, "CN=a.example"),
            object_of(out_, Path::x509_issuer, "CN=Some CA"));

  read(reader,
       R"({"ts":1.0,"fingerprint":"52e8fe3d1e2f1b7d4b6a1f5f2c3d4e5f60718293a4b5c6d7e8f901234567890a",)"
       R"("certificate.serial":"0861C0B4","san.dns":["*.evil.example","evil.example"]})");
  EXPECT_EQ(
      object_of(out_, Path::x509_serial_number, "0861C0B4"),
      object_of(out_, Path::x509_sha256, "52e8fe3d1e2f1b7d4b6a1f5f2c3d4e5f60718293a4b5c6d7e8f901234567890a"));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::domain_name_value, "evil.example")));

  read(reader,
       R"({"_path":"files","ts":1.0,"tx_hosts":["192.0.2.1"],"filename":"a/invoice.exe",)"
       R"("md5":"d41d8cd98f00b204e9800998ecf8427e","sha1":"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"})");
  EXPECT_EQ(object_of(out_, Path::file_name, "invoice.exe"),
            object_of(out_, Path::file_sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"));
  EXPECT_EQ(object_of(out_, Path::file_name, "invoice.exe"),
            object_of(out_, Path::file_md5, "d41d8cd98f00b204e9800998ecf8427e"));

  read(reader, R"({"_path":"smtp","mailfrom":"a@evil.example","rcptto":["<b@corp.example>"],)"
               R"("from":"\"Boss\" <boss@corp.example>","subject":"Pay \u00e9 now","path":["192.0.2.4"]})");
  const auto message = object_of(out_, Path::email_message_sender_ref_value, "a@evil.example");
  EXPECT_EQ(message, object_of(out_, Path::email_message_to_refs_value, "b@corp.example"));
  EXPECT_EQ(message, object_of(out_, Path::email_message_from_ref_value, "boss@corp.example"));
  EXPECT_EQ(message, object_of(out_, Path::email_message_subject, "Pay é now"));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::ipv4_addr_value, "192.0.2.4")));
}

TEST_F(ReaderTest, ZeekHeaderMayChangeWithinAFile) {
  Reader reader;
  ASSERT_TRUE(reader.read("#separator |", out_));
  ASSERT_TRUE(reader.read("#set_separator|;", out_));
  ASSERT_TRUE(reader.read("#fields|a|answers", out_));
  ASSERT_TRUE(reader.read("#types|addr|vector[string]", out_));
  EXPECT_THAT(read(reader, "192.0.2.1|one.example;two.example"), testing::SizeIs(3));
  ASSERT_TRUE(reader.read("#separator \\x09", out_));
  ASSERT_TRUE(reader.read("#fields\tquery\thost", out_));
  EXPECT_THAT(read(reader, "q.example\t192.0.2.3"), Contains(IsValue(Path::domain_name_value, "q.example")));
  EXPECT_FALSE(reader.read("#types\taddr", out_));
  EXPECT_EQ(reader.format(), Format::zeek_tsv);
}

TEST_F(ReaderTest, EveDnsInAllItsVersions) {
  const std::string head =
      R"({"timestamp":"2021-06-06T15:57:37.272281+0200","event_type":"dns","src_ip":"10.0.0.1",)"
      R"("src_port":5353,"dest_ip":"10.0.0.2","dest_port":53,"proto":"UDP","dns":)";
  for (
      const std::string body : {
          R"({"type":"answer","rrname":"Evil.example","rrtype":"A","rdata":"192.0.2.1"}})",
          R"({"version":2,"rrname":"evil.example","answers":[{"rrname":"evil.example","rdata":"192.0.2.1"}]}})",
          R"({"version":2,"rrname":"evil.example","grouped":{"A":["192.0.2.1"]}}})",
          R"({"version":3,"queries":[{"rrname":"evil.example"}],"answers":[{"rdata":"192.0.2.1"}]}})",
      }) {
    Reader reader;
    const auto& values = read(reader, head + body);
    EXPECT_THAT(values, Contains(IsValue(Path::domain_name_value, "evil.example"))) << body;
    EXPECT_THAT(values, Contains(IsValue(Path::ipv4_addr_value, "192.0.2.1"))) << body;
    EXPECT_THAT(values, Contains(IsValue(Path::network_protocols, "udp"))) << body;
    EXPECT_EQ(to_rfc3339(out_.time()), "2021-06-06T13:57:37.272281Z");
    EXPECT_EQ(reader.format(), Format::eve);
  }
}

TEST_F(ReaderTest, EveHttpTlsAndFiles) {
  Reader reader{Format::eve};
  read(
      reader,
      R"({"timestamp":"2021-06-07T09:25:25.523057+0200","event_type":"http","src_ip":"192.0.2.53",)"
      R"("dest_ip":"192.168.1.129","dest_port":554,"http":{"hostname":"147.32.82.197","http_port":554,"url":"/x",)"
      R"("http_user_agent":"evil\/1"}})");
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::url_value, "http://147.32.82.197/x")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::url_value, "http://147.32.82.197:554/x")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::ipv4_addr_value, "147.32.82.197")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::network_http_user_agent, "evil/1")));

  read(
      reader,
      R"({"event_type":"tls","timestamp":"","tls":{"sni":"a.example","fingerprint":)"
      R"("01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67","ja3":{"hash":"AB","string":"1,2"},"ja4":"t13d"}})");
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::x509_sha1, "0123456789abcdef0123456789abcdef01234567")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::network_ja3, "ab")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::network_ja4, "t13d")));

  read(reader,
       R"({"event_type":"alert","files":[{"filename":"/a.bin","md5":"d41d8cd98f00b204e9800998ecf8427e"},)"
       R"({"filename":"/b.bin","md5":"00000000000000000000000000000000"}]})");
  EXPECT_EQ(object_of(out_, Path::file_name, "a.bin"),
            object_of(out_, Path::file_md5, "d41d8cd98f00b204e9800998ecf8427e"));
  EXPECT_NE(object_of(out_, Path::file_name, "a.bin"), object_of(out_, Path::file_name, "b.bin"));
}

// Goal:   one process creation reads the same in every layout that writers use.
TEST_F(ReaderTest, SysmonProcessInEveryLayout) {
  const std::string data =
      R"("UtcTime":"2020-10-22 07:52:06.687","ProcessId":"11060","Image":"C:\\Temp\\Calc.exe","CommandLine":"calc -x",)"
      R"("User":"CORP\\bob","Hashes":"MD5=04318D5F758DBC698741AC62BD8A88D0,IMPHASH=5EDA7F67A1FE4BF9F0D4A2E37ACD0C11",)"
      R"("ParentImage":"C:\\Windows\\svchost.exe")";
  std::string quoted;
  append_json_string(quoted, "{" + data + "}");
  for (const std::string& line : {
           "{" + data + R"(,"EventID":1,"SourceName":"Microsoft-Windows-Sysmon"})",
           R"({"Event":{"EventData":{)" + data +
               R"(},"System":{"EventID":1,"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}}}}})",
           R"({"winlog":{"event_id":"1","channel":"Microsoft-Windows-Sysmon/Operational","event_data":{)" +
               data + "}}}",
           R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventData":)" + quoted + R"(,"EventID":1})",
       }) {
    Reader reader;
    read(reader, line);
    EXPECT_EQ(reader.format(), Format::windows) << line;
    const auto process = object_of(out_, Path::process_image_name, "Calc.exe");
    EXPECT_EQ(process, object_of(out_, Path::process_command_line, "calc -x")) << line;
    EXPECT_EQ(process, object_of(out_, Path::process_pid, "11060")) << line;
    EXPECT_EQ(process, object_of(out_, Path::process_image_md5, "04318d5f758dbc698741ac62bd8a88d0")) << line;
    const auto file = object_of(out_, Path::file_name, "Calc.exe");
    EXPECT_EQ(file, object_of(out_, Path::file_md5, "04318d5f758dbc698741ac62bd8a88d0")) << line;
    EXPECT_EQ(file, object_of(out_, Path::file_parent_directory_path, "C:\\Temp")) << line;
    EXPECT_NE(process, object_of(out_, Path::process_image_name, "svchost.exe")) << line;
    EXPECT_THAT(out_.values(), Contains(IsValue(Path::user_account_user_id, "CORP\\bob"))) << line;
    EXPECT_THAT(out_.values(), Not(Contains(IsValue(Path::file_md5, "5eda7f67a1fe4bf9f0d4a2e37acd0c11"))))
        << line;
  }
}

TEST_F(ReaderTest, SysmonOtherEvents) {
  Reader reader{Format::windows};
  read(
      reader,
      R"({"EventID":3,"Protocol":"tcp","SourceIp":"10.0.0.1","DestinationIp":"0:0:0:0:0:ffff:c000:0201","DestinationPort":"443"})");
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::network_dst_ref_value, "192.0.2.1")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::ipv4_addr_value, "192.0.2.1")));

  read(reader, R"({"EventID":"7","Image":"C:\\a.exe","ImageLoaded":"C:\\b\\evil.dll","Hashes":"SHA256=)" +
                   std::string(64, 'A') + "\"}");
  EXPECT_EQ(object_of(out_, Path::file_name, "evil.dll"),
            object_of(out_, Path::file_sha256, std::string(64, 'a')));

  read(reader, R"({"EventID":13,"TargetObject":"HKLM\\Software\\Run\\Evil","Details":"C:\\evil.exe"})");
  const auto key = object_of(out_, Path::registry_key, "HKEY_LOCAL_MACHINE\\Software\\Run");
  EXPECT_EQ(key, object_of(out_, Path::registry_value_name, "Evil"));
  EXPECT_EQ(key, object_of(out_, Path::registry_value_data, "C:\\evil.exe"));

  read(
      reader,
      R"({"EventID":22,"QueryName":"Evil.example","QueryResults":"type:  5 cdn.evil.example;::ffff:192.0.2.8;"})");
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::domain_name_value, "evil.example")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::domain_name_value, "cdn.evil.example")));
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::ipv4_addr_value, "192.0.2.8")));

  read(reader, R"({"EventID":17,"PipeName":"\\evil_pipe"})");
  EXPECT_THAT(out_.values(), Contains(IsValue(Path::file_name, "evil_pipe")));

  // Another provider's event 3 is not Sysmon's.
  read(reader, R"({"EventID":3,"SourceName":"Some-Driver","DestinationIp":"192.0.2.1"})");
  EXPECT_THAT(out_.values(), testing::IsEmpty());
}

TEST_F(ReaderTest, PlainLinesByTheLookOfTokens) {
  Reader reader{Format::lines};
  const auto told = [&](std::string_view line) {
    std::vector<std::string> all;
    for (const auto& value : read(reader, line)) all.emplace_back(value.text);
    return all;
  };
  using testing::ElementsAre;
  using testing::UnorderedElementsAre;
  EXPECT_THAT(told("client @0x7f 10.0.0.238#53501 (Evil.example): query: evil.example IN A + (10.0.0.2)"),
              UnorderedElementsAre("10.0.0.238", "evil.example", "10.0.0.2"));
  EXPECT_THAT(told("1714420898.610 123 10.0.0.111 TCP_MISS/200 5 GET http://x.example:8080/y?a=(b) - "
                   "HIER_DIRECT/192.0.2.4 text/html"),
              UnorderedElementsAre("10.0.0.111", "http://x.example:8080/y?a=(b", "x.example", "192.0.2.4"));
  EXPECT_THAT(told("SRC=192.0.2.1 DST=[2001:db8::1]:443 user=<bob@evil.example>"),
              UnorderedElementsAre("192.0.2.1", "2001:db8::1", "bob@evil.example"));
  EXPECT_THAT(told("hash D41D8CD98F00B204E9800998ECF8427E, allow 10.0.0.0/8 version 1.2.3.4.5"),
              ElementsAre("d41d8cd98f00b204e9800998ecf8427e"));
  EXPECT_THAT(told("saw hxxp://evil[.]example and 192.0.2[.]1 and www.evil(.)example"), testing::IsEmpty());
}

TEST_F(ReaderTest, BadLinesAreErrorsWithTheirNumber) {
  Reader reader{Format::zeek_json};
  EXPECT_TRUE(reader.read(R"({"ts":1.5,"id.orig_h":"192.0.2.1"})", out_));
  for (const std::string& bad :
       {std::string{"{\"ts\":1.5,\"id.orig_h\":\"192.0.2.1"}, std::string{"{\"id.orig_h\":\"192.0.2.1\",,}"},
        std::string{"[]"}, std::string{"nonsense"}, std::string{"{\"host\":\"\xff\xfe\"}"},
        std::string(Reader::line_bytes_max + 1, 'x')}) {
    const auto outcome = reader.read(bad, out_);
    ASSERT_FALSE(outcome) << bad.substr(0, 80);
    EXPECT_EQ(outcome.error().code, Errc::invalid_input);
    EXPECT_EQ(outcome.error().detail.rfind("line " + std::to_string(reader.totals().lines) + ": ", 0), 0U);
    EXPECT_TRUE(out_.values().empty());
  }
  EXPECT_EQ(reader.read("", out_).value(), Line::other);
  EXPECT_EQ(reader.read("{\"ts\":2}\r\n", out_).value(), Line::record);
  EXPECT_EQ(reader.raw(), "{\"ts\":2}");
  EXPECT_EQ(reader.totals().lines, 9U);
  EXPECT_EQ(reader.totals().bad, 6U);
  EXPECT_FALSE(Reader{Format::zeek_tsv}.read("1\t2", out_));
}

TEST_F(ReaderTest, AHugeRecordIsCutNotRefused) {
  Reader reader;
  std::string line = R"({"ts":1,"query":"first.example","answers":[)";
  for (int i = 0; i < 5000; ++i) line += "\"h" + std::to_string(i) + ".example\",";
  line.back() = ']';
  line += '}';
  EXPECT_EQ(reader.read(line, out_).value(), Line::cut_record);
  EXPECT_EQ(out_.values().size(), 4096U);
  EXPECT_EQ(out_.values().front().text, "first.example");
}

TEST_F(ReaderTest, PaddedLinesAreNotCopied) {
  Reader reader;
  const std::string block = R"({"ts":1.0,"query":"evil.example"})" + std::string(Reader::padding_bytes, '\0');
  const std::string_view line{block.data(), block.size() - Reader::padding_bytes};
  ASSERT_TRUE(reader.read_padded(line, out_));
  ASSERT_EQ(out_.values().size(), 1U);
  EXPECT_EQ(out_.values()[0].text.data(), block.data() + block.find("evil"));
}

TEST_F(ReaderTest, AutomaticFollowsAStreamOfSeveralPrograms) {
  Reader reader;
  read(reader, R"({"ts":1.0,"query":"a.example"})");
  EXPECT_EQ(reader.format(), Format::zeek_json);
  EXPECT_THAT(
      read(reader, R"({"timestamp":"2021-06-06T15:57:37Z","event_type":"dns","dns":{"rrname":"b.example"}})"),
      Contains(IsValue(Path::domain_name_value, "b.example")));
  EXPECT_EQ(reader.format(), Format::eve);
  EXPECT_THAT(read(reader, "GET c.example 1"), Contains(IsValue(Path::domain_name_value, "c.example")));
}

TEST(LogOfFile, IsTheNameBeforeTheFirstDot) {
  EXPECT_EQ(log_of_file("/logs/2026-01-01/conn.00:00:00-01:00:00.log.gz"), "conn");
  EXPECT_EQ(log_of_file("dns"), "dns");
  const auto& formats = *built_in_formats();
  EXPECT_EQ(formats.named(formats.name(Format::eve)), Format::eve);
  EXPECT_EQ(formats.named("pcap"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::observe
