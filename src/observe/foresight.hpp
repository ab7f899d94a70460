#pragma once

/// Names of a record's fields, recognised by what followed last time.
///
/// Writers name the fields of a record in the same order again and again. What followed a name last time is
/// most likely what follows it now: comparing with that is cheaper than a look-up.
/// Threads: one thread at a time.

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "observe/fields.hpp"

namespace tocsin::observe {

class Foresight {
 public:
  /// Bytes read behind the begin of a name, whatever its length.
  static constexpr std::size_t name_bytes = 32;

  /// A record of a format begins.
  void begin(const Fields& fields) {
    if (fields_ != &fields) {
      fields_ = &fields;
      steps_.assign(1, Step{});
    }
    last_ = 0;
  }
  struct Known {
    Fields::NodeId field;
    std::uint32_t size;  ///< of the name
  };
  /// The field whose name begins behind an opening quote, when it is one that was foreseen.
  const Known* foreseen(Fields::NodeId parent, const char* name) {
    for (const auto next : steps_[last_].next) {
      const auto& step = steps_[next];
      if (step.parent != parent || !step.stands_at(name)) continue;
      last_ = next;
      return &step.known;
    }
    return nullptr;
  }
  /// The same by look-up, to be foreseen from now on.
  Fields::NodeId learn(Fields::NodeId parent, std::string_view name) {
    const auto child = fields_->find(parent, name);
    if (name.size() >= name_bytes) return child;
    std::size_t at = 1;
    while (at < steps_.size() && !(steps_[at].parent == parent && steps_[at].stands_at(name.data()))) ++at;
    if (at == steps_max) return child;
    if (at == steps_.size()) steps_.emplace_back(parent, child, name);
    auto& next = steps_[last_].next;
    next = {static_cast<std::uint16_t>(at), next[0]};
    last_ = at;
    return child;
  }

 private:
  static constexpr std::size_t steps_max = 1024;
  struct Step {
    Step() = default;
    Step(Fields::NodeId above, Fields::NodeId field, std::string_view name)
        : known{field, static_cast<std::uint32_t>(name.size())}, parent{above} {
      std::memcpy(bytes.data(), name.data(), name.size() + 1);
      mask = static_cast<std::uint32_t>((1ULL << (name.size() + 1)) - 1);
    }
    /// Compares the name and its closing quote.
    bool stands_at(const char* name) const {
#if defined(__SSE2__)
      const auto equal = [&](std::size_t at) {
        const auto ours = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
        const auto theirs = _mm_loadu_si128(reinterpret_cast<const __m128i*>(name + at));
        return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(ours, theirs)));
      };
      return ((equal(0) | equal(16) << 16) & mask) == mask;
#else
      return std::memcmp(bytes.data(), name, known.size + 1) == 0;
#endif
    }
    std::array<char, name_bytes> bytes{};
    std::uint32_t mask = 0;  // which of them count
    Known known{Fields::unknown, 0};
    Fields::NodeId parent = no_parent;
    std::array<std::uint16_t, 2> next{};  // 0: none, the step before a record's first name
  };
  static constexpr Fields::NodeId no_parent = 0xffff;

  const Fields* fields_ = nullptr;
  std::vector<Step> steps_{1};
  std::size_t last_ = 0;
};

}  // namespace tocsin::observe
