#include <cstddef>
#include <cstdint>
#include <string_view>

#include "observe/feed_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tocsin::observe::Format;
  using tocsin::observe::Reader;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  tocsin::observe::feed(Reader{Format::csv}, text);
  tocsin::observe::feed(Reader{Format::w3c}, text);
  return 0;
}
