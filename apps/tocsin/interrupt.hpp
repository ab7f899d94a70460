#pragma once

/// What a verb that runs until it is told to stop does on SIGINT and SIGTERM.
/// Threads: made before any other thread exists, so that all of them leave the signals to its own.

#include <pthread.h>

#include <csignal>
#include <functional>
#include <thread>
#include <utility>

namespace tocsin::cli {

class InterruptWatch {
 public:
  InterruptWatch() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  ~InterruptWatch() { end(); }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  /// `stop` runs at the first signal, unless end() came before: call that while what `stop` touches still
  /// lives.
  void watch(std::function<void()> stop) {
    thread_ = std::thread{[this, stop = std::move(stop)] {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (signal != SIGUSR1) stop();
    }};
  }
  void end() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
  }

 private:
  sigset_t signals_{};
  std::thread thread_;
};

}  // namespace tocsin::cli
