#include "screen/probes.hpp"

#include "screen/site.hpp"
#include "stix/object.hpp"

namespace tocsin::screen {

using stix::ValueKind;

void Probes::add_object(json::Object object) {
  const auto key = std::to_string(number_++);
  record_.add(key, std::make_shared<const json::Object>(std::move(object)));
}

void Probes::add(std::string_view text) {
  auto value = stix::recognise_value(text);
  const auto text_of = [&] { return value.text; };
  switch (value.kind) {
    case ValueKind::ipv4:
    case ValueKind::ipv6: {
      value.text = value.text.substr(0, value.text.find('/'));
      const auto key = std::to_string(number_);
      add_object({{"type", value.kind == ValueKind::ipv4 ? "ipv4-addr" : "ipv6-addr"}, {"value", text_of()}});
      for (const int port : {53, 80, 443})
        add_object({{"type", "network-traffic"},
                    {"dst_ref", key},
                    {"src_port", 49'152 + port},
                    {"dst_port", port},
                    {"is_active", false},
                    {"protocols",
                     json::Array{value.kind == ValueKind::ipv4 ? "ipv4" : "ipv6", port == 53 ? "udp" : "tcp",
                                 port == 53   ? "dns"
                                 : port == 80 ? "http"
                                              : "tls"}}});
      add_object({{"type", "url"}, {"value", "http://" + value.text + "/"}});
      break;
    }
    case ValueKind::md5:
      add_object({{"type", "file"}, {"size", 0}, {"hashes", json::Object{{"MD5", text_of()}}}});
      break;
    case ValueKind::sha1:
      add_object({{"type", "file"}, {"size", 0}, {"hashes", json::Object{{"SHA-1", text_of()}}}});
      break;
    case ValueKind::sha256:
      add_object({{"type", "file"}, {"size", 0}, {"hashes", json::Object{{"SHA-256", text_of()}}}});
      break;
    case ValueKind::sha512:
      add_object({{"type", "file"}, {"size", 0}, {"hashes", json::Object{{"SHA-512", text_of()}}}});
      break;
    case ValueKind::url:
      add_object({{"type", "url"}, {"value", text_of()}});
      break;
    default: {
      const auto host = bare_host(text);
      if (host.empty()) break;
      for (const auto& name : {host, "www." + host}) {
        add_object({{"type", "domain-name"}, {"value", name}});
        add_object({{"type", "url"}, {"value", "https://" + name + "/"}});
        add_object({{"type", "email-addr"}, {"value", "info@" + name}});
      }
    }
  }
}

}  // namespace tocsin::screen
