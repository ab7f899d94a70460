#pragma once

/// What stands behind a `Responder`: a connection, or a test that calls a handler without a network.
///
/// Contract: answer() is called exactly once, by any thread.

#include <memory>

#include "net/server.hpp"

namespace tocsin::net {

struct Answer {
  Response response;
  std::unique_ptr<StreamSource> source;  ///< null: the response is whole
};

class Responder::Target {
 public:
  virtual ~Target() = default;
  virtual void answer(Answer answer) = 0;
};

}  // namespace tocsin::net
