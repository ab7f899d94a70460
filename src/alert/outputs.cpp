#include "alert/outputs.hpp"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "alert/sender.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"

namespace tocsin::alert {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t batch_bytes_max = 1U << 20;

}  // namespace

/// A receiver with its spool and its thread.
class Delivery {
 public:
  Delivery(const OutputSpec& spec, std::unique_ptr<Spool> spool, const Outputs::Options& options)
      : text_{spec.text},
        wait_first_{options.wait_first},
        wait_max_{options.wait_max},
        spool_{std::move(spool)},
        sender_{spec.kind == OutputSpec::Kind::syslog ? make_syslog_sender(spec, options.speaker)
                                                      : make_http_sender(spec, options.speaker)},
        thread_{[this] { run(); }} {}
  ~Delivery() { stop(milliseconds{0}); }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  void write(const std::string& line) {
    (void)spool_->append(line);  // what finds no room is counted there
    {
      const std::scoped_lock lock{mutex_};
      news_ = true;
    }
    changed_.notify_all();
  }

  void stop(milliseconds grace) {
    {
      std::unique_lock lock{mutex_};
      if (!thread_.joinable()) return;
      changed_.wait_for(lock, grace, [this] { return idle_ && !news_; });
      stopping_ = true;
    }
    changed_.notify_all();
    sender_->cancel();
    thread_.join();
  }

  json::Object status() const {
    const auto spooled = spool_->counts();
    const std::scoped_lock lock{mutex_};
    json::Object out{{"output", text_},       {"sent", sent_},
                     {"refused", refused_},   {"dropped", spooled.dropped},
                     {"failures", failures_}, {"waiting_bytes", spooled.waiting_bytes}};
    const auto& problem = problem_.empty() ? spooled.problem : problem_;
    if (!problem.empty()) out["problem"] = problem;
    return out;
  }

 private:
  void run() {
    auto wait = wait_first_;
    std::unique_lock lock{mutex_};
    while (!stopping_) {
      news_ = false;
      idle_ = false;
      lock.unlock();
      const auto lines = spool_->front(sender_->batch_max(), batch_bytes_max);
      const auto outcome = lines.empty() ? Sender::Outcome{} : sender_->send(lines);
      if (outcome.sent + outcome.refused > 0) spool_->settle(outcome.sent + outcome.refused);
      lock.lock();
      sent_ += outcome.sent;
      refused_ += outcome.refused;
      if (lines.empty()) {
        idle_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return stopping_ || news_; });
        continue;
      }
      if (!outcome.problem.empty()) problem_ = outcome.problem;
      if (outcome.sent == lines.size()) problem_.clear();
      if (outcome.sent + outcome.refused > 0) {
        wait = wait_first_;
        continue;
      }
      ++failures_;
      changed_.wait_for(lock, wait, [this] { return stopping_; });
      wait = std::min(wait * 2, wait_max_);
    }
  }

  const std::string text_;
  const milliseconds wait_first_, wait_max_;
  const std::unique_ptr<Spool> spool_;
  const std::unique_ptr<Sender> sender_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  std::uint64_t sent_ = 0, refused_ = 0, failures_ = 0;
  std::string problem_;
  bool news_ = true, idle_ = false, stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

struct Outputs::OneFile {
  std::string text;
  Form form;
  AlertFile file;
  bool to_terminal = false;
  std::uint64_t written = 0;
};

Outputs::Outputs(Options options) : options_{std::move(options)} {}

Outputs::~Outputs() {
  stop(milliseconds{0});
}

Result<std::unique_ptr<Outputs>> Outputs::open(Options options) {
  std::unique_ptr<Outputs> outputs{new Outputs{std::move(options)}};
  TOCSIN_TRY(outputs->open());
  return outputs;
}

Status Outputs::open() {
  for (const auto& text : options_.outputs) {
    auto spec = parse_output(text);
    if (!spec) return spec.error();
    if (spec->kind == OutputSpec::Kind::file) {
      auto file = AlertFile::open(spec->path);
      if (!file) return file.error();
      files_.push_back(std::make_unique<OneFile>(OneFile{spec->text, spec->form, *std::move(file),
                                                         spec->path == "-" && ::isatty(STDOUT_FILENO) == 1}));
      continue;
    }
    if (spec->kind != OutputSpec::Kind::syslog)
      if (const auto secret = read_secret(*spec); !secret)
        return in_context("output '" + spec->text + "'", secret.error());
    // The name stays the same when other outputs come and go, and says nothing of the receiver.
    auto spool =
        Spool::open(options_.folder + "/" + to_hex(sha256(spec->text)).substr(0, 16), options_.limits);
    if (!spool) return spool.error();
    deliveries_.push_back(std::make_unique<Delivery>(*spec, *std::move(spool), options_));
  }
  return {};
}

void Outputs::write(const std::string& line) {
  {
    const std::scoped_lock lock{mutex_};
    for (auto& one : files_) {
      auto text = one->form == Form::json ? line : in_form(one->form, line, options_.speaker) + "\n";
      one->file.write(one->to_terminal ? for_terminal(text) : std::move(text));
      ++one->written;
    }
  }
  for (auto& delivery : deliveries_) delivery->write(line);
}

bool Outputs::flush() {
  const std::scoped_lock lock{mutex_};
  bool all = true;
  for (auto& one : files_) all = one->file.flush() && all;
  return all;
}

bool Outputs::all_written() const {
  const std::scoped_lock lock{mutex_};
  return std::ranges::all_of(files_, [](const auto& one) { return one->file.all_written(); });
}

void Outputs::stop(milliseconds grace) {
  const auto end = std::chrono::steady_clock::now() + grace;
  for (auto& delivery : deliveries_)
    delivery->stop(
        std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now())));
}

json::Array Outputs::status() const {
  json::Array out;
  {
    const std::scoped_lock lock{mutex_};
    for (const auto& one : files_)
      out.push_back(json::Object{{"output", one->text},
                                 {"sent", one->written - one->file.dropped() - one->file.waiting()},
                                 {"waiting", one->file.waiting()},
                                 {"dropped", one->file.dropped()}});
  }
  for (const auto& delivery : deliveries_) out.push_back(delivery->status());
  return out;
}

}  // namespace tocsin::alert
