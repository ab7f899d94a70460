#include "alert/output_spec.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace tocsin::alert {
namespace {

using ::testing::HasSubstr;

TEST(OutputSpec, ReadsEachKind) {
  EXPECT_EQ(parse_output("jsonl:/var/log/my alerts.json")->path, "/var/log/my alerts.json");
  EXPECT_EQ(parse_output("ecs:-")->form, Form::ecs);
  const auto tls = parse_output("syslog:tls://[2001:db8::1] ca-file=/ca.pem form=cef");
  ASSERT_TRUE(tls) << tls.error().detail;
  EXPECT_EQ(tls->host + " " + tls->port + " " + tls->ca_file, "2001:db8::1 6514 /ca.pem");
  EXPECT_EQ(tls->form, Form::cef);
  EXPECT_EQ(parse_output("syslog:")->path, "/dev/log");
  EXPECT_EQ(parse_output("syslog:udp://logs.example:5514")->port, "5514");
  const auto hec = parse_output("hec:https://splunk.example:8088 secret-env=HEC");
  ASSERT_TRUE(hec) << hec.error().detail;
  EXPECT_EQ(hec->base_url + hec->path, "https://splunk.example:8088/services/collector/event");
  EXPECT_EQ(parse_output("webhook:https://x.example/in?a=b  secret-file=/s")->path, "/in?a=b");
}

TEST(OutputSpec, RefusesByName) {
  for (const auto& [text, why] :
       {std::pair{"webhook:http://x.example/ secret-env=A", "only https"},
        {"webhook:https://x.example/", "secret-file=FILE or secret-env=NAME"},
        {"webhook:https://x.example/ secret-env=A secret-file=B", "one of them"},
        {"webhook:https://user:word@x.example/ secret-env=A", "no user or password"},
        {"webhook:https://x.example/ secret=abc secret-env=A", "no option 'secret'"},
        {"hec:https:// secret-env=A", "a host"},
        {"hec:https://x form=cef secret-env=A", "no option 'form'"},
        {"syslog:udp://x:99999", "HOST:PORT"},
        {"syslog:udp://x ca-file=/x", "no option 'ca-file'"},
        {"syslog:http://x", "unix:///PATH"},
        {"kafka:x", "jsonl, ecs, cef, syslog, hec or webhook"},
        {"jsonl:", "a file"},
        {"jsonl:a\nb", "no line breaks"}}) {
    const auto spec = parse_output(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, Errc::invalid_input);
    EXPECT_THAT(spec.error().detail, HasSubstr(why)) << text;
  }
}

TEST(OutputSpec, SecretsComeFromAVariableOrAFileAndAreNeverTold) {
  auto spec = *parse_output("webhook:https://x.example/ secret-env=TOCSIN_TEST_SECRET");
  ::unsetenv("TOCSIN_TEST_SECRET");
  EXPECT_THAT(read_secret(spec).error().detail, HasSubstr("TOCSIN_TEST_SECRET is not set"));
  ::setenv("TOCSIN_TEST_SECRET", " abc\n", 1);
  EXPECT_EQ(*read_secret(spec), "abc");
  ::setenv("TOCSIN_TEST_SECRET", "ab\r\nX-Header: c", 1);
  const auto bad = read_secret(spec);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().detail.find("X-Header"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::alert
