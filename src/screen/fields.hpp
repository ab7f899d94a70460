#pragma once

/// What is done with each property of each type, as a table of rows "path: action".
///
/// A path is the property's name, with a dot between the names of nested ones; lists do not show in it. "*"
/// stands for every name that has no row. A row speaks for all below it unless rows name what is below; then
/// whatever has no row is dropped.
/// Threads: built by one thread, then read by many.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::screen {

enum class Action : std::uint8_t {
  pass,     ///< as it is, not looked at
  guard,    ///< data of the threat: as it is, unless a guarded kind stands in it: then the object is withheld
  scan,     ///< what a detector finds is treated as the detector's row says
  command,  ///< the same, and -p and -u carry secrets
  url,      ///< no user, no fragment, of the query only what looks harmless
  attacker,    ///< passes (guarded) when the object belongs to the attacker by a reference, else is dropped
  generalise,  ///< times to the hour; anything else is dropped
  pseudonym,   ///< psn1-…, always the same for the same value
  review,      ///< left out until a person has read it
  drop,
  withhold,  ///< an object that has it does not leave
};
std::string_view name(Action action);
std::optional<Action> parse_action(std::string_view name);

/// Rows as a tree of names.
struct FieldNode {
  std::vector<std::pair<std::string, std::unique_ptr<FieldNode>>> below;  ///< by name
  std::optional<Action> action;

  const FieldNode* exact(std::string_view name) const;  ///< nullptr when it is not there
  const FieldNode* find(std::string_view name) const;   ///< falls back to "*"
};

/// Adds a row, or changes the one of that path. Errors: invalid_input.
Status add_row(FieldNode& root, std::string_view row);
/// Copies; rows as `add_row` reads them, ordered by path.
std::unique_ptr<FieldNode> copy(const FieldNode& node);
std::vector<std::string> rows_of(const FieldNode& root);

}  // namespace tocsin::screen
