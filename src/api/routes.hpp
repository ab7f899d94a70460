#pragma once

/// The table of the native API: which path is whose business. OpenAPI and tests are checked against it.

#include "serve/dispatch.hpp"

namespace tocsin::api {

const std::vector<serve::Route>& routes();

/// The native API as one of the hub's interfaces. It takes every path that no other has.
serve::Interface interface();

}  // namespace tocsin::api
