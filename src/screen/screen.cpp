#include "screen/screen.hpp"

#include <algorithm>
#include <array>
#include <deque>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/crypto.hpp"
#include "screen/render.hpp"
#include "stix/canonical_json.hpp"
#include "stix/object.hpp"

namespace tocsin::screen {
namespace {

using simdjson::dom::element;

struct Reference {
  std::string property, target;
  bool left_out = false;  // by the policy: what it names is the victim's
};

/// What is known of an object before anything is decided.
struct Surveyed {
  std::string_view bytes;
  bool readable = false, others = false;
  std::string id, type, creator, modified;
  std::vector<Reference> references;
  std::vector<std::string> named;  // creator and markings: they tell whose an object is, and never change
};

std::string text_at(const element& object, std::string_view key) {
  std::string_view out;
  return object[key].get(out) == simdjson::SUCCESS ? std::string{out} : std::string{};
}

bool leaves_out(const FieldNode* row) {
  return row == nullptr || (row->below.empty() && row->action && *row->action == Action::drop);
}

/// What a publisher may leave without a creator. Anything else without one is the member's own.
bool may_be_theirs(std::string_view type) {
  return is_observable(type) || type == "identity" || type == "marking-definition" ||
         type == "extension-definition";
}

/// Every reference in a value, with what the table says of its property.
void gather(const element& value, const FieldNode* row, std::string_view key, std::vector<Reference>& out) {
  if (value.is_array()) {
    for (const auto& item : items_of(value)) gather(item, row, key, out);
  } else if (value.is_object()) {
    for (const auto& [name, item] : members_of(value))
      gather(item, row == nullptr || row->below.empty() ? row : row->find(name), name, out);
  } else if (value.is_string() && is_reference(key)) {
    out.push_back({std::string{key}, std::string{value.get_string().value_unsafe()}, leaves_out(row)});
  }
}

class Work {
 public:
  Work(const Policy& policy, const Own& own, const Member& member, std::span<const std::string_view> objects)
      : batch_{policy, own, member, {}, {}}, renderer_{batch_}, all_(objects.size()), done_(objects.size()) {
    for (std::size_t i = 0; i < objects.size(); ++i) survey(objects[i], all_[i]);
  }

  void run(const std::function<void(std::size_t, Decision)>& take) {
    find_owners();
    find_roles();
    for (const auto& one : all_)
      if (one.readable)
        batch_.fates[one.id] = {.present = true,
                                .others = one.others,
                                .minted = !one.others && left_before(batch_.member, one.id)};
    for (std::size_t i = 0; i < all_.size(); ++i) render(i);
    follow();
    for (std::size_t i = 0; i < all_.size(); ++i) take(i, decide(i));
  }

 private:
  void survey(std::string_view bytes, Surveyed& out) {
    out.bytes = bytes;
    element root;
    if (!parse(bytes, root) || !root.is_object()) return;
    out.id = text_at(root, "id");
    out.type = text_at(root, "type");
    out.creator = text_at(root, "created_by_ref");
    out.modified = text_at(root, "modified");
    out.readable =
        !out.type.empty() && out.id.size() > out.type.size() + 2 && out.id.starts_with(out.type + "--");
    const auto* const rows = batch_.policy.rows_of_type(out.type);
    if (!out.creator.empty()) out.named.push_back(out.creator);
    if (simdjson::dom::array markings; root["object_marking_refs"].get(markings) == simdjson::SUCCESS)
      for (const auto& marking : markings)
        if (marking.is_string()) out.named.emplace_back(marking.get_string().value_unsafe());
    for (const auto& [key, value] : members_of(root))
      if (key != "created_by_ref")
        gather(value, rows == nullptr ? nullptr : batch_.policy.row_of(*rows, key), key, out.references);
  }

  bool parse(std::string_view bytes, element& out) {
    return parser_.parse(bytes.data(), bytes.size()).get(out) == simdjson::SUCCESS;
  }

  /// What may stand without a creator belongs to those who refer to
  /// it: to others when only they do.
  void find_owners() {
    const auto& ids = batch_.member.identities;
    std::unordered_map<std::string_view, std::vector<Surveyed*>> ownerless;
    for (auto& one : all_) {
      one.others = !one.creator.empty() && std::find(ids.begin(), ids.end(), one.creator) == ids.end();
      if (one.readable && one.creator.empty() && may_be_theirs(one.type)) ownerless[one.id].push_back(&one);
    }
    const auto reach = [&](bool from_others) {
      std::unordered_map<std::string_view, bool> seen;
      std::deque<const Surveyed*> open;
      for (const auto& one : all_)
        if (!one.creator.empty() && one.others == from_others) open.push_back(&one);
      const auto follow_to = [&](const std::string& target) {
        const auto it = ownerless.find(target);
        if (it == ownerless.end() || !seen.emplace(it->first, true).second) return;
        open.insert(open.end(), it->second.begin(), it->second.end());
      };
      for (; !open.empty(); open.pop_front()) {
        for (const auto& reference : open.front()->references) follow_to(reference.target);
        for (const auto& id : open.front()->named) follow_to(id);
      }
      return seen;
    };
    const auto theirs = reach(true), ours = reach(false);
    for (const auto& [id, objects] : ownerless)
      for (auto* one : objects) one->others = theirs.contains(id) && !ours.contains(id);
  }

  /// Whose a thing is shows in what refers to it. The victim's word goes before the attacker's.
  void find_roles() {
    static constexpr std::array<std::string_view, 7> hostile = {
        "indicator", "malware", "infrastructure", "threat-actor", "campaign", "intrusion-set", "tool"};
    const auto is_hostile = [](std::string_view id) {
      const auto type = id.substr(0, id.find("--"));
      return std::find(hostile.begin(), hostile.end(), type) != hostile.end();
    };
    const auto set = [&](const std::string& id, Role role) {
      auto& known = batch_.roles[id];
      known = std::max(known, role);
    };
    for (const auto& one : all_) {
      if (!one.readable || one.others) continue;
      for (const auto& [property, target, left_out] : one.references) {
        if (left_out) set(target, Role::victim);
        const bool sender =
            one.type == "email-message" && (property == "from_ref" || property == "sender_ref");
        if (sender || (one.type == "network-traffic" && property == "dst_ref")) set(target, Role::attacker);
      }
      if (one.type != "relationship" || one.references.size() != 2) continue;
      const auto& [a, b] = std::tie(one.references[0].target, one.references[1].target);
      if (is_hostile(a)) set(b, Role::attacker);
      if (is_hostile(b)) set(a, Role::attacker);
    }
  }

  void render(std::size_t i) {
    const auto& one = all_[i];
    auto& done = done_[i];
    element root;
    if (!one.readable || !parse(one.bytes, root)) {
      done = {};
      done.withheld = true;
      done.findings = {{"", "not-an-object", Action::withhold}};
      return;
    }
    if (one.others) {
      done = renderer_.object_of_others(root);
      for (const auto& reference : one.references) {
        const auto fate = batch_.fates.find(reference.target);
        const bool own_original =
            fate == batch_.fates.end()
                ? left_before(batch_.member, reference.target)
                : !fate->second.others && (fate->second.minted || fate->second.withheld);
        if (!own_original) continue;
        done.withheld = true;
        done.findings.push_back({reference.property, "refers-to-own-original", Action::withhold});
      }
    } else {
      done = renderer_.own_object(members_of(root), one.id, one.type);
      if (done.changed && !done.withheld && !checker_.accepts(done.out)) {
        done.withheld = true;
        done.findings.push_back({"", "too-little-left", Action::withhold});
      }
    }
    if (done.withheld || !done.changed) done.out = {};  // what passes keeps the bytes that came
  }

  /// The object as it leaves when a person has read its texts; nothing when it cannot leave all the same.
  void review(std::size_t i, Decision& out) {
    const auto& one = all_[i];
    element root;
    if (one.others || !parse(one.bytes, root)) return;
    auto done = renderer_.own_object(members_of(root), one.id, one.type, Texts::read);
    if (done.withheld || !checker_.accepts(done.out)) return;
    out.needs_review = true;
    out.reviewed = std::move(done.out);
    out.reviewed_findings = std::move(done.findings);
  }

  /// What became of one object changes those that refer to it, until nothing changes any more. A fate only
  /// ever gets worse, so this ends.
  void follow() {
    std::unordered_map<std::string_view, std::vector<std::size_t>> referring, versions;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (!all_[i].readable) continue;
      versions[all_[i].id].push_back(i);
      for (const auto& reference : all_[i].references) referring[reference.target].push_back(i);
    }
    std::vector<std::string_view> open;
    for (auto& [id, places] : versions) open.push_back(id);
    while (!open.empty()) {
      std::vector<std::size_t> next;
      for (const auto id : open) {
        auto& fate = batch_.fates[std::string{id}];
        const auto& places = versions[id];
        const bool withheld =
            std::all_of(places.begin(), places.end(), [&](std::size_t i) { return done_[i].withheld; });
        const bool minted = std::any_of(places.begin(), places.end(), [&](std::size_t i) {
          return done_[i].changed && !done_[i].withheld;
        });
        if (fate.withheld >= withheld && fate.minted >= minted) continue;
        fate.withheld |= withheld;
        fate.minted |= minted;
        next.insert(next.end(), referring[id].begin(), referring[id].end());
        if (minted && places.size() > 1) next.insert(next.end(), places.begin(), places.end());
      }
      open.clear();
      std::sort(next.begin(), next.end());
      next.erase(std::unique(next.begin(), next.end()), next.end());
      for (const auto i : next) {
        const auto was = std::pair{done_[i].withheld, done_[i].changed};
        render(i);
        if (was != std::pair{done_[i].withheld, done_[i].changed}) open.push_back(all_[i].id);
      }
    }
  }

  Decision decide(std::size_t i) {
    const auto& one = all_[i];
    auto& done = done_[i];
    Decision out;
    out.id = one.readable ? one.id : std::string{};
    out.type = one.type;
    out.others = one.others;
    out.outcome = done.withheld ? Outcome::withheld : done.changed ? Outcome::changed : Outcome::pass;
    out.findings = std::move(done.findings);
    out.policy_hash = batch_.policy.hash;
    if (batch_.policy.arriving) return out;  // whether it passes is all that a hub asks
    if (done.review) review(i, out);
    const auto key = as_bytes(batch_.member.key);
    out.input_commitment =
        to_hex(hmac_sha256(key, "tocsin screen input" + std::string(1, '\0') + std::string{one.bytes}));
    if (out.outcome == Outcome::withheld) return out;
    out.output = done.changed ? std::move(done.out) : std::string{one.bytes};
    out.output_id = done.changed ? minted_id(batch_.member.key, one.id) : one.id;
    if (const auto canonical = stix::canonical_json(out.output))
      out.output_commitment = to_hex(sha256(*canonical));
    if (done.changed && batch_.policy.derived_from) out.relationship = derived_from(one, out.output_id);
    return out;
  }

  /// Only where the original has a random id: one that is made of its contents would give them away.
  std::string derived_from(const Surveyed& one, const std::string& output_id) const {
    if (is_observable(one.type) || one.modified.empty()) return {};
    const auto id = minted_id(batch_.member.key, "relationship--of " + one.id);
    json::Object out{
        {"type", "relationship"},  {"spec_version", "2.1"},    {"id", id},
        {"created", one.modified}, {"modified", one.modified}, {"relationship_type", "derived-from"},
        {"source_ref", output_id}, {"target_ref", one.id}};
    if (!one.creator.empty()) out["created_by_ref"] = one.creator;
    return json::dump(out);
  }

  Batch batch_;
  Renderer renderer_;
  simdjson::dom::parser parser_;
  stix::Parser checker_;
  std::string canonical_;
  std::vector<Surveyed> all_;
  std::vector<Renderer::Rendered> done_;
};

}  // namespace

std::string_view name(Outcome outcome) {
  return outcome == Outcome::pass ? "pass" : outcome == Outcome::changed ? "changed" : "withheld";
}

json::Object record_of(const Decision& decision) {
  json::Array findings;
  for (const auto& finding : decision.findings)
    findings.push_back(
        json::Object{{"path", finding.path}, {"rule", finding.rule}, {"action", name(finding.action)}});
  json::Object out{{"policy", decision.policy_hash},
                   {"input", decision.input_commitment},
                   {"outcome", name(decision.outcome)},
                   {"findings", findings}};
  if (!decision.output_commitment.empty()) out["output"] = decision.output_commitment;
  return out;
}

Result<Screen> Screen::make(std::shared_ptr<const Policy> policy, Member member) {
  auto own = Own::build(policy->own);
  if (!own) return own.error();
  return Screen{std::move(policy), *std::move(own), std::move(member)};
}

std::string digest_of(const json::Object& record) {
  const auto canonical = stix::canonical_json(json::dump(record));
  TOCSIN_CHECK(canonical.has_value(), "a record of ours is JSON");
  return to_hex(sha256(*canonical));
}

std::vector<Decision> Screen::screen_all(std::span<const std::string_view> objects) const {
  std::vector<Decision> out;
  out.reserve(objects.size());
  screen_each(objects, [&](std::size_t, Decision decision) { out.push_back(std::move(decision)); });
  return out;
}

void Screen::screen_each(std::span<const std::string_view> objects,
                         const std::function<void(std::size_t, Decision)>& take) const {
  Work{*policy_, own_, member_, objects}.run(take);
}

Decision Screen::screen(std::string_view object) const {
  return std::move(screen_all({&object, 1}).front());
}

}  // namespace tocsin::screen
