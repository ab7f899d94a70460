#pragma once

/// Sharing: what a submission passes before its objects stand in the log, and the verdict on each.
///
/// Contract: good objects are accepted beside bad ones; every object gets exactly one verdict. Verdicts on
/// duplicates
///           and conflicts speak only of versions that the sharer may see.
/// Source:   design 3a (Ownership, Attribution, Markings, Assets); STIX 2.1 §3.6 (versioning).
/// Threads:  make the command on any thread; it runs on the sequencer's.

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "circle/sequencer.hpp"
#include "stix/object.hpp"

namespace tocsin::circle {

/// Why an object waits for a steward instead of going out.
struct Hold {
  std::string rule;    ///< e.g. "warning-list"
  std::string reason;  ///< names the list or says whose asset it is without naming another member
};
/// The brakes: asked per object before it is logged. nullopt lets it pass.
using Brakes = std::function<std::optional<Hold>(const stix::Object&, MemberId sharer)>;

enum class Outcome : std::uint8_t { accepted, duplicate, held, refused };
std::string_view name(Outcome outcome);

/// A member that would not read an object, and the first rule that says so.
struct LeftOut {
  MemberId member;
  std::string rule, why;
};

struct Verdict {
  std::string id;
  std::string version;
  Outcome outcome = Outcome::refused;
  std::string rule, path, reason;  ///< why it is held or refused
  std::vector<std::string> warnings;
  Sequence sequence;              ///< where it stands; 0 when refused
  bool logged = true;             ///< an accepted or held object made an entry of this submission
  log::Appended receipt;          ///< of what this submission logged
  std::vector<LeftOut> left_out;  ///< of the circle's active members; only where `tell_receivers` asks for it
};

struct ShareOptions {
  std::optional<policy::Attribution> attribution;  ///< none: as the circle's rules say
  std::optional<stix::Tlp> tlp;                    ///< at least this level, and the level of unmarked objects
  std::optional<stix::Tlp> tlp_unmarked;  ///< the level of unmarked objects; none: as the circle's rules say
  std::set<MemberId> recipients;
  /// The name of the feed that took the objects from their source; empty: none. Then the sharer proves no
  /// creation, and a version goes on only from what this feed brought.
  std::string feed;
  bool dry_run = false;         ///< decide, and write nothing
  bool tell_receivers = false;  ///< say who would not read it
};

struct ShareRequest {
  policy::Principal principal;
  CircleId circle;
  std::vector<stix::Parsed> objects;
  std::size_t bytes = 0;
  ShareOptions options;
  std::shared_ptr<const Brakes> brakes;
  /// By place in `objects`: SHA-256 of the sharer's record of its screening, hexadecimal; empty: none. It
  /// stands in the entry's attributes, and so under its commitment.
  std::vector<std::string> records;
  std::vector<bool> kept_from_government;  ///< by place in `objects`; empty: nothing is
  std::function<void(Result<std::vector<Verdict>>)> done;
};

/// The command that shares. Errors of the whole (`done`): not_found when the sharer is not inside,
/// unavailable.
Command share_command(ShareRequest request);

/// How long what was deleted can still be asked of the log.
inline constexpr std::chrono::hours deletion_grace{24 * 7};

/// The recall of an object by its owner or a steward. `done` gets the entry, or not_found when there is no
/// such object for this principal, denied, conflict when it is withdrawn already (a deletion goes on).
struct WithdrawRequest {
  policy::Principal principal;
  CircleId circle;
  std::string id;
  std::string why;
  std::vector<Sequence> versions;  ///< those alone; empty: all
  bool erase_later = false;        ///< a deletion: after `deletion_grace` the entries are erased, too
  std::function<void(Result<log::Appended>)> done;
};
Command withdraw_command(WithdrawRequest request);

/// A steward's decision on what is held: release (it is logged as its author's) or dismiss.
struct DecideRequest {
  policy::Principal principal;
  CircleId circle;
  Sequence sequence;
  bool release = false;
  std::string why;
  std::function<void(Result<std::vector<log::Appended>>)> done;
};
Command decide_held_command(DecideRequest request);

/// The same for all that waits at `sequence` and behind it from the same sharer for the same rule. Released
/// together is only what waits for the rule "flood": the rest wants a look at each.
struct DecideAllRequest {
  DecideRequest like;  ///< its `done` is not called
  Sequence after;      ///< begin behind this one
  struct Part {
    std::size_t decided = 0;
    std::size_t left = 0;           ///< could not be released: the circle has something else by now
    std::optional<Sequence> after;  ///< there may be more: go on from here
    Sequence last;                  ///< entry of the last decision
  };
  std::function<void(Result<Part>)> done;
};
/// Errors: those of `decide_held_command`; denied for a release that is refused together.
Command decide_all_held_command(DecideAllRequest request);

}  // namespace tocsin::circle
