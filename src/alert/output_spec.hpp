#pragma once

/// Where alerts go, as a user writes it.
///
///   jsonl:FILE  ecs:FILE  cef:FILE                      "-" is standard output
///   syslog:unix:///dev/log  syslog:udp://HOST:PORT  syslog:tcp://HOST:PORT  syslog:tls://HOST:PORT
///   hec:https://HOST[:PORT][/PATH]   webhook:https://HOST[:PORT]/PATH
/// Behind those of the network stand options, a space before each: form=json|ecs|cef, ca-file=FILE,
/// secret-file=FILE or secret-env=NAME. A secret itself is no option: who lists processes or reads a
/// configuration would see it. Source:  docs/guides/alerts.md. Errors: invalid_input, naming the output.
/// Threads: pure functions.

#include <string>
#include <string_view>

#include "alert/forms.hpp"
#include "base/result.hpp"

namespace tocsin::alert {

struct OutputSpec {
  enum class Kind : std::uint8_t { file, syslog, hec, webhook };
  enum class Transport : std::uint8_t { none, unix_socket, udp, tcp, tls };

  std::string text;  ///< as it was given
  Kind kind = Kind::file;
  Form form = Form::json;
  std::string path;                       ///< of a file, a socket, or a URL
  Transport transport = Transport::none;  ///< of syslog
  std::string host, port;                 ///< of syslog
  std::string base_url;                   ///< of HTTPS, without the path
  std::string ca_file, secret_file, secret_env;
};

Result<OutputSpec> parse_output(std::string_view text);

/// What the file or the variable holds now, without white space at its ends; asked before each use, so that a
/// secret may be changed while the sensor runs. Errors: unavailable, naming the place and never the secret.
Result<std::string> read_secret(const OutputSpec& spec);

}  // namespace tocsin::alert
