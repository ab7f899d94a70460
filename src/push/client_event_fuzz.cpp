/// What is read as an event must be whole: its views lie in its data, and its commitment holds.

#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "push/client_event.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static tocsin::push::EventReader reader;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto event = reader.read({}, text)) {
    TOCSIN_CHECK(event->data == text, "the event carries its data");
    TOCSIN_CHECK(text.find(event->content) != std::string_view::npos, "the content is a piece of the data");
    TOCSIN_CHECK(event->content.front() == '{' && event->content.back() == '}', "the content is an object");
    TOCSIN_CHECK(text.find(event->attributes) != std::string_view::npos,
                 "the attributes are a piece of the data");
  }
  static_cast<void>(reader.read_position(text));
  static_cast<void>(reader.read_reason(text));
  static_cast<void>(tocsin::push::read_attributes(text));
  return 0;
}
