#pragma once

/// Words between members about an object whose author they may not know: a question, a request to release, an
/// answer.
///
/// Contract: only the two ends read a message, and neither learns the other's name from it. A release is
/// taken from the
///           object's owner alone, and lets who received the object share it into the circle that it names.
/// Source:   design 3a (Attribution, Ownership).
/// Threads:  as share.hpp.

#include <functional>
#include <string>

#include "circle/sequencer.hpp"

namespace tocsin::circle {

struct MessageRequest {
  policy::Principal principal;
  CircleId circle;
  std::string act;        ///< "ask", "request-release", "release", "answer"
  std::string id;         ///< the object
  std::string text;       ///< at most 4000 bytes
  std::string to_circle;  ///< for releases: a circle's UUID
  std::function<void(Result<log::Appended>)> done;
};
/// Errors: not_found (no such object for this principal), denied (not the owner), invalid_input.
Command message_command(MessageRequest request);

}  // namespace tocsin::circle
