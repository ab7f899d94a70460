#include "history/table.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "history/run.hpp"

namespace tocsin::history {
namespace {

constexpr std::size_t files_max = 60'000, ahead = 12, slots_min = 1024;

}  // namespace

Table::Table(std::size_t entries_max, std::size_t bytes_max)
    : entries_max_{entries_max}, bytes_max_{bytes_max}, slots_(slots_min) {
  fill_random(std::as_writable_bytes(std::span{&seed_, 1}));
}

std::uint16_t Table::number_of(std::string_view file) {
  const auto found = std::ranges::find_if(files_, [&](auto one) { return one.data() == file.data(); });
  if (found != files_.end()) return static_cast<std::uint16_t>(found - files_.begin());
  if (files_.size() < files_max) files_.push_back(file);
  return static_cast<std::uint16_t>(files_.size() - 1);
}

/// Where it stands, or a free place.
Table::Slot* Table::slot_of(std::uint64_t hash, std::uint8_t tag, std::string_view text) {
  for (auto at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    auto& slot = slots_[at];
    if (slot.hash == 0) return &slot;
    if (slot.hash != hash) continue;
    Entry entry;
    std::memcpy(&entry, arena_.data() + slot.entry, sizeof entry);
    if (entry.tag == tag && std::string_view{arena_}.substr(slot.entry + sizeof entry, entry.size) == text)
      return &slot;
  }
}

void Table::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const auto& slot : old) {
    if (slot.hash == 0) continue;
    auto at = slot.hash & (slots_.size() - 1);
    while (slots_[at].hash != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

std::size_t Table::add(std::span<const Observed> values, std::string_view file) {
  const auto number = number_of(file);
  while ((count_ + values.size()) * 2 > slots_.size()) grow();
  // The memory of some values ahead is asked for, so that the waits overlap.
  hashes_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& text = values[i].text;
    hashes_[i] = XXH3_64bits_withSeed(text.data(), text.size(), seed_ + values[i].tag);
    hashes_[i] += hashes_[i] == 0 ? 1 : 0;
    __builtin_prefetch(&slots_[hashes_[i] & (slots_.size() - 1)]);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + ahead < values.size())
      if (const auto& next = slots_[hashes_[i + ahead] & (slots_.size() - 1)]; next.hash != 0)
        __builtin_prefetch(arena_.data() + next.entry);
    const auto& value = values[i];
    auto& slot = *slot_of(hashes_[i], value.tag, value.text);
    if (slot.hash != 0) {
      Entry entry;
      std::memcpy(&entry, arena_.data() + slot.entry, sizeof entry);
      ++entry.count;
      if (value.second < entry.first_second) {
        entry.first_second = value.second;
        entry.first_file = number;
      }
      if (value.second >= entry.last_second) {
        entry.last_second = value.second;
        entry.last_file = number;
        entry.last_offset_bytes = value.offset_bytes;
      }
      std::memcpy(arena_.data() + slot.entry, &entry, sizeof entry);
      continue;
    }
    if (count_ == entries_max_ || arena_.size() > bytes_max_) return i;
    const Entry entry{1,
                      value.offset_bytes,
                      value.second,
                      value.second,
                      static_cast<std::uint32_t>(value.text.size()),
                      number,
                      number,
                      value.tag};
    slot = {hashes_[i], arena_.size()};
    arena_.append(reinterpret_cast<const char*>(&entry), sizeof entry);
    arena_ += value.text;
    arena_.append((8 - arena_.size() % 8) % 8, '\0');
    ++count_;
  }
  return values.size();
}

Result<std::string> Table::seal(const KeyOf& key_of) const {
  std::vector<std::pair<std::string, Trace>> all;
  all.reserve(count_);
  std::uint32_t base_second = UINT32_MAX;
  for (const auto& slot : slots_) {
    if (slot.hash == 0) continue;
    Entry entry;
    std::memcpy(&entry, arena_.data() + slot.entry, sizeof entry);
    base_second = std::min(base_second, entry.first_second);
    all.emplace_back(
        key_of(entry.tag, std::string_view{arena_}.substr(slot.entry + sizeof entry, entry.size)),
        Trace{entry.first_second, entry.last_second, entry.count, files_[entry.first_file],
              files_[entry.last_file], entry.last_offset_bytes});
  }
  std::ranges::sort(all, {}, [](const auto& one) -> const std::string& { return one.first; });
  std::string out;
  RunWriter writer{[&](std::string_view bytes) {
                     out += bytes;
                     return Status{};
                   },
                   all.size(), base_second};
  // Spellings of one value may lie under one key.
  for (std::size_t i = 0; i < all.size();) {
    Trace trace;
    const auto begin = i;
    for (; i < all.size() && all[i].first == all[begin].first; ++i) trace.add(all[i].second);
    TOCSIN_TRY(writer.add(all[begin].first, trace));
  }
  TOCSIN_TRY(writer.finish());
  return out;
}

}  // namespace tocsin::history
