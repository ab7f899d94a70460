#include "net/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "base/check.hpp"
#include "net/connection.hpp"
#include "net/response.hpp"

namespace tocsin::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t scratch_bytes = 16 << 10;
constexpr std::size_t wakes_per_turn_max = 32;
constexpr auto accept_pause = std::chrono::milliseconds{50};

/// Without port, and IPv4 written as such even when it came through an IPv6 socket.
asio::ip::address plain(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

bool Admission::enter(const std::string& address) {
  std::scoped_lock lock{mutex_};
  if (count_ >= connections_max_) return false;
  auto& of_address = per_address_[address];
  if (of_address >= per_address_max_) return false;
  ++of_address;
  ++count_;
  return true;
}

void Admission::leave(const std::string& address) {
  std::scoped_lock lock{mutex_};
  const auto found = per_address_.find(address);
  TOCSIN_CHECK(found != per_address_.end() && count_ > 0, "a connection leaves once");
  if (--found->second == 0) per_address_.erase(found);
  if (--count_ == 0) empty_.notify_all();
}

std::size_t Admission::count() const {
  std::scoped_lock lock{mutex_};
  return count_;
}

bool Admission::wait_until_empty(std::chrono::milliseconds limit) {
  std::unique_lock lock{mutex_};
  return empty_.wait_for(lock, limit, [this] { return count_ == 0; });
}

Loop::Loop(std::shared_ptr<Shared> all_shared)
    : shared{std::move(all_shared)}, input(scratch_bytes), output(scratch_bytes) {}

void Loop::deliver(std::shared_ptr<Connection> to, Answer answer) {
  std::scoped_lock lock{mutex_};
  if (ended_) return;
  answers_.push_back({std::move(to), std::move(answer)});
  post_reading();
}

void Loop::wake(std::shared_ptr<Connection> connection) {
  std::scoped_lock lock{mutex_};
  if (ended_) return;
  woken_.push_back(std::move(connection));
  post_reading();
}

/// One post serves all the mail that gathers until it runs. Posted under the lock: after close_all() has
/// taken it, nothing more may reach the io_context, which then ends.
void Loop::post_reading() {
  if (std::exchange(reading_posted_, true)) return;
  asio::post(context, [self = shared_from_this()] { self->read_mail(); });
}

void Loop::read_mail() {
  {
    std::scoped_lock lock{mutex_};
    answers_taken_.swap(answers_);
    if (woken_next_ == woken_taken_.size()) {
      woken_taken_.clear();
      woken_next_ = 0;
      woken_taken_.swap(woken_);
    }
    if (answers_taken_.empty() && woken_taken_.empty()) {
      reading_posted_ = false;
      return;
    }
  }
  // Answers first, and wakes in small turns: a thousand subscribers must not stand before one answer.
  for (auto& mail : answers_taken_) mail.to->take_answer(std::move(mail.answer));
  answers_taken_.clear();
  const auto turn_end = std::min(woken_next_ + wakes_per_turn_max, woken_taken_.size());
  for (; woken_next_ < turn_end; ++woken_next_)
    std::exchange(woken_taken_[woken_next_], nullptr)->take_wake();
  asio::post(context, [self = shared_from_this()] { self->read_mail(); });
}

void Loop::adopt(Socket socket, std::string address) {
  if (closed_ || draining_) {
    shared->admission.leave(address);
    return;
  }
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket), std::move(address));
  connections_.emplace(connection.get(), connection);
  connection->open();
}

void Loop::forget(Connection* connection) {
  connections_.erase(connection);
}

void Loop::drain() {
  draining_ = true;
  for (const auto& connection : all()) connection->drain();
}

void Loop::close_all() {
  closed_ = true;
  std::vector<Mail> answers;
  std::vector<std::shared_ptr<Connection>> woken;
  {
    std::scoped_lock lock{mutex_};
    ended_ = true;
    answers.swap(answers_);
    woken.swap(woken_);
  }
  for (const auto& connection : all()) connection->close();
}

std::vector<std::shared_ptr<Connection>> Loop::all() const {
  std::vector<std::shared_ptr<Connection>> list;
  list.reserve(connections_.size());
  for (const auto& [key, connection] : connections_) list.push_back(connection);
  return list;
}

std::string_view Loop::date() {
  const auto now = SteadyClock::now();
  if (date_.empty() || now - date_made_ >= std::chrono::seconds{1}) {
    date_ = http_date_now();
    date_made_ = now;
  }
  return date_;
}

Responder::Responder(std::shared_ptr<Target> target) : target_{std::move(target)} {}
Responder::Responder(Responder&&) noexcept = default;
Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(target_, other.target_);
  return *this;
}
Responder::~Responder() {
  if (target_)
    std::exchange(target_, nullptr)
        ->answer({problem(500, "the server failed to answer this request"), nullptr});
}

void Responder::send(Response response) {
  if (target_) std::exchange(target_, nullptr)->answer({std::move(response), nullptr});
}

void Responder::stream(Response head, std::unique_ptr<StreamSource> source) {
  TOCSIN_CHECK(source != nullptr, "a stream has a source");
  if (target_) std::exchange(target_, nullptr)->answer({std::move(head), std::move(source)});
}

namespace {

class AsioServer final : public Server {
 public:
  explicit AsioServer(std::shared_ptr<Shared> shared) : shared_{std::move(shared)} {
    for (unsigned i = 0; i < std::max(1U, shared_->options.threads); ++i) {
      loops_.push_back(std::make_shared<Loop>(shared_));
      guards_.emplace_back(loops_.back()->context.get_executor());
    }
    acceptor_.emplace(loops_.front()->context);
    pause_.emplace(loops_.front()->context);
  }
  ~AsioServer() override { stop(std::chrono::milliseconds{0}); }

  Status listen() {
    const auto& options = shared_->options;
    error_code error;
    const auto address =
        asio::ip::make_address(options.address == "localhost" ? "127.0.0.1" : options.address, error);
    if (error) return Error{Errc::invalid_input, "the address \"" + options.address + "\" is no IP address"};
    const tcp::endpoint endpoint{address, options.port};
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    if (error)
      return Error{Errc::unavailable, "cannot listen on " + options.address + ":" +
                                          std::to_string(options.port) + ": " + error.message()};
    return {};
  }

  void run() {
    accept_next();
    for (const auto& loop : loops_) threads_.emplace_back([loop] { loop->context.run(); });
  }

  std::uint16_t port() const override { return port_; }
  std::size_t connections() const override { return shared_->admission.count(); }

  Status use_certificate(const std::string& chain_pem, const std::string& private_key_pem) override {
    ServerOptions changed = shared_->options;
    changed.certificate_chain_pem = chain_pem;
    changed.private_key_pem = private_key_pem;
    auto context = make_server_context(changed);
    if (!context) return std::move(context).error();
    shared_->tls.replace(*std::move(context));
    return {};
  }

  void stop(std::chrono::milliseconds grace) override {
    std::scoped_lock lock{stopping_};
    if (threads_.empty()) return;
    std::promise<void> closed;
    asio::post(loops_.front()->context, [this, &closed] {
      error_code ignored;
      acceptor_->close(ignored);
      pause_->cancel();
      closed.set_value();
    });
    closed.get_future().wait();  // from here on no loop is given a connection
    for (const auto& loop : loops_) asio::post(loop->context, [loop] { loop->drain(); });
    shared_->admission.wait_until_empty(grace);
    for (const auto& loop : loops_) asio::post(loop->context, [loop] { loop->close_all(); });
    guards_.clear();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    // Late responders may keep the loops for a while; what the handler holds ends here.
    shared_->handler = nullptr;
  }

 private:
  void accept_next() {
    const auto loop = loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(loop->context, [this, loop](error_code error, Socket socket) {
      if (!acceptor_->is_open()) return;
      if (error) {
        // Out of descriptors, mostly: trying again at once would only burn the processor.
        pause_->expires_after(accept_pause);
        pause_->async_wait([this](error_code cancelled) {
          if (!cancelled && acceptor_->is_open()) accept_next();
        });
        return;
      }
      const auto peer = socket.remote_endpoint(error);
      if (!error) admit(loop, std::move(socket), plain(peer.address()).to_string());
      accept_next();
    });
  }

  void admit(const std::shared_ptr<Loop>& loop, Socket socket, std::string address) {
    if (!shared_->admission.enter(address)) return;  // closed unanswered: an answer would cost a handshake
    asio::post(loop->context, [loop, address = std::move(address), kept = std::move(socket)]() mutable {
      loop->adopt(std::move(kept), std::move(address));
    });
  }

  const std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::vector<asio::executor_work_guard<Executor>> guards_;
  std::optional<asio::basic_socket_acceptor<tcp, Executor>> acceptor_;
  std::optional<Timer> pause_;
  std::size_t next_loop_ = 0;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
  std::mutex stopping_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  auto context = make_server_context(options);
  if (!context) return std::move(context).error();
  auto server = std::make_unique<AsioServer>(
      std::make_shared<Shared>(std::move(options), std::move(handler), *std::move(context)));
  TOCSIN_TRY(server->listen());
  server->run();
  return std::unique_ptr<Server>{std::move(server)};
}

}  // namespace tocsin::net
