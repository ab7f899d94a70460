#include "observe/fields.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.hpp"

namespace tocsin::observe {
namespace {

/// The first and last eight bytes and the length tell all names of a format apart well enough.
std::uint32_t hash_name(Fields::NodeId parent, std::string_view name) {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  std::memcpy(&head, name.data(), 8);  // padded: see Fields::padding_bytes
  if (name.size() >= 8)
    std::memcpy(&tail, name.data() + name.size() - 8, 8);
  else
    head &= ~(~0ULL << (8 * name.size()));
  const auto mixed = (head ^ std::rotl(tail, 23) ^ (name.size() << 17) ^ parent) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::uint32_t>(mixed >> 32);
}

std::uint32_t hash_unpadded(Fields::NodeId parent, std::string_view name) {
  std::string padded{name};
  padded.append(Fields::padding_bytes, '\0');
  return hash_name(parent, std::string_view{padded}.substr(0, name.size()));
}

bool has_word(std::string_view list, std::string_view word) {
  if (list == word) return true;
  for (auto at = list.find(word); !word.empty() && at != std::string_view::npos;
       at = list.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

}  // namespace

Fields::Fields(std::initializer_list<Table> tables) {
  std::size_t names = 0;
  for (const auto& table : tables) names += table.rows.size() * (table.prefixes.size() + 2);
  slots_.resize(std::bit_ceil(names * 4 + 64));
  for (const auto& table : tables) add_rows(table);
  for (auto& node : nodes_)  // only now: the rows have stopped moving
    if (node.rows == 1 && rows_[node.first_row].kind.empty()) node.only = &rows_[node.first_row];
}

void Fields::add_rows(const Table& table) {
  std::vector<Row> sorted{table.rows.begin(), table.rows.end()};
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Row& a, const Row& b) { return a.field < b.field; });
  for (auto row = sorted.begin(); row != sorted.end();) {
    const auto end = std::find_if(row, sorted.end(), [&](const Row& r) { return r.field != row->field; });
    const auto first = rows_.size();
    rows_.insert(rows_.end(), row, end);

    std::vector<std::string> paths;
    for (const auto prefix : table.prefixes) paths.push_back(std::string{prefix}.append(row->field));
    if (paths.empty()) paths.emplace_back(row->field);
    if (table.underscores && row->field.find('.') != std::string_view::npos) {
      auto& flat = paths.emplace_back(row->field);
      std::replace(flat.begin(), flat.end(), '.', '_');
    }
    for (auto& path : paths) add_path(spellings_.emplace_back(std::move(path)), first, rows_.size() - first);
    row = end;
  }
}

void Fields::add_path(std::string_view path, std::size_t first_row, std::size_t rows) {
  NodeId at = root;
  while (!path.empty()) {
    const auto slash = path.find('/');
    nodes_[at].inner = true;
    at = add(at, path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  nodes_[at].first_row = static_cast<std::uint16_t>(first_row);
  nodes_[at].rows = static_cast<std::uint16_t>(rows);
}

Fields::NodeId Fields::add(NodeId parent, std::string_view name) {
  const auto hash = hash_unpadded(parent, name);
  for (auto i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
    auto& slot = slots_[i];
    if (slot.child != unknown && slot.parent == parent && nodes_[slot.child].name == name) return slot.child;
    if (slot.child != unknown) continue;
    TOCSIN_CHECK(nodes_.size() * 2 < slots_.size(), "the table of field names keeps free slots");
    slot = {hash, parent, static_cast<NodeId>(nodes_.size())};
    nodes_.emplace_back().name = name;
    return slot.child;
  }
}

Fields::NodeId Fields::find(NodeId parent, std::string_view name) const {
  const auto hash = hash_name(parent, name);
  for (auto i = hash & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
    const auto& slot = slots_[i];
    if (slot.child == unknown) return unknown;
    if (slot.hash == hash && slot.parent == parent && nodes_[slot.child].name == name) return slot.child;
  }
}

const Row* Fields::row_for(NodeId id, std::string_view kind) const {
  const Row* any = nullptr;
  for (const auto& row : rows(id)) {
    if (row.kind.empty())
      any = &row;
    else if (has_word(row.kind, kind))
      return &row;
  }
  return any;
}

}  // namespace tocsin::observe
