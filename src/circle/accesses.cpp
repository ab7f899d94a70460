#include "circle/accesses.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace tocsin::circle {
namespace {

constexpr std::chrono::seconds lease_time{60};
constexpr std::size_t leases_max = 100'000;

bool covers(Sequence from, Sequence to, const Read& read) {
  const bool to_covered = to == Sequence{} || (read.to != Sequence{} && read.to <= to);
  return from <= read.from && to_covered;
}

}  // namespace

Result<std::unique_ptr<Accesses>> Accesses::open(const std::string& folder, const Clock& clock) {
  log::Log::Options options;
  options.folder = folder;
  options.clock = &clock;
  auto log = log::Log::open(options, log::Position{~0ULL},
                            [](const log::Entry&, log::Position) { return Status{}; });
  if (!log) return in_context("access log", std::move(log).error());
  return std::unique_ptr<Accesses>{new Accesses{*std::move(log), clock}};
}

Status Accesses::admit(const policy::Principal& principal, CircleId circle, const Read& read) {
  if (!principal.is_government()) return {};
  const auto key = std::tuple{circle, principal.member_id(), read.route, read.filter};
  const Timestamp now = clock_.now();
  std::scoped_lock lock{mutex_};
  if (const auto it = leases_.find(key);
      it != leases_.end() && it->second.until > now && covers(it->second.from, it->second.to, read))
    return {};
  log::Draft draft;
  draft.circle = circle;
  draft.kind = log::Kind::message;
  draft.author = principal.member_id();
  draft.attributes = "{}";
  draft.bytes = json::dump(json::Object{{"route", read.route},
                                        {"filter", read.filter},
                                        {"from", read.from.value()},
                                        {"to", read.to.value()},
                                        {"holder", principal.holder.value()}});
  auto appended = log_->append({&draft, 1});
  if (!appended) return in_context("access log", std::move(appended).error());
  if (leases_.size() >= leases_max)
    std::erase_if(leases_, [&](const auto& lease) { return lease.second.until <= now; });
  leases_[key] = {now + lease_time, read.from, read.to};
  return {};
}

Result<std::vector<AccessDigest>> Accesses::digests(CircleId circle, std::size_t most) const {
  std::map<std::pair<Timestamp, MemberId>, AccessDigest> by_hour;
  const auto head = log_->head(circle).sequence.value();
  for (std::uint64_t i = head; i > 0; --i) {
    auto entry = log_->read(circle, Sequence{i});
    if (!entry) return in_context("access log", std::move(entry).error());
    const auto hour = std::chrono::floor<std::chrono::hours>(entry->date_added);
    const auto key = std::pair{Timestamp{hour}, entry->author};
    if (!by_hour.contains(key) && by_hour.size() >= most) break;
    auto lease = json::parse_object(entry->bytes);
    if (!lease) return Error{Errc::corrupt, "access log: " + lease.error().detail};
    AccessDigest& digest = by_hour[key];
    const bool first = digest.leases_by_route.empty();
    const Sequence from{json::number_or(*lease, "from")};
    const Sequence to{json::number_or(*lease, "to")};
    digest.hour = hour;
    digest.member = entry->author;
    ++digest.leases_by_route[json::text_or(*lease, "route")];
    digest.first = first ? from : std::min(digest.first, from);
    digest.last = to == Sequence{} || (!first && digest.last == Sequence{}) ? Sequence{}
                  : first                                                   ? to
                                                                            : std::max(digest.last, to);
  }
  std::vector<AccessDigest> out;
  for (auto it = by_hour.rbegin(); it != by_hour.rend(); ++it) out.push_back(std::move(it->second));
  return out;
}

}  // namespace tocsin::circle
