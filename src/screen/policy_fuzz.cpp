#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "screen/screen.hpp"

// A policy file up to the first zero byte, and behind it an object that goes through it. What can be read
// gives itself back, and what leaves has findings when it is not the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::screen;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto zero = input.find('\0');
  auto policy = parse_policy(input.substr(0, zero));
  if (policy) {
    const auto again = parse_policy(policy->rules());
    if (!again || again->hash != policy->hash) std::abort();
  }
  if (zero == std::string_view::npos) return 0;
  auto rules = std::make_shared<Policy>(policy ? *std::move(policy) : default_policy());
  const auto screen = Screen::make(rules, {.identities = {}, .key = "key"});
  if (!screen) return 0;
  const auto object = input.substr(zero + 1);
  const auto decision = screen->screen(object);
  if (decision.outcome == Outcome::pass && decision.output != object) std::abort();
  if (decision.outcome != Outcome::pass && decision.findings.empty()) std::abort();
  if (decision.outcome == Outcome::withheld && !decision.output.empty()) std::abort();
  return 0;
}
