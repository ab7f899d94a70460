#pragma once

/// Walks one JSON object along the fields that a format knows and hands each value to a sink.
///
/// Source:  RFC 8259; simdjson On-Demand: what no row names is skipped unread.
/// Threads: one thread at a time.

#include <memory>
#include <string_view>

#include "observe/fields.hpp"

namespace tocsin::observe {

/// Bytes that must be readable behind a line that is parsed in place.
inline constexpr std::size_t padding_bytes = 64;

class JsonWalker {
 public:
  /// Takes the values in their order in the line.
  class Sink {
   public:
    virtual ~Sink() = default;
    /// `text` lies in the line, or is kept by `keep` when it held escapes. Empty for an object that begins.
    virtual void value(Fields::NodeId field, std::string_view text) = 0;
    virtual std::string_view keep(std::string_view text) = 0;
  };

  JsonWalker();
  ~JsonWalker();

  /// Arrays are walked element by element. nullptr, or why `line` is no JSON object: what the sink took
  /// before is then worth nothing. `line` is followed by `padding_bytes`.
  const char* walk(std::string_view line, const Fields& fields, Fields::NodeId from, Sink& sink);
  /// The same by the general way alone, which decides what a line is (see plain_walk.hpp).
  const char* walk_any(std::string_view line, const Fields& fields, Fields::NodeId from, Sink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::observe
