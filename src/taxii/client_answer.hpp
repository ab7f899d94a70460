#pragma once

/// What other TAXII servers answer, read as they mean it: lenient where servers differ, strict where a guess
/// could lose an object.
///
/// Source:  TAXII 2.1 §3.6, §3.7, §4.1, §5.1, §5.3.
/// Errors:  invalid_input, naming the member and the rule.
/// Threads: pure functions; a PageReader belongs to one thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::taxii::client {

/// One object of an envelope.
struct Object {
  std::string_view bytes;    ///< exactly as the server sent them
  std::string_view id;       ///< empty when it has none
  std::string_view version;  ///< `modified`, else `created`, else empty
};

struct Envelope {
  std::vector<Object> objects;
  bool more = false;
  std::string next;  ///< empty: none
};

class PageReader {
 public:
  PageReader();
  ~PageReader();
  PageReader(PageReader&&) noexcept;
  PageReader& operator=(PageReader&&) noexcept;

  /// The views last until the next read. A bundle is taken in place of an envelope.
  /// Errors: invalid_input also for more than `objects_max` objects.
  Result<Envelope> read(std::string_view body, std::size_t objects_max);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Discovery {
  std::vector<std::string> api_roots;  ///< as written, the default first
};
/// What stands at a URL of which nobody said what it is.
struct Resource {
  std::optional<Discovery> discovery;  ///< absent: it is an API root
};
Result<Resource> read_resource(std::string_view body);

struct Collection {
  std::string id, title, alias;
  bool can_read = false;
};
Result<std::vector<Collection>> read_collections(std::string_view body);

struct ManifestRecord {
  std::string id, version;
  Timestamp date_added;
};
/// Records whose date cannot be read are left out.
Result<std::vector<ManifestRecord>> read_manifest(std::string_view body);

/// Title and description of an error resource, for a person; empty when the body is none.
std::string read_error(std::string_view body);

}  // namespace tocsin::taxii::client
