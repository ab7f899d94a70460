#include "formats/block_list.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace tocsin::formats {
namespace {

using stix::ValueKind;

constexpr std::size_t name_bytes_max = 190;  // of 253, so that a zone's own name finds room
constexpr std::string_view serial_mark = " ; serial\n";

/// What would end a line or a field, or what a terminal obeys, is in no value that a list should hold.
bool is_clean(std::string_view text) {
  return !text.empty() && is_utf8(text) && printable(text) == text;
}

/// The same of a value of its kind: a name with a space in it is none.
bool is_clean(const Listed& one) {
  const bool may_have_spaces = one.kind == ValueKind::file_name || one.kind == ValueKind::mutex ||
                               one.kind == ValueKind::registry_key || one.kind == ValueKind::other;
  return is_clean(one.value) && (may_have_spaces || one.value.find(' ') == std::string::npos);
}

/// A name of host names' letters, as resolvers take it.
bool is_name(std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max) return false;
  for (const auto label : split(name, '.')) {
    if (label.empty() || label.size() > 63) return false;
    for (const char c : label)
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return false;
  }
  return true;
}

struct Prefix {
  bool v6 = false;
  int bits = 0;
  std::string address;  // as inet_ntop writes it
};

std::optional<Prefix> prefix_of(std::string_view value) {
  Prefix out;
  const auto slash = value.find('/');
  const std::string address{value.substr(0, slash)};
  std::array<unsigned char, 16> raw{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  out.v6 = address.find(':') != std::string::npos;
  const int family = out.v6 ? AF_INET6 : AF_INET;
  if (::inet_pton(family, address.c_str(), raw.data()) != 1) return std::nullopt;
  out.bits = out.v6 ? 128 : 32;
  if (slash != std::string_view::npos) {
    const auto digits = value.substr(slash + 1);
    int bits = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > out.bits)
      return std::nullopt;
    out.bits = bits;
  }
  out.address = ::inet_ntop(family, raw.data(), text.data(), text.size());
  return out;
}

/// "32.7.100.51.198.rpz-ip"; in IPv6 the longest run of zeros is "zz".
std::optional<std::string> rpz_address(std::string_view value) {
  const auto prefix = prefix_of(value);
  if (!prefix || prefix->bits == 0) return std::nullopt;  // a list that blocks everybody is a mistake
  std::vector<std::string> parts;
  if (!prefix->v6) {
    for (const auto part : split(prefix->address, '.')) parts.emplace_back(part);
  } else {
    if (prefix->address.find('.') != std::string::npos) return std::nullopt;  // an IPv4 address in disguise
    bool run = false;
    for (const auto part : split(prefix->address, ':')) {
      if (!part.empty())
        parts.emplace_back(part);
      else if (!std::exchange(run, true))
        parts.emplace_back("zz");
    }
  }
  std::string out = std::to_string(prefix->bits);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) out += "." + *part;
  return out + ".rpz-ip";
}

ListText rpz(std::span<const Listed> values, std::uint32_t serial) {
  ListText out;
  std::string text =
      "; Written by tocsin: what is in force now. Changes here are overwritten.\n$TTL 60\n"
      "@ SOA localhost. hostmaster.localhost. (\n  " +
      std::to_string(serial) + std::string{serial_mark} + "  60 60 604800 60 )\n@ NS localhost.\n";
  for (const auto& one : values) {
    std::string line;
    if (one.kind == ValueKind::domain && is_name(one.value)) {
      line = one.value + " CNAME .\n";
      if (one.below) line += "*." + one.value + " CNAME .\n";
    } else if (one.kind == ValueKind::ipv4 || one.kind == ValueKind::ipv6) {
      if (const auto name = rpz_address(one.value)) line = *name + " CNAME .\n";
    }
    ++(line.empty() ? out.left_out : out.listed);
    text += line;
  }
  out.files.push_back({"", std::move(text)});
  return out;
}

std::string_view zeek_type(const Listed& one) {
  switch (one.kind) {
    case ValueKind::ipv4:
    case ValueKind::ipv6:
      return one.value.find('/') == std::string::npos ? "Intel::ADDR" : "Intel::SUBNET";
    case ValueKind::domain:
      return "Intel::DOMAIN";
    case ValueKind::url:
      return "Intel::URL";
    case ValueKind::email:
      return "Intel::EMAIL";
    case ValueKind::md5:
    case ValueKind::sha1:
    case ValueKind::sha256:
      return "Intel::FILE_HASH";
    case ValueKind::file_name:
      return "Intel::FILE_NAME";
    default:
      return {};
  }
}

ListText zeek(std::span<const Listed> values) {
  ListText out;
  std::string text = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n";
  for (const auto& one : values) {
    const auto type = zeek_type(one);
    std::string_view value = one.value;
    if (one.kind == ValueKind::url)  // Zeek's URLs have no scheme
      if (const auto scheme = value.find("://"); scheme != std::string_view::npos)
        value.remove_prefix(scheme + 3);
    // "-" alone means unset, and a comma or backslash x would be read as something else in no column of ours.
    if (type.empty() || !is_clean(one) || value == "-" || value == "(empty)" ||
        value.find("\\x") != std::string_view::npos) {
      ++out.left_out;
      continue;
    }
    ++out.listed;
    text.append(value).append("\t").append(type).append("\ttocsin\t");
    auto about = printable(one.about);
    std::ranges::replace(about, '\\', '/');
    text.append(about.empty() ? "-" : about).append("\n");
  }
  out.files.push_back({"", std::move(text)});
  return out;
}

ListText plain(std::span<const Listed> values) {
  ListText out;
  std::string text;
  for (const auto& one : values) {
    const bool clean = is_clean(one);
    ++(clean ? out.listed : out.left_out);
    if (clean) text.append(one.value).append("\n");
  }
  out.files.push_back({"", std::move(text)});
  return out;
}

/// One set of Suricata: its file, which values, and whether they are written as base64.
struct Set {
  std::string_view file;
  ValueKind kind;
  bool base64;
};
constexpr std::array sets{
    Set{"domains.lst", ValueKind::domain, true}, Set{"urls.lst", ValueKind::url, true},
    Set{"emails.lst", ValueKind::email, true},   Set{"ja3.lst", ValueKind::ja3, true},
    Set{"md5.lst", ValueKind::md5, false},       Set{"sha1.lst", ValueKind::sha1, false},
    Set{"sha256.lst", ValueKind::sha256, false}, Set{"ipv4.lst", ValueKind::ipv4, false},
    Set{"ip.lst", ValueKind::ipv6, false}};

// They only alert: whether something is dropped is for the one who runs Suricata to say. The numbers lie in
// the range that is kept for local rules.
constexpr std::string_view rules =
    "# Written by tocsin for the sets beside it. Suricata 6 and later.\n"
    "alert dns any any -> any any (msg:\"TOCSIN a domain that a circle names: query\"; dns.query; "
    "dataset:isset,tocsin-domains,type string,load domains.lst; classtype:trojan-activity; sid:1960001; "
    "rev:1;)\n"
    "alert tls any any -> any any (msg:\"TOCSIN a domain that a circle names: TLS\"; tls.sni; "
    "dataset:isset,tocsin-domains,type string,load domains.lst; classtype:trojan-activity; sid:1960002; "
    "rev:1;)\n"
    "alert http any any -> any any (msg:\"TOCSIN a domain that a circle names: HTTP\"; http.host; "
    "dataset:isset,tocsin-domains,type string,load domains.lst; classtype:trojan-activity; sid:1960003; "
    "rev:1;)\n"
    "alert tls any any -> any any (msg:\"TOCSIN a JA3 that a circle names\"; ja3.hash; "
    "dataset:isset,tocsin-ja3,type string,load ja3.lst; classtype:trojan-activity; sid:1960004; rev:1;)\n";
constexpr std::string_view ip_rules =
    "# Written by tocsin for the sets beside it. Suricata 7 and later.\n"
    "alert ip any any -> any any (msg:\"TOCSIN an address that a circle names: to\"; ip.dst; "
    "dataset:isset,tocsin-ipv4,type ipv4,load ipv4.lst; classtype:trojan-activity; sid:1960011; rev:1;)\n"
    "alert ip any any -> any any (msg:\"TOCSIN an address that a circle names: from\"; ip.src; "
    "dataset:isset,tocsin-ipv4,type ipv4,load ipv4.lst; classtype:trojan-activity; sid:1960012; rev:1;)\n"
    "alert ip any any -> any any (msg:\"TOCSIN an address that a circle names: to\"; ip.dst; "
    "dataset:isset,tocsin-ip,type ip,load ip.lst; classtype:trojan-activity; sid:1960013; rev:1;)\n"
    "alert ip any any -> any any (msg:\"TOCSIN an address that a circle names: from\"; ip.src; "
    "dataset:isset,tocsin-ip,type ip,load ip.lst; classtype:trojan-activity; sid:1960014; rev:1;)\n";

ListText suricata(std::span<const Listed> values) {
  ListText out;
  for (const auto& set : sets) out.files.push_back({std::string{set.file}, ""});
  for (const auto& one : values) {
    const auto set = std::ranges::find(sets, one.kind, &Set::kind);
    const bool network = one.value.find('/') != std::string::npos && set != sets.end() && !set->base64;
    if (set == sets.end() || network || !is_clean(one)) {
      ++out.left_out;
      continue;
    }
    ++out.listed;
    auto& text = out.files[static_cast<std::size_t>(set - sets.begin())].text;
    text.append(set->base64 ? to_base64(as_bytes(one.value)) : one.value).append("\n");
  }
  out.files.push_back({"tocsin.rules", std::string{rules}});
  out.files.push_back({"tocsin-ip.rules", std::string{ip_rules}});
  return out;
}

}  // namespace

std::string_view name(ListForm form) {
  switch (form) {
    case ListForm::suricata_dataset:
      return "suricata-dataset";
    case ListForm::zeek_intel:
      return "zeek-intel";
    case ListForm::rpz:
      return "rpz";
    case ListForm::plain:
      break;
  }
  return "plain";
}

std::optional<ListForm> list_form_named(std::string_view text) {
  for (const auto form : {ListForm::suricata_dataset, ListForm::zeek_intel, ListForm::rpz, ListForm::plain})
    if (name(form) == text) return form;
  return std::nullopt;
}

ListText in_list_form(ListForm form, std::span<const Listed> values, std::uint32_t serial) {
  switch (form) {
    case ListForm::suricata_dataset:
      return suricata(values);
    case ListForm::zeek_intel:
      return zeek(values);
    case ListForm::rpz:
      return rpz(values, serial);
    case ListForm::plain:
      break;
  }
  return plain(values);
}

std::optional<std::uint32_t> serial_of_zone(std::string_view text) {
  const auto mark = text.find(serial_mark);
  if (mark == std::string_view::npos) return std::nullopt;
  const auto start = text.find_last_not_of("0123456789", mark == 0 ? 0 : mark - 1);
  const auto digits = text.substr(start + 1, mark - start - 1);
  std::uint32_t serial = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), serial);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return serial;
}

}  // namespace tocsin::formats
