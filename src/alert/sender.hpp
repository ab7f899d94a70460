#pragma once

/// One way of handing alerts to a receiver that may be away.
///
/// Threads: send() belongs to one thread; cancel() may come from any.

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "alert/output_spec.hpp"

namespace tocsin::alert {

class Sender {
 public:
  struct Outcome {
    std::size_t sent = 0, refused = 0;  ///< of the first lines: what is settled, in this order
    std::string problem;                ///< why not all were sent
  };
  virtual ~Sender() = default;
  virtual std::size_t batch_max() const = 0;
  virtual Outcome send(std::span<const std::string> lines) = 0;
  virtual void cancel() {}
};

/// HEC: a request for several alerts. Webhook: a request for each, signed as Standard Webhooks has it.
std::unique_ptr<Sender> make_http_sender(OutputSpec spec, Speaker speaker);
std::unique_ptr<Sender> make_syslog_sender(OutputSpec spec, Speaker speaker);

/// The headers webhook-id, webhook-timestamp and webhook-signature for a body, in this order.
/// Source: standardwebhooks.com: "v1," + base64(HMAC-SHA256(key, id "." timestamp "." body)). A secret that
/// begins with "whsec_" is base64; another one is the key itself.
std::vector<std::pair<std::string, std::string>> webhook_headers(std::string_view secret,
                                                                 std::string_view body, Timestamp now);

}  // namespace tocsin::alert
