#include "zeek_mix.hpp"

#include <array>
#include <random>

namespace tocsin::bench {
namespace {

using Random = std::mt19937;

std::string number(Random& random, unsigned below) {
  return std::to_string(random() % below);
}

std::string word(Random& random, std::size_t letters) {
  std::string text(letters, ' ');
  for (auto& letter : text) letter = static_cast<char>('a' + random() % 26);
  return text;
}

std::string address(Random& random) {
  return number(random, 100) + '.' + number(random, 256) + '.' + number(random, 256) + '.' +
         number(random, 256);
}

std::string head(Random& random, const char* log, unsigned port) {
  return std::string{R"({"_path":")"} + log + R"(","ts":17678)" + std::to_string(10'000 + random() % 90'000) +
         '.' + std::to_string(100'000 + random() % 900'000) + R"(,"uid":"C)" + word(random, 17) +
         R"(","id.orig_h":"10.)" + number(random, 256) + '.' + number(random, 256) + '.' +
         number(random, 256) + R"(","id.orig_p":)" + number(random, 65536) + R"(,"id.resp_h":")" +
         address(random) + R"(","id.resp_p":)" + std::to_string(port);
}

std::string conn(Random& random) {
  return head(random, "conn", 443) + R"(,"proto":"tcp","service":"ssl","duration":0.)" +
         number(random, 1'000'000) + R"(,"orig_bytes":)" + number(random, 9'999) + R"(,"resp_bytes":)" +
         number(random, 999'999) +
         R"(,"conn_state":"SF","local_orig":true,"local_resp":false,"missed_bytes":0,"history":"ShADadFf",)"
         R"("orig_pkts":)" +
         number(random, 99) + R"(,"orig_ip_bytes":)" + number(random, 9'999) + R"(,"resp_pkts":)" +
         number(random, 99) + R"(,"resp_ip_bytes":)" + number(random, 99'999) + "}\n";
}

std::string dns(Random& random, const std::string& query) {
  return head(random, "dns", 53) + R"(,"proto":"udp","trans_id":)" + number(random, 65536) + R"(,"rtt":0.)" +
         number(random, 99'999) + R"(,"query":")" + query +
         R"(","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,)"
         R"("rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":[")" +
         address(random) + R"(",")" + address(random) + R"("],"TTLs":[300.0,300.0],"rejected":false})" + '\n';
}

std::string http(Random& random) {
  return head(random, "http", 80) + R"(,"trans_depth":1,"method":"GET","host":"www.)" + word(random, 10) +
         R"(.com","uri":"/)" + word(random, 30) +
         R"(","version":"1.1","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 )"
         R"((KHTML, like Gecko) Chrome/140.0 Safari/537.36","request_body_len":0,"response_body_len":)" +
         number(random, 99'999) + R"(,"status_code":200,"status_msg":"OK","tags":[],"resp_fuids":["F)" +
         word(random, 16) + R"("],"resp_mime_types":["text/html"]})" + '\n';
}

}  // namespace

ZeekMix zeek_mix(std::size_t bytes, const std::function<std::string(std::uint64_t)>& bad_domain) {
  constexpr std::uint64_t lines_per_planted = 10'000;
  ZeekMix mix;
  mix.text.reserve(bytes + 4096);
  Random random{7};
  for (; mix.text.size() < bytes; ++mix.lines) {
    const auto share = random() % 20;
    if (mix.lines % lines_per_planted == lines_per_planted - 1)
      mix.text += dns(random, bad_domain(mix.planted++));
    else if (share < 9)
      mix.text += conn(random);
    else if (share < 16)
      mix.text += dns(random, word(random, 8) + '.' + word(random, 9) + ".com");
    else
      mix.text += http(random);
  }
  return mix;
}

std::string zeek_dns_line(double time_s, const std::string& query) {
  return R"({"_path":"dns","ts":)" + std::to_string(time_s) +
         R"(,"uid":"CbeNcHmarkLine0001","id.orig_h":"10.0.0.5","id.orig_p":53211,"id.resp_h":"10.0.0.1",)"
         R"("id.resp_p":53,"proto":"udp","trans_id":7,"query":")" +
         query + R"(","qclass":1,"qtype":1,"rcode":0,"rejected":false})" + '\n';
}

}  // namespace tocsin::bench
