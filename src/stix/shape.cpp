#include "stix/shape.hpp"

#include <simdjson.h>

#include <algorithm>

#include "stix/ids.hpp"

namespace tocsin::stix {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::int64_t whole_number_max = (std::int64_t{1} << 53) - 1;

}  // namespace

bool is_reference_name(std::string_view name) {
  return name.ends_with("_ref") || name.ends_with("_refs");
}

std::string_view Shape::repeated_key(std::span<std::string_view> keys) {
  constexpr std::size_t few = 24;
  if (keys.size() <= few) {
    for (std::size_t i = 1; i < keys.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (keys[i] == keys[j]) return keys[i];
    return {};
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return twice == keys.end() ? std::string_view{} : *twice;
}

void Shape::walk_property(std::string_view name, const element& value) {
  // Markings steer who may read; they are kept apart from what an object speaks of.
  const bool own = name.starts_with("x_");
  if (is_reference_name(name) && name != "object_marking_refs") note_reference(name, value, !own);
  const bool free = name == "extensions" || name == "definition";
  walk(value, 2, own ? Keys::own : free ? Keys::free : Keys::checked);
}

void Shape::walk(const element& value, std::size_t depth, Keys keys) {
  switch (value.type()) {
    case element_type::OBJECT:
      if (!allows_depth(depth)) return;
      return walk_object(value.get_object().value_unsafe(), depth, keys);
    case element_type::ARRAY: {
      if (!allows_depth(depth)) return;
      const simdjson::dom::array list = value.get_array().value_unsafe();
      std::size_t index = 0;
      for (const element item : list) {
        report_.enter(index++);
        walk(item, depth + 1, keys);
        report_.leave();
      }
      if (index == 0)
        report_.broken(keys == Keys::own ? "empty-custom-list" : "empty-list", "STIX 2.1 §2.11",
                       "a list must hold at least one value");
      return;
    }
    case element_type::STRING:
      return check_length(value.get_string().value_unsafe());
    case element_type::INT64: {
      const auto number = value.get_int64().value_unsafe();
      if (number < -whole_number_max || number > whole_number_max)
        report_.broken("integer-range", "STIX 2.1 §2.10",
                       std::to_string(number) + " lies outside ±(2^53-1), so readers would disagree on it");
      return;
    }
    case element_type::UINT64:
      return report_.broken("integer-range", "STIX 2.1 §2.10",
                            "a number outside ±(2^53-1), so readers would disagree on it");
    case element_type::NULL_VALUE:
      return report_.broken("null-value", "STIX 2.1 §2", "STIX has no null: leave the property out instead");
    case element_type::DOUBLE:
    case element_type::BOOL:
      return;
  }
}

bool Shape::too_deep() {
  report_.broken("too-deep", "limit", "nested deeper than " + std::to_string(limits_.depth_max) + " levels");
  return false;
}

void Shape::too_long() {
  report_.broken("string-too-long", "limit",
                 "longer than " + std::to_string(limits_.string_bytes_max) + " bytes");
}

void Shape::walk_member(std::string_view key, const element& value, std::size_t depth, Keys keys) {
  if (keys == Keys::checked && !is_dictionary_key(key))
    report_.broken("bad-key", "STIX 2.1 §2.4",
                   "a key must be 1 to 250 characters out of a-z, A-Z, 0-9, _ and -");
  if (key.size() > 250) report_.broken("key-too-long", "STIX 2.1 §2.4", "a key has at most 250 characters");
  if (is_reference_name(key) && key != "marking_ref" && key != "object_marking_refs")
    note_reference(key, value, false);
  walk(value, depth, keys);
}

void Shape::walk_object(const simdjson::dom::object& object, std::size_t depth, Keys keys) {
  const auto first = keys_.size();
  for (const auto field : object) {
    keys_.push_back(field.key);
    report_.enter(field.key);
    walk_member(field.key, field.value, depth + 1, keys);
    report_.leave();
  }
  if (keys_.size() == first && keys != Keys::own)
    report_.broken("empty-dictionary", "STIX 2.1 §2.4", "a dictionary must hold at least one key");
  if (const auto twice = repeated_key(std::span{keys_}.subspan(first)); !twice.empty())
    report_.broken_at(twice, "duplicate-key", "RFC 7493 §2.3",
                      "the key stands twice, so readers would disagree on its value");
  keys_.resize(first);
}

void Shape::note_reference(std::string_view name, const element& value, bool top) {
  if (!name.ends_with("_refs")) return note_target(name, value, top);
  simdjson::dom::array targets;
  if (value.get_array().get(targets) != simdjson::SUCCESS) {
    if (top)
      report_.broken("wrong-type", "STIX 2.1 §3.1", "a property whose name ends in _refs is a list of ids");
    return;
  }
  std::size_t index = 0;
  for (const element target : targets) {
    report_.enter(index++);
    note_target(name, target, top);
    report_.leave();
  }
}

void Shape::note_target(std::string_view name, const element& target, bool top) {
  std::string_view id;
  if (target.get_string().get(id) == simdjson::SUCCESS && form_of_id(id) != IdForm::bad) {
    if (references_ != nullptr)
      references_->push_back({top ? std::string{name} : report_.path(), std::string{id}});
    return;
  }
  // Further down, e.g. in the deprecated observed-data:objects, a reference may be a key and no id.
  if (top)
    report_.broken("bad-reference", "STIX 2.1 §2.9", "must be an id: type--UUID with the RFC 4122 variant");
}

}  // namespace tocsin::stix
