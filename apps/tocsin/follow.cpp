#include "push/follow.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>

#include "event_line.hpp"
#include "interrupt.hpp"
#include "output.hpp"
#include "raw_json.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string circle, sensor;
  std::uint64_t from = 0;
  bool once = false;
};

class Printer final : public push::Listener {
 public:
  Printer(const Context& context, bool once) : json_{context.json}, once_{once} {}
  void stops(push::Subscription& subscription) { subscription_ = &subscription; }
  int exit_code() const { return exit_; }

  void on_event(const push::Event& event) override {
    if (json_) {
      std::fwrite(event.data.data(), 1, event.data.size(), stdout);
      if (std::fputc('\n', stdout) == EOF) subscription_->stop();  // nobody reads any more
      if (live_) std::fflush(stdout);
    } else {
      print_line(event_line(event));
    }
  }

  void on_reset(std::string_view reason) override {
    if (json_) print_json(json::Object{{"kind", "reset"}, {"reason", reason}});
    say("the hub begins anew: " + std::string{reason});
  }

  void on_state(const push::State& state) override {
    live_ = state.condition == push::Condition::live;
    std::fflush(stdout);
    switch (state.condition) {
      case push::Condition::connecting:
        return;
      case push::Condition::connected:
        answered_ = true;
        return;
      case push::Condition::live:
        say("live");
        if (once_) subscription_->stop();
        return;
      case push::Condition::denied:
        return end(
            fail({Errc::denied, state.detail + ": the circle is not there, or you may not follow it"}));
      case push::Condition::distrusted:
        return end(fail({Errc::corrupt, state.detail}));
      case push::Condition::stale:
        // A hub that never answered is most likely a wrong address: say so at once.
        if (!answered_) return end(fail({Errc::unavailable, state.detail}));
        say("stale since " + to_rfc3339(state.since) + " (" + state.detail + "); trying again in " +
            std::to_string(state.retry_in.count()) + " ms");
        return;
    }
  }

 private:
  void end(int code) {
    exit_ = code;
    subscription_->stop();
  }

  const bool json_, once_;
  bool live_ = false, answered_ = false;
  int exit_ = exit_done;
  push::Subscription* subscription_ = nullptr;
};

/// Where to resume so that everything after `sequence` comes. The entry itself may be one that the reader
/// cannot see; then the next visible one names, as its predecessor, a position that serves as well.
Result<std::optional<push::Position>> position_at(Session& session, const std::string& circle,
                                                  std::uint64_t sequence) {
  auto page = session.get(circle_path(circle) + "/entries?limit=1&after=" + std::to_string(sequence));
  if (!page) return page.error();
  push::EventReader reader;
  const auto* entries = page->if_contains("entries");
  if (entries != nullptr && entries->is_array() && !entries->get_array().empty()) {
    auto entry = entries->get_array().front().as_object();
    const auto number = json::number_or(entry, "sequence");
    if (number <= 1) return std::optional<push::Position>{};  // the beginning
    const auto before = reader.read_position(
        json::dump(json::Object{{"sequence", number - 1}, {"commitment", entry["previous"]}}));
    if (!before) return before.error();
    return std::optional{*before};
  }
  auto whole = session.get(circle_path(circle));
  if (!whole) return whole.error();
  const auto* head = whole->if_contains("head");
  const auto last = reader.read_position(head == nullptr ? "" : json::dump(*head));
  if (!last) return last.error();
  return std::optional{*last};
}

int follow(const Context& context, const Options& options) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  push::Subscription::Options how;
  how.client = client_options(session->profile());
  how.circle = options.circle;
  how.sensor = options.sensor;
  if (options.from > 0) {
    const auto from = position_at(*session, options.circle, options.from);
    if (!from) return fail(from.error());
    how.from = *from;
  }
  InterruptWatch interrupts;
  Printer printer{context, options.once};
  push::Subscription subscription{std::move(how), printer};
  printer.stops(subscription);
  interrupts.watch([&subscription] { subscription.stop(); });
  subscription.run();
  interrupts.end();
  std::fflush(stdout);
  return printer.exit_code();
}

}  // namespace

void add_follow(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("follow", "what a circle holds, then what is new, as it comes");
  verb->group(group_read);
  verb->add_option("--circle", options->circle)->required()->type_name("C");
  verb->add_option("--from", options->from, "only entries after this one")->type_name("SEQUENCE");
  verb->add_option("--sensor", options->sensor, "acknowledge under this name what was printed")
      ->type_name("NAME");
  verb->add_flag("--once", options->once, "end when everything that is there has come");
  verb->callback(
      [&context, options] { context.run = [&context, options] { return follow(context, *options); }; });
}

}  // namespace tocsin::cli
