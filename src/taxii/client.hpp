#pragma once

/// A member's program takes a collection from any TAXII 2.1 server: each object once, as raw bytes.
///
/// Path:    URL → the collection → pages, continued by `next` where the server gives one, else by date of
///          adding → objects that were not seen before → the position, from which the next pull goes on.
/// Promise: every request brings it further, or the pull ends: with all there is, or with an error that says
///          which rule the server breaks. What was delivered is not delivered again, also where the server's
///          `added_after` is inclusive.
/// Source:  TAXII 2.1 §3.2, §3.4, §3.5, §5.3, §5.4; quirks: docs/taxii.md.
/// Errors:  those of Asker (each names the URL); invalid_input for what breaks a rule.
/// Threads: one.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "taxii/client_position.hpp"
#include "taxii/client_request.hpp"

namespace tocsin::taxii::client {

class Puller {
 public:
  struct Options {
    std::string url;         ///< of a collection, an API root, or a discovery
    std::string collection;  ///< id, alias or title; may be empty where the URL leaves no choice
    Access access;
    Limits limits;
    std::size_t page_objects = 1000;  ///< asked for; the server may give fewer
    std::optional<Timestamp> since;   ///< only what was added after this
    Wait wait;                        ///< empty: sleeps
  };
  struct Page {
    std::vector<std::string_view> objects;  ///< new ones only; valid until the next call
    bool last = false;
  };

  /// Finds the collection.
  static Result<Puller> open(Options options);
  ~Puller();
  Puller(Puller&&) noexcept;
  Puller& operator=(Puller&&) noexcept;

  const std::string& collection_url() const;
  /// Goes on from there instead of from `since`. Before the first page.
  /// Errors: invalid_input when it is another collection's.
  Status resume(Position position);

  Result<Page> next_page();
  /// What is delivered once the last page was taken care of.
  Position position() const;
  /// What a person should know since the last call: where a server's answers leave a doubt.
  std::vector<std::string> take_warnings();

 private:
  struct State;
  explicit Puller(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::taxii::client
