#pragma once

/// What markings ask of the hub beyond TLP and recipients, boiled down to what can be asked of a member in no
/// time.
///
/// Contract: what a marking forbids or leaves open is read the strictest way; docs/markings.md has each
/// field. Source:   ACS 3.0a, IEP 2.0, AIS consent (stix/marking_terms.hpp). Threads:  values and pure
/// functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "stix/marking_terms.hpp"

namespace tocsin::policy {

/// The sorts of member that a marking can tell apart. The numbers are bits in logs.
enum class Reader : std::uint8_t {
  company = 0,
  association = 1,
  researcher = 2,
  cert = 3,
  regulator = 4,
  law_enforcement = 5,
  intelligence = 6,
  government = 7,  ///< of no role that is known
};
using Readers = std::uint8_t;  ///< a bit per Reader
constexpr Readers reader_bit(Reader reader) {
  return static_cast<Readers>(1U << static_cast<unsigned>(reader));
}

/// Whom one rule lets read: some at once, some only when the sharer names them as recipients, because the hub
/// cannot check what the marking asks of them (a nationality, an organisation). Others not at all.
struct Reach {
  Readers open = 0xff;
  Readers named = 0xff;  ///< holds `open`
  bool lets(Reader reader, bool is_named) const {
    return ((is_named ? named : open) & reader_bit(reader)) != 0;
  }
  friend bool operator==(const Reach&, const Reach&) = default;
};
/// Whom both let in.
constexpr Reach both(Reach a, Reach b) {
  return {static_cast<Readers>(a.open & b.open), static_cast<Readers>(a.named & b.named)};
}

struct Handling {
  Reach access;                ///< ACS: control set, further sharing
  Reach use;                   ///< ACS: access privileges, held against what a role is for
  Reach consent;               ///< AIS: who may learn the source, where the entry tells it
  bool clients = true;         ///< ACS: a member may pass it on to its clients
  bool source_hidden = false;  ///< ACS IDSRC, IEP provider_attribution: the source must not be named
  bool source_named = false;   ///< IEP: it must be
  bool not_read = false;       ///< a marking that nobody here can read: held as TLP:RED
  bool iep = false;            ///< the four below were asked by an IEP policy
  stix::PermittedActions actions = stix::PermittedActions::externally_visible_direct;
  bool encrypt = false;
  bool may_notify = true;
  bool may_resell = true;
  friend bool operator==(const Handling&, const Handling&) = default;
};

/// The strictest of both.
Handling strictest(const Handling& a, const Handling& b);
/// Does `a` forbid all that `b` forbids?
bool at_least_as_strict(const Handling& a, const Handling& b);

/// What is known of a submission when its markings are read.
struct Sharing {
  bool made_by_another = false;  ///< its bytes name another creator: sharing it is further sharing
  bool names_source = false;     ///< entry or bytes tell the sharer, or the object is an identity
  Timestamp now{};
};

/// What the terms of one marking demand.
struct Demand {
  Handling handling;
  std::optional<stix::Tlp> level;
  std::string refusal;  ///< not empty: Tocsin takes nothing under this marking, and why
};
Demand demand_of(const stix::MarkingTerms& terms, const Sharing& sharing);
Handling consent_handling(stix::AisConsent consent, const Sharing& sharing);

/// May a thing be shared under this handling at all? Errors: invalid_input names the rule.
Status may_handle(const Handling& handling, const Sharing& sharing, bool has_recipients);

/// For the log. Only what differs from the default is written. Errors: invalid_input.
std::string to_json(const Handling& handling);
Result<Handling> parse_handling(std::string_view json);
/// What an IEP policy asks of those who read, as IEP's own fields; empty when it asks nothing.
std::string duties_json(const Handling& handling);

}  // namespace tocsin::policy
