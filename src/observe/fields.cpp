#include "observe/fields.hpp"

#include <algorithm>
#include <array>
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

constexpr std::array<std::string_view, static_cast<std::size_t>(As::count_)> as_names = {
    "nothing",
    "begin",
    "text",
    "plus_text",
    "lower",
    "number",
    "digits",
    "time",
    "date",
    "clock",
    "kind",
    "provider",
    "source",
    "destination",
    "destination_port",
    "source_and_port",
    "destination_and_port",
    "protocols",
    "address",
    "domain",
    "question",
    "answer",
    "answers",
    "any",
    "host",
    "http_host",
    "http_uri",
    "http_query",
    "http_port",
    "url",
    "hash",
    "hashes",
    "file_path",
    "process_path",
    "program",
    "pid",
    "email",
    "subject",
    "registry_key",
    "registry_value",
    "json",
    "pair_name",
    "pair_value",
    "line"};
constexpr std::array<std::string_view, static_cast<std::size_t>(Of::count_)> of_names = {
    "own",          "connection", "file",        "process",     "image",   "parent",
    "parent_image", "other",      "other_image", "certificate", "message", "registry"};

template <class Enum, std::size_t count>
std::optional<Enum> find_name(const std::array<std::string_view, count>& names, std::string_view name) {
  for (std::size_t i = 0; i < count; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name(As as) {
  return as_names[static_cast<std::size_t>(as)];
}
std::string_view name(Of of) {
  return of_names[static_cast<std::size_t>(of)];
}
std::optional<As> as_named(std::string_view name) {
  return find_name<As>(as_names, name);
}
std::optional<Of> of_named(std::string_view name) {
  return find_name<Of>(of_names, name);
}

std::size_t Fields::levels(const Table& table) {
  const auto levels_of = [](std::string_view path) {
    return 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  };
  std::size_t below = 0;
  for (const auto prefix : table.prefixes) below += levels_of(prefix);
  std::size_t all = 0;
  for (const auto& row : table.rows) all += below + (table.prefixes.size() + 3) * levels_of(row.field);
  return all;
}

Fields::Fields(std::span<const Table> tables) {
  std::size_t names = 0;
  for (const auto& table : tables) names += levels(table);
  TOCSIN_CHECK(names <= levels_max, "a table of fields is not larger than its reader allows");
  slots_.resize(std::bit_ceil(names * 2 + 64));
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
    if (table.dots && row->field.find('/') != std::string_view::npos) {
      auto& flat = paths.emplace_back(row->field);
      std::replace(flat.begin(), flat.end(), '/', '.');
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

Fields::NodeId Fields::find_copy(NodeId parent, std::string_view name) const {
  std::string padded{name};
  padded.append(padding_bytes, '\0');
  return find(parent, std::string_view{padded}.substr(0, name.size()));
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
