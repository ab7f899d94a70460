#pragma once

/// What is known of the attack of 2014, and how it is said in STIX.
///
/// Source:  sony_2014.json, which names where each fact comes from. Its ids are fixed, so that every run
/// shares
///          the same objects.
/// Threads: pure functions.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace tocsin::demo {

struct Fact {
  std::string id;    ///< of the indicator
  std::string path;  ///< in a STIX pattern: "ipv4-addr:value"
  std::string value;
  std::string use;  ///< "flash", "alert", "report": shared in this step; "driver", "port": context only
  std::string name, detail, named_by;
  unsigned confidence = 0;
};

/// The document as it was built in.
std::string_view sony_2014_json();
/// All facts, in the document's order.
const std::vector<Fact>& sony_2014();
std::vector<Fact> facts_for(std::string_view use);

/// A STIX 2.1 indicator of one line. It is made now: what is replayed today is new to those who get it.
std::string indicator_json(const Fact& fact, Timestamp now);
/// A STIX 2.1 note about objects: for people, nothing that matches.
std::string note_json(std::string_view id, std::string_view content, std::span<const std::string> about,
                      Timestamp now);

}  // namespace tocsin::demo
