#pragma once

/// Values in the forms that other programs block or look for them by.
///
/// Source:  Suricata datasets (type string is base64; md5, sha256 hexadecimal; ip and ipv4 since 7), Zeek's
/// intelligence
///          framework (tab-separated, RFC-less: docs.zeek.org, frameworks/intel), DNS response policy zones
///          (draft-vixie-dns-rpz, as BIND and Unbound read them).
/// Errors:  none. A value that a form has no words for, or that would break its file, is left out and
/// counted. Threads: pure functions.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stix/object.hpp"

namespace tocsin::formats {

struct Listed {
  stix::ValueKind kind{};
  std::string value;   ///< canonical; an address may be a network
  std::string about;   ///< whose it is, for forms that say so; any text
  bool below = false;  ///< a domain stands for all names below it too
};

enum class ListForm : std::uint8_t { suricata_dataset, zeek_intel, rpz, plain };
std::string_view name(ListForm form);  ///< as `--emit` takes it
std::optional<ListForm> list_form_named(std::string_view name);

struct ListFile {
  std::string name;  ///< in the form's folder; empty when the form is one file
  std::string text;
};
struct ListText {
  std::vector<ListFile> files;
  std::size_t listed = 0, left_out = 0;
};

/// `values` sorted by kind and value, each once. `serial` is for zones.
ListText in_list_form(ListForm form, std::span<const Listed> values, std::uint32_t serial = 1);

/// The serial number in the text of a zone that we wrote; nullopt when there is none.
std::optional<std::uint32_t> serial_of_zone(std::string_view text);

}  // namespace tocsin::formats
