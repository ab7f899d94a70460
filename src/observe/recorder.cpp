#include "observe/recorder.hpp"

#include <charconv>

#include "base/text.hpp"
#include "observe/times.hpp"
#include "observe/values.hpp"

namespace tocsin::observe {
namespace {

using stix::Path;

/// The paths of one object's hashes, by length of the hexadecimal text.
struct HashPaths {
  Path md5, sha1, sha256, sha512;
};
constexpr HashPaths file_hashes{Path::file_md5, Path::file_sha1, Path::file_sha256, Path::file_sha512};
constexpr HashPaths image_hashes{Path::process_image_md5, Path::process_image_sha1,
                                 Path::process_image_sha256, Path::count_};
constexpr HashPaths certificate_hashes{Path::x509_md5, Path::x509_sha1, Path::x509_sha256, Path::count_};

Path hash_path(const HashPaths& paths, std::size_t digits) {
  switch (digits) {
    case 32:
      return paths.md5;
    case 40:
      return paths.sha1;
    case 64:
      return paths.sha256;
    case 128:
      return paths.sha512;
    default:
      return Path::count_;
  }
}

/// STIX spells hives out (§6.14); Sysmon writes them short.
struct Hive {
  std::string_view brief, full;
};
constexpr Hive hives[] = {
    {"HKLM\\", "HKEY_LOCAL_MACHINE\\"},    {"HKU\\", "HKEY_USERS\\"},
    {"HKCR\\", "HKEY_CLASSES_ROOT\\"},     {"HKCU\\", "HKEY_CURRENT_USER\\"},
    {"HKCC\\", "HKEY_CURRENT_CONFIG\\"},   {"\\REGISTRY\\MACHINE\\", "HKEY_LOCAL_MACHINE\\"},
    {"\\REGISTRY\\USER\\", "HKEY_USERS\\"}};

/// Numbers of the Internet protocols that hosts write instead of names.
struct ProtocolNumber {
  std::string_view number, name;
};
constexpr ProtocolNumber protocol_numbers[] = {
    {"1", "icmp"}, {"6", "tcp"}, {"17", "udp"}, {"58", "ipv6-icmp"}};

/// Calls `take` with each part of `text` between any of `separators`; empty parts are left out.
template <class Take>
void for_each_part(std::string_view text, std::string_view separators, Take take) {
  while (!text.empty()) {
    const auto end = text.find_first_of(separators);
    if (const auto part = text.substr(0, end); !part.empty()) take(part);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

void Recorder::begin(stix::Observation& out, std::string_view kind) {
  out.clear();
  out_ = &out;
  objects_.fill(no_object);
  cut_ = timed_ = false;
  question_ = no_object;
  kind_ = kind;
  provider_ = source_ = destination_ = destination_port_ = date_ = line_ = program_ = {};
  http_host_ = http_uri_ = http_port_ = http_query_ = subject_ = {};
  if (traced_) [[unlikely]]
    rows_.clear(), row_ = http_row_ = subject_row_ = program_row_ = nullptr;
}

std::uint8_t Recorder::object(Of of) {
  if (of == Of::own) return out_->next_object();
  auto& number = objects_[static_cast<std::size_t>(of)];
  if (number == no_object) number = out_->next_object();
  return number;
}

void Recorder::put(Path path, std::uint8_t object, std::string_view text) {
  if (out_->values().size() >= values_max) {
    cut_ = true;
    return;
  }
  out_->add(path, object, text);
}

/// What was told since the last call came from `row_`; what is told from now on comes from `next`.
void Recorder::note_row(const Row* next) {
  rows_.resize(out_->values().size(), row_);
  row_ = next;
}

/// A value that is an object of its own is told once. Only short records are searched: a certificate with a
/// thousand names has no need of it.
std::uint8_t Recorder::put_own(Path path, std::string_view text) {
  if (const auto& values = out_->values(); values.size() <= 64)
    for (const auto& value : values)
      if (value.path == path && value.text == text) return value.object;
  const auto number = out_->next_object();
  put(path, number, text);
  return number;
}

void Recorder::add(const Row& row, std::string_view text) {
  if (traced_) [[unlikely]]
    note_row(&row);
  if (text.empty()) {
    if (row.as == As::begin) begin_object(row.of);
    return;
  }
  switch (row.as) {
    case As::source:
      return add_end(text, Path::network_src_ref_value, source_);
    case As::destination:
      return add_end(text, Path::network_dst_ref_value, destination_);
    case As::source_and_port:
    case As::destination_and_port:
      return add_end_and_port(row, text);
    case As::destination_port:
      destination_port_ = text;
      [[fallthrough]];
    case As::number:
      if (is_decimal(text)) put(row.path, object(row.of), text);
      return;
    case As::protocols:
      return add_protocols(text);
    case As::text:
      return add_text(row, text);
    case As::plus_text: {
      std::string spaced{text};
      for (char& c : spaced)
        if (c == '+') c = ' ';
      return put(row.path, object(row.of), out_->keep(std::move(spaced)));
    }
    case As::lower:
      return put(row.path, object(row.of), to_lower(text, *out_));
    case As::time:
      return add_time(text);
    case As::date:
      date_ = date_.empty() ? text : out_->keep(std::string{date_} + ' ' + std::string{text});
      return;
    case As::clock:
      return add_time(date_.empty() ? text : out_->keep(std::string{date_} + ' ' + std::string{text}));
    case As::kind:
      kind_ = text;
      return;
    case As::provider:
      // Channel and provider both tell; the one that names Sysmon decides.
      if (provider_.find("Sysmon") == std::string_view::npos) provider_ = text;
      return;
    case As::address:
      add_address(text);
      return;
    case As::domain:
      if (!add_address(text)) add_domain(text, false);
      return;
    case As::question:
      return add_question(text);
    case As::answer:
      return add_answer(text);
    case As::answers:
      return add_answers(text);
    case As::any:
      add_token(text);
      return;
    case As::host:
      add_host(text, false);
      return;
    case As::http_host:
      http_host_ = text;
      http_row_ = &row;
      return;
    case As::http_uri:
      http_uri_ = text;
      http_row_ = &row;
      return;
    case As::http_query:
      http_query_ = text;
      return;
    case As::http_port:
      http_port_ = text;
      return;
    case As::url:
      add_url(text);
      return;
    case As::hash:
      return add_hash(row.of, text);
    case As::hashes:
      return add_hashes(row.of, text);
    case As::file_path:
      return add_path(row.of, text);
    case As::process_path:
      return add_process(row.of, text);
    case As::program:
      program_ = text;
      program_row_ = &row;
      return;
    case As::pid:
      return add_pid(row, text);
    case As::email:
      return add_emails(row.path, text);
    case As::subject:
      subject_ = text;
      subject_row_ = &row;
      return;
    case As::registry_key:
      return add_registry(false, text);
    case As::registry_value:
      return add_registry(true, text);
    case As::line:
      line_ = text;
      return;
    case As::nothing:
    case As::digits:
    case As::begin:
    case As::json:
    case As::pair_name:
    case As::pair_value:
    case As::count_:
      return;
  }
}

/// Another object of that kind begins: what belonged to the last one is complete.
void Recorder::begin_object(Of of) {
  const auto forget = [&](Of one) { objects_[static_cast<std::size_t>(one)] = no_object; };
  if (of == Of::process) {
    add_program();
    for (const auto one : {Of::image, Of::parent, Of::parent_image, Of::other, Of::other_image}) forget(one);
  }
  if (of == Of::connection) source_ = destination_ = destination_port_ = {};
  forget(of);
}

void Recorder::add_time(std::string_view text) {
  if (timed_) return;
  auto time = to_time(text);
  if (!time) [[unlikely]]
    time = to_log_time(text, system_clock().now());
  if (time) out_->set_time(*time), timed_ = true;
}

void Recorder::add_text(const Row& row, std::string_view text) {
  put(row.path, object(row.of), text);
  if (row.of == Of::parent && row.path == Path::process_command_line)
    put(Path::process_parent_command_line, object(Of::process), text);
}

void Recorder::add_end(std::string_view text, Path reference, std::string_view& seen) {
  auto address = to_address(text, *out_);
  if (address.text.empty()) [[unlikely]]
    address = {to_domain(text, *out_, true), Path::domain_name_value};
  if (address.text.empty() || seen == address.text) return;
  if (!seen.empty()) {  // a second source: an address like any other
    put_own(address.path, address.text);
    return;
  }
  seen = address.text;
  put(address.path, out_->next_object(), address.text);
  put(reference, object(Of::connection), address.text);
}

/// Suricata writes an IPv6 address in all its eight groups and its port behind one more colon.
void Recorder::add_end_and_port(const Row& row, std::string_view text) {
  const bool source = row.as == As::source_and_port;
  auto parts = split_port(text);
  if (parts.port.empty() && to_address(text, *out_).text.empty())
    if (const auto colon = text.rfind(':'); colon != std::string_view::npos)
      parts = {text.substr(0, colon), text.substr(colon + 1)};
  source ? add_end(parts.host, Path::network_src_ref_value, source_)
         : add_end(parts.host, Path::network_dst_ref_value, destination_);
  if (!is_decimal(parts.port)) return;
  if (!source) destination_port_ = parts.port;
  put(source ? Path::network_src_port : Path::network_dst_port, object(Of::connection), parts.port);
}

void Recorder::add_question(std::string_view text) {
  if (add_address(text)) return;
  if (const auto domain = to_domain(text, *out_); !domain.empty())
    question_ = put_own(Path::domain_name_value, domain);
}

void Recorder::add_answer(std::string_view text) {
  auto answer = to_address(text, *out_);
  if (answer.text.empty()) answer = {to_domain(text, *out_, true), Path::domain_name_value};
  if (answer.text.empty()) return;
  const auto number = put_own(answer.path, answer.text);
  if (question_ != no_object && number != question_)
    put(Path::domain_name_resolves_to_refs_value, question_, answer.text);
}

bool Recorder::add_address(std::string_view text) {
  const auto address = to_address(text, *out_);
  if (address.text.empty()) return false;
  put_own(address.path, address.text);
  return true;
}

bool Recorder::add_domain(std::string_view text, bool dotted) {
  const auto domain = to_domain(text, *out_, dotted);
  if (domain.empty()) return false;
  put_own(Path::domain_name_value, domain);
  return true;
}

bool Recorder::add_host(std::string_view text, bool dotted) {
  if (add_address(text)) return true;
  const auto host = split_port(text).host;
  return add_address(host) || add_domain(host, dotted);
}

bool Recorder::add_url(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == 0 || scheme == std::string_view::npos || scheme > 16) return false;
  put_own(Path::url_value, text);
  auto host = text.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#\\"));
  host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0
  add_host(host, false);
  return true;
}

/// "type:  5 name;::ffff:192.0.2.1;"
void Recorder::add_answers(std::string_view text) {
  for_each_part(text, ";", [&](std::string_view part) {
    part = trim(part);
    if (const auto space = part.rfind(' '); space != std::string_view::npos) part.remove_prefix(space + 1);
    add_answer(part);
  });
}

void Recorder::add_protocols(std::string_view text) {
  for_each_part(text, ",", [&](std::string_view part) {
    for (const auto& known : protocol_numbers)
      if (part == known.number) part = known.name;
    if (part.find('/') != std::string_view::npos) return;  // Kerberos names its services so
    put(Path::network_protocols, object(Of::connection), to_lower(part, *out_));
  });
}

void Recorder::add_hash(Of of, std::string_view text) {
  if (text.find(':') != std::string_view::npos) {  // Suricata writes fingerprints as aa:bb:cc
    std::string plain;
    for (const char c : text)
      if (c != ':') plain += c;
    text = out_->keep(std::move(plain));
  }
  if (!is_hex(text)) return;
  const auto put_as = [&](const HashPaths& paths, Of object_of) {
    if (const auto path = hash_path(paths, text.size()); path != Path::count_)
      put(path, object(object_of), to_lower(text, *out_));
  };
  if (of == Of::certificate) return put_as(certificate_hashes, of);
  if (of == Of::process) {
    put_as(image_hashes, Of::process);
    return put_as(file_hashes, Of::image);
  }
  put_as(file_hashes, of);
}

void Recorder::add_hashes(Of of, std::string_view list) {
  for_each_part(list, ",", [&](std::string_view part) {
    const auto equals = part.find('=');
    // An import hash looks like an MD5 and is none.
    if (equals == std::string_view::npos) return add_hash(of, part);
    const auto label = part.substr(0, equals);
    if (label == "MD5" || label == "SHA1" || label == "SHA256" || label == "SHA512")
      add_hash(of, part.substr(equals + 1));
  });
}

void Recorder::add_path(Of of, std::string_view path) {
  if (path == "-") return;
  const auto number = object(of);
  const auto slash = path.find_last_of("\\/");
  put(Path::file_name, number, path.substr(slash + 1));  // npos + 1 is 0
  if (slash == std::string_view::npos || slash == 0) return;
  const auto folder = path.substr(0, slash);
  put(Path::file_parent_directory_path, number, folder);
  put_own(Path::directory_path, folder);
}

void Recorder::add_process(Of of, std::string_view path) {
  if (path == "-") return;
  const auto slash = path.find_last_of("\\/");
  const auto name = path.substr(slash + 1);  // npos + 1 is 0
  put(Path::process_image_name, object(of), name);
  if (of == Of::parent) put(Path::process_parent_image_name, object(Of::process), name);
  if (slash != std::string_view::npos && slash != 0)
    put(Path::process_image_parent_directory_path, object(of), path.substr(0, slash));
  add_path(of == Of::parent ? Of::parent_image : of == Of::other ? Of::other_image : Of::image, path);
}

/// What was only called a path: of the program when the record speaks of a process.
void Recorder::add_program() {
  if (program_.empty()) return;
  if (traced_) note_row(program_row_);
  const bool runs = objects_[static_cast<std::size_t>(Of::process)] != no_object;
  runs ? add_process(Of::process, program_) : add_path(Of::file, program_);
  program_ = {};
}

void Recorder::add_pid(const Row& row, std::string_view text) {
  if (text.starts_with("0x")) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), number, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return;
    text = out_->keep(std::to_string(number));
  }
  if (!is_decimal(text)) return;
  const bool said = row.path != Path::count_;
  put(said ? row.path : Path::process_pid, object(said ? row.of : Of::process), text);
}

void Recorder::add_emails(Path reference, std::string_view text) {
  for_each_part(text, " \t,;<>\"'()", [&](std::string_view part) {
    if (!is_email(part)) return;
    put_own(Path::email_addr_value, part);
    if (reference != Path::count_) put(reference, object(Of::message), part);
  });
}

void Recorder::add_registry(bool with_value, std::string_view key) {
  for (const auto& hive : hives) {
    if (!key.starts_with(hive.brief)) continue;
    key = out_->keep(std::string{hive.full} + std::string{key.substr(hive.brief.size())});
    break;
  }
  const auto number = object(Of::registry);
  const auto last = with_value ? key.rfind('\\') : std::string_view::npos;
  put(Path::registry_key, number, key.substr(0, last));
  if (last != std::string_view::npos) put(Path::registry_value_name, number, key.substr(last + 1));
}

void Recorder::add_http() {
  if (traced_) note_row(http_row_);
  if (!http_query_.empty() && !http_uri_.empty())
    http_uri_ = out_->keep(std::string{http_uri_} + '?' + std::string{http_query_});
  if (!http_host_.empty()) {
    add_host(http_host_, false);
    if (!http_uri_.empty()) put(Path::network_http_host, object(Of::connection), http_host_);
  }
  if (http_uri_.empty()) return;
  put(Path::network_http_request_value, object(Of::connection), http_uri_);
  if (http_uri_.front() != '/') {  // to a proxy: a whole URL, or CONNECT's host:port
    if (!add_url(http_uri_)) add_host(http_uri_, true);
    return;
  }
  if (http_host_.empty()) return;
  const auto url = [&](std::string_view port) {
    std::string text;
    text.reserve(http_host_.size() + http_uri_.size() + port.size() + 8);
    text.append("http://").append(http_host_);
    if (!port.empty()) text.append(":").append(port);
    put_own(Path::url_value, out_->keep(std::move(text.append(http_uri_))));
  };
  url({});
  const auto port = http_port_.empty() ? destination_port_ : http_port_;
  if (is_decimal(port) && port != "80" && split_port(http_host_).port.empty()) url(port);
}

bool Recorder::add_token(std::string_view token) {
  if (add_url(token) || add_address(token)) return true;
  const auto [host, port] = split_port(token);
  if (!port.empty() && add_address(host)) return true;
  if (is_email(token)) {
    put_own(Path::email_addr_value, token);
    return true;
  }
  if (is_hex(token))
    if (const auto path = hash_path(file_hashes, token.size()); path != Path::count_) {
      put_own(path, to_lower(token, *out_));
      return true;
    }
  return add_domain(host, true);
}

void Recorder::finish() {
  if (!http_host_.empty() || !http_uri_.empty()) add_http();
  if (!program_.empty()) add_program();
  if (!timed_ && !date_.empty()) add_time(date_);
  if (!subject_.empty()) add_subject();
  if (traced_) note_row(nullptr);
}

/// Of a certificate when the record speaks of one, else of a message.
void Recorder::add_subject() {
  if (traced_) note_row(subject_row_);
  const bool certified = objects_[static_cast<std::size_t>(Of::certificate)] != no_object;
  put(certified ? Path::x509_subject : Path::email_message_subject,
      object(certified ? Of::certificate : Of::message), subject_);
}

}  // namespace tocsin::observe
