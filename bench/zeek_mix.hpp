#pragma once

/// Zeek's JSON logs as an office network writes them: conn, dns and http lines as 45 to 35 to 20, all
/// different. Threads: pure functions.

#include <cstdint>
#include <functional>
#include <string>

namespace tocsin::bench {

struct ZeekMix {
  std::string text;  ///< whole lines
  std::uint64_t lines = 0, planted = 0;
};

/// At least `bytes`. Each 10,000th line is a dns query for `bad_domain(n)`, n from 0; nothing else in it is
/// bad: other domains end in .com, and no address begins with a number above 99.
ZeekMix zeek_mix(std::size_t bytes, const std::function<std::string(std::uint64_t)>& bad_domain);

/// One dns line.
std::string zeek_dns_line(double time_s, const std::string& query);

}  // namespace tocsin::bench
