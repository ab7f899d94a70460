#include "circle/share.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "circle/context.hpp"
#include "circle/ending.hpp"
#include "circle/standing.hpp"
#include "circle/voice.hpp"

namespace tocsin::circle {
namespace {

/// Types whose instances carry no creator and no version: anyone may know them (STIX 2.1 §6).
bool is_observable(const stix::Object& object) {
  return object.created.empty();
}

struct Refusal {
  std::string rule, path, reason;
};

/// What many threads can make of an object side by side, before the sequencer's one decides.
struct Prepared {
  Hash hash{};          ///< of its bytes
  std::string pattern;  ///< as views::Change
};

/// One submission while it is decided.
class Sharing {
 public:
  Sharing(ShareRequest& request, const std::vector<Prepared>& prepared, Decider& on,
          const policy::Circle& circle, const policy::Standpoint& at)
      : request_{request},
        prepared_{prepared},
        on_{on},
        circle_{circle},
        at_{at},
        member_{request.principal.member_id()},
        named_{request.options.attribution.value_or(circle.current_rules().attribution) ==
               policy::Attribution::named} {}

  std::vector<Verdict> decide() {
    std::vector<Verdict> verdicts;
    verdicts.reserve(request_.objects.size());
    for (const auto& parsed : request_.objects)
      if (parsed.object && parsed.object->type == "marking-definition")
        definitions_here_.emplace(parsed.object->id, stix::marking_terms(*parsed.object));
    for (auto& parsed : request_.objects) {
      const std::string id = parsed.object ? parsed.object->id : std::string{};
      auto verdict = decide_one(parsed);
      // What the disk does to one object must not undo the verdicts before it.
      if (!verdict)
        verdict =
            refuse(unread(id), {std::string{tocsin::name(verdict.error().code)}, "", verdict.error().detail});
      verdicts.push_back(*std::move(verdict));
      ++index_;
    }
    return verdicts;
  }

 private:
  Result<Verdict> decide_one(stix::Parsed& parsed) {
    Verdict verdict;
    if (!parsed.object) {
      TOCSIN_CHECK(!parsed.problems.empty(), "what is no object has a problem");
      const auto& problem = parsed.problems.front();
      verdict.id = problem.id;
      return refuse(std::move(verdict),
                    {problem.rule, problem.path, problem.reason + " (" + problem.section + ")"});
    }
    auto object = std::make_shared<const stix::Object>(*std::move(parsed.object));
    verdict.id = object->id;
    verdict.version = object->version();
    for (const auto& warning : object->warnings)
      verdict.warnings.push_back(warning.path + ": " + warning.reason);
    if (auto refusal = broken_rule(*object)) return refuse(std::move(verdict), *std::move(refusal));

    auto marked = class_of(*object);
    if (!marked) return refuse(std::move(verdict), {"marking", "object_marking_refs", marked.error().detail});
    const policy::MarkingClass& marking_class = *marked;
    if (request_.options.tell_receivers) verdict.left_out = left_out(marking_class);

    if (on_.erasures().forbids(circle_.id, object->id))
      return refuse(std::move(verdict), {"erased", "id", "it was erased from this circle, which is final"});
    auto known = on_.known(circle_.id, object->id);
    if (!known) return std::move(known).error();
    auto settled = against_known(verdict, *object, **known, marking_class);
    if (!settled) return std::move(settled).error();
    if (*settled) return verdict;

    if (auto refusal = not_released(*object, **known, marking_class))
      return refuse(std::move(verdict), *std::move(refusal));
    if (request_.brakes && *request_.brakes)
      if (const auto hold = (*request_.brakes)(*object, member_))
        return held(std::move(verdict), object, marking_class, *hold);
    auto floods = is_flood(*object, **known);
    if (!floods) return std::move(floods).error();
    if (*floods)
      return held(std::move(verdict), object, marking_class,
                  {"flood",
                   "it is above what the circle's rules let this member share in an hour; a steward "
                   "may let it pass"});
    return accept(std::move(verdict), std::move(object), marking_class, **known);
  }

  /// A revocation passes, and so does what a steward has the hub follow, which has a limit of its own.
  Result<bool> is_flood(const stix::Object& object, const KnownId& known) {
    if (!request_.options.feed.empty() || (object.revoked && !known.versions.empty())) return false;
    return on_.flood().is_over(circle_, member_, on_.now());
  }

  /// The circle's own rules on a single object.
  std::optional<Refusal> broken_rule(const stix::Object& object) const {
    if (!object.modified.empty()) {
      // Anything later would block every true version until then (design 3a, Ownership).
      const auto limit = to_rfc3339(on_.now() + std::chrono::minutes{10});
      if (stix::compare_versions(object.modified, limit) > 0)
        return Refusal{"modified-in-the-future", "modified", "it lies more than 10 minutes in the future"};
    }
    if (circle_.current_rules().context == policy::ContextRule::any && lacks_context(object))
      return Refusal{"context", "confidence",
                     "in this circle an indicator has a confidence above 0, kill_chain_phases, or a name or "
                     "description of three words or more; this one has none of them"};
    if (!named_ && names_the_sharer(object))
      return Refusal{"names-the-sharer", object.created_by_ref.empty() ? "id" : "created_by_ref",
                     "its own bytes name you; share it with --named, or --anonymous to re-mint it"};
    return std::nullopt;
  }

  bool names_the_sharer(const stix::Object& object) const {
    const auto& identities = request_.principal.member->identities;
    if (identities.contains(object.created_by_ref) || identities.contains(object.id)) return true;
    return std::any_of(object.references.begin(), object.references.end(),
                       [&](const auto& reference) { return identities.contains(reference.target); });
  }

  /// What the sharer only received, it may not carry to readers whom its author kept out (design 3a,
  /// Ownership).
  std::optional<Refusal> not_released(const stix::Object& object, const KnownId& here,
                                      const policy::MarkingClass& marking_class) {
    if (here.owner == member_ || is_observable(object)) return std::nullopt;
    const auto members_here = active_members(circle_);
    bool received = false;
    for (const auto& other : on_.directory().circles()) {
      if (other->id == circle_.id || !other->roster.contains(member_)) continue;
      const auto at = policy::standpoint(request_.principal, *other);
      const auto known = on_.known(other->id, object.id);
      if (!known) return Refusal{"unavailable", "", known.error().detail};
      for (const auto& version : (*known)->versions) {
        const auto* there = on_.classes().find(other->id, version.marking_class);
        if ((*known)->owner == member_ || !member_knows(request_.principal, at, version.sequence, there))
          continue;
        received = true;
        const bool carries = policy::wider(*there, active_members(*other), marking_class, members_here);
        if (!carries || released(other->id, object.id)) return std::nullopt;
      }
    }
    if (!received) return std::nullopt;
    return Refusal{"not-released", "id",
                   "you received it in a narrower circle or under a stricter marking; ask its author with "
                   "'tocsin request-release'"};
  }

  /// Has the owner answered a request with a release to this circle?
  bool released(CircleId from, const std::string& id) const {
    const auto release = on_.release(from, id, circle_.uuid);
    return release && *release;
  }

  /// The class of the object's readers. Errors: what policy refuses, naming the rule.
  Result<policy::MarkingClass> class_of(const stix::Object& object) {
    const policy::Sharing sharing = sharing_of(object);
    const policy::Demand demand = demand_of(object, sharing);
    if (!demand.refusal.empty()) return Error{Errc::invalid_input, demand.refusal};
    policy::MarkingClass made;
    made.tlp = demand.level.value_or(request_.options.tlp.value_or(
        request_.options.tlp_unmarked.value_or(circle_.current_rules().tlp_default)));
    if (request_.options.tlp) made.tlp = std::max(made.tlp, *request_.options.tlp);
    made.handling = demand.handling;
    if (made.handling.not_read) made.tlp = stix::Tlp::red;  // nobody here can say what it forbids
    // A clock behind the newest rules must not undo them: what they narrowed binds at once.
    made.audience = policy::audience_at(circle_, std::max(on_.now(), circle_.rules.back().logged));
    if (index_ < request_.kept_from_government.size() && request_.kept_from_government[index_])
      made.audience.government_roles = 0;
    made.recipients = request_.options.recipients;
    made.author = member_;
    TOCSIN_TRY(policy::may_share(request_.principal, circle_, at_, made.tlp, made.recipients));
    TOCSIN_TRY(policy::may_handle(made.handling, sharing, !made.recipients.empty()));
    return made;
  }

  /// Who of the circle would not read an entry of this class, each as if it read with a token of its own.
  std::vector<LeftOut> left_out(const policy::MarkingClass& marking_class) const {
    std::vector<LeftOut> out;
    for (const auto id : active_members(circle_)) {
      policy::Principal reader;
      reader.member = on_.directory().member(id);
      reader.scopes = policy::scope_bit(policy::Scope::read);
      if (!reader.member || reader.member->standing != policy::Standing::active) continue;
      auto rulings = policy::rulings(reader, policy::standpoint(reader, circle_), marking_class);
      const auto deciding = std::find_if(rulings.begin(), rulings.end(), [](const policy::Ruling& ruling) {
        return ruling.said != policy::Ruling::Said::yes;
      });
      if (deciding == rulings.end() || deciding->said == policy::Ruling::Said::grants) continue;
      out.push_back({id, std::string{deciding->rule}, std::move(deciding->why)});
    }
    return out;
  }

  policy::Sharing sharing_of(const stix::Object& object) const {
    const auto& mine = request_.principal.member->identities;
    policy::Sharing sharing;
    // Whoever follows a feed passes on what others made, whatever their bytes say.
    sharing.made_by_another = !request_.options.feed.empty() ||
                              (!object.created_by_ref.empty() && !mine.contains(object.created_by_ref));
    sharing.names_source = named_ || names_the_sharer(object) || object.type == "identity";
    sharing.now = on_.now();
    return sharing;
  }

  /// What all markings of the object and of its parts ask together: the strictest of each, since a reader
  /// gets the object whole.
  policy::Demand demand_of(const stix::Object& object, const policy::Sharing& sharing) {
    policy::Demand all;
    all.level = stix::effective_marking(object).level;
    for (const auto& id : object.marking_refs) {
      if (stix::tlp_of_marking(id)) continue;
      const auto [it, is_new] = terms_.try_emplace(id);
      if (is_new) it->second = resolve(id);
      if (it->second.empty()) all.handling.not_read = true;
      for (const auto& terms : it->second) {
        const auto demand = policy::demand_of(terms, sharing);
        all.handling = policy::strictest(all.handling, demand.handling);
        if (demand.level) all.level = std::max(all.level.value_or(stix::Tlp::clear), *demand.level);
        if (all.refusal.empty()) all.refusal = demand.refusal;
      }
    }
    if (const auto consent = stix::ais_consent_of_labels(object))
      all.handling = policy::strictest(all.handling, policy::consent_handling(*consent, sharing));
    return all;
  }

  /// A marking's definitions: what the circle has under the id, and what the submission brings. Both count,
  /// so that nobody loosens another's marking by having been first. Empty: nobody here knows it.
  std::vector<stix::MarkingTerms> resolve(const std::string& id) {
    std::vector<stix::MarkingTerms> found;
    if (const auto here = definitions_here_.find(id); here != definitions_here_.end())
      found.push_back(here->second);
    const auto known = on_.known(circle_.id, id);
    if (!known) return {};
    for (const auto& version : (*known)->versions) {
      if (!sees(version)) continue;
      const auto entry = on_.read(circle_.id, version.sequence);
      if (!entry) return {};
      stix::Parser parser;
      const auto parsed = parser.parse_object(entry->bytes);
      if (!parsed.object) return {};
      found.push_back(stix::marking_terms(*parsed.object));
      break;  // a marking definition has one version
    }
    return found;
  }

  bool sees(const KnownVersion& version) const {
    return member_knows(request_.principal, at_, version.sequence,
                        on_.classes().find(circle_.id, version.marking_class));
  }

  bool authored(const KnownVersion& version) const {
    const auto* marking_class = on_.classes().find(circle_.id, version.marking_class);
    return marking_class != nullptr && marking_class->author == member_;
  }

  /// The versions that a new one of this sharer goes on from: its own, and those that it may see. What is
  /// hidden from it goes another way under the same id, and it learns nothing of it.
  bool continues(const KnownVersion& version) const { return authored(version) || sees(version); }

  /// Decides by what the circle has under this id. True: the verdict is final.
  Result<bool> against_known(Verdict& verdict, const stix::Object& object, const KnownId& known,
                             const policy::MarkingClass& marking_class) {
    for (const auto& version : known.versions) {
      if (version.version != object.version() &&
          stix::compare_versions(version.version, object.version()) != 0)
        continue;
      if (!sees(version)) continue;
      auto before = on_.read(circle_.id, version.sequence);
      if (!before) return std::move(before).error();
      if (before->bytes == object.bytes && !would_reach_more(version, marking_class)) {
        verdict.outcome = Outcome::duplicate;
        verdict.sequence = version.sequence;
        return true;
      }
      if (!is_observable(object) && before->bytes != object.bytes) {
        verdict =
            refuse(std::move(verdict), {"version-exists", object.modified.empty() ? "created" : "modified",
                                        "the same id and version stands in the circle with other content "
                                        "(STIX 2.1 §3.6)"});
        return true;
      }
    }
    if (known.versions.empty() || is_observable(object)) return false;
    const auto& versions = known.versions;
    const bool of_others = std::any_of(versions.begin(), versions.end(), [&](const KnownVersion& version) {
      return !authored(version) && sees(version);
    });
    if (of_others && known.owner != member_ && !proves_creation(object)) {
      verdict = refuse(std::move(verdict), {"not-the-owner", "id",
                                            "only its owner may add a version or a reader in this circle"});
      return true;
    }
    if (!request_.options.feed.empty()) {
      const auto brought = brought_by_this_feed(known);
      if (!brought) return brought.error();
      if (!*brought) {
        verdict = refuse(std::move(verdict), {"not-from-this-feed", "id",
                                              "the circle has it another way, and a feed changes only what "
                                              "it brought itself"});
        return true;
      }
    }
    // The last word on a withdrawn object is its owner's: a revoked version, so that pollers learn it too.
    const bool ended = std::any_of(versions.begin(), versions.end(), [&](const KnownVersion& version) {
      return version.withdrawn && continues(version);
    });
    if (ended && !object.revoked && !renews(object, known)) {
      verdict =
          refuse(std::move(verdict), {"withdrawn", "id", "it was withdrawn or revoked, which is final"});
      return true;
    }
    return false;
  }

  /// Does a later version go on from what only the circle's rules ended, for its age?
  bool renews(const stix::Object& object, const KnownId& known) {
    const auto aged = ended_by_rules(on_, circle_.id, object.id);
    return std::all_of(known.versions.begin(), known.versions.end(), [&](const KnownVersion& version) {
      return !continues(version) || (stix::compare_versions(version.version, object.version()) < 0 &&
                                     (!version.withdrawn || aged.contains(version.sequence)));
    });
  }

  /// What the member itself shared, or another of its feeds, is not this source's to change.
  Result<bool> brought_by_this_feed(const KnownId& known) {
    for (auto it = known.versions.rbegin(); it != known.versions.rend(); ++it) {
      if (!authored(*it)) continue;
      const auto entry = on_.read(circle_.id, it->sequence);
      if (!entry) return entry.error();
      const auto attributes = json::parse_object(entry->attributes);
      return attributes && json::text_or(*attributes, "feed") == request_.options.feed;
    }
    return true;
  }

  /// The same bytes again, for readers whom the version there does not reach: that is no duplicate.
  bool would_reach_more(const KnownVersion& version, const policy::MarkingClass& now) const {
    const auto* before = on_.classes().find(circle_.id, version.marking_class);
    if (before == nullptr || before->recipients.empty()) return false;
    return now.recipients.empty() || !std::includes(before->recipients.begin(), before->recipients.end(),
                                                    now.recipients.begin(), now.recipients.end());
  }

  /// Whoever writes at the source of a feed is not the member that follows it.
  bool proves_creation(const stix::Object& object) const {
    return request_.options.feed.empty() && !object.created_by_ref.empty() &&
           request_.principal.member->identities.contains(object.created_by_ref);
  }

  std::string attributes_of(const stix::Object& object, const policy::MarkingClass& marking_class) const {
    std::string out = R"({"authorship":")";
    out += proves_creation(object) ? "verified" : "relayed";
    out += R"(","tlp":")";
    out += stix::name(marking_class.tlp);
    out += '"';
    if (named_) {
      out += R"(,"author":)" + json_string(request_.principal.member->uuid);
      out += R"(,"author_name":)" + json_string(request_.principal.member->name);
    }
    if (!request_.options.feed.empty()) out += R"(,"feed":)" + json_string(request_.options.feed);
    if (index_ < request_.records.size() && !request_.records[index_].empty())
      out += R"(,"screened":)" + json_string(request_.records[index_]);
    if (!marking_class.recipients.empty()) {
      out += R"(,"to":[)";
      bool first = true;
      for (const auto recipient : marking_class.recipients) {
        const auto member = on_.directory().member(recipient);
        if (!first) out += ',';
        append_json_string(out, member ? member->uuid : "");
        first = false;
      }
      out += ']';
    }
    if (const auto duties = policy::duties_json(marking_class.handling); !duties.empty())
      out += R"(,"handling":)" + duties;
    out += '}';
    return out;
  }

  Verdict accept(Verdict verdict, std::shared_ptr<const stix::Object> object,
                 const policy::MarkingClass& marking_class, KnownId& known) {
    verdict.outcome = Outcome::accepted;
    if (request_.options.dry_run) return verdict;
    if (known.owner == MemberId{} || proves_creation(*object)) known.owner = member_;
    const bool newest = is_observable(*object) || is_newest(*object, known);
    const bool ends = object->revoked && newest;
    const std::uint32_t number = on_.class_number(circle_.id, marking_class);

    if (newest && !is_observable(*object)) recall_from_lost_readers(*object, known, marking_class);

    Decider::Addition addition;
    addition.circle = circle_.id;
    addition.kind = log::Kind::object;
    addition.marking_class = marking_class;
    addition.author = member_;
    addition.holder = request_.principal.holder;
    addition.attributes = attributes_of(*object, marking_class);
    addition.bytes = object->bytes;
    addition.bytes_hash = prepared_[index_].hash;
    addition.pattern = prepared_[index_].pattern;
    addition.owner = known.owner;
    addition.superseded = !newest;
    if (newest && !is_observable(*object))
      for (auto& version : known.versions) {
        if (!continues(version)) continue;
        // The current marking governs every version; a revocation ends them all.
        version.superseded = true;
        version.withdrawn = version.withdrawn || ends;
        version.marking_class = number;
        addition.changes.push_back({version.sequence, number, version.superseded, version.withdrawn});
      }
    addition.object = std::move(object);
    KnownVersion added{Sequence{}, verdict.version, number, false, !newest};
    added.sequence = verdict.sequence = on_.add(std::move(addition));
    known.versions.push_back(std::move(added));
    on_.flood().note(circle_.id, member_, on_.now());
    return verdict;
  }

  /// A stricter marking takes the object from some who have it: they hear a withdrawal, under the marking
  /// they knew. Whoever may still read it gets the new version right after.
  void recall_from_lost_readers(const stix::Object& object, const KnownId& known,
                                const policy::MarkingClass& marking_class) {
    const KnownVersion* before_it = current(known);
    if (before_it == nullptr) return;
    const auto* before = on_.classes().find(circle_.id, before_it->marking_class);
    if (before == nullptr || policy::keeps_all_readers(*before, marking_class)) return;
    Decider::Addition recall;
    recall.circle = circle_.id;
    recall.kind = log::Kind::withdrawal;
    recall.marking_class = *before;
    recall.author = member_;
    recall.holder = request_.principal.holder;
    recall.attributes = R"({"by":"owner"})";
    recall.bytes = R"({"id":)" + json_string(object.id) + R"(,"why":"its marking was tightened"})";
    recall.subject = object.id;
    recall.owner = known.owner;
    on_.add(std::move(recall));
  }

  static Verdict unread(const std::string& id) {
    Verdict verdict;
    verdict.id = id;
    return verdict;
  }

  /// The newest version that the sharer's goes on from and that is not superseded; null when there is none.
  const KnownVersion* current(const KnownId& known) const {
    for (auto it = known.versions.rbegin(); it != known.versions.rend(); ++it)
      if (!it->superseded && continues(*it)) return &*it;
    return nullptr;
  }

  bool is_newest(const stix::Object& object, const KnownId& known) const {
    const KnownVersion* newest = current(known);
    return newest == nullptr || stix::compare_versions(newest->version, object.version()) <= 0;
  }

  Verdict held(Verdict verdict, const std::shared_ptr<const stix::Object>& object,
               const policy::MarkingClass& marking_class, const Hold& hold) {
    verdict.outcome = Outcome::held;
    verdict.rule = hold.rule;
    verdict.reason = hold.reason;
    if (request_.options.dry_run) return verdict;
    const std::string bytes = R"({"rule":)" + json_string(hold.rule) + R"(,"reason":)" +
                              json_string(hold.reason) + R"(,"object":)" + object->bytes + '}';
    if (const auto waiting = held_already(object->id, bytes); waiting != Sequence{}) {
      verdict.sequence = waiting;
      verdict.logged = false;
      return verdict;
    }
    Decider::Addition addition;
    addition.circle = circle_.id;
    addition.kind = log::Kind::held;
    addition.marking_class = marking_class;
    addition.marking_class.shape = policy::MarkingClass::Shape::held;
    addition.author = member_;
    addition.holder = request_.principal.holder;
    addition.attributes = attributes_of(*object, marking_class);
    addition.bytes = bytes;
    addition.subject = object->id;
    verdict.sequence = on_.add(std::move(addition));
    return verdict;
  }

  /// The entry at which the same object waits already, shared by the same member; 0 when none does.
  Sequence held_already(const std::string& id, const std::string& bytes) const {
    const auto waiting = on_.acts(circle_.id, id, log::Kind::held);
    if (!waiting) return {};
    for (const auto sequence : *waiting) {
      const auto row = on_.row(circle_.id, sequence);
      const auto entry = on_.read(circle_.id, sequence);
      if (row && !row->withdrawn && entry && entry->author == member_ && entry->bytes == bytes)
        return sequence;
    }
    return {};
  }

  static Verdict refuse(Verdict verdict, Refusal refusal) {
    verdict.outcome = Outcome::refused;
    verdict.rule = std::move(refusal.rule);
    verdict.path = std::move(refusal.path);
    verdict.reason = std::move(refusal.reason);
    return verdict;
  }

  ShareRequest& request_;
  const std::vector<Prepared>& prepared_;  // of the objects, in their order
  std::size_t index_ = 0;                  // of the object under decision
  Decider& on_;
  const policy::Circle& circle_;
  const policy::Standpoint& at_;
  const MemberId member_;
  const bool named_;
  std::map<std::string, stix::MarkingTerms> definitions_here_;    // of this submission
  std::map<std::string, std::vector<stix::MarkingTerms>> terms_;  // by marking id, once asked
};

}  // namespace

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::duplicate:
      return "duplicate";
    case Outcome::held:
      return "held";
    case Outcome::refused:
      return "refused";
  }
  return "unknown";
}

Command share_command(ShareRequest request) {
  struct State {
    ShareRequest request;
    std::vector<Prepared> prepared;
    std::vector<Verdict> verdicts;
  };
  auto state = std::make_shared<State>(State{std::move(request), {}, {}});
  for (const auto& parsed : state->request.objects)
    state->prepared.push_back(
        parsed.object ? Prepared{sha256(parsed.object->bytes), pattern_key(*parsed.object)} : Prepared{});
  Command command;
  command.bytes = state->request.bytes;
  command.decide = [state](Decider& on) -> Status {
    ShareRequest& sharing_request = state->request;
    auto standing = standing_in(on.directory(), sharing_request.principal, sharing_request.circle, on.now());
    if (!standing) return std::move(standing).error();
    if (!standing->principal.has(policy::Scope::share))
      return Error{Errc::denied, "this token has not the scope 'share'"};
    sharing_request.principal = standing->principal;
    Sharing sharing{sharing_request, state->prepared, on, *standing->circle, standing->standpoint};
    state->verdicts = sharing.decide();
    return {};
  };
  command.done = [state](Result<std::vector<log::Appended>> appended) {
    if (!appended) {
      state->request.done(std::move(appended).error());
      return;
    }
    auto next = appended->begin();
    for (auto& verdict : state->verdicts) {
      const bool writes = verdict.outcome == Outcome::accepted || verdict.outcome == Outcome::held;
      if (!writes || !verdict.logged || state->request.options.dry_run) continue;
      // A tightened marking wrote a recall of its own before the object.
      while (next != appended->end() && next->sequence != verdict.sequence) ++next;
      TOCSIN_CHECK(next != appended->end(), "what was accepted was written");
      verdict.receipt = *next++;
    }
    state->request.done(std::move(state->verdicts));
  };
  return command;
}

}  // namespace tocsin::circle
