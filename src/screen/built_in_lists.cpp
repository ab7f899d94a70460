#include "screen/warning_lists.hpp"

namespace tocsin::screen {

std::vector<WarningList> built_in_warning_lists() {
  using Type = WarningList::Type;
  using stix::ValueKind;
  const auto addresses = bit_of(ValueKind::ipv4) | bit_of(ValueKind::ipv6);
  const auto names = bit_of(ValueKind::domain);
  const auto hashes = bit_of(ValueKind::md5) | bit_of(ValueKind::sha1) | bit_of(ValueKind::sha256) |
                      bit_of(ValueKind::sha512);
  return {
      {"tocsin-special-networks",
       "Private, local and reserved networks",
       "Networks that mean something else in every house (IANA special-purpose address registries)",
       1,
       Type::cidr,
       addresses,
       {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128",
        "100::/64", "fc00::/7", "fe80::/10", "ff00::/8"}},
      {"tocsin-documentation-networks",
       "Networks for documentation",
       "Addresses that stand in manuals and reach nobody (RFC 5737, RFC 3849)",
       1,
       Type::cidr,
       addresses,
       {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"}},
      {"tocsin-public-resolvers",
       "Public DNS resolvers",
       "Whoever blocks one of these loses name resolution",
       1,
       Type::cidr,
       addresses,
       {"1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "149.112.112.112", "208.67.222.222",
        "208.67.220.220", "94.140.14.14", "94.140.15.15", "2606:4700:4700::1111", "2606:4700:4700::1001",
        "2001:4860:4860::8888", "2001:4860:4860::8844", "2620:fe::fe", "2620:fe::9", "2620:119:35::35",
        "2620:119:53::53"}},
      {"tocsin-empty-file",
       "Hashes of the empty file",
       "Every machine has files without content",
       1,
       Type::string,
       hashes,
       {"d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"}},
      {"tocsin-local-names",
       "Names of the own house",
       "Names that every network resolves for itself (RFC 6761, RFC 6762, RFC 8375)",
       1,
       Type::hostname,
       names,
       {"localhost", "localdomain", "local", "home.arpa", "internal", "in-addr.arpa", "ip6.arpa"}},
      {"tocsin-example-domains",
       "Names for examples",
       "Names that stand in manuals and belong to nobody (RFC 2606)",
       1,
       Type::hostname,
       names,
       {"example", "example.com", "example.net", "example.org", "test", "invalid"}},
      {"tocsin-largest-sites",
       "Some of the largest sites",
       "Whoever blocks one of these is noticed by everybody",
       1,
       Type::hostname,
       names,
       {"amazon.com",        "apple.com",     "bing.com",      "cloudflare.com", "debian.org",
        "facebook.com",      "github.com",    "google.com",    "instagram.com",  "linkedin.com",
        "live.com",          "microsoft.com", "mozilla.org",   "office.com",     "ubuntu.com",
        "windowsupdate.com", "whatsapp.com",  "wikipedia.org", "yahoo.com",      "youtube.com"}},
  };
}

}  // namespace tocsin::screen
