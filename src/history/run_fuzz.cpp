#include <cstdint>
#include <string>
#include <string_view>

#include "history/run.hpp"

/// The first byte says how much of the input are keys for a run of our own, which the rest then damages; or
/// the input is read as a run as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto use = [](std::string bytes) {
    const auto run = history::Run::of(std::move(bytes));
    if (!run) return;
    for (history::Run::Cursor cursor{*run}; cursor.next();) (void)(*run)->find(cursor.key());
    (void)(*run)->find("a");
  };
  use(std::string{input});
  if (size < 4) return 0;
  std::string bytes;
  history::RunWriter writer{[&](std::string_view part) {
                              bytes += part;
                              return Status{};
                            },
                            256, 0};
  std::string key;
  for (std::size_t i = 4; i < size && key.size() < history::key_bytes_max; ++i) {
    key += static_cast<char>(input[i]);
    if (!writer.add(key, {data[0], data[1], data[2], "a", "b", i})) return 0;
  }
  if (!writer.finish()) return 0;
  bytes[(static_cast<std::size_t>(data[0]) << 8 | data[1]) % bytes.size()] ^= static_cast<char>(data[2]);
  use(std::move(bytes));
  return 0;
}
