#include "match/text_index.hpp"

#include <hs/hs.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>

namespace tocsin::match {
namespace {

constexpr std::size_t known_max = 64;
constexpr unsigned flags = HS_FLAG_SINGLEMATCH | HS_FLAG_DOTALL | HS_FLAG_ALLOWEMPTY;

/// Nothing: the engine does not take it.
std::optional<std::size_t> width(const char* expression) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  std::optional<std::size_t> out;
  if (hs_expression_info(expression, flags, &info, &error) == HS_SUCCESS) out = info->min_width;
  if (error != nullptr) hs_free_compile_error(error);
  std::free(info);
  return out;
}

/// Compiles what can be compiled; the rest goes to `refused`.
hs_database* compile(std::vector<TextIndex::Entry> entries, std::vector<std::uint32_t>& refused) {
  std::erase_if(entries, [&](const TextIndex::Entry& entry) {
    if (width(entry.trigger->expression.c_str())) return false;
    refused.push_back(entry.owner);
    return true;
  });
  while (!entries.empty()) {
    std::vector<const char*> texts;
    std::vector<unsigned> owners, all_flags(entries.size(), flags);
    for (const auto& entry : entries) {
      texts.push_back(entry.trigger->expression.c_str());
      owners.push_back(entry.owner);
    }
    hs_database* database = nullptr;
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(texts.data(), all_flags.data(), owners.data(), static_cast<unsigned>(texts.size()),
                         HS_MODE_BLOCK, nullptr, &database, &error) == HS_SUCCESS)
      return database;
    const int bad = error->expression;
    hs_free_compile_error(error);
    if (bad < 0) break;
    refused.push_back(entries[static_cast<std::size_t>(bad)].owner);
    entries.erase(entries.begin() + bad);
  }
  for (const auto& entry : entries) refused.push_back(entry.owner);
  return nullptr;
}

int note(unsigned owner, unsigned long long, unsigned long long, unsigned, void* owners) {
  static_cast<std::vector<std::uint32_t>*>(owners)->push_back(owner);
  return 0;
}

}  // namespace

std::size_t least_characters(const std::string& expression) {
  return width(expression.c_str()).value_or(0);
}

TextScratch::~TextScratch() {
  if (scratch_ != nullptr) hs_free_scratch(scratch_);
}

TextIndex::~TextIndex() {
  for (auto* database : databases_)
    if (database != nullptr) hs_free_database(database);
}

std::shared_ptr<const TextIndex> TextIndex::build(std::span<const Entry> entries,
                                                  std::vector<std::uint32_t>& refused) {
  static std::atomic<std::uint64_t> made{0};
  auto out = std::make_shared<TextIndex>();
  out->number_ = ++made;
  std::array<std::vector<Entry>, Paths{}.size()> by_path;
  for (const auto& entry : entries) by_path[static_cast<std::size_t>(entry.trigger->path)].push_back(entry);
  for (std::size_t path = 0; path < by_path.size(); ++path) {
    if (by_path[path].empty()) continue;
    for (const auto& entry : by_path[path]) out->owners_[path].push_back(entry.owner);
    out->databases_[path] = compile(std::move(by_path[path]), refused);
    out->paths_[path] = out->databases_[path] != nullptr;
  }
  return out;
}

bool TextIndex::search(stix::Path path, std::string_view text, TextScratch& scratch,
                       std::vector<std::uint32_t>& owners) const {
  const auto* database = databases_[static_cast<std::size_t>(path)];
  if (database == nullptr) return true;
  if (std::ranges::find(scratch.made_for_, number_) == scratch.made_for_.end()) {
    for (const auto* one : databases_)
      if (one != nullptr && hs_alloc_scratch(one, &scratch.scratch_) != HS_SUCCESS) return false;
    if (scratch.made_for_.size() >= known_max) scratch.made_for_.clear();  // most of them are gone
    scratch.made_for_.push_back(number_);
  }
  return hs_scan(database, text.data(), static_cast<unsigned>(text.size()), 0, scratch.scratch_, note,
                 &owners) == HS_SUCCESS;
}

std::size_t TextIndex::bytes() const {
  std::size_t sum = 0, one = 0;
  for (const auto* database : databases_)
    if (database != nullptr && hs_database_size(database, &one) == HS_SUCCESS) sum += one;
  return sum;
}

}  // namespace tocsin::match
