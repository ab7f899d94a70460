#include "taxii/client_position.hpp"

#include "base/json.hpp"

namespace tocsin::taxii::client {
namespace {

constexpr std::uint64_t format_version = 1;

}  // namespace

std::string to_json(const Position& position) {
  json::Object object{{"version", format_version}, {"collection", position.collection}};
  if (position.added_after) object["added_after"] = to_rfc3339(*position.added_after);
  object["seen"] = json::Array(position.seen.begin(), position.seen.end());
  return json::dump(object);
}

Result<Position> read_position(std::string_view text) {
  const auto object = json::parse_object(text);
  if (!object) return object.error();
  if (json::number_or(*object, "version") != format_version)
    return Error{Errc::invalid_input, "'version' is not 1: another program's file, or that of a newer one"};
  Position position;
  auto collection = json::text(*object, "collection");
  if (!collection) return collection.error();
  position.collection = *std::move(collection);
  const auto after = json::optional_text(*object, "added_after");
  if (!after) return after.error();
  if (*after) {
    const auto time = parse_rfc3339(**after);
    if (!time) return time.error();
    position.added_after = *time;
  }
  auto seen = json::texts(*object, "seen");
  if (!seen) return seen.error();
  position.seen = *std::move(seen);
  return position;
}

}  // namespace tocsin::taxii::client
