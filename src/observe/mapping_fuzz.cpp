#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "observe/feed_fuzz.hpp"

// A mapping, and behind a NUL what it reads.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::observe;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto end = text.find('\0');
  auto formats = std::make_shared<Formats>(*built_in_formats());
  if (const auto status = formats->add(text.substr(0, end), "fuzz"); !status) {
    if (!status.error().detail.starts_with("fuzz")) __builtin_trap();
    return 0;
  }
  if (end == std::string_view::npos) return 0;
  const auto lines = text.substr(end + 1);
  feed(Reader{static_cast<Format>(formats->all().size()), {}, formats}, lines);
  feed(Reader{Format::automatic, {}, formats}, lines);
  return 0;
}
