#include "circle/context.hpp"

#include "base/json.hpp"

namespace tocsin::circle {
namespace {

constexpr std::size_t words_min = 3;

/// A word has two letters at least; letters beyond ASCII count.
std::size_t words_in(std::string_view text) {
  std::size_t words = 0;
  std::size_t letters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_letter = (byte | 0x20U) - 'a' < 26U || byte >= 0x80;
    if (is_letter) {
      if (++letters == 2) ++words;
    } else if (c == ' ') {
      letters = 0;
    }
  }
  return words;
}

}  // namespace

bool lacks_context(const stix::Object& object) {
  if (object.type != "indicator" || object.revoked) return false;
  const auto document = json::parse_object(object.bytes);
  if (!document) return false;
  const auto* confidence = document->if_contains("confidence");
  if (confidence != nullptr && confidence->is_int64() && confidence->get_int64() > 0) return false;
  const auto* phases = document->if_contains("kill_chain_phases");
  if (phases != nullptr && phases->is_array() && !phases->get_array().empty()) return false;
  return words_in(json::text_or(*document, "name")) < words_min &&
         words_in(json::text_or(*document, "description")) < words_min;
}

}  // namespace tocsin::circle
