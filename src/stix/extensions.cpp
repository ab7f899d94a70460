/// The twelve extensions that the standard itself defines (STIX 2.1 §6.6 to §6.16), one table each.

#include "stix/schema.hpp"
#include "stix/vocabularies.hpp"

namespace tocsin::stix {
namespace {

using namespace schema;
namespace words = vocabulary;

constexpr Constraint some[] = {any_of_its_own};

// clang-format off
constexpr Property archive[] = {
    {"contains_refs", ids_of("file", "directory"), required},
    {"comment", text},
};

constexpr Property data_stream_rows[] = {
    {"name", text, required},
    {"hashes", hashes},
    {"size", integer(0)},
};
constexpr Structure data_stream{"alternate-data-stream-type", "6.7.3.2", data_stream_rows, {}};

constexpr Property ntfs[] = {
    {"sid", text},
    {"alternate_data_streams", list_of(data_stream)},
};

constexpr Property pdf[] = {
    {"version", text},
    {"is_optimized", boolean},
    {"document_info_dict", of(Kind::text_dictionary)},
    {"pdfid0", text},
    {"pdfid1", text},
};

constexpr Property raster_image[] = {
    {"image_height", integer()},
    {"image_width", integer()},
    {"bits_per_pixel", integer()},
    {"exif_tags", of(Kind::scalar_dictionary)},
};

constexpr Property pe_header_rows[] = {
    {"magic_hex", hex},
    {"major_linker_version", integer()},
    {"minor_linker_version", integer()},
    {"size_of_code", integer(0)},
    {"size_of_initialized_data", integer(0)},
    {"size_of_uninitialized_data", integer(0)},
    {"address_of_entry_point", integer()},
    {"base_of_code", integer()},
    {"base_of_data", integer()},
    {"image_base", integer()},
    {"section_alignment", integer()},
    {"file_alignment", integer()},
    {"major_os_version", integer()},
    {"minor_os_version", integer()},
    {"major_image_version", integer()},
    {"minor_image_version", integer()},
    {"major_subsystem_version", integer()},
    {"minor_subsystem_version", integer()},
    {"win32_version_value_hex", hex},
    {"size_of_image", integer(0)},
    {"size_of_headers", integer(0)},
    {"checksum_hex", hex},
    {"subsystem_hex", hex},
    {"dll_characteristics_hex", hex},
    {"size_of_stack_reserve", integer(0)},
    {"size_of_stack_commit", integer(0)},
    {"size_of_heap_reserve", integer(0)},
    {"size_of_heap_commit", integer(0)},
    {"loader_flags_hex", hex},
    {"number_of_rva_and_sizes", integer()},
    {"hashes", hashes},
};
constexpr Structure pe_header{"windows-pe-optional-header-type", "6.7.6.2", pe_header_rows, some};

constexpr Property pe_section_rows[] = {
    {"name", text, required},
    {"size", integer(0)},
    {"entropy", number()},
    {"hashes", hashes},
};
constexpr Structure pe_section{"windows-pe-section-type", "6.7.6.3", pe_section_rows, {}};

constexpr Property windows_pebinary[] = {
    {"pe_type", word_of(words::windows_pebinary_type), required},
    {"imphash", text},
    {"machine_hex", hex},
    {"number_of_sections", integer(0)},
    {"time_date_stamp", time},
    {"pointer_to_symbol_table_hex", hex},
    {"number_of_symbols", integer(0)},
    {"size_of_optional_header", integer(0)},
    {"characteristics_hex", hex},
    {"file_header_hashes", hashes},
    {"optional_header", a(pe_header)},
    {"sections", list_of(pe_section)},
};

constexpr Property http_request[] = {
    {"request_method", text, required},
    {"request_value", text, required},
    {"request_version", text},
    {"request_header", of(Kind::text_list_dictionary)},
    {"message_body_length", integer()},
    {"message_body_data_ref", id_of("artifact")},
};

constexpr Property icmp[] = {
    {"icmp_type_hex", hex, required},
    {"icmp_code_hex", hex, required},
};

constexpr Property socket[] = {
    {"address_family", word_of(words::socket_address_family), required},
    {"is_blocking", boolean},
    {"is_listening", boolean},
    {"options", dictionary},
    {"socket_type", word_of(words::socket_type)},
    {"socket_descriptor", integer(0)},
    {"socket_handle", integer()},
};

constexpr Property tcp[] = {
    {"src_flags_hex", hex},
    {"dst_flags_hex", hex},
};

constexpr Property windows_process[] = {
    {"aslr_enabled", boolean},
    {"dep_enabled", boolean},
    {"priority", text},
    {"owner_sid", text},
    {"window_title", text},
    {"startup_info", dictionary},
    {"integrity_level", word_of(words::windows_integrity_level)},
};

constexpr Property windows_service[] = {
    {"service_name", text},
    {"descriptions", texts},
    {"display_name", text},
    {"group_name", text},
    {"start_type", word_of(words::windows_service_start_type)},
    {"service_dll_refs", ids_of("file")},
    {"service_type", word_of(words::windows_service_type)},
    {"service_status", word_of(words::windows_service_status)},
};

constexpr Property unix_account[] = {
    {"gid", integer()},
    {"groups", texts},
    {"home_dir", text},
    {"shell", text},
};

const Extension table[] = {
    {"file", {"archive-ext", "6.7.2", archive, {}}},
    {"file", {"ntfs-ext", "6.7.3", ntfs, some}},
    {"file", {"pdf-ext", "6.7.4", pdf, some}},
    {"file", {"raster-image-ext", "6.7.5", raster_image, some}},
    {"file", {"windows-pebinary-ext", "6.7.6", windows_pebinary, {}}},
    {"network-traffic", {"http-request-ext", "6.12.2", http_request, {}}},
    {"network-traffic", {"icmp-ext", "6.12.3", icmp, {}}},
    {"network-traffic", {"socket-ext", "6.12.4", socket, {}}},
    {"network-traffic", {"tcp-ext", "6.12.5", tcp, some}},
    {"process", {"windows-process-ext", "6.13.2", windows_process, some}},
    {"process", {"windows-service-ext", "6.13.3", windows_service, some}},
    {"user-account", {"unix-account-ext", "6.16.2", unix_account, some}},
};
// clang-format on

}  // namespace

std::span<const Extension> predefined_extensions() {
  return table;
}

}  // namespace tocsin::stix
