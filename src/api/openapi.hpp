#pragma once

#include <string_view>

namespace tocsin::api {

/// The OpenAPI 3.1 description of every route, as JSON.
std::string_view openapi_document();

}  // namespace tocsin::api
