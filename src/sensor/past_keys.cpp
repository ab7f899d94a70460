#include "sensor/past_keys.hpp"

#include <algorithm>
#include <array>

#include "match/compiled.hpp"

namespace tocsin::sensor {
namespace {

using match::Form;
using match::Network;
using stix::Path;

// What a key begins with.
constexpr char address4 = '\x04', address6 = '\x06', domain = '\x0d', text_of = '\x10';

std::string with_path(std::string key, Path path) {
  key.push_back(static_cast<char>(path));
  return key;
}

std::string address_bytes(const Network& address, std::size_t count) {
  std::string out(1, address.v6 ? address6 : address4);
  out.append(reinterpret_cast<const char*>(address.bytes.data()), count);
  return out;
}

std::string key_of_address(Path path, const Network& address) {
  return with_path(address_bytes(address, address.v6 ? 16 : 4), path);
}

std::string from_behind(std::string_view folded) {
  std::string out(1, domain);
  out.append(folded.rbegin(), folded.rend());
  return out;
}

std::string key_of_folded(Path path, std::string_view folded) {
  if (match::holds_domains(path)) return with_path(from_behind(folded) + '\0', path);
  return with_path(std::string(1, text_of), path).append(folded);
}

bool is_end(Path path) {
  return path == Path::network_src_ref_value || path == Path::network_dst_ref_value;
}

}  // namespace

bool is_kept(Path path) {
  switch (path) {
    case Path::network_src_port:
    case Path::network_dst_port:
    case Path::network_protocols:
    case Path::file_size:
    case Path::process_pid:
    case Path::process_parent_pid:
    case Path::process_command_line:
    case Path::process_parent_command_line:
    case Path::email_message_subject:
    case Path::registry_value_data:
    case Path::user_account_user_id:
      return false;
    default:
      return path < Path::count_;
  }
}

void values_to_keep(const stix::Observation& record, std::uint64_t offset_bytes, Timestamp now,
                    std::vector<history::Observed>& out) {
  const auto time = record.time() == Timestamp{} || record.time() > now ? now : record.time();
  const auto second = match::to_second(time);
  const auto& values = record.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& value = values[i];
    if (!is_kept(value.path)) continue;
    if (i + 1 < values.size() && is_end(values[i + 1].path) && values[i + 1].text.data() == value.text.data())
      continue;
    out.push_back({static_cast<std::uint8_t>(value.path), second, value.text, offset_bytes});
  }
}

std::string past_key(Path path, std::string_view text) {
  if (match::holds_addresses(path))
    if (const auto address = match::parse_address(text)) return key_of_address(path, *address);
  std::string buffer;
  return key_of_folded(path, match::fold(path, text, buffer));
}

std::string past_key(Path path, Form form, std::string_view bytes) {
  if (form == Form::prefix) return key_of_address(path, match::network_of(bytes));
  return key_of_folded(path, bytes);
}

std::span<const Path> paths_for(Path path) {
  static constexpr auto each = [] {
    std::array<Path, static_cast<std::size_t>(Path::count_)> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Path>(i);
    return out;
  }();
  static constexpr std::array in4 = {Path::ipv4_addr_value, Path::network_src_ref_value,
                                     Path::network_dst_ref_value};
  static constexpr std::array in6 = {Path::ipv6_addr_value, Path::network_src_ref_value,
                                     Path::network_dst_ref_value};
  if (path == Path::ipv4_addr_value) return in4;
  if (path == Path::ipv6_addr_value) return in6;
  return std::span{each}.subspan(static_cast<std::size_t>(path), 1);
}

std::string keys_of_network(const Network& network) {
  return address_bytes(network, network.bits / 8U);
}

std::string keys_below_domain(std::string_view folded) {
  return from_behind(folded) + '.';
}

std::optional<PastValue> past_value(std::string_view key) {
  const auto path_at = [&](std::size_t at) -> std::optional<Path> {
    const auto path = static_cast<Path>(static_cast<std::uint8_t>(key[at]));
    return path < Path::count_ ? std::optional{path} : std::nullopt;
  };
  if (key.size() < 2) return std::nullopt;
  const auto front = key.front();
  if (front == text_of) {
    const auto path = path_at(1);
    if (!path) return std::nullopt;
    return PastValue{*path, std::string{key.substr(2)}};
  }
  const auto path = path_at(key.size() - 1);
  if (!path) return std::nullopt;
  const auto body = key.substr(1, key.size() - 2);
  if (front == domain && body.ends_with('\0')) {
    const auto name = body.substr(0, body.size() - 1);
    return PastValue{*path, std::string{name.rbegin(), name.rend()}};
  }
  const bool v6 = front == address6;
  if ((front != address4 && !v6) || body.size() != (v6 ? 16U : 4U)) return std::nullopt;
  Network address;
  address.v6 = v6;
  address.bits = v6 ? 128 : 32;
  std::copy_n(body.begin(), body.size(), reinterpret_cast<char*>(address.bytes.data()));
  return PastValue{*path, match::to_text(address)};
}

}  // namespace tocsin::sensor
