#pragma once

/// `tocsin pull --taxii`: the objects of a collection on any TAXII 2.1 server, one a line.
/// Threads: one.

#include <cstddef>
#include <string>

#include "verb.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tocsin::cli {

struct TaxiiSource {
  std::string url;         ///< of a collection, an API root, or a discovery; empty: not asked for
  std::string collection;  ///< id, alias or title
  std::string user, password_file, token_file, certificate_file, key_file, ca_file;
  std::string since;       ///< RFC 3339
  std::string state_file;  ///< where the position is kept; empty: nowhere
  std::size_t page_objects = 1000;
};

/// A secret or a certificate out of a file, without the line end that editors put behind it; empty when
/// `path` is. Errors: those of reading; invalid_input for an empty file.
Result<std::string> read_secret(const std::string& path);

/// Adds the options that fill `source`, which must outlive the program's run; gives --taxii, which chooses
/// it.
CLI::Option* add_taxii_options(CLI::App& verb, TaxiiSource& source);

/// Gives the exit code.
int pull_taxii(const Context& context, const TaxiiSource& source);

}  // namespace tocsin::cli
