#include <cstddef>
#include <cstdint>
#include <string_view>

#include "observe/feed_fuzz.hpp"

// The first byte chooses a built-in format, or that it be found out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tocsin::observe::Format;
  using tocsin::observe::Reader;
  if (size == 0) return 0;
  const auto format = static_cast<Format>((data[0] - '@') & 31);
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  tocsin::observe::feed(Reader{format <= Format::lines ? format : Format::automatic}, text);
  tocsin::observe::feed(Reader{}, text);
  return 0;
}
