#include "screen/allow_list.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "match/address.hpp"
#include "screen/site.hpp"

namespace tocsin::screen {
namespace {

std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t'))
      return trim(line.substr(0, i));
  return trim(line);
}

WarningList made(const char* id, WarningList::Type type) {
  WarningList out;
  out.id = id;
  out.name = "local allow list";
  out.type = type;
  out.kinds = all_kinds;
  return out;
}

}  // namespace

Result<std::vector<WarningList>> parse_allow_list(std::string_view text) {
  auto networks = made("allow-networks", WarningList::Type::cidr);
  auto domains = made("allow-domains", WarningList::Type::hostname);
  auto values = made("allow-values", WarningList::Type::string);
  std::size_t number = 0, entries = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto entry = without_comment(text.substr(at, end - at));
    at = end + 1;
    ++number;
    if (entry.empty()) continue;
    const auto bad = [&](std::string_view why) {
      return Error{Errc::invalid_input, "line " + std::to_string(number) + ": " + std::string{why}};
    };
    if (++entries > allow_list_entries_max) return bad("more than a million entries");
    if (entry.size() > WarningListLimits{}.entry_bytes_max) return bad("too long");
    if (!is_utf8(entry) || printable(entry) != entry) return bad("control characters, or no UTF-8");
    if (match::parse_network(entry)) {
      networks.entries.emplace_back(entry);
      continue;
    }
    const auto host = bare_host(entry);
    const bool dotted = host.find('.') != std::string::npos;
    const auto is_host = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
             static_cast<unsigned char>(c) >= 0x80;
    };
    if (dotted && std::ranges::all_of(host, is_host)) {
      // "1.2.3.400" or "10.0.0.0/99" would be a name that nobody has: a slip, and it should not go unseen.
      if (std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; }))
        return bad("'" + std::string{entry} + "' is neither an address nor a name");
      domains.entries.push_back(host);
    } else if (entry.find('/') != std::string_view::npos && entry.find("://") == std::string_view::npos) {
      return bad("'" + std::string{entry} + "' is no network, and a URL begins with its scheme");
    } else {
      values.entries.emplace_back(entry);
    }
  }
  std::vector<WarningList> out;
  for (auto* list : {&networks, &domains, &values})
    if (!list->entries.empty()) out.push_back(std::move(*list));
  return out;
}

}  // namespace tocsin::screen
