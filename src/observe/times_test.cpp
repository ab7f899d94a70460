#include "observe/times.hpp"

#include <gtest/gtest.h>

namespace tocsin::observe {
namespace {

// Goal:   the times of real logs, as their programs write them.
TEST(LogTimes, OfManyPrograms) {
  const auto now = parse_rfc3339("2026-11-23T12:00:00Z").value();
  for (const auto& [text, time] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"1714420898.610", "2024-04-29T20:01:38.610000Z"},               // squid, Zeek
           {"1714420898610", "2024-04-29T20:01:38.610000Z"},                // OCSF, CEF
           {"1714420898610000123", "2024-04-29T20:01:38.610000Z"},          // FortiGate
           {"2024-04-29T20:01:38.61+0200", "2024-04-29T18:01:38.610000Z"},  // Suricata
           {"2005-04-11 08:05:57", "2005-04-11T08:05:57.000000Z"},          // W3C
           {"13/Jan/2016:19:31:20 +0200", "2016-01-13T17:31:20.000000Z"},   // Apache
           {"13/Jan/2016:19:31:20 -0730", "2016-01-14T03:01:20.000000Z"},
           {"29-Apr-2024 20:00:15.679", "2024-04-29T20:00:15.679000Z"},    // BIND
           {"07/11/2022-10:29:01.860293", "2022-07-11T10:29:01.860293Z"},  // Suricata's fast.log
           {"21/12/28-12:55:38.765402", "2021-12-28T12:55:38.765402Z"},    // Snort with a year
           {"12/28-12:55:38.765402", "2025-12-28T12:55:38.765402Z"},       // Snort
           {"Nov 13 10:59:46", "2026-11-13T10:59:46.000000Z"},             // RFC 3164
           {"Dec  1 10:59:46", "2025-12-01T10:59:46.000000Z"},             // not in the future
           {"Nov 24 11:00:00", "2026-11-24T11:00:00.000000Z"},             // but a zone's worth of it
           {"Feb 29 00:00:00", "2024-02-29T00:00:00.000000Z"},
           {"Tue Sep 30 17:37:30 2014", "2014-09-30T17:37:30.000000Z"},  // ctime, osquery
           {"Mon May  2 22:27:32 2016 UTC", "2016-05-02T22:27:32.000000Z"},
           {"Jun 17 2016 14:10:11", "2016-06-17T14:10:11.000000Z"},  // CEF
       }) {
    const auto read = to_log_time(text, now);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(to_rfc3339(*read), time) << text;
  }
}

TEST(LogTimes, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "-", "123456789012", "10:00:00", "Nov 13", "Nov 32 10:00:00", "13/13/2022-10:00:00",
        "Nov 13 25:00:00", "Smarch 13 10:00:00", "\xff\xff 10:00:00", "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
        "99999999999999999999"})
    EXPECT_FALSE(to_log_time(text, Timestamp{std::chrono::hours{24 * 365 * 50}})) << text;
}

}  // namespace
}  // namespace tocsin::observe
