#include "net/connection.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <charconv>
#include <cstring>

#include "net/response.hpp"

namespace tocsin::net {
namespace {

constexpr std::size_t record_bytes_max = 16 << 10;        // a TLS record's plaintext
constexpr std::size_t body_bytes_inlined_max = 8 << 10;   // smaller bodies ride in the head's buffer
constexpr std::size_t stream_input_bytes_max = 64 << 10;  // what a stream's reader may send before it is cut
constexpr int steps_per_turn_max = 32;                    // then the loop's other connections have their turn
constexpr auto linger_limit = std::chrono::seconds{2};

// The connection whose handler runs on this thread: its answer needs no mail.
thread_local const Connection* in_handler_of = nullptr;

std::string chunk_head(std::size_t size) {
  std::array<char, 20> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), size, 16);
  static_cast<void>(error);
  return std::string(text.data(), end) + "\r\n";
}

}  // namespace

std::string_view Connection::Output::next(std::vector<char>& scratch) const {
  const std::array<std::string_view, 3> parts = {head, body ? std::string_view{*body} : std::string_view{},
                                                 tail};
  std::size_t skip = sent;
  std::size_t gathered = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto part = parts[i];
    const auto skipped = std::min(skip, part.size());
    part.remove_prefix(skipped);
    skip -= skipped;
    if (part.empty()) continue;
    const bool alone = std::all_of(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts.end(),
                                   [](std::string_view later) { return later.empty(); });
    if (gathered == 0 && (alone || part.size() >= record_bytes_max)) return part.substr(0, record_bytes_max);
    const auto taken = std::min(part.size(), record_bytes_max - gathered);
    std::memcpy(scratch.data() + gathered, part.data(), taken);
    gathered += taken;
  }
  return {scratch.data(), gathered};
}

Connection::Connection(std::shared_ptr<Loop> loop, Socket socket, std::string address)
    : loop_{std::move(loop)},
      address_{std::move(address)},
      socket_{std::move(socket)},
      timer_{loop_->context} {}

void Connection::answer(Answer answer) {
  if (in_handler_of == this)
    early_answer_ = std::move(answer);
  else
    loop_->deliver(shared_from_this(), std::move(answer));
}

void Connection::wake() {
  if (!wake_pending_.exchange(true)) loop_->wake(shared_from_this());
}

void Connection::open() {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  // A peer that vanished or stalled must not keep much in the kernel, nor for long.
  const int unsent_bytes = 128 << 10;
  const auto unacknowledged_ms = static_cast<unsigned>(loop_->shared->options.write_deadline.count());
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes, sizeof unsent_bytes);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
               sizeof unacknowledged_ms);
  tls_ = make_server_session(*loop_->shared->tls.pin(), socket_.native_handle());
  if (!tls_) return close(true);
  set_deadline(SteadyClock::now() + loop_->shared->options.handshake_deadline);
  run();
}

void Connection::run() {
  const auto self = shared_from_this();
  for (int steps = 0; steps < steps_per_turn_max; ++steps) {
    bool moved = false;
    switch (phase_) {
      case Phase::handshake:
        moved = handshake();
        break;
      case Phase::reading:
        moved = read();
        break;
      case Phase::writing:
        moved = write();
        break;
      case Phase::streaming:
        moved = stream();
        break;
      case Phase::lingering:
        moved = linger();
        break;
      case Phase::handling:
      case Phase::closed:
        break;
    }
    if (!moved) return;
  }
  boost::asio::post(loop_->context, [self] { self->run(); });
}

/// After a TLS call that did not succeed: waits for what it wants, or closes.
void Connection::wait_or_close(int result) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait_readable();
    case SSL_ERROR_WANT_WRITE:
      return wait_writable();
    default:
      return close();
  }
}

bool Connection::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result != 1) {
    wait_or_close(result);
    return false;
  }
  if (!loop_->shared->options.client_ca_pem.empty())
    client_certificate_ = client_certificate_sha256(tls_.get());
  phase_ = Phase::reading;
  set_deadline(SteadyClock::now() + loop_->shared->options.idle_deadline);
  return true;
}

bool Connection::read() {
  auto& scratch = loop_->input;
  ERR_clear_error();
  const int size = SSL_read(tls_.get(), scratch.data(), static_cast<int>(scratch.size()));
  if (size > 0) {
    const std::string_view bytes{scratch.data(), static_cast<std::size_t>(size)};
    if (input_.empty()) {
      feed(bytes);
    } else {
      const std::string joined = std::exchange(input_, {}).append(bytes);
      feed(joined);
    }
    return phase_ != Phase::closed;
  }
  if (parser_ && !parser_->head_done())
    set_deadline(request_began_ + loop_->shared->options.head_deadline);
  else if (parser_)
    set_deadline(parser_->request().received + loop_->shared->options.body_deadline);
  wait_or_close(size);
  return false;
}

void Connection::feed(std::string_view bytes) {
  const auto& options = loop_->shared->options;
  if (!parser_) {
    // RFC 9112 §2.2: one empty line before a request is forgiven.
    if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
    request_began_ = SteadyClock::now();
    parser_ = std::make_unique<RequestParser>(options.header_bytes_max, options.body_bytes_max);
    said_continue_ = false;
  }
  const std::size_t used = parser_->feed(bytes);
  input_.assign(bytes.substr(used));
  if (parser_->refusal()) return refuse(*parser_->refusal());
  if (parser_->done()) return handle();
  if (!parser_->head_done()) return;
  if (!account_body(parser_->body_bytes()))
    return refuse({503, "too many large requests are being read; try again later"});
  if (parser_->expects_continue() && parser_->http_1_1() && !std::exchange(said_continue_, true)) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    // Nothing else is on its way, so the socket takes these few bytes at once or is broken.
    if (SSL_write(tls_.get(), go_on.data(), static_cast<int>(go_on.size())) <= 0) close(true);
  }
}

bool Connection::account_body(std::size_t bytes) {
  auto& total = loop_->shared->body_bytes;
  if (bytes < body_bytes_accounted_) {
    total -= body_bytes_accounted_ - bytes;
  } else if (bytes > body_bytes_accounted_) {
    const std::size_t more = bytes - body_bytes_accounted_;
    if (total.fetch_add(more) + more > loop_->shared->options.bodies_bytes_max) {
      total -= more;
      return false;
    }
  }
  body_bytes_accounted_ = bytes;
  return true;
}

void Connection::handle() {
  head_method_ = parser_->is_head_method();
  http_1_1_ = parser_->http_1_1();
  keep_alive_ = parser_->keep_alive() && !loop_->draining();
  Request request = std::move(parser_->request());
  parser_.reset();
  static_cast<void>(account_body(0));
  request.peer_address = address_;
  request.client_certificate_sha256 = client_certificate_;
  phase_ = Phase::handling;
  set_deadline(SteadyClock::time_point::max());
  in_handler_of = this;
  try {
    loop_->shared->handler(std::move(request), Responder{shared_from_this()});
  } catch (...) {
    // Its responder is gone with the stack and has answered 500.
  }
  in_handler_of = nullptr;
  if (early_answer_) {
    auto answer = *std::exchange(early_answer_, std::nullopt);
    begin_answer(std::move(answer));
  }
}

void Connection::refuse(Refusal refusal) {
  head_method_ = parser_ && parser_->is_head_method();
  http_1_1_ = true;
  keep_alive_ = false;
  refused_ = true;
  const std::string target = parser_ ? std::move(parser_->request().target) : std::string{};
  parser_.reset();
  static_cast<void>(account_body(0));
  const auto& refuser = loop_->shared->options.refuser;
  begin_answer(
      {refuser ? refuser(target, refusal.status, refusal.detail) : problem(refusal.status, refusal.detail),
       nullptr});
}

void Connection::take_answer(Answer answer) {
  if (phase_ != Phase::handling) return;
  begin_answer(std::move(answer));
  run();
}

void Connection::begin_answer(Answer answer) {
  auto& response = answer.response;
  phase_ = Phase::writing;
  output_ = {};
  if (loop_->draining()) keep_alive_ = false;
  if (answer.source) {
    keep_alive_ = false;
    chunked_ = http_1_1_;
    output_.head =
        response_head(response, chunked_ ? Framing::chunked : Framing::until_close, false, loop_->date());
    if (!head_method_) source_ = std::move(answer.source);
    return;
  }
  output_.head = response_head(response, Framing::length, keep_alive_, loop_->date());
  if (head_method_ || has_no_body(response.status)) return;
  if (response.bytes().size() <= body_bytes_inlined_max)
    output_.head += response.bytes();
  else if (response.shared_body)
    output_.body = std::move(response.shared_body);
  else
    output_.body = std::make_shared<const std::string>(std::move(response.body));
}

/// Sends what is left of the output. False: must wait, or closed.
bool Connection::flush() {
  bool progressed = false;
  while (output_.sent < output_.size()) {
    const auto bytes = output_.next(loop_->output);
    ERR_clear_error();
    const int written = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (written > 0) {
      output_.sent += static_cast<std::size_t>(written);
      progressed = true;
      continue;
    }
    if (progressed || !blocked_) set_deadline(SteadyClock::now() + loop_->shared->options.write_deadline);
    blocked_ = true;
    wait_or_close(written);
    return false;
  }
  blocked_ = false;
  output_ = {};
  return true;
}

bool Connection::write() {
  if (!flush()) return false;
  if (source_) {
    phase_ = Phase::streaming;
    source_->start(Waker{[weak = weak_from_this()] {
      if (const auto connection = weak.lock()) connection->wake();
    }});
    return true;
  }
  if (!keep_alive_) {
    end();
    return phase_ != Phase::closed;
  }
  phase_ = Phase::reading;
  set_deadline(SteadyClock::now() + loop_->shared->options.idle_deadline);
  if (!input_.empty()) feed(std::exchange(input_, {}));
  return phase_ != Phase::closed;
}

bool Connection::stream() {
  if (!flush()) return false;
  if (last_chunk_) {
    end();
    return phase_ != Phase::closed;
  }
  // Read and cleared in one step, before the pull: a wake from here on finds the flag down and sends its
  // mail.
  wake_pending_.exchange(false);
  StreamSource::Chunk chunk;
  try {
    chunk = source_->pull();
  } catch (...) {
    chunk.end = true;
  }
  last_chunk_ = chunk.end || loop_->draining();
  const bool has_bytes = chunk.bytes && !chunk.bytes->empty();
  if (!has_bytes && !last_chunk_) {
    set_deadline(SteadyClock::now() + std::max(chunk.wait, std::chrono::milliseconds{1}));
    wait_readable();  // tells when the reader goes away
    return false;
  }
  if (has_bytes) {
    if (chunked_) output_.head = chunk_head(chunk.bytes->size());
    output_.body = std::move(chunk.bytes);
  }
  if (chunked_) output_.tail = !last_chunk_ ? "\r\n" : has_bytes ? "\r\n0\r\n\r\n" : "0\r\n\r\n";
  return true;
}

void Connection::take_wake() {
  // While a chunk is on its way nothing is lost: a pull follows it.
  if (phase_ == Phase::streaming && !blocked_) run();
}

/// A stream's reader has nothing to say: its bytes are dropped, its end closes.
void Connection::discard_input() {
  for (int steps = 0; steps < steps_per_turn_max; ++steps) {
    ERR_clear_error();
    const int size = SSL_read(tls_.get(), loop_->input.data(), static_cast<int>(loop_->input.size()));
    if (size <= 0) return wait_or_close(size);
    discarded_bytes_ += static_cast<std::size_t>(size);
    if (discarded_bytes_ > stream_input_bytes_max) return close(true);
  }
  wait_readable();
}

void Connection::end() {
  if (!refused_) return close();
  // The peer may still be sending what was refused. Closing now would reset the connection, and the reset
  // could overtake the answer.
  SSL_shutdown(tls_.get());
  ::shutdown(socket_.native_handle(), SHUT_WR);
  phase_ = Phase::lingering;
  set_deadline(SteadyClock::now() + linger_limit);
}

bool Connection::linger() {
  const auto received = ::recv(socket_.native_handle(), loop_->input.data(), loop_->input.size(), 0);
  if (received > 0) return true;
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    wait_readable();
  else
    close();
  return false;
}

void Connection::drain() {
  const auto self = shared_from_this();
  keep_alive_ = false;
  const bool idle = phase_ == Phase::reading && !parser_;
  if (phase_ == Phase::handshake || idle) return close();
  if (phase_ == Phase::streaming && !blocked_) run();
}

void Connection::close(bool abort) {
  if (phase_ == Phase::closed) return;
  const bool established = phase_ != Phase::handshake;
  phase_ = Phase::closed;
  timer_.cancel();
  if (abort) {
    // What a stalled reader has not taken leaves the kernel at once.
    const struct ::linger now { .l_onoff = 1, .l_linger = 0 };
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  } else if (established) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
  tls_.reset();
  static_cast<void>(account_body(0));
  parser_.reset();
  output_ = {};
  input_ = {};
  source_.reset();
  loop_->shared->admission.leave(address_);
  loop_->forget(this);
}

void Connection::wait_readable() {
  if (std::exchange(waits_readable_, true)) return;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](boost::system::error_code) {
    self->waits_readable_ = false;
    if (self->phase_ == Phase::streaming)
      self->discard_input();
    else
      self->run();
  });
}

void Connection::wait_writable() {
  if (std::exchange(waits_writable_, true)) return;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](boost::system::error_code) {
    self->waits_writable_ = false;
    self->run();
  });
}

/// Deadlines mostly move away, request after request: the timer then stays as it is and looks again when it
/// fires.
void Connection::set_deadline(SteadyClock::time_point at) {
  deadline_ = at;
  if (at < timer_at_) arm_timer();
}

void Connection::arm_timer() {
  timer_at_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this(), round = ++timer_round_](boost::system::error_code) {
    if (round != self->timer_round_ || self->phase_ == Phase::closed) return;
    self->timer_at_ = SteadyClock::time_point::max();
    if (SteadyClock::now() >= self->deadline_)
      self->on_deadline();
    else if (self->deadline_ != SteadyClock::time_point::max())
      self->arm_timer();
  });
}

void Connection::on_deadline() {
  deadline_ = SteadyClock::time_point::max();
  switch (phase_) {
    case Phase::handshake:
    case Phase::writing:
      return close(true);
    case Phase::reading:
      if (!parser_) return close();
      refuse({408, parser_->head_done() ? "the body took too long to arrive"
                                        : "the head took too long to arrive"});
      return run();
    case Phase::streaming:
      if (blocked_) return close(true);
      return run();
    case Phase::lingering:
      return close();
    case Phase::handling:
    case Phase::closed:
      return;
  }
}

}  // namespace tocsin::net
