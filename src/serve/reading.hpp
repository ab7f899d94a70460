#pragma once

/// Tools that the reading routes share: parameters, waiting for the views, entries as their reader may see
/// them. Threads: as dispatch.hpp.

#include <functional>
#include <optional>
#include <string>

#include "serve/dispatch.hpp"

namespace tocsin::serve {

/// A whole number of the query. Errors: invalid_input names the parameter.
Result<std::uint64_t> number_parameter(const net::Request& request, std::string_view name,
                                       std::uint64_t otherwise, std::uint64_t most);

/// Runs `then` once the views hold everything that was durable when the request came; answers 503 when they
/// cannot.
void when_current(SharedCall call, std::function<void(SharedCall)> then);

/// Writes the government lease, if one is due, before content goes out. Errors: denied without the scope
/// 'read'; unavailable (disk).
Status admit_read(Call& call, CircleId circle, std::string route, std::string filter, Sequence from,
                  Sequence to);

/// The entry if this sight may see it; nullopt when not. Errors: corrupt, unavailable.
Result<std::optional<log::Entry>> visible_entry(const Services& services, circle::Sight& sight,
                                                Sequence sequence);

/// What the views list for an id, beyond what one call gives.
inline constexpr std::size_t list_most = 1000;

}  // namespace tocsin::serve
