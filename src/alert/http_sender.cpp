#include <optional>
#include <utility>
#include <vector>

#include "alert/sender.hpp"
#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "net/client.hpp"

namespace tocsin::alert {
namespace {

constexpr std::size_t hec_batch_max = 100;

class HttpSender final : public Sender {
 public:
  HttpSender(OutputSpec spec, Speaker speaker) : spec_{std::move(spec)}, speaker_{std::move(speaker)} {
    net::ClientOptions options;
    options.base_url = spec_.base_url;
    if (!spec_.ca_file.empty()) {
      if (auto pem = read_file(spec_.ca_file))
        options.ca_pem = *std::move(pem);
      else
        broken_ = pem.error().detail;
    }
    options.connect_deadline = std::chrono::seconds{5};
    options.request_deadline = std::chrono::seconds{20};
    options.response_bytes_max = 64U << 10;
    client_.emplace(std::move(options));
  }

  std::size_t batch_max() const override { return spec_.kind == OutputSpec::Kind::hec ? hec_batch_max : 1; }
  void cancel() override { client_->cancel(); }

  Outcome send(std::span<const std::string> lines) override {
    Outcome out;
    if (!broken_.empty()) return {0, 0, broken_};
    const auto status = post(lines);
    if (!status) {
      out.problem = status.error().detail;
      return out;
    }
    if (*status / 100 == 2) return {lines.size(), 0, ""};
    out.problem = spec_.base_url + " answers " + std::to_string(*status);
    // What a person can put right there (a token, a path) or what passes is tried again. The rest is about
    // the alert itself: alone, it is given up.
    const bool about_the_body = *status == 400 || *status == 413 || *status == 415 || *status == 422;
    if (!about_the_body) return out;
    if (lines.size() == 1) {
      out.refused = 1;
      return out;
    }
    auto first = send(lines.first(1));
    return first;
  }

 private:
  Result<unsigned> post(std::span<const std::string> lines) {
    const auto secret = read_secret(spec_);
    if (!secret) return secret.error();
    net::ClientRequest request{.method = "POST", .target = spec_.path};
    request.headers = {{"Content-Type", "application/json"}};
    if (spec_.kind == OutputSpec::Kind::hec) {
      for (const auto& line : lines) request.body += hec_event(line, speaker_) + "\n";
      request.headers.emplace_back("Authorization", "Splunk " + *secret);
    } else {
      request.body = in_form(spec_.form, lines.front(), speaker_);
      if (spec_.form == Form::cef) request.headers.front().second = "text/plain; charset=utf-8";
      for (auto& header : webhook_headers(*secret, request.body, system_clock().now()))
        request.headers.push_back(std::move(header));
    }
    const auto answer = client_->request(request);
    if (!answer) return answer.error();
    return answer->status;
  }

  const OutputSpec spec_;
  const Speaker speaker_;
  std::string broken_;
  std::optional<net::Client> client_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> webhook_headers(std::string_view secret,
                                                                 std::string_view body, Timestamp now) {
  constexpr std::string_view prefix = "whsec_";
  std::string key{secret};
  if (secret.starts_with(prefix))
    if (auto decoded = from_base64(secret.substr(prefix.size()))) key = *std::move(decoded);
  // The same alert has the same id however often it is sent, so a receiver can know it again.
  const auto id = "msg_" + to_hex(sha256(body)).substr(0, 32);
  const auto time = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const auto signature = hmac_sha256(as_bytes(key), id + "." + time + "." + std::string{body});
  return {
      {"webhook-id", id}, {"webhook-timestamp", time}, {"webhook-signature", "v1," + to_base64(signature)}};
}

std::unique_ptr<Sender> make_http_sender(OutputSpec spec, Speaker speaker) {
  return std::make_unique<HttpSender>(std::move(spec), std::move(speaker));
}

}  // namespace tocsin::alert
