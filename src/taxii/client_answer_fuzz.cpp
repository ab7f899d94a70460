/// What another server answers: read whole or refused with a reason; objects are pieces of the body.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "taxii/client_answer.hpp"
#include "taxii/client_position.hpp"
#include "taxii/client_url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  using namespace tocsin::taxii;
  const std::string_view body{reinterpret_cast<const char*>(data), size};
  static client::PageReader reader;
  constexpr std::size_t objects_max = 64;
  if (const auto envelope = reader.read(body, objects_max)) {
    TOCSIN_CHECK(envelope->objects.size() <= objects_max, "the limit holds");
    for (const auto& object : envelope->objects) {
      TOCSIN_CHECK(object.bytes.front() == '{' && object.bytes.back() == '}', "an object");
      TOCSIN_CHECK(body.find(object.bytes) != std::string_view::npos, "as it came");
    }
  } else {
    TOCSIN_CHECK(!envelope.error().detail.empty(), "or why not");
  }
  if (const auto resource = client::read_resource(body); resource && resource->discovery) {
    const auto base = client::parse_url("https://host.example/taxii2/").value();
    for (const auto& root : resource->discovery->api_roots)
      if (const auto url = client::resolve(base, root)) {
        TOCSIN_CHECK(url->origin.starts_with("https://") && url->path.starts_with("/"), "an https URL");
        const auto again = client::parse_url(url->text());
        TOCSIN_CHECK(again && again->text() == url->text(), "that reads as it is written");
      }
  }
  if (const auto collections = client::read_collections(body))
    for (const auto& each : *collections) TOCSIN_CHECK(!each.id.empty(), "a collection has an id");
  static_cast<void>(client::read_manifest(body));
  static_cast<void>(client::read_error(body));
  static_cast<void>(client::parse_url(body));
  if (const auto position = client::read_position(body)) {
    const auto again = client::read_position(client::to_json(*position));
    TOCSIN_CHECK(again && *again == *position, "a position reads as it is written");
  }
  return 0;
}
