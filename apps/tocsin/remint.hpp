#pragma once

/// `share --anonymous`: the member's own objects under new random ids, without their creator.
///
/// Contract: an object is the member's own when its `created_by_ref` is one of the member's identities. Own
///           objects lose the creator, get a random id that stays the same in every later share, and their
///           references to own objects follow. Objects of others pass as they are, or not at all when they
///           name an own object or the member. What comes out never names an own id or identity.
/// Errors:   denied, saying why, for an object that would name the member.
/// Threads:  one.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mapping.hpp"

namespace tocsin::cli {

/// True when the object's `created_by_ref` is one of `identities`; `id` is then its id.
bool is_own(std::string_view object, const std::vector<std::string>& identities, std::string& id);

/// The object as it may leave; every own object of the submission must have its id in the mapping before.
Result<std::string> reminted(std::string_view object, const std::vector<std::string>& identities,
                             const Mapping& mapping);

}  // namespace tocsin::cli
