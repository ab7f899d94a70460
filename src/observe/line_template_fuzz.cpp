#include <cstddef>
#include <cstdint>
#include <string_view>

#include "observe/line_template.hpp"

// The first line is a template, the rest is a line that it is held against.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tocsin::observe::LineTemplate;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto end = text.find('\n');
  const auto variants = LineTemplate::parse(text.substr(0, end));
  if (!variants || end == std::string_view::npos) return 0;
  const auto line = text.substr(end + 1);
  for (const auto& variant : *variants) {
    if (variant.fields().size() > LineTemplate::fields_max) __builtin_trap();
    std::size_t bytes = 0;
    (void)variant.match(line, [&](std::size_t i, std::string_view cell) {
      if (i >= variant.fields().size()) __builtin_trap();
      if (!cell.empty() &&
          (cell.data() < line.data() || cell.data() + cell.size() > line.data() + line.size()))
        __builtin_trap();
      bytes += cell.size();
      return true;
    });
    if (bytes > line.size()) __builtin_trap();
  }
  return 0;
}
