#include "observe/eve.hpp"

namespace tocsin::observe {
namespace {

using stix::Path;

constexpr std::string_view any;

// clang-format off
constexpr Row eve_rows[] = {
  // event  field                       read as          of                path
  {any,     "timestamp",                As::time},
  {any,     "src_ip",                   As::source},
  {any,     "dest_ip",                  As::destination},
  {any,     "src_port",                 As::number,      Of::connection,   Path::network_src_port},
  {any,     "dest_port",                As::number,      Of::connection,   Path::network_dst_port},
  {any,     "proto",                    As::protocols,   Of::connection},
  {any,     "app_proto",                As::protocols,   Of::connection},
  {any,     "ether/src_mac",            As::lower,       Of::own,          Path::mac_addr_value},
  {any,     "ether/dest_mac",           As::lower,       Of::own,          Path::mac_addr_value},
  {any,     "tunnel/src_ip",            As::address},
  {any,     "tunnel/dest_ip",           As::address},
  {any,     "alert/xff",                As::address},
  // dns
  {any,     "dns/rrname",               As::domain},
  {any,     "dns/rdata",                As::answer},
  {any,     "dns/query/rrname",         As::domain},
  {any,     "dns/queries/rrname",       As::domain},
  {any,     "dns/answer/rrname",        As::domain},
  {any,     "dns/answer/rdata",         As::answer},
  {any,     "dns/answers/rrname",       As::domain},
  {any,     "dns/answers/rdata",        As::answer},
  {any,     "dns/grouped/A",            As::answer},
  {any,     "dns/grouped/AAAA",         As::answer},
  {any,     "dns/grouped/CNAME",        As::answer},
  {any,     "dns/grouped/MX",           As::answer},
  {any,     "dns/grouped/NS",           As::answer},
  {any,     "dns/grouped/PTR",          As::answer},
  {any,     "dns/grouped/SRV/name",     As::answer},
  // http
  {any,     "http/hostname",            As::http_host},
  {any,     "http/url",                 As::http_uri},
  {any,     "http/http_port",           As::http_port},
  {any,     "http/http_user_agent",     As::text,        Of::connection,   Path::network_http_user_agent},
  {any,     "http/xff",                 As::address},
  // tls, quic
  {any,     "tls/sni",                  As::domain},
  {any,     "tls/subject",              As::text,        Of::certificate,  Path::x509_subject},
  {any,     "tls/issuerdn",             As::text,        Of::certificate,  Path::x509_issuer},
  {any,     "tls/serial",               As::text,        Of::certificate,  Path::x509_serial_number},
  {any,     "tls/fingerprint",          As::hash,        Of::certificate},
  {any,     "tls/subjectaltname",       As::domain},
  {any,     "tls/ja3/hash",             As::lower,       Of::connection,   Path::network_ja3},
  {any,     "tls/ja3s/hash",            As::lower,       Of::connection,   Path::network_ja3s},
  {any,     "tls/ja4",                  As::text,        Of::connection,   Path::network_ja4},
  {any,     "quic/sni",                 As::domain},
  {any,     "quic/ja3/hash",            As::lower,       Of::connection,   Path::network_ja3},
  {any,     "quic/ja3s/hash",           As::lower,       Of::connection,   Path::network_ja3s},
  {any,     "quic/ja4",                 As::text,        Of::connection,   Path::network_ja4},
  // files
  {any,     "fileinfo/filename",        As::file_path,   Of::file},
  {any,     "fileinfo/md5",             As::hash,        Of::file},
  {any,     "fileinfo/sha1",            As::hash,        Of::file},
  {any,     "fileinfo/sha256",          As::hash,        Of::file},
  {any,     "fileinfo/size",            As::number,      Of::file,         Path::file_size},
  {any,     "files",                    As::begin_file},
  {any,     "files/filename",           As::file_path,   Of::file},
  {any,     "files/md5",                As::hash,        Of::file},
  {any,     "files/sha1",               As::hash,        Of::file},
  {any,     "files/sha256",             As::hash,        Of::file},
  {any,     "files/size",               As::number,      Of::file,         Path::file_size},
  {any,     "smb/filename",             As::file_path},
  {any,     "tftp/file",                As::file_path},
  {any,     "ftp_data/filename",        As::file_path},
  // mail
  {any,     "smtp/helo",                As::answer},
  {any,     "smtp/mail_from",           As::email,       Of::message,      Path::email_message_sender_ref_value},
  {any,     "smtp/rcpt_to",             As::email,       Of::message,      Path::email_message_to_refs_value},
  {any,     "email/from",               As::email,       Of::message,      Path::email_message_from_ref_value},
  {any,     "email/to",                 As::email,       Of::message,      Path::email_message_to_refs_value},
  {any,     "email/cc",                 As::email},
  {any,     "email/subject",            As::text,        Of::message,      Path::email_message_subject},
  {any,     "email/url",                As::url},
  {any,     "email/attachment",         As::file_path},
  // dhcp
  {any,     "dhcp/client_mac",          As::lower,       Of::own,          Path::mac_addr_value},
  {any,     "dhcp/assigned_ip",         As::address},
  {any,     "dhcp/client_ip",           As::address},
  {any,     "dhcp/hostname",            As::domain},
};
// clang-format on

}  // namespace

const Fields& eve_fields() {
  static const Fields fields{{eve_rows}};
  return fields;
}

}  // namespace tocsin::observe
