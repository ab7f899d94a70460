// Question: how long until a new member has a whole circle: every entry received, checked against its
// commitment, parsed, and in the set that the sensor matches with? Limit: as many bytes appended to a file.

#include <algorithm>
#include <fstream>
#include <sstream>

#include "match/indicator_set.hpp"
#include "match/pattern.hpp"
#include "measure.hpp"
#include "push/follow.hpp"
#include "stix/object.hpp"

namespace tocsin::bench {
namespace {

constexpr std::size_t portion = 4096;

class Newcomer final : public push::Listener {
 public:
  void follow(push::Subscription& subscription) {
    subscription_ = &subscription;
    subscription.run();
  }
  void on_event(const push::Event& event) override {
    bytes += event.data.size();
    if (event.kind != log::Kind::object) return;
    auto parsed = parser_.parse_object(event.content);
    if (!parsed.object || parsed.object->type != "indicator") return;
    auto indicator = match::indicator_of(*parsed.object, CircleId{1}, event.sequence);
    if (!indicator) return;
    waiting_.push_back(*std::move(indicator));
    if (waiting_.size() >= portion) take_waiting();
  }
  void on_reset(std::string_view reason) override { give_up("the stream was reset: " + std::string{reason}); }
  void on_state(const push::State& state) override {
    using enum push::Condition;
    if (state.condition == stale || state.condition == denied || state.condition == distrusted)
      give_up("the stream broke: " + state.detail);
    if (state.condition != live) return;
    take_waiting();
    subscription_->stop();
  }

  std::uint64_t bytes = 0;
  match::IndicatorSet set;

 private:
  void take_waiting() {
    set.add(waiting_);
    waiting_.clear();
  }
  push::Subscription* subscription_ = nullptr;
  stix::Parser parser_;
  std::vector<match::Indicator> waiting_;
};

double raw_s(const std::string& folder, std::uint64_t bytes) {
  RawFile file{folder};
  const std::string block(1 << 20, 'x');
  const double start = now_s();
  for (std::uint64_t left = bytes; left > 0;) {
    const auto some = std::min<std::uint64_t>(left, block.size());
    file.append(std::string_view{block}.substr(0, some));
    left -= some;
  }
  file.sync();
  return now_s() - start;
}

void run(const Arguments& arguments) {
  push::Subscription::Options options;
  options.client.base_url = "https://127.0.0.1:" + arguments.text("port");
  options.client.bearer_token = arguments.text("token");
  std::stringstream pem;
  pem << std::ifstream{arguments.text("ca")}.rdbuf();
  options.client.ca_pem = pem.str();
  options.circle = arguments.text("circle");

  Row row{"new-member", "s", {}, {}, 2, false};
  Row rate{"new-member-rate", "objects/s", {}, {}};
  for (std::uint64_t round = 0; round < arguments.number_or("rounds", 3); ++round) {
    Newcomer newcomer;
    const double start = now_s();
    push::Subscription subscription{options, newcomer};
    newcomer.follow(subscription);
    const double took_s = now_s() - start;
    const auto have = newcomer.set.stats().indicators;
    if (have < arguments.number("objects")) give_up("only " + std::to_string(have) + " indicators came");
    row.system.push_back(took_s);
    row.limit.push_back(raw_s(arguments.text("disk"), newcomer.bytes));
    rate.system.push_back(static_cast<double>(have) / took_s);
  }
  print(row);
  print(rate);
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  tocsin::bench::run(tocsin::bench::Arguments{count, texts});
}
