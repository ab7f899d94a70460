#include "observe/zeek.hpp"

namespace tocsin::observe {
namespace {

using stix::Path;

constexpr std::string_view any;

// clang-format off
constexpr Row zeek_rows[] = {
  // logs          field                        read as               of                path
  {any,            "_path",                     As::kind},
  {any,            "@stream",                   As::kind},
  {any,            "ts",                        As::time},
  // every log of a connection
  {any,            "id.orig_h",                 As::source},
  {any,            "id.resp_h",                 As::destination},
  {any,            "id.orig_p",                 As::number,           Of::connection,   Path::network_src_port},
  {any,            "id.resp_p",                 As::destination_port, Of::connection,   Path::network_dst_port},
  {any,            "src",                       As::source},
  {any,            "dst",                       As::destination},
  {any,            "src_port",                  As::number,           Of::connection,   Path::network_src_port},
  {any,            "dst_port",                  As::destination_port, Of::connection,   Path::network_dst_port},
  {any,            "proto",                     As::protocols,        Of::connection},
  {any,            "service",                   As::protocols,        Of::connection},
  {any,            "orig_l2_addr",              As::lower,            Of::own,          Path::mac_addr_value},
  {any,            "resp_l2_addr",              As::lower,            Of::own,          Path::mac_addr_value},
  // dns
  {any,            "query",                     As::domain},
  {any,            "answers",                   As::answer},
  // http; in other logs "host" stands alone and is then just that
  {any,            "host",                      As::http_host},
  {any,            "uri",                       As::http_uri},
  {any,            "user_agent",                As::text,             Of::connection,   Path::network_http_user_agent},
  {any,            "orig_filenames",            As::file_path},
  {any,            "resp_filenames",            As::file_path},
  // ssl, quic, x509
  {any,            "server_name",               As::domain},
  {any,            "ja3",                       As::lower,            Of::connection,   Path::network_ja3},
  {any,            "ja3s",                      As::lower,            Of::connection,   Path::network_ja3s},
  {any,            "ja4",                       As::text,             Of::connection,   Path::network_ja4},
  {any,            "cert_chain_fps",            As::hash,             Of::certificate},
  {any,            "client_cert_chain_fps",     As::hash,             Of::certificate},
  {any,            "fingerprint",               As::hash,             Of::certificate},
  {any,            "certificate.serial",        As::text,             Of::certificate,  Path::x509_serial_number},
  {any,            "certificate.subject",       As::text,             Of::certificate,  Path::x509_subject},
  {any,            "certificate.issuer",        As::text,             Of::certificate,  Path::x509_issuer},
  {any,            "issuer",                    As::text,             Of::certificate,  Path::x509_issuer},
  {any,            "issuer_subject",            As::text,             Of::certificate,  Path::x509_issuer},
  {any,            "subject",                   As::subject},
  {any,            "serial",                    As::text,             Of::certificate,  Path::x509_serial_number},
  {any,            "san.dns",                   As::domain},
  {any,            "san.uri",                   As::url},
  {any,            "san.email",                 As::email},
  {any,            "san.ip",                    As::address},
  // files, smb_files, pe
  {any,            "filename",                  As::file_path,        Of::file},
  {"smb_files",    "name",                      As::file_path,        Of::file},
  {any,            "md5",                       As::hash,             Of::file},
  {any,            "sha1",                      As::hash,             Of::file},
  {any,            "sha256",                    As::hash,             Of::file},
  {any,            "total_bytes",               As::number,           Of::file,         Path::file_size},
  {any,            "tx_hosts",                  As::address},
  {any,            "rx_hosts",                  As::address},
  // smtp
  {any,            "mailfrom",                  As::email,            Of::message,      Path::email_message_sender_ref_value},
  {any,            "from",                      As::email,            Of::message,      Path::email_message_from_ref_value},
  {any,            "rcptto",                    As::email,            Of::message,      Path::email_message_to_refs_value},
  {any,            "to",                        As::email,            Of::message,      Path::email_message_to_refs_value},
  {any,            "cc",                        As::email},
  {any,            "reply_to",                  As::email},
  {any,            "x_originating_ip",          As::address},
  {any,            "path",                      As::address},
  {any,            "helo",                      As::answer},
  // dhcp, ftp, socks, radius, ntlm
  {any,            "client_addr",               As::address},
  {any,            "server_addr",               As::address},
  {any,            "requested_addr",            As::address},
  {any,            "assigned_addr",             As::address},
  {any,            "assigned_ip",               As::address},
  {any,            "framed_addr",               As::address},
  {any,            "mac",                       As::lower,            Of::own,          Path::mac_addr_value},
  {any,            "host_name",                 As::domain},
  {any,            "client_fqdn",               As::domain},
  {any,            "data_channel.orig_h",       As::address},
  {any,            "data_channel.resp_h",       As::address},
  {any,            "arg",                       As::url},
  {any,            "request.host",              As::address},
  {any,            "request.name",              As::domain},
  {any,            "bound.host",                As::address},
  {any,            "bound.name",                As::domain},
  {any,            "server_dns_computer_name",  As::domain},
  {any,            "user",                      As::text,             Of::own,          Path::user_account_user_id},
  {any,            "username",                  As::text,             Of::own,          Path::user_account_user_id},
  // software, intel
  {"software",     "name",                      As::text,             Of::own,          Path::software_name},
  {any,            "seen.indicator",            As::any},
};
// clang-format on

}  // namespace

const Fields& zeek_fields() {
  static const Fields fields{{zeek_rows, {}, true}};
  return fields;
}

}  // namespace tocsin::observe
