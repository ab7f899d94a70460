#pragma once

/// What the routes work with. The hub owns all of it and outlives every call.

#include <functional>
#include <memory>
#include <string>

#include "base/published.hpp"
#include "circle/accesses.hpp"
#include "circle/doors.hpp"
#include "circle/eraser.hpp"
#include "circle/sequencer.hpp"
#include "circle/share.hpp"
#include "circle/sightings.hpp"
#include "feed/feeds.hpp"
#include "push/stream.hpp"
#include "serve/mappings.hpp"
#include "serve/metrics.hpp"
#include "serve/proofs.hpp"
#include "serve/rates.hpp"
#include "serve/screening.hpp"
#include "serve/secrets.hpp"
#include "serve/sessions.hpp"
#include "serve/under_way.hpp"

namespace tocsin::serve {

struct Services {
  log::Log& log;
  const views::Views& views;
  const policy::Directory& directory;
  const circle::Classes& classes;
  circle::Sequencer& sequencer;
  circle::Follower& follower;
  const circle::Erasures& erasures;
  circle::Eraser& eraser;
  circle::Accesses& accesses;
  circle::Doors& doors;
  feed::Feeds& feeds;
  push::Streams& streams;
  Secrets& secrets;
  Mappings& mappings;
  Proofs& proofs;
  Metrics& metrics;
  const Clock& clock;
  std::shared_ptr<circle::SightingCounts> sighting_counts;
  const Published<circle::Brakes>& brakes;
  const Screening& screening;
  UnderWay& writes_under_way;
  UnderWay& streams_under_way;
  Gate& gate;
  /// How a client knows the hub, as part of an invite's URL: "pin=KEY" of its authority, or "trust=system".
  std::string trust;
  std::string public_url;                              ///< "https://host:port", without a slash at the end
  const Sessions* sessions = nullptr;                  ///< of people in browsers; null: there are none
  std::shared_ptr<const std::string> warning_lists{};  ///< one a line, beside the built-in ones; null: none
};

}  // namespace tocsin::serve
