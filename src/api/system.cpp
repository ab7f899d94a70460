#include <algorithm>

#include "api/handlers.hpp"
#include "api/openapi.hpp"
#include "serve/dispatch.hpp"

namespace tocsin::api {
namespace {

void append_feed_metrics(std::string& text, const Services& services) {
  const auto& feeds = services.directory.feeds();
  const auto paused = std::count_if(feeds.begin(), feeds.end(), [](const auto& feed) { return feed.paused; });
  serve::write_gauge(text, "tocsin_feeds", "Feeds that follow other servers.", feeds.size());
  serve::write_gauge(text, "tocsin_feeds_paused", "Of these, paused.", static_cast<std::uint64_t>(paused));
  serve::write_gauge(text, "tocsin_feeds_failing", "Of these, with a last turn that failed.",
                     services.feeds.failing());
  const auto& totals = services.feeds.totals();
  serve::write_counter(text, "tocsin_feed_polls_total", "Turns of feeds.", totals.polls);
  serve::write_counter(text, "tocsin_feed_failures_total", "Turns of feeds that failed.", totals.failures);
  serve::write_counter(text, "tocsin_feed_comparisons_total", "Walks through all of a source.",
                       totals.comparisons);
  serve::write_counter(text, "tocsin_feed_objects_taken_total", "Objects that circles took from feeds.",
                       totals.taken);
  serve::write_counter(text, "tocsin_feed_objects_held_total", "Objects of feeds that wait for a steward.",
                       totals.held);
  serve::write_counter(text, "tocsin_feed_objects_refused_total", "Objects of feeds that circles refused.",
                       totals.refused);
  serve::write_counter(text, "tocsin_feed_objects_withdrawn_total", "Objects that their sources removed.",
                       totals.withdrawn);
}

}  // namespace

void health(SharedCall call) {
  call->answer(200, R"({"status":"ok"})");
}

void ready(SharedCall call) {
  const bool writable = call->services.sequencer.writable();
  const bool views_follow = static_cast<bool>(call->services.follower.status());
  const bool is_ready = writable && views_follow;
  call->answer(is_ready ? 200 : 503, std::string{R"({"status":")"} + (is_ready ? "ready" : "not-ready") +
                                         R"(","writable":)" + (writable ? "true" : "false") +
                                         R"(,"views_behind":)" +
                                         std::to_string(call->services.follower.behind()) + '}');
}

void metrics(SharedCall call) {
  if (!call->principal.is_operator()) {
    call->refuse(Error{Errc::denied, "metrics are for operators"});
    return;
  }
  const Services& services = call->services;
  std::string text = serve::to_prometheus(services.metrics);
  serve::write_gauge(text, "tocsin_subscribers", "Live streams.", services.streams.count());
  serve::write_gauge(text, "tocsin_views_behind", "Entries that the views have not applied yet.",
                     services.follower.behind());
  serve::write_gauge(text, "tocsin_writable", "1 until a write to the log failed.",
                     services.sequencer.writable() ? 1 : 0);
  serve::write_gauge(text, "tocsin_log_frames", "Frames in the log.", services.log.end().frame);
  append_feed_metrics(text, services);
  net::Response response;
  response.headers.emplace_back("content-type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = std::move(text);
  call->responder.send(std::move(response));
}

void authority_certificate(SharedCall call) {
  net::Response response;
  response.headers.emplace_back("content-type", "application/x-pem-file");
  response.body = call->services.secrets.authority().certificate_pem;
  call->responder.send(std::move(response));
}

void openapi(SharedCall call) {
  call->answer(200, std::string{openapi_document()});
}

}  // namespace tocsin::api
