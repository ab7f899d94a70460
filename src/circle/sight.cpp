#include "circle/sight.hpp"

namespace tocsin::circle {

Sight::Sight(const policy::Directory& directory, const Classes& classes, const Clock& clock,
             policy::Principal principal, CircleId circle)
    : directory_{directory},
      classes_{classes},
      clock_{clock},
      principal_{std::move(principal)},
      circle_id_{circle} {
  refresh();
}

bool Sight::refresh() {
  const auto version = directory_.rights_version();
  const auto token = directory_.token(principal_.token);
  expires_ = token && token->expires != Timestamp{} ? std::optional{token->expires} : std::nullopt;
  const bool expired = expires_ && *expires_ <= clock_.now();
  if (version == rights_version_ && !(expired && standpoint_.inside)) return false;
  const policy::Standpoint before = standpoint_;
  rights_version_ = version;
  answers_.clear();
  circle_ = directory_.circle(circle_id_);
  auto now = directory_.principal(principal_.token, clock_.now());
  if (!now || circle_ == nullptr) {
    standpoint_ = {};
    return before.inside;
  }
  principal_ = *std::move(now);
  standpoint_ = policy::standpoint(principal_, *circle_);
  return before.inside != standpoint_.inside || before.as_client != standpoint_.as_client ||
         before.steward != standpoint_.steward || before.visible_after != standpoint_.visible_after;
}

bool Sight::sees_class(std::uint32_t number) {
  if (answers_.size() <= number) answers_.resize(number + 1, -1);
  signed char& answer = answers_[number];
  if (answer < 0) {
    const auto* marking_class = classes_.find(circle_id_, number);
    answer = marking_class != nullptr && policy::sees(principal_, standpoint_, *marking_class) ? 1 : 0;
  }
  return answer == 1;
}

bool Sight::sees(Sequence sequence, const log::Row& row) {
  if (!standpoint_.inside || row.erased) return false;
  if (sequence <= standpoint_.visible_after && row.kind != log::Kind::rules &&
      row.kind != log::Kind::membership)
    return false;
  return sees_class(row.marking_class);
}

}  // namespace tocsin::circle
