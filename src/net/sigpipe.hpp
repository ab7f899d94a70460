#pragma once

/// While it lives, writing to a connection that the peer has closed raises no SIGPIPE on this thread: for
/// libraries that write without MSG_NOSIGNAL. The program's own handling of the signal stays as it is.
///
/// Threads: belongs to the thread that made it.

#include <csignal>
#include <ctime>

namespace tocsin::net {

class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    // Taken away before the mask falls, unless it is somebody else's.
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

}  // namespace tocsin::net
