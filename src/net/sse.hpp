#pragma once

/// Server-Sent Events, read as they arrive.
///
/// Source:  WHATWG HTML §9.2.6 (interpreting an event stream).
/// Errors:  invalid_input when an event grows past `event_bytes_max`; the parser is then of no further use.
/// Threads: one thread.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::net {

struct SseEvent {
  std::string name = "message";
  std::string data;
  std::string id;
};

class SseParser {
 public:
  explicit SseParser(std::size_t event_bytes_max = 8 << 20) : event_bytes_max_{event_bytes_max} {}

  /// Takes any piece of the stream and calls `on_event` for each event that it completes. Stops early, and
  /// drops what follows in this piece, when `on_event` returns false.
  Status feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event);

 private:
  bool take_line(const std::function<bool(const SseEvent&)>& on_event);

  std::size_t event_bytes_max_;
  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool first_line_ = true;
};

}  // namespace tocsin::net
