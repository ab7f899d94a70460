#pragma once

/// Texts that have a form of their own: addresses, names, types of media.
/// Threads: pure functions.

#include <string_view>

namespace tocsin::stix {

bool is_hex_text(std::string_view text);       ///< STIX 2.1 §2.7: pairs of hexadecimal digits
bool is_base64_text(std::string_view text);    ///< §2.1: RFC 4648 §4 with padding
bool is_character_set(std::string_view text);  ///< a name of IANA's list by its form, RFC 2978 §2.3
bool is_cpe(std::string_view text);            ///< CPE 2.3, a formatted string of 13 parts
bool is_domain_name(std::string_view text);    ///< RFC 1034 and 5890; `_` is let by, for it stands in the DNS
bool is_email_address(std::string_view text);  ///< RFC 5322 addr-spec without a display name
bool is_ipv4_or_network(std::string_view text);
bool is_ipv6_or_network(std::string_view text);
bool is_language_tag(std::string_view text);       ///< RFC 5646 §2.1 by its form
bool is_language_code(std::string_view text);      ///< ISO 639-2: three letters
bool is_mac_address(std::string_view text);        ///< §6.10: lower case, colons
bool is_media_type(std::string_view text);         ///< type/subtype of RFC 6838 §4.2
bool is_uri(std::string_view text);                ///< RFC 3986: a scheme and no character outside the set
bool is_relationship_name(std::string_view text);  ///< §5.1: a to z, 0 to 9 and hyphens

bool is_full_registry_key(std::string_view text);  ///< §6.17.1: its root is not cut to HKLM and the like

/// Whether `digest` can be one of the algorithm's; true for algorithms outside the vocabulary.
bool is_digest_of(std::string_view algorithm, std::string_view digest);

}  // namespace tocsin::stix
