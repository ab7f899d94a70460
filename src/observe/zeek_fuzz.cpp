#include <cstddef>
#include <cstdint>
#include <string>

#include "observe/reader.hpp"

namespace {

/// Feeds all lines; every value must be readable text of a bounded number.
void feed(tocsin::observe::Reader reader, std::string_view text) {
  tocsin::stix::Observation out;
  std::size_t bytes = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto outcome = reader.read(text.substr(0, end), out);
    if (!outcome && !out.values().empty()) __builtin_trap();
    for (const auto& value : out.values())
      for (const char c : value.text) bytes += static_cast<unsigned char>(c);
    if (out.values().size() > 4096) __builtin_trap();
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  if (bytes == static_cast<std::size_t>(-1)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tocsin::observe::Format;
  using tocsin::observe::Reader;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  feed(Reader{Format::zeek_tsv, "conn"}, text);
  feed(Reader{Format::zeek_json, "conn"}, text);
  feed(Reader{Format::automatic, "conn"}, text);
  return 0;
}
