#pragma once

/// What a sensor is to do, as its user writes it: options of the command line, or the same keys in TOML.
///
/// Source:  docs/guides/sensor.md; TOML 1.0.
/// Errors:  invalid_input, naming the key. Threads: values and pure functions.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "observe/reader.hpp"
#include "sensor/sightings.hpp"

namespace tocsin::sensor {

struct Config {
  std::vector<std::string> circles;
  std::vector<std::string> files;    ///< PATH or PATH=FORMAT
  std::string state;                 ///< a folder
  std::string alerts;                ///< a file or "-", which it is when there is no output either
  std::vector<std::string> outputs;  ///< more that alerts go to, as alert::parse_output reads them
  std::string name;
  std::string sightings = "off";  ///< off, count, named
  std::string warning_lists;
  std::vector<std::string> mappings;       ///< files that describe log formats
  std::string dead_letters;                ///< a file for lines that cannot be read; empty: none
  std::string allow;                       ///< a file
  std::vector<std::string> emit, reloads;  ///< as EmitTarget::parse and Emitter::Options read them
  std::vector<std::string> trust;          ///< as Trust::parse reads it
  std::string alert_min_confidence = "0", emit_min_confidence = "70";  ///< 0 to 100
  std::string mute_hits = "100", mute_share = "10";                    ///< a count; per cent, 100: never
  std::string history_values = "plain";                                ///< plain, hashed, off
  std::string history_days = "90", history_bytes = "1G";
  bool subdomains = false, from_start = false, show_held_back = false, simulate = false;
};

/// Keys: circle, file, output, emit, emit-reload, trust (lists, or one text), state, alerts, name, sightings,
/// subdomains, warning-lists, mapping (a list, or one text), dead-letters, allow, alert-min-confidence,
/// emit-min-confidence, mute-hits, mute-share, from-start, show-held-back, simulate,
/// history-values, history-days, history-bytes. Others are refused: a
/// misspelt one would silently do nothing.
Result<Config> parse_config(std::string_view toml);

/// What a sensor would refuse: an output, a target, a number. Errors: invalid_input.
Status check_config(const Config& config);

/// What is kept of what was seen, and how long.
struct HistoryLimits {
  bool on = true, hashed = false;
  std::chrono::hours age_max{};
  std::uint64_t bytes_max = 0;
};
/// Errors: invalid_input: days are 1 to 3650; bytes a number with K, M, G or T behind it or none, from 1M.
Result<HistoryLimits> history_limits(const Config& config);

/// "conn.log=zeek-json" into its parts; a "=" that no format follows belongs to the path.
std::pair<std::string, observe::Format> file_and_format(
    const std::string& given, const observe::Formats& formats = *observe::built_in_formats());
Result<SightingMode> sighting_mode(std::string_view text);

}  // namespace tocsin::sensor
