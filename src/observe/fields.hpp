#pragma once

/// Tables that say what the fields of a log format mean, and their look-up by name.
///
/// A format is a list of `Row`s. Reading a format is: find the row of a field, hand row and value to the
/// `Recorder`.
/// Threads: a `Fields` is read-only once made.

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stix/observation.hpp"

namespace tocsin::observe {

/// How a value is read. Those that need no path know theirs. Mapping files name them by these words.
enum class As : std::uint8_t {
  nothing,
  begin,             ///< an object of a list begins: what follows describes another one of that kind
  text,              ///< as it stands
  plus_text,         ///< with '+' for each space
  lower,             ///< in lower case
  number,            ///< only when all digits
  digits,            ///< the same, and not told: a template's line must have it there
  time,              ///< the record's own time
  date,              ///< a part of it, followed by
  clock,             ///< the part that has the hour
  kind,              ///< which kind of record this is: Zeek's log, Windows' event number
  provider,          ///< who wrote a Windows event
  source,            ///< address a connection comes from
  destination,       ///< address it goes to
  destination_port,  ///< number
  source_and_port,   ///< address:port
  destination_and_port,
  protocols,       ///< one or more protocol names, comma-separated
  address,         ///< an address of its own, otherwise ignored
  domain,          ///< a name of its own, or an address
  question,        ///< `domain` that was asked for: the record's answers are what it resolves to
  answer,          ///< what a name led to: an address or a dotted name; other texts are ignored
  answers,         ///< Windows' list of them, split by semicolons
  any,             ///< whatever it looks like
  host,            ///< a name or address, perhaps with a port
  http_host,       ///< `host`, and the first half of the request's URL
  http_uri,        ///< the second half
  http_query,      ///< what stands behind its '?', when it stands in a field of its own
  http_port,       ///< the port of the URL when the connection's own does not say it
  url,             ///< absolute, of its own
  hash,            ///< the algorithm follows from the length
  hashes,          ///< "MD5=…,SHA256=…"
  file_path,       ///< name and folder
  process_path,    ///< name and folder of the file that a process runs: the file is an object too
  program,         ///< `process_path` when the record speaks of a process, else `file_path`
  pid,             ///< decimal or 0x…
  email,           ///< e-mail addresses within a text; `Row::path` says whose
  subject,         ///< of a message, or of a certificate when the record speaks of one
  registry_key,    ///< with its hive spelled out
  registry_value,  ///< a key and the value's name behind the last backslash
  json,            ///< a JSON object inside a string
  pair_name,       ///< the name of a field whose value stands beside it
  pair_value,      ///< that value
  line,            ///< a log line of any other format, else running text
  count_
};

/// Objects that several fields describe together, so that comparisons joined by AND agree on them.
enum class Of : std::uint8_t {
  own,
  connection,
  file,
  process,
  image,
  parent,
  parent_image,
  other,  ///< a process that the first one acts on
  other_image,
  certificate,
  message,
  registry,
  count_
};

struct Row {
  std::string_view kind;   ///< logs or events that the row is for, separated by spaces; empty: any
  std::string_view field;  ///< levels of nesting separated by '/'
  As as = As::nothing;
  Of of = Of::own;
  stix::Path path = stix::Path::count_;
};

/// One level of names, or a leaf with the rows that read it.
struct Node {
  std::string_view name{};
  const Row* only = nullptr;  ///< the row, when there is one and it is for any kind of record
  std::uint16_t first_row = 0;
  std::uint16_t rows = 0;
  bool inner = false;
};

/// The words of mapping files.
std::string_view name(As as);
std::string_view name(Of of);
std::optional<As> as_named(std::string_view name);
std::optional<Of> of_named(std::string_view name);

class Fields {
 public:
  using NodeId = std::uint16_t;
  static constexpr NodeId root = 0;
  static constexpr NodeId unknown = 0;  ///< the root is nobody's child

  struct Table {
    std::span<const Row> rows;
    std::vector<std::string_view> prefixes{};  ///< each row is found below each of these; empty: as it stands
    bool underscores = false;                  ///< "id.orig_h" is also found as "id_orig_h"
    bool dots = false;                         ///< "source/ip" is also found as "source.ip"
  };
  /// At most `levels_max` levels of names: see `levels`.
  explicit Fields(std::span<const Table> tables);
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  /// An upper bound of the names that a table needs.
  static constexpr std::size_t levels_max = 30'000;
  static std::size_t levels(const Table& table);

  /// Bytes readable behind every name given to `find`.
  static constexpr std::size_t padding_bytes = 8;
  NodeId find(NodeId parent, std::string_view name) const;
  /// The same for a name with nothing behind it.
  NodeId find_copy(NodeId parent, std::string_view name) const;
  const Node& node(NodeId id) const { return nodes_[id]; }

  /// The row of a field for this kind of record: its own, else the one for any; nullptr: none.
  const Row* row(NodeId id, std::string_view kind) const {
    return nodes_[id].only != nullptr ? nodes_[id].only : row_for(id, kind);
  }
  std::span<const Row> rows(NodeId id) const {
    return {rows_.data() + nodes_[id].first_row, nodes_[id].rows};
  }

 private:
  struct Slot {  // small, so that all slots of a format stay in the nearest cache
    std::uint32_t hash = 0;
    NodeId parent = 0;
    NodeId child = unknown;
  };
  NodeId add(NodeId parent, std::string_view name);
  const Row* row_for(NodeId id, std::string_view kind) const;
  void add_rows(const Table& table);
  void add_path(std::string_view path, std::size_t first_row, std::size_t rows);

  std::vector<Row> rows_;  // rows of the same field side by side
  std::vector<Node> nodes_{1};
  std::vector<Slot> slots_;            // open addressing, a power of two
  std::deque<std::string> spellings_;  // names that we made; a deque, so that views stay good
};

}  // namespace tocsin::observe
