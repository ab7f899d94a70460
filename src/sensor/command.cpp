#include "sensor/command.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "base/text.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::size_t said_max = 512;

std::vector<std::string> bare_environment() {
  std::vector<std::string> out;
  for (const char* name : {"PATH", "HOME", "LANG"})
    if (const char* value = std::getenv(name)) out.push_back(std::string{name} + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

Status run_command(const std::vector<std::string>& words, std::chrono::milliseconds limit,
                   const std::atomic<bool>& stopping) {
  if (words.empty()) return Error{Errc::invalid_input, "an empty command"};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{Errc::unavailable, std::strerror(errno)};
  (void)::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // ours alone: programs take it amiss when their output is so
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  auto copies = words, environment = bare_environment();
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, words.front().c_str(), &actions, &attributes,
                                    pointers(copies).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return Error{Errc::unavailable, words.front() + ": " + std::strerror(failed)};
  }
  std::string said;
  const auto listen = [&] {
    std::array<char, 4096> piece{};
    for (ssize_t count = 0; (count = ::read(ends[0], piece.data(), piece.size())) > 0;) {
      said.append(piece.data(), static_cast<std::size_t>(count));
      if (said.size() > said_max) said.erase(0, said.size() - said_max);
    }
  };
  const auto end = std::chrono::steady_clock::now() + limit;
  int status = 0;
  bool in_time = true;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    listen();
    if (in_time && (stopping.load() || std::chrono::steady_clock::now() > end)) {
      in_time = false;
      ::kill(-child, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  listen();
  ::close(ends[0]);
  if (!in_time)
    return Error{Errc::unavailable,
                 words.front() + ": it took more than " + std::to_string(limit.count()) + " ms"};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const auto code = WIFEXITED(status) ? "code " + std::to_string(WEXITSTATUS(status))
                                      : "signal " + std::to_string(WTERMSIG(status));
  const auto words_said = trim(said);
  return Error{Errc::unavailable, words.front() + " ended with " + code +
                                      (words_said.empty() ? "" : ": " + printable(words_said))};
}

}  // namespace tocsin::sensor
