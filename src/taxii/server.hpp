#pragma once

/// The TAXII 2.1 server: one of the hub's interfaces. A circle is a collection.
///
/// Contract: answers are TAXII resources, refusals too. Rights are asked as everywhere in the hub: whoever is
///           not inside a circle gets the answer of a collection that never was.
/// Errors:   of open(): unavailable (disk). Everything else becomes an answer.
/// Source:   TAXII 2.1 (OASIS Standard, 2021-06-10); what deviates stands in docs/taxii.md.
/// Threads:  any; the handlers run where dispatch calls them.

#include <memory>
#include <string>
#include <vector>

#include "serve/dispatch.hpp"
#include "taxii/outgoing.hpp"
#include "taxii/page_cache.hpp"
#include "taxii/statuses.hpp"

namespace tocsin::taxii {

inline constexpr std::string_view discovery_path = "/taxii2/";
inline constexpr std::string_view root_path = "/taxii2/root/";

class Server {
 public:
  struct Options {
    std::string folder;                        ///< for the statuses
    std::size_t content_bytes_max = 16 << 20;  ///< what the transport takes as a body
    std::size_t cache_bytes_max = 64 << 20;
    std::size_t outgoing_bytes_max = 64 << 20;  ///< of pages that one member has asked for and not yet taken
    const Clock* clock = &system_clock();
  };
  static Result<std::unique_ptr<Server>> open(Options options);

  /// Valid as long as this.
  serve::Interface interface() const;

  /// The refusal of the transport itself, where the target is one of ours; nullopt where it is not.
  static std::optional<net::Response> refusal(std::string_view target, unsigned status,
                                              std::string_view detail);

 private:
  Server(Options options, std::unique_ptr<Statuses> statuses);
  void add_routes();

  // collections.cpp
  void show_root(const serve::SharedCall& call) const;
  void show_status(const serve::SharedCall& call) const;
  // objects.cpp
  void read(const serve::SharedCall& call, char endpoint);
  void read_page(const serve::SharedCall& call, char endpoint);
  // submission.cpp
  void add(const serve::SharedCall& call);

  const Options options_;
  const std::unique_ptr<Statuses> statuses_;
  PageCache pages_;
  Outgoing outgoing_;  // outlives every answer: the transport has stopped before the hub takes this apart
  std::vector<serve::Route> routes_;
};

/// What a principal may do in a collection.
struct Rights {
  bool can_read = false, can_write = false;
};
Rights rights_in(const policy::Principal& principal, const policy::Circle& circle,
                 const policy::Standpoint& at);
Rights rights_of(const serve::Call& call);

// The handlers that need no state of the server.
void discover(const serve::SharedCall& call);          // collections.cpp
void list_collections(const serve::SharedCall& call);  // collections.cpp
void show_collection(const serve::SharedCall& call);   // collections.cpp
void remove_object(const serve::SharedCall& call);     // submission.cpp

}  // namespace tocsin::taxii
