/// One record of each of Zeek's logs and Suricata's event types that carry observables, and what it tells.
/// Records are facts of ours in the field names of Zeek's log records and of Suricata's eve.json schema.

#include <gmock/gmock.h>

#include "observe/reader.hpp"

namespace tocsin::observe {
namespace {

struct Fact {
  std::string_view record;  // without its frame
  std::vector<std::string> values;
};

std::vector<std::string> told(Reader& reader, const std::string& line) {
  stix::Observation out;
  const auto read = reader.read(line, out);
  EXPECT_TRUE(read) << line << ": " << (read ? "" : read.error().detail);
  std::vector<std::string> all;
  for (const auto& value : out.values())
    all.push_back(std::string{stix::name(value.path)} + "=" + std::string{value.text});
  return all;
}

TEST(ZeekLogs, OfEveryKind) {
  const std::vector<Fact> facts = {
      {R"("_path":"conn","service":"ssl")", {"network-traffic:protocols[*]=ssl"}},
      {R"("_path":"dns","query":"a.example","answers":["192.0.2.9"])",
       {"domain-name:value=a.example", "domain-name:resolves_to_refs[*].value=192.0.2.9"}},
      {R"("_path":"http","host":"a.example","uri":"/x","user_agent":"U")", {"url:value=http://a.example/x"}},
      {R"("_path":"ssl","server_name":"a.example","ja3":"AB","client_subject":"CN=c")",
       {"domain-name:value=a.example", "network-traffic:x_ja3=ab", "x509-certificate:subject=CN=c"}},
      {R"("_path":"x509","certificate.serial":"0A","certificate.subject":"CN=s","san.dns":["b.example"])",
       {"x509-certificate:serial_number=0A", "x509-certificate:subject=CN=s", "domain-name:value=b.example"}},
      {R"("_path":"files","md5":"d41d8cd98f00b204e9800998ecf8427e","filename":"x.doc","tx_hosts":["192.0.2.7"])",
       {"file:hashes.MD5=d41d8cd98f00b204e9800998ecf8427e", "file:name=x.doc", "ipv4-addr:value=192.0.2.7"}},
      {R"("_path":"smtp","mailfrom":"a@b.example","rcptto":["c@d.example"],"subject":"S")",
       {"email-message:sender_ref.value=a@b.example", "email-message:to_refs[*].value=c@d.example",
        "email-message:subject=S"}},
      {R"("_path":"ftp","user":"bob","arg":"ftp://192.0.2.8/x.exe","data_channel.resp_h":"192.0.2.9")",
       {"user-account:user_id=bob", "url:value=ftp://192.0.2.8/x.exe", "ipv4-addr:value=192.0.2.9"}},
      {R"("_path":"ssh","client":"SSH-2.0-x")", {"ipv4-addr:value=10.0.0.1"}},
      {R"("_path":"smb_files","path":"\\\\srv\\share","name":"evil.exe")",
       {"file:name=evil.exe", "directory:path=\\\\srv\\share"}},
      {R"("_path":"smb_mapping","path":"\\\\srv\\admin$")", {"directory:path=\\\\srv\\admin$"}},
      {R"("_path":"kerberos","client":"bob/CORP","service":"krbtgt/CORP")",
       {"user-account:user_id=bob/CORP"}},
      {R"("_path":"ntlm","username":"bob","hostname":"ws1","server_dns_computer_name":"dc.corp.example")",
       {"user-account:user_id=bob", "domain-name:value=ws1", "domain-name:value=dc.corp.example"}},
      {R"("_path":"rdp","cookie":"bob")", {"user-account:user_id=bob"}},
      {R"("_path":"dhcp","mac":"AA:00:00:00:00:01","assigned_addr":"10.0.0.7","host_name":"ws1")",
       {"mac-addr:value=aa:00:00:00:00:01", "ipv4-addr:value=10.0.0.7", "domain-name:value=ws1"}},
      {R"("_path":"software","host":"10.0.0.7","name":"nginx")",
       {"software:name=nginx", "ipv4-addr:value=10.0.0.7"}},
      {R"("_path":"known_hosts","host":"10.0.0.7")", {"ipv4-addr:value=10.0.0.7"}},
      {R"("_path":"known_services","host":"10.0.0.7","port_num":22)", {"ipv4-addr:value=10.0.0.7"}},
      {R"("_path":"known_certs","host":"10.0.0.7","subject":"CN=s","issuer_subject":"CN=i","serial":"0A")",
       {"x509-certificate:subject=CN=s", "x509-certificate:issuer=CN=i",
        "x509-certificate:serial_number=0A"}},
      {R"("_path":"notice","src":"192.0.2.7","dst":"10.0.0.7")", {"ipv4-addr:value=192.0.2.7"}},
      {R"("_path":"weird","name":"x","addl":"192.0.2.7")", {"ipv4-addr:value=192.0.2.7"}},
      {R"("_path":"intel","seen.indicator":"evil.example")", {"domain-name:value=evil.example"}},
      {R"("_path":"radius","username":"bob","framed_addr":"10.0.0.7","mac":"AA:00:00:00:00:01")",
       {"user-account:user_id=bob", "ipv4-addr:value=10.0.0.7"}},
      {R"("_path":"sip","from":"<sip:bob@voip.example>","user_agent":"U")",
       {"network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'=U"}},
      {R"("_path":"socks","request.host":"192.0.2.7","request.name":"a.example")",
       {"ipv4-addr:value=192.0.2.7", "domain-name:value=a.example"}},
      {R"("_path":"tunnel","tunnel_type":"Tunnel::TEREDO")", {"ipv4-addr:value=192.0.2.1"}},
      {R"("_path":"ldap","object":"x")", {"ipv4-addr:value=192.0.2.1"}},
      {R"("_path":"quic","server_name":"a.example")", {"domain-name:value=a.example"}},
      {R"("_path":"ocsp","serialNumber":"0A")", {"x509-certificate:serial_number=0A"}},
      {R"("_path":"irc","nick":"bob","dcc_file_name":"x.exe")",
       {"user-account:user_id=bob", "file:name=x.exe"}},
      {R"("_path":"mqtt_connect","client_id":"x")", {"ipv4-addr:value=192.0.2.1"}},
      {R"("_path":"dce_rpc","endpoint":"svcctl")", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("_path":"snmp","community":"public")", {"network-traffic:dst_port=53"}},
      {R"("_path":"modbus","func":"READ")", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("_path":"dnp3","fc_request":"READ")", {"network-traffic:dst_ref.value=192.0.2.1"}},
  };
  for (const auto& fact : facts) {
    Reader reader;
    const auto line =
        R"({"ts":1.5,"id.orig_h":"10.0.0.1","id.orig_p":9,"id.resp_h":"192.0.2.1","id.resp_p":53,)" +
        std::string{fact.record} + "}";
    EXPECT_THAT(told(reader, line), testing::IsSupersetOf(fact.values)) << line;
    EXPECT_EQ(reader.format(), Format::zeek_json) << line;
  }
}

TEST(SuricataEvents, OfEveryType) {
  const std::vector<Fact> facts = {
      {R"("event_type":"alert","alert":{"signature":"x","source":{"ip":"192.0.2.1"},"target":{"ip":"10.0.0.2"}})",
       {"ipv4-addr:value=10.0.0.2"}},
      {R"("event_type":"anomaly","anomaly":{"type":"decode"})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"dns","dns":{"version":3,"queries":[{"rrname":"a.example"}],"answers":[{"rrname":"a.example","rdata":"192.0.2.9"}],"authorities":[{"rrname":"b.example"}]})",
       {"domain-name:value=a.example", "domain-name:resolves_to_refs[*].value=192.0.2.9",
        "domain-name:value=b.example"}},
      {R"("event_type":"mdns","mdns":{"queries":[{"rrname":"x.local"}]})", {"domain-name:value=x.local"}},
      {R"("event_type":"doh2","dns":{"queries":[{"rrname":"a.example"}]},"http":{"hostname":"doh.example","url":"/dns-query"})",
       {"domain-name:value=a.example", "domain-name:value=doh.example"}},
      {R"("event_type":"http","http":{"hostname":"a.example","url":"/x","http_user_agent":"U"})",
       {"url:value=http://a.example/x"}},
      {R"("event_type":"tls","tls":{"sni":"a.example","subject":"CN=s","client":{"subject":"CN=c"},"ja4":"t13"})",
       {"domain-name:value=a.example", "x509-certificate:subject=CN=s", "x509-certificate:subject=CN=c",
        "network-traffic:x_ja4=t13"}},
      {R"("event_type":"fileinfo","fileinfo":{"filename":"/a/x.exe","sha256":"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855","size":7})",
       {"file:name=x.exe",
        "file:hashes.'SHA-256'=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "file:size=7"}},
      {R"("event_type":"smtp","smtp":{"mail_from":"<a@b.example>","rcpt_to":["<c@d.example>"]},"email":{"from":"A <e@f.example>","subject":"S","url":["http://x.example/"]})",
       {"email-message:sender_ref.value=a@b.example", "email-message:from_ref.value=e@f.example",
        "email-message:subject=S", "url:value=http://x.example/"}},
      {R"("event_type":"ssh","ssh":{"client":{"software_version":"PuTTY"}})", {"software:name=PuTTY"}},
      {R"("event_type":"flow","app_proto":"tls")", {"network-traffic:protocols[*]=tls"}},
      {R"("event_type":"netflow","netflow":{"pkts":1})", {"network-traffic:src_ref.value=10.0.0.1"}},
      {R"("event_type":"nfs","nfs":{"filename":"x","rename":{"from":"y","to":"z"}})",
       {"file:name=x", "file:name=y", "file:name=z"}},
      {R"("event_type":"smb","smb":{"filename":"d\\x.exe","share":"\\\\s\\c$","ntlmssp":{"user":"bob","host":"ws1"}})",
       {"file:name=x.exe", "directory:path=\\\\s\\c$", "user-account:user_id=bob", "domain-name:value=ws1"}},
      {R"("event_type":"krb5","krb5":{"cname":"bob"})", {"user-account:user_id=bob"}},
      {R"("event_type":"ike","ike":{"version_major":2})", {"network-traffic:dst_port=53"}},
      {R"("event_type":"dhcp","dhcp":{"client_mac":"AA:00:00:00:00:01","assigned_ip":"10.0.0.7","hostname":"ws1","dns_servers":["192.0.2.53"]})",
       {"mac-addr:value=aa:00:00:00:00:01", "ipv4-addr:value=10.0.0.7", "domain-name:value=ws1",
        "ipv4-addr:value=192.0.2.53"}},
      {R"("event_type":"rdp","rdp":{"cookie":"bob","client":{"client_name":"ws1"}})",
       {"user-account:user_id=bob", "domain-name:value=ws1"}},
      {R"("event_type":"snmp","snmp":{"community":"public"})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"sip","sip":{"method":"REGISTER"})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"tftp","tftp":{"file":"x.bin"})", {"file:name=x.bin"}},
      {R"("event_type":"mqtt","mqtt":{"connect":{"username":"bob"}})", {"user-account:user_id=bob"}},
      {R"("event_type":"rfb","rfb":{})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"quic","quic":{"sni":"a.example","ua":"U"})",
       {"domain-name:value=a.example",
        "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'=U"}},
      {R"("event_type":"ftp","ftp":{"command":"USER"})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"ftp_data","ftp_data":{"filename":"x.bin"})", {"file:name=x.bin"}},
      {R"("event_type":"dcerpc","dcerpc":{})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"pgsql","pgsql":{"request":{"startup_parameters":{"user":"bob"}}})",
       {"user-account:user_id=bob"}},
      {R"("event_type":"ldap","ldap":{})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"websocket","websocket":{})", {"network-traffic:dst_ref.value=192.0.2.1"}},
      {R"("event_type":"bittorrent_dht","bittorrent_dht":{"response":{"nodes":[{"ip":"192.0.2.66","port":1}]}})",
       {"ipv4-addr:value=192.0.2.66"}},
      {R"("event_type":"arp","arp":{"src_mac":"AA:00:00:00:00:01","src_ip":"10.0.0.7"})",
       {"mac-addr:value=aa:00:00:00:00:01", "ipv4-addr:value=10.0.0.7"}},
  };
  for (const auto& fact : facts) {
    Reader reader;
    const auto line =
        R"({"timestamp":"2021-06-06T15:57:37Z","src_ip":"10.0.0.1","src_port":9,"dest_ip":"192.0.2.1","dest_port":53,"proto":"UDP",)" +
        std::string{fact.record} + "}";
    EXPECT_THAT(told(reader, line), testing::IsSupersetOf(fact.values)) << line;
    EXPECT_EQ(reader.format(), Format::eve) << line;
  }
}

}  // namespace
}  // namespace tocsin::observe
