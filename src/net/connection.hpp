#pragma once

/// One connection of the server, and the loop (one thread, one io_context) that it lives on.
///
/// A connection is always in one phase; `run()` does what the phase allows until it must wait for the socket,
/// the handler, or a stream's source. Answers and wakes of other threads reach it as the loop's mail.
/// Threads: all of a connection runs on its loop's thread; answer() and wake() may come from any.

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/published.hpp"
#include "net/request_parser.hpp"
#include "net/responder_target.hpp"
#include "net/server.hpp"
#include "net/tls.hpp"

namespace tocsin::net {

using SteadyClock = std::chrono::steady_clock;
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, Executor>;

/// How many connections there are, in all and per address. Any thread.
class Admission {
 public:
  Admission(std::size_t connections_max, std::size_t per_address_max)
      : connections_max_{connections_max}, per_address_max_{per_address_max} {}

  bool enter(const std::string& address);
  void leave(const std::string& address);
  std::size_t count() const;
  bool wait_until_empty(std::chrono::milliseconds limit);

 private:
  const std::size_t connections_max_, per_address_max_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t count_ = 0;                           // guarded by mutex_
  std::map<std::string, std::size_t> per_address_;  // guarded by mutex_
};

/// What all connections of one server share.
struct Shared {
  Shared(ServerOptions server_options, Handler server_handler, std::shared_ptr<const SSL_CTX> context)
      : options{std::move(server_options)},
        handler{std::move(server_handler)},
        tls{std::move(context)},
        admission{options.connections_max, options.connections_per_address_max} {}

  const ServerOptions options;
  Handler handler;
  Published<SSL_CTX> tls;
  Admission admission;
  std::atomic<std::size_t> body_bytes{0};  ///< of all requests that are being read
};

class Connection;

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(std::shared_ptr<Shared> shared);

  /// Any thread. Mail to a loop that has ended is dropped.
  void deliver(std::shared_ptr<Connection> to, Answer answer);
  void wake(std::shared_ptr<Connection> connection);

  // The rest: on the loop's thread.
  void adopt(Socket socket, std::string address);
  void forget(Connection* connection);
  void drain();      ///< closes what is idle, ends streams, lets answers finish
  void close_all();  ///< and takes no more mail
  bool draining() const { return draining_; }
  std::string_view date();  ///< for the Date field, made once a second

  boost::asio::io_context context{1};
  const std::shared_ptr<Shared> shared;
  std::vector<char> input;   ///< scratch for what was read
  std::vector<char> output;  ///< scratch for what is written

 private:
  struct Mail {
    std::shared_ptr<Connection> to;
    Answer answer;
  };
  std::vector<std::shared_ptr<Connection>> all() const;
  void post_reading();  // mutex_ is held
  void read_mail();

  std::mutex mutex_;
  std::vector<Mail> answers_;                       // guarded by mutex_
  std::vector<std::shared_ptr<Connection>> woken_;  // guarded by mutex_
  bool reading_posted_ = false;                     // guarded by mutex_
  bool ended_ = false;                              // guarded by mutex_

  std::vector<Mail> answers_taken_;
  std::vector<std::shared_ptr<Connection>> woken_taken_;
  std::size_t woken_next_ = 0;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  bool draining_ = false;
  bool closed_ = false;
  std::string date_;
  SteadyClock::time_point date_made_;
};

class Connection final : public Responder::Target, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Loop> loop, Socket socket, std::string address);

  // Any thread.
  void answer(Answer answer) override;
  void wake();

  // On the loop's thread.
  void open();
  void take_answer(Answer answer);
  void take_wake();
  void drain();
  void close(bool abort = false);

 private:
  enum class Phase { handshake, reading, handling, writing, streaming, lingering, closed };
  /// Up to three parts that leave as one: a head, shared bytes, a tail.
  struct Output {
    std::string head;
    std::shared_ptr<const std::string> body;
    std::string_view tail;
    std::size_t sent = 0;
    std::size_t size() const { return head.size() + (body ? body->size() : 0) + tail.size(); }
    std::string_view next(std::vector<char>& scratch) const;
  };

  void run();
  // Each returns true when the phase moved on, false when it must wait or the connection closed.
  bool handshake();
  bool read();
  bool write();
  bool stream();
  bool linger();

  void feed(std::string_view bytes);
  void handle();
  void refuse(Refusal refusal);  // by value: it may come out of the parser, which ends here
  void begin_answer(Answer answer);
  bool flush();
  void discard_input();
  void end();
  bool account_body(std::size_t bytes);

  void wait_readable();
  void wait_writable();
  void wait_or_close(int result);
  void set_deadline(SteadyClock::time_point at);
  void arm_timer();
  void on_deadline();

  const std::shared_ptr<Loop> loop_;
  const std::string address_;
  Socket socket_;
  Timer timer_;
  TlsSession tls_;
  Phase phase_ = Phase::handshake;
  std::string client_certificate_;

  std::string input_;  // read, not yet parsed: the rest of a head, or requests sent ahead
  std::unique_ptr<RequestParser> parser_;
  SteadyClock::time_point request_began_;
  std::size_t body_bytes_accounted_ = 0;
  bool said_continue_ = false;

  std::optional<Answer> early_answer_;  // given while the handler still ran
  bool head_method_ = false, http_1_1_ = true, keep_alive_ = true, refused_ = false;

  Output output_;
  bool blocked_ = false;  // the socket took no more of the output
  std::unique_ptr<StreamSource> source_;
  bool chunked_ = false, last_chunk_ = false;
  std::size_t discarded_bytes_ = 0;
  std::atomic<bool> wake_pending_{false};

  bool waits_readable_ = false, waits_writable_ = false;
  SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
  SteadyClock::time_point timer_at_ = SteadyClock::time_point::max();
  std::uint64_t timer_round_ = 0;
};

}  // namespace tocsin::net
