#pragma once

/// Lists of values that are known to be harmless or shared by many: who blocks them, blocks himself.
///
/// Source:  the list format of misp-warninglists (schema.json): name, type, list, matching_attributes,
///          description, version.
/// Meaning: `string` is equality without case; `hostname` a domain and all below it; `cidr` networks, met by
/// an
///          address or network that lies in one or holds one; `substring` and `regex` (RE2) as they say. A
///          list speaks only of the kinds of value that its matching_attributes name; of all when it names
///          none. A URL that names a whole site (no path but "/") counts as that site; any other URL only
///          when a list holds it literally, for one page on a great site may well be hostile.
/// Threads: built by one thread, then read by many.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "stix/object.hpp"

namespace tocsin::screen {

class Probes;

struct WarningList {
  enum class Type : std::uint8_t { string, substring, hostname, cidr, regex };

  std::string id;  ///< short and stable: the folder's name in the MISP collection
  std::string name, description;
  std::uint64_t version = 0;
  Type type = Type::string;
  std::uint32_t kinds = 0;  ///< `bit_of` each kind of value that it speaks of
  std::vector<std::string> entries;
};

/// The bit of a kind in `WarningList::kinds`.
std::uint32_t bit_of(stix::ValueKind kind);
constexpr std::uint32_t all_kinds = UINT32_MAX;

struct WarningListLimits {
  std::size_t text_bytes_max = 64ULL << 20;  ///< of one file
  std::size_t lists_max = 4096;
  std::size_t entries_max = 5'000'000;  ///< of all lists
  std::size_t entry_bytes_max = 4096;
  std::size_t regexes_max = 1000;  ///< of all lists
  std::int64_t regex_memory_bytes_max = 1 << 20;
};

/// One list. `id` stands for the list when the text itself has none; the list's name is the last resort.
/// Errors: invalid_input, naming the rule: not JSON, an unknown type, entries that are no strings, or a
/// limit.
Result<WarningList> parse_warning_list(std::string_view json, std::string_view id = {},
                                       const WarningListLimits& limits = {});

/// Lists that a hub has on its first day, without network: special and documentation networks, public
/// resolvers, hashes of the empty file, local and example names, some of the largest sites. Their ids begin
/// with "tocsin-"; who needs values out of one of them (a test, an exercise) leaves it out.
std::vector<WarningList> built_in_warning_lists();

/// The lists of a folder or file as `WarningLists::load` takes them, one a line, each with its id: to be
/// handed on. What cannot be read is left out. Errors: not_found, unavailable.
Result<std::string> warning_list_lines(const std::string& path, const WarningListLimits& limits = {});

class WarningLists {
 public:
  WarningLists();  ///< none: nothing is ever held
  /// Of two lists with one id the later counts. Entries that cannot be used are left out and reported by
  /// `refused`.
  explicit WarningLists(std::vector<WarningList> lists, const WarningListLimits& limits = {})
      : WarningLists{std::move(lists), limits, {}} {}
  ~WarningLists();
  WarningLists(WarningLists&&) noexcept;
  WarningLists& operator=(WarningLists&&) noexcept;

  /// Reads a folder (files *.json at most one folder deep, as the MISP collection has them) or a file with
  /// one list a line; `before` stands in front, normally the built-in lists. Errors: not_found, unavailable;
  /// lists that cannot be read are reported by `refused`.
  static Result<WarningLists> load(const std::string& path, std::vector<WarningList> before = {},
                                   const WarningListLimits& limits = {});

  /// The lists that hold the value, in the order in which they were given. Pointers live as long as this.
  std::vector<const WarningList*> check(const stix::Value& value) const;

  /// Ordinary records that hold what the lists hold (probes.hpp). Lives as long as this.
  const Probes& probes() const;

  /// Without their entries, which are kept in a form for searching.
  std::span<const WarningList> lists() const;
  std::size_t entries() const;
  const std::vector<std::string>& refused() const;  ///< "LIST: why", at most 1000

 private:
  struct State;
  WarningLists(std::vector<WarningList> lists, const WarningListLimits& limits,
               std::vector<std::string> refused);

  std::unique_ptr<const State> state_;
};

}  // namespace tocsin::screen
