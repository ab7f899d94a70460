#pragma once

/// Log lines of an ordinary network, and the lines in which something is to be found.
///
/// Ordinary lines name no value of the facts and no address of 45.0.0.0/8, which `synthetic_address` gives
/// out. The same seed gives the same lines. Every line has a mark that its alert quotes: Zeek's `uid`, or the
/// record number of a Windows event. Different seeds (up to 1,000) give different marks. Source:  Zeek's
/// conn.log, dns.log and http.log as JSON; Sysmon's events 1, 6, 7 and 11 as flat JSON. Threads: a Traffic
/// belongs to one.

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace tocsin::demo {

enum class Log : std::uint8_t { conn, dns, http, sysmon };
inline constexpr std::array all_logs{Log::conn, Log::dns, Log::http, Log::sysmon};
std::string_view file_name(Log log);    ///< "conn.log"
std::string_view format_name(Log log);  ///< as the sensor calls it

struct LogLine {
  Log log{};
  std::string mark;
  std::string text;  ///< with its line feed
};

/// A file as a Windows event tells of it.
struct FileSeen {
  std::string path;       ///< C:\\…
  std::string hash_kind;  ///< "MD5", "SHA1", "SHA256"; empty: an event without hashes
  std::string hash;
};

class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : random_{seed}, record_{seed * 1'000'000'000} {}

  LogLine ordinary(Timestamp now);

  LogLine connection(std::string_view to, unsigned port, Timestamp now);
  LogLine request(std::string_view to, Timestamp now);                            ///< HTTP
  LogLine lookup(std::string_view name, std::string_view answer, Timestamp now);  ///< DNS
  LogLine process_started(const FileSeen& file, Timestamp now);                   ///< Sysmon 1
  LogLine driver_loaded(const FileSeen& file, Timestamp now);                     ///< Sysmon 6
  LogLine image_loaded(const FileSeen& file, Timestamp now);                      ///< Sysmon 7
  LogLine file_written(const FileSeen& file, Timestamp now);                      ///< Sysmon 11

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::string uid();
  std::string hex(std::size_t digits);
  std::string client_address();
  std::string server_address();
  LogLine zeek(Log log, std::string_view to, unsigned port, std::string_view rest, Timestamp now);
  LogLine windows(unsigned event, std::string_view rest, Timestamp now);

  std::mt19937_64 random_;
  std::uint64_t record_;
};

/// The nth of 16 million different addresses that stand on no warning list.
std::string synthetic_address(std::uint32_t n);

}  // namespace tocsin::demo
