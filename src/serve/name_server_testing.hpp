#pragma once

/// A name server for tests: answers TXT questions over UDP on loopback, from a table (RFC 1035 §4).

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace tocsin::serve {

class NameServer {
 public:
  explicit NameServer(std::map<std::string, std::vector<std::string>> texts) : texts_{std::move(texts)} {
    socket_ = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    socklen_t size = sizeof own;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size), 0);
    port_ = ntohs(own.sin_port);
    const timeval soon{.tv_sec = 0, .tv_usec = 20'000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    thread_ = std::thread{[this] { run(); }};
  }
  ~NameServer() {
    stopping_ = true;
    thread_.join();
    ::close(socket_);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Answers nothing until release().
  void hold() { held_ = true; }
  void release() { held_ = false; }

 private:
  void run() {
    std::array<char, 1500> packet{};
    while (!stopping_) {
      sockaddr_in from{};
      socklen_t from_size = sizeof from;
      if (held_) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        continue;
      }
      const auto size = ::recvfrom(socket_, packet.data(), packet.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &from_size);
      if (size < 12) continue;
      const auto answer = answer_to({packet.data(), static_cast<std::size_t>(size)});
      ::sendto(socket_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), from_size);
    }
  }

  std::string answer_to(const std::string& asked) const {
    std::string name;
    std::size_t at = 12;
    while (asked[at] != 0) {
      const auto size = static_cast<std::size_t>(asked[at]);
      name += (name.empty() ? "" : ".") + asked.substr(at + 1, size);
      at += size + 1;
    }
    const auto found = texts_.find(name);
    const auto count = found == texts_.end() ? std::size_t{0} : found->second.size();
    std::string answer = asked.substr(0, 2) + "\x81";   // an answer, recursion desired
    answer += found == texts_.end() ? '\x83' : '\x80';  // no such name, or no error
    answer += asked.substr(4, 2) + two_bytes(count) + two_bytes(0) + two_bytes(0);
    answer += asked.substr(12, at + 5 - 12);  // the question again
    if (count == 0) return answer;
    for (const auto& text : found->second) {
      std::string strings;
      for (std::size_t from = 0; from < text.size(); from += 255) {
        const auto part = text.substr(from, 255);
        strings += static_cast<char>(part.size()) + part;
      }
      answer += "\xC0\x0C" + two_bytes(16) + two_bytes(1) + two_bytes(0) + two_bytes(60) +
                two_bytes(strings.size()) + strings;
    }
    return answer;
  }

  static std::string two_bytes(std::size_t number) {
    return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xFFU)};
  }

  const std::map<std::string, std::vector<std::string>> texts_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false}, held_{false};
  std::thread thread_;
};

}  // namespace tocsin::serve
