#include "demo/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace tocsin::demo {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

Error system_error(const std::string& what) {
  return {Errc::unavailable, what + ": " + std::strerror(errno)};
}

/// After fork: only calls that are safe in a copy of a process with threads.
[[noreturn]] void become(char* const* arguments, const char* program, int output, int log, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_DFL);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(program, arguments);
  _exit(127);
}

}  // namespace

std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : path.string();
}

Result<Child> Child::start(const std::vector<std::string>& arguments, const std::string& log_path) {
  std::vector<char*> raw;
  std::string name = "tocsin";
  raw.push_back(name.data());
  for (const auto& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("a pipe");
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) {
    auto error = system_error(log_path);
    close(ends[0]);
    close(ends[1]);
    return error;
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  // The link itself is opened: it leads to this very program, even if the file was replaced meanwhile.
  if (pid == 0) become(raw.data(), "/proc/self/exe", ends[1], log, parent);
  close(ends[1]);
  close(log);
  if (pid < 0) {
    auto error = system_error("a process");
    close(ends[0]);
    return error;
  }
  return Child{pid, ends[0]};
}

Child::Child(Child&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      output_{std::exchange(other.output_, -1)},
      code_{other.code_},
      read_{std::move(other.read_)} {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(code_, other.code_);
  std::swap(read_, other.read_);
  return *this;
}

Result<bool> Child::read_more(Steady::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Steady::now()).count();
    pollfd ready{output_, POLLIN, 0};
    const int count = left <= 0 ? 0 : poll(&ready, 1, static_cast<int>(left));
    if (count < 0 && errno == EINTR) return Error{Errc::unavailable, "interrupted"};
    if (count == 0) return Error{Errc::unavailable, "no answer in time"};
    std::array<char, 8192> buffer{};
    const auto size = read(output_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    read_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
}

Result<std::string> Child::read_line(milliseconds wait_max) {
  const auto deadline = Steady::now() + wait_max;
  for (;;) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      auto line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    const auto more = read_more(deadline);
    if (!more) return more.error();
    if (!*more) return Error{Errc::unavailable, "it ended"};
  }
}

Result<Child::End> Child::finish(milliseconds wait_max) {
  const auto deadline = Steady::now() + wait_max;
  for (;;) {
    const auto more = read_more(deadline);
    if (!more) return more.error();
    if (!*more) break;
  }
  if (!wait(wait_max)) return Error{Errc::unavailable, "it does not end"};
  return End{code_, std::move(read_)};
}

bool Child::wait(milliseconds wait_max) {
  const auto deadline = Steady::now() + wait_max;
  while (pid_ > 0) {
    int status = 0;
    const auto ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno == ECHILD)) {
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
      pid_ = -1;
      break;
    }
    if (Steady::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds{1});
  }
  return true;
}

bool Child::running() {
  return pid_ > 0 && !wait(milliseconds{0});
}

int Child::stop(milliseconds wait_max) {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    if (!wait(wait_max)) {
      kill(pid_, SIGKILL);
      (void)wait(std::chrono::seconds{60});
    }
  }
  if (output_ >= 0) close(std::exchange(output_, -1));
  return code_;
}

}  // namespace tocsin::demo
