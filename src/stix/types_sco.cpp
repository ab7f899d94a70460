/// The observables (STIX 2.1 §6), one table each, in the standard's order; their extensions stand in
/// extensions.cpp.

#include "stix/schema.hpp"
#include "stix/vocabularies.hpp"

namespace tocsin::stix {
namespace {

using namespace schema;
namespace words = vocabulary;

template <std::size_t count>
using Names = std::array<std::string_view, count>;

constexpr Constraint some[] = {any_of_its_own};

// clang-format off
constexpr Property artifact[] = {
    {"mime_type", of(Kind::media_type)},
    {"payload_bin", of(Kind::base64)},
    {"url", of(Kind::url)},
    {"hashes", hashes},
    {"encryption_algorithm", word_of(words::encryption_algorithm)},
    {"decryption_key", text},
};
constexpr Constraint artifact_constraints[] = {
    exactly_one("payload_bin", "url"),
    needs("url", "hashes"),
    needs("decryption_key", "encryption_algorithm"),
};

constexpr Property autonomous_system[] = {
    {"number", integer(), required},
    {"name", text},
    {"rir", text},
};

constexpr Property directory[] = {
    {"path", text, required},
    {"path_enc", of(Kind::character_set)},
    {"ctime", time},
    {"mtime", time},
    {"atime", time},
    {"contains_refs", ids_of("file", "directory")},
};

constexpr Property domain_name[] = {
    {"value", of(Kind::domain_name), required},
    {"resolves_to_refs", ids_of("ipv4-addr", "ipv6-addr", "domain-name")},
};

constexpr Property email_address[] = {
    {"value", of(Kind::email_address), required},
    {"display_name", text},
    {"belongs_to_ref", id_of("user-account")},
};

constexpr Property mime_part_rows[] = {
    {"body", text},
    {"body_raw_ref", id_of("artifact", "file")},
    {"content_type", text},
    {"content_disposition", text},
};
constexpr Constraint mime_part_constraints[] = {exactly_one("body", "body_raw_ref")};
constexpr Structure mime_part{"mime-part-type", "6.6.2", mime_part_rows, mime_part_constraints};

constexpr Property email_message[] = {
    {"is_multipart", boolean, required},
    {"date", time},
    {"content_type", text},
    {"from_ref", id_of("email-addr")},
    {"sender_ref", id_of("email-addr")},
    {"to_refs", ids_of("email-addr")},
    {"cc_refs", ids_of("email-addr")},
    {"bcc_refs", ids_of("email-addr")},
    {"message_id", text},
    {"subject", text},
    {"received_lines", texts},
    {"additional_header_fields", of(Kind::text_list_dictionary)},
    {"body", text},
    {"body_multipart", list_of(mime_part)},
    {"raw_email_ref", id_of("artifact")},
};
constexpr Constraint email_message_constraints[] = {
    not_when_true("is_multipart", "body"),
    only_when_true("is_multipart", "body_multipart"),
};

constexpr Property file[] = {
    {"hashes", hashes},
    {"size", integer(0)},
    {"name", text},
    {"name_enc", of(Kind::character_set)},
    {"magic_number_hex", hex},
    {"mime_type", of(Kind::media_type)},
    {"ctime", time},
    {"mtime", time},
    {"atime", time},
    {"parent_directory_ref", id_of("directory")},
    {"contains_refs", ids_of(anything)},
    {"content_ref", id_of("artifact")},
};
constexpr Constraint file_constraints[] = {
    at_least_one("hashes", "name"),
    needs("name_enc", "name"),
};

constexpr Property ipv4_address[] = {
    {"value", of(Kind::ipv4), required},
    {"resolves_to_refs", ids_of("mac-addr")},
    {"belongs_to_refs", ids_of("autonomous-system")},
};

constexpr Property ipv6_address[] = {
    {"value", of(Kind::ipv6), required},
    {"resolves_to_refs", ids_of("mac-addr")},
    {"belongs_to_refs", ids_of("autonomous-system")},
};

constexpr Property mac_address[] = {
    {"value", of(Kind::mac), required},
};

constexpr Property mutex[] = {
    {"name", text, required},
};

constexpr Property network_traffic[] = {
    {"start", time},
    {"end", time},
    {"is_active", boolean},
    {"src_ref", id_of("ipv4-addr", "ipv6-addr", "mac-addr", "domain-name")},
    {"dst_ref", id_of("ipv4-addr", "ipv6-addr", "mac-addr", "domain-name")},
    {"src_port", integer(0, 65535)},
    {"dst_port", integer(0, 65535)},
    {"protocols", texts, required},
    {"src_byte_count", integer(0)},
    {"dst_byte_count", integer(0)},
    {"src_packets", integer(0)},
    {"dst_packets", integer(0)},
    {"ipfix", of(Kind::scalar_dictionary)},
    {"src_payload_ref", id_of("artifact")},
    {"dst_payload_ref", id_of("artifact")},
    {"encapsulates_refs", ids_of("network-traffic")},
    {"encapsulated_by_ref", id_of("network-traffic")},
};
constexpr Constraint network_traffic_constraints[] = {
    not_before("start", "end"),
    not_when_true("is_active", "end"),
    at_least_one("src_ref", "dst_ref"),
};

constexpr Property process[] = {
    {"is_hidden", boolean},
    {"pid", integer()},
    {"created_time", time},
    {"cwd", text},
    {"command_line", text},
    {"environment_variables", of(Kind::text_dictionary)},
    {"opened_connection_refs", ids_of("network-traffic")},
    {"creator_user_ref", id_of("user-account")},
    {"image_ref", id_of("file")},
    {"parent_ref", id_of("process")},
    {"child_refs", ids_of("process")},
};

constexpr Property software[] = {
    {"name", text, required},
    {"cpe", of(Kind::cpe)},
    {"swid", text},
    {"languages", list_of(of(Kind::language_code))},
    {"vendor", text},
    {"version", text},
};

constexpr Property url[] = {
    {"value", of(Kind::url), required},
};

constexpr Property user_account[] = {
    {"user_id", text},
    {"credential", text},
    {"account_login", text},
    {"account_type", word_of(words::account_type)},
    {"display_name", text},
    {"is_service_account", boolean},
    {"is_privileged", boolean},
    {"can_escalate_privs", boolean},
    {"is_disabled", boolean},
    {"account_created", time},
    {"account_expires", time},
    {"credential_last_changed", time},
    {"account_first_login", time},
    {"account_last_login", time},
};

constexpr Property registry_value_rows[] = {
    {"name", text},
    {"data", text},
    {"data_type", word_of(words::windows_registry_datatype)},
};
constexpr Structure registry_value{"windows-registry-value-type", "6.17.2", registry_value_rows, some};

constexpr Property windows_registry_key[] = {
    {"key", of(Kind::registry_key)},
    {"values", list_of(registry_value)},
    {"modified_time", time},
    {"creator_user_ref", id_of("user-account")},
    {"number_of_subkeys", integer(0)},
};

constexpr Property x509_extension_rows[] = {
    {"basic_constraints", text},
    {"name_constraints", text},
    {"policy_constraints", text},
    {"key_usage", text},
    {"extended_key_usage", text},
    {"subject_key_identifier", text},
    {"authority_key_identifier", text},
    {"subject_alternative_name", text},
    {"issuer_alternative_name", text},
    {"subject_directory_attributes", text},
    {"crl_distribution_points", text},
    {"inhibit_any_policy", text},
    {"private_key_usage_period_not_before", time},
    {"private_key_usage_period_not_after", time},
    {"certificate_policies", text},
    {"policy_mappings", text},
};
constexpr Structure x509_extension{"x509-v3-extensions-type", "6.18.2", x509_extension_rows, some};

constexpr Property x509_certificate[] = {
    {"is_self_signed", boolean},
    {"hashes", hashes},
    {"version", text},
    {"serial_number", text},
    {"signature_algorithm", text},
    {"issuer", text},
    {"validity_not_before", time},
    {"validity_not_after", time},
    {"subject", text},
    {"subject_public_key_algorithm", text},
    {"subject_public_key_modulus", text},
    {"subject_public_key_exponent", integer()},
    {"x509_v3_extensions", a(x509_extension)},
};

// What an id is made of, §2.9.
constexpr Names<1> of_value{"value"};
constexpr Names<1> of_name{"name"};
constexpr Names<1> of_number{"number"};
constexpr Names<1> of_path{"path"};
constexpr Names<2> of_artifact{"hashes", "payload_bin"};
constexpr Names<3> of_email_message{"from_ref", "subject", "body"};
constexpr Names<4> of_file{"hashes", "name", "extensions", "parent_directory_ref"};
constexpr Names<8> of_network_traffic{"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols",
                                      "extensions"};
constexpr Names<5> of_software{"name", "cpe", "swid", "vendor", "version"};
constexpr Names<3> of_user_account{"account_type", "user_id", "account_login"};
constexpr Names<2> of_registry_key{"key", "values"};
constexpr Names<2> of_certificate{"hashes", "serial_number"};

const TypeRules table[] = {
    {Family::observable, {"artifact", "6.1", artifact, artifact_constraints}, of_artifact},
    {Family::observable, {"autonomous-system", "6.2", autonomous_system, {}}, of_number},
    {Family::observable, {"directory", "6.3", directory, {}}, of_path},
    {Family::observable, {"domain-name", "6.4", domain_name, {}}, of_value},
    {Family::observable, {"email-addr", "6.5", email_address, {}}, of_value},
    {Family::observable, {"email-message", "6.6", email_message, email_message_constraints}, of_email_message},
    {Family::observable, {"file", "6.7", file, file_constraints}, of_file},
    {Family::observable, {"ipv4-addr", "6.8", ipv4_address, {}}, of_value},
    {Family::observable, {"ipv6-addr", "6.9", ipv6_address, {}}, of_value},
    {Family::observable, {"mac-addr", "6.10", mac_address, {}}, of_value},
    {Family::observable, {"mutex", "6.11", mutex, {}}, of_name},
    {Family::observable, {"network-traffic", "6.12", network_traffic, network_traffic_constraints},
     of_network_traffic},
    {Family::observable, {"process", "6.13", process, some}, {}},
    {Family::observable, {"software", "6.14", software, {}}, of_software},
    {Family::observable, {"url", "6.15", url, {}}, of_value},
    {Family::observable, {"user-account", "6.16", user_account, some}, of_user_account},
    {Family::observable, {"windows-registry-key", "6.17", windows_registry_key, some}, of_registry_key},
    {Family::observable, {"x509-certificate", "6.18", x509_certificate, some}, of_certificate},
};
// clang-format on

}  // namespace

std::span<const TypeRules> observable_types() {
  return table;
}

}  // namespace tocsin::stix
