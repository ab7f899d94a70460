#include "circle/classes.hpp"

#include <mutex>

namespace tocsin::circle {

Classes::Interned Classes::intern(CircleId circle, const policy::MarkingClass& marking_class) {
  std::string content = policy::to_json(marking_class);
  std::unique_lock lock{mutex_};
  Table& table = tables_[circle];
  if (const auto it = table.by_content.find(content); it != table.by_content.end())
    return {it->second, false};
  const std::uint32_t number = table.by_number.empty() ? 1 : table.by_number.rbegin()->first + 1;
  table.by_number.emplace(number, marking_class);
  table.by_content.emplace(std::move(content), number);
  return {number, true};
}

void Classes::restore(CircleId circle, std::uint32_t number, policy::MarkingClass marking_class) {
  std::unique_lock lock{mutex_};
  Table& table = tables_[circle];
  table.by_content[policy::to_json(marking_class)] = number;
  table.by_number.emplace(number, std::move(marking_class));
}

const policy::MarkingClass* Classes::find(CircleId circle, std::uint32_t number) const {
  std::shared_lock lock{mutex_};
  const auto table = tables_.find(circle);
  if (table == tables_.end()) return nullptr;
  const auto it = table->second.by_number.find(number);
  return it == table->second.by_number.end() ? nullptr : &it->second;
}

Result<policy::MarkingClass> Classes::at(CircleId circle, std::uint32_t number) const {
  const auto* found = find(circle, number);
  if (found == nullptr)
    return Error{Errc::corrupt, "circle " + std::to_string(circle.value()) + " has no marking class " +
                                    std::to_string(number)};
  return *found;
}

}  // namespace tocsin::circle
