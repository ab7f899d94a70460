#pragma once

/// One object through the table of the policy. Used by screen.cpp alone.
/// Threads: one per `Renderer`.

#include <simdjson.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "screen/screen.hpp"

namespace tocsin::screen {

/// What became of the objects of an id, as far as it is known.
struct Fate {
  bool present = false;   ///< one of the batch
  bool others = false;    ///< somebody else's
  bool minted = false;    ///< it leaves under a new id
  bool withheld = false;  ///< no version of it leaves
};

enum class Role : std::uint8_t { unknown, attacker, victim };

/// What all renderings of a batch share.
struct Batch {
  const Policy& policy;
  const Own& own;
  const Member& member;
  std::unordered_map<std::string, Fate> fates;
  std::unordered_map<std::string, Role> roles;
};

/// By value: simdjson gives a reference into what goes away with the statement.
inline simdjson::dom::array items_of(const simdjson::dom::element& value) {
  return value.get_array().value_unsafe();
}
inline simdjson::dom::object members_of(const simdjson::dom::element& value) {
  return value.get_object().value_unsafe();
}

bool is_reference(std::string_view key);  ///< "…_ref", "…_refs", but not of markings
bool is_observable(std::string_view type);
bool left_before(const Member& member, std::string_view id);
std::string base32(std::string_view bytes);

/// Whether a person has read what waits for review.
enum class Texts : std::uint8_t { wait, read };

class Renderer {
 public:
  struct Rendered {
    bool withheld = false, changed = false, review = false;
    std::string out;
    std::vector<Finding> findings;
  };

  explicit Renderer(const Batch& batch);
  Rendered own_object(const simdjson::dom::object& object, std::string_view id, std::string_view type,
                      Texts texts = Texts::wait);
  Rendered object_of_others(const simdjson::dom::element& object);

 private:
  using Element = simdjson::dom::element;
  bool property(const Element& value, const FieldNode& node, std::string_view key);
  bool members(const simdjson::dom::object& object, const FieldNode& node);
  bool apply(const Element& value, Action action, std::string_view key);
  bool references(const Element& value);
  bool reference(std::string_view id);
  bool guarded(const Element& value, Kinds kinds, bool all_members);
  bool scanned(const Element& value, const Search& search);
  bool scanned_text(std::string_view text, const Search& search);
  bool url(std::string_view text);
  bool query_part(std::string& out, std::string_view part);
  bool generalised(const Element& value);
  void text(std::string_view value);
  void as_is(const Element& value);
  std::string replacement(const Found& found, std::string_view text);
  std::string pseudonym(std::string_view kind, std::string_view value) const;
  void note(std::string_view rule, Action action);
  bool left_out(std::string_view rule, Action action);

  const Batch& batch_;
  const Kinds scanned_kinds_;
  Rendered done_;
  std::string path_;
  Role role_ = Role::unknown;
  Texts texts_ = Texts::wait;
};

}  // namespace tocsin::screen
