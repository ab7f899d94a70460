/// Cutting must not depend on the pieces, must not grow past its limit, and must give one line per object.

#include <cstdint>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "formats/object_stream.hpp"

namespace {

std::vector<std::string> cut(std::string_view text, std::size_t piece) {
  std::vector<std::string> out;
  tocsin::formats::ObjectStream stream{{.object_bytes_max = 200}};
  const auto take = [&](const tocsin::formats::ObjectStream::Item& item) {
    TOCSIN_CHECK(item.bytes.empty() != item.problem.empty(), "an item is an object or a problem");
    TOCSIN_CHECK(item.bytes.size() <= 200, "an object keeps to its limit");
    TOCSIN_CHECK(item.bytes.find('\n') == std::string_view::npos, "an object is one line");
    if (!item.bytes.empty()) TOCSIN_CHECK(item.bytes.front() == '{' && item.bytes.back() == '}', "an object");
    out.push_back(item.problem.empty() ? std::string{item.bytes} : "!" + std::string{item.problem});
  };
  for (std::size_t at = 0; at < text.size(); at += piece)
    if (auto fed = stream.feed(text.substr(at, piece), take); !fed) {
      out.push_back("?" + fed.error().detail);
      return out;
    }
  if (auto finished = stream.finish(); !finished) out.push_back("?" + finished.error().detail);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto whole = cut(text, size + 1);
  TOCSIN_CHECK(whole == cut(text, 1), "the pieces decide what is found");
  TOCSIN_CHECK(whole == cut(text, 3), "the pieces decide what is found");
  return 0;
}
