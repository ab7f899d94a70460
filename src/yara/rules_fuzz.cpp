#include <cstdint>

#include "yara/rules.hpp"

/// Rules, a byte 0xff, and the bytes of a file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  const auto middle = std::min(all.find('\xff'), all.size());
  const tocsin::yara::Text text{"indicator--1", std::string{all.substr(0, middle)}};
  std::vector<tocsin::yara::Refused> refused;
  const auto rules = tocsin::yara::Rules::compile({&text, 1}, refused);
  if (rules) (void)rules->scan(all.substr(middle), std::chrono::seconds{1});
  return 0;
}
