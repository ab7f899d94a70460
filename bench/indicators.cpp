#include "indicators.hpp"

#include "base/bytes.hpp"
#include "base/crypto.hpp"

namespace tocsin::bench {
namespace {

std::string hex_of(std::string_view series, std::uint64_t number) {
  return to_hex(sha256(std::string{series} + '/' + std::to_string(number)));
}

std::string uuid(const std::string& hex) {
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" + hex.substr(17, 3) +
         '-' + hex.substr(20, 12);
}

}  // namespace

Named named(std::string_view series, std::uint64_t number) {
  const auto hex = hex_of(series, number);
  const auto host = "cdn-" + hex.substr(40, 10) + ".zone" + std::to_string(number % 5000) + ".badnet.info";
  const auto share = number % 20;
  if (share < 11) return {"domain-name:value", host};
  if (share < 16) return {"url:value", "http://" + host + "/gate/" + hex.substr(50, 8) + ".php"};
  return {"file:hashes.'SHA-256'", to_hex(sha256(hex))};
}

std::string indicator(std::string_view series, std::uint64_t number) {
  const auto [path, value] = named(series, number);
  const auto text = std::to_string(number);
  return R"({"type":"indicator","spec_version":"2.1","id":"indicator--)" + uuid(hex_of(series, number)) +
         R"(","created":"2026-01-07T09:12:44.120Z","modified":"2026-01-07T09:12:44.120Z",)"
         R"("name":"Command and control, campaign )" +
         std::to_string(number % 613) +
         R"(","description":"Seen as the second stage of a loader that arrives by mail; the host answers on )"
         R"(port 443 with a self-signed certificate and serves tasking every ninety seconds. Report )" +
         text + R"(.","indicator_types":["malicious-activity"],"pattern":"[)" + path + " = '" + value +
         R"(']","pattern_type":"stix","pattern_version":"2.1","valid_from":"2026-01-07T09:12:44Z",)"
         R"("kill_chain_phases":[{"kill_chain_name":"lockheed-martin-cyber-kill-chain",)"
         R"("phase_name":"command-and-control"}],"labels":["campaign-)" +
         std::to_string(number % 613) +
         R"("],"confidence":85,"external_references":[{"source_name":"report","external_id":"R-)" + text +
         R"("}],"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]})";
}

}  // namespace tocsin::bench
