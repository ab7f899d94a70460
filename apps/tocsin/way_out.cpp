#include "way_out.hpp"

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "output.hpp"
#include "raw_json.hpp"
#include "stix/canonical_json.hpp"

namespace tocsin::cli {
namespace {

std::string commitment_to(std::string_view object) {
  const auto canonical = stix::canonical_json(object);
  return canonical ? to_hex(sha256(*canonical)) : std::string{};
}

std::string id_of(std::string_view object) {
  const auto value = member_value(object, "id");
  return value.size() < 2 ? std::string{} : std::string{value.substr(1, value.size() - 2)};
}

}  // namespace

std::string review_folder(const std::string& profile_path) {
  return profile_path + ".review";
}

Result<WayOut> WayOut::open(const Context& context, Session& session, const Screening& screening,
                            Submission submission, bool anonymous, bool rehearsal) {
  auto queue = ReviewQueue::open(review_folder(context.profile_path));
  if (!queue) return queue.error();
  WayOut out{session, screening, std::move(submission), Records{context.profile_path + ".records"},
             *std::move(queue)};
  out.rehearsal_ = rehearsal;
  if (!anonymous) return out;
  if (session.profile().identities.empty())
    return Error{Errc::denied,
                 "no identity of yours is registered (tocsin identity add identity--…), so no object can be "
                 "told to be your own, and none could be freed of your name"};
  TOCSIN_TRY(session.ensure_mapping_key());
  auto mapping = Mapping::open(context, session);
  if (!mapping) return mapping.error();
  out.mapping_.emplace(*std::move(mapping));
  return out;
}

void WayOut::expect(const screen::Decision& decision) {
  std::string id;
  if (mapping_ && !decision.output.empty() && is_own(decision.output, session_.profile().identities, id))
    mapping_->minted(id);
}

Result<Leaving> WayOut::leave(const screen::Decision& decision) {
  auto object = decision.outcome == screen::Outcome::changed
                    ? screening_.departures->leave(decision.id, decision.output_id, decision.output,
                                                   decision.output_commitment)
                    : decision.output;
  return finish(decision.id, std::move(object), screen::record_of(decision));
}

Result<Leaving> WayOut::finish(const std::string& original, std::string object, json::Object record) {
  if (mapping_) {
    auto unnamed = reminted(object, session_.profile().identities, *mapping_);
    if (!unnamed) return unnamed.error();
    object = *std::move(unnamed);
  }
  Leaving leaving{std::move(object), {}, {}};
  leaving.id = id_of(leaving.bytes);
  record["output"] = commitment_to(leaving.bytes);
  if (rehearsal_) return leaving;
  leaving.record = screen::digest_of(record);
  TOCSIN_TRY(records_.add(original, leaving.id, submission_.circles, leaving.record, record));
  return leaving;
}

Status WayOut::stay(const screen::Decision& decision) {
  if (rehearsal_) return {};
  const auto record = screen::record_of(decision);
  return records_.add(decision.id, "", submission_.circles, screen::digest_of(record), record);
}

Status WayOut::keep_for_review(const screen::Decision& decision, std::string_view original,
                               const std::string& left_as) {
  if (rehearsal_) return {};
  const auto now = system_clock().now();
  ReviewItem item;
  item.made = now;
  item.expires = now + std::chrono::hours{screening_.screen.policy().review_hours};
  item.original = decision.id;
  item.minted = screen::minted_id(screening_.screen.member().key, decision.id);
  item.left_as = left_as;
  item.submission = submission_;
  item.anonymous = mapping_.has_value();
  item.object = original;
  item.leaves = decision.output;
  item.reviewed = decision.reviewed;
  item.record = screen::record_of(decision);
  for (const auto& finding : decision.reviewed_findings)
    item.findings.push_back(
        json::Object{{"path", finding.path}, {"rule", finding.rule}, {"action", name(finding.action)}});
  const auto added = queue_.add(std::move(item));
  queue_changed_ = true;
  if (added) return {};
  if (added.error().code != Errc::overloaded) return added.error();
  if (!std::exchange(queue_is_full_, true))
    warn(added.error().detail + "; further texts are not kept for review, and do not leave");
  return {};
}

Result<Leaving> WayOut::leave_reviewed(const ReviewItem& item, std::string object, std::string_view how) {
  if (mapping_) mapping_->minted(item.minted);  // what was withheld has none yet
  auto record = item.record;
  record["reviewed"] = how;
  record["outcome"] = name(screen::Outcome::changed);
  return finish(item.original,
                screening_.departures->leave_reviewed(item.original, item.minted, std::move(object)),
                std::move(record));
}

Status WayOut::save() {
  if (rehearsal_) return {};
  TOCSIN_TRY(screening_.departures->save());
  TOCSIN_TRY(records_.save());
  if (std::exchange(queue_changed_, false)) TOCSIN_TRY(queue_.save());
  if (!mapping_) return {};
  return mapping_->save(session_);
}

}  // namespace tocsin::cli
