// Question: how fast does a hub take envelopes of 100 indicators over HTTPS, until each is checked, durable
// and in the views? Limit: the same bytes in the same batches, appended to a file and synced one by one.

#include <atomic>
#include <thread>

#include "indicators.hpp"
#include "measure.hpp"
#include "tls.hpp"

namespace tocsin::bench {
namespace {

constexpr std::size_t batch = 100;

std::vector<std::string> envelopes(std::string_view series, std::uint64_t first, std::size_t count) {
  std::vector<std::string> out(count);
  for (auto& envelope : out)
    for (std::size_t i = 0; i < batch; ++i) envelope += indicator(series, first++) + '\n';
  return out;
}

double raw_s(const std::string& folder, const std::vector<std::string>& bodies) {
  RawFile file{folder};
  const double start = now_s();
  for (const auto& body : bodies) {
    file.append(body);
    file.sync();
  }
  return now_s() - start;
}

/// Until every envelope is acknowledged.
void post_all(const TlsContext& context, const Arguments& arguments, const std::vector<std::string>& bodies) {
  const auto target = "/api/v1/circles/" + arguments.text("circle") + "/objects";
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> posters;
  for (std::size_t i = 0; i < arguments.number_or("connections", 4); ++i)
    posters.emplace_back([&] {
      TlsConnection connection{context, static_cast<std::uint16_t>(arguments.number("port"))};
      for (std::size_t at = next++; at < bodies.size(); at = next++)
        must_accept(ask(connection, post_request(target, arguments.text("token"), bodies[at])), batch);
    });
}

/// Until the views have applied all that is in the log.
void wait_for_views(TlsConnection& connection) {
  for (;;) {
    const auto answer = ask(connection, get_request("/ready", ""));
    if (answer.status != 200) give_up("the hub is not ready: " + answer.body);
    if (answer.body.find(R"("views_behind":0})") != std::string::npos) return;
    sleep_until_s(now_s() + 0.002);
  }
}

void run(const Arguments& arguments) {
  const auto rounds = arguments.number_or("rounds", 5);
  const auto per_round = arguments.number("objects") / rounds / batch;
  const auto objects = static_cast<double>(per_round * batch);
  const auto context = client_context();
  Row paid{"ingest", "objects/s", {}, {}, 0.35};
  Row acknowledged{"ingest-acknowledged", "objects/s", {}, {}};
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const auto bodies = envelopes(arguments.text("series"), round * per_round * batch, per_round);
    const double limit = objects / raw_s(arguments.text("disk"), bodies);
    const double start = now_s();
    post_all(context, arguments, bodies);
    acknowledged.system.push_back(objects / (now_s() - start));
    TlsConnection watch{context,
                        static_cast<std::uint16_t>(arguments.number("port"))};  // the hub ends idle ones
    wait_for_views(watch);
    paid.system.push_back(objects / (now_s() - start));
    paid.limit.push_back(limit);
    acknowledged.limit.push_back(limit);
  }
  print(paid);
  print(acknowledged);
}

}  // namespace
}  // namespace tocsin::bench

int main(int count, char** texts) {
  tocsin::bench::run(tocsin::bench::Arguments{count, texts});
}
