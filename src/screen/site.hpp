#pragma once

/// The host in a URL, an e-mail address, or an entry of a list.
/// Source:  RFC 3986 §3.2. Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

#include "stix/object.hpp"

namespace tocsin::screen {

/// Lower case, without "*." or "." in front and without a dot at the end.
std::string bare_host(std::string_view host);

/// The host of a URL with authority ("scheme://…") as an address or a domain.
std::optional<stix::Value> host_of_url(std::string_view url);
/// The same, when the URL says no more than the host and perhaps a port: no path but "/", no query.
std::optional<stix::Value> whole_site(std::string_view url);
/// The domain behind the @.
std::optional<stix::Value> host_of_email(std::string_view address);

}  // namespace tocsin::screen
