#include "api/openapi.hpp"

#include <gtest/gtest.h>

#include <set>

#include "api/routes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::api {
namespace {

const json::Object& document() {
  static const json::Object parsed = [] {
    auto object = json::parse_object(openapi_document());
    EXPECT_TRUE(object) << (object ? "" : object.error().detail);
    return object ? *std::move(object) : json::Object{};
  }();
  return parsed;
}

std::string operation_name(std::string_view method, std::string_view path) {
  return to_lower_ascii(method) + ' ' + std::string{path};
}

/// Calls `visit` with every reference anywhere in the document.
template <class Visit>
void each_reference(const json::Value& value, const Visit& visit) {
  if (const auto* object = value.if_object()) {
    if (const auto* reference = object->if_contains("$ref")) visit(json::view(reference->as_string()));
    for (const auto& field : *object) each_reference(field.value(), visit);
  } else if (const auto* array = value.if_array()) {
    for (const auto& item : *array) each_reference(item, visit);
  }
}

TEST(OpenApi, DescribesExactlyTheRoutesThatThereAre) {
  std::set<std::string> described;
  for (const auto& path : document().at("paths").as_object())
    for (const auto& operation : path.value().as_object())
      if (!json::view(path.key()).starts_with("/signin"))  // src/signin holds those against its own routes
        described.insert(operation_name(operation.key(), path.key()));
  std::set<std::string> served;
  for (const auto& route : routes()) served.insert(operation_name(route.method, route.path));
  EXPECT_EQ(described, served);
}

TEST(OpenApi, OperationsHaveNamesOfTheirOwnAndSayWhoNeedsNoCredentials) {
  std::set<std::string> ids;
  for (const auto& route : routes()) {
    const auto& operation =
        document().at("paths").at(route.path).at(to_lower_ascii(route.method)).as_object();
    EXPECT_TRUE(ids.emplace(operation.at("operationId").as_string()).second) << route.path;
    EXPECT_EQ(operation.contains("security"), route.access == serve::Access::open) << route.path;
    EXPECT_EQ(operation.at("responses").as_object().contains("401"), route.access != serve::Access::open);
  }
}

TEST(OpenApi, NamesTheParametersOfEveryPath) {
  for (const auto& path : document().at("paths").as_object()) {
    std::set<std::string> wanted;
    for (const auto part : split(path.key(), '/'))
      if (!part.empty() && part.front() == '{') wanted.emplace(part.substr(1, part.size() - 2));
    for (const auto& operation : path.value().as_object()) {
      std::set<std::string> named;
      if (const auto* parameters = operation.value().as_object().if_contains("parameters"))
        for (const auto& parameter : parameters->as_array()) {
          const auto& object = parameter.as_object();
          if (!object.contains("$ref")) {
            if (object.at("in") == "path") named.emplace(object.at("name").as_string());
          } else if (object.at("$ref") == "#/components/parameters/circle") {
            named.emplace("circle");
          }
        }
      EXPECT_EQ(named, wanted) << operation.key() << ' ' << path.key();
    }
  }
}

TEST(OpenApi, RefersOnlyToWhatItDefinesAndDefinesNothingInVain) {
  std::set<std::string> referred;
  each_reference(document(), [&](std::string_view reference) { referred.emplace(reference); });
  std::set<std::string> defined;
  for (const auto group : {"schemas", "parameters", "responses"})
    for (const auto& definition : document().at("components").at(group).as_object())
      defined.insert("#/components/" + std::string{group} + '/' + std::string{definition.key()});
  EXPECT_EQ(referred, defined);
}

}  // namespace
}  // namespace tocsin::api
