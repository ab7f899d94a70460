#pragma once

/// Values against the tables of schema.hpp: the type of each, and what holds between the properties of one
/// object. For the .cpp files of this folder alone, for it includes simdjson.
///
/// Source:  STIX 2.1 §2, and the tables.
/// Threads: belongs to one.

#include <simdjson.h>

#include <array>
#include <string_view>
#include <vector>

#include "stix/property_table.hpp"
#include "stix/report.hpp"
#include "stix/shape.hpp"

namespace tocsin::stix {

/// The properties of one object that its table has.
struct Found {
  PropertyTable::Bits present = 0;
  PropertyTable::Bits good = 0;  ///< those whose value is of its type
  bool has(std::size_t place) const { return place < 64 && (present >> place & 1) != 0; }
  bool has_good(std::size_t place) const { return place < 64 && (good >> place & 1) != 0; }
  /// The text at a place; empty when there is none.
  std::string_view text(std::size_t place) const {
    std::string_view out;
    return has(place) && value(place).get_string().get(out) == simdjson::SUCCESS ? out : std::string_view{};
  }
  const simdjson::dom::element& value(std::size_t place) const { return cells_.values[place]; }
  void put(std::size_t place, const simdjson::dom::element& value) { cells_.values[place] = value; }

 private:
  union Cells {  // 1 KiB that most objects need a tenth of: only what is put in is written
    Cells() {}
    std::array<simdjson::dom::element, 64> values;
  };
  Cells cells_;
};

class TypedValues {
 public:
  /// References that are found go to `references`, where it is given.
  TypedValues(const Limits& limits, Report& report, std::vector<Reference>* references)
      : report_{report}, references_{references}, shape_{limits, report, references} {}

  /// Reads a property of the table at `place`; the report's path must stand at it. Gives whether it fits.
  void read(const PropertyTable& table, std::size_t place, const simdjson::dom::element& value,
            std::size_t depth, Found& found);
  /// Reads an object that lies inside another, its constraints included.
  void read_structure(const PropertyTable& table, const simdjson::dom::object& object, std::size_t depth,
                      Found& found);
  /// What must be there, and what holds between the properties that are.
  void check_whole(const PropertyTable& table, const Found& found);

  Shape& shape() { return shape_; }

 private:
  bool fits(const Type& type, const simdjson::dom::element& value, std::size_t depth);
  bool fits_one(const Type& type, const simdjson::dom::element& value, std::size_t depth);
  bool wrong_type(std::string_view wanted, const simdjson::dom::element& value, std::size_t depth);
  bool text_fits(const Type& type, std::string_view text);
  bool time_fits(const Type& type, std::string_view text);
  bool word_fits(const Type& type, std::string_view text);
  bool reference_fits(const Type& type, std::string_view id);
  bool hashes_fit(const simdjson::dom::object& hashes, std::size_t depth);
  bool texts_fit(const Type& type, const simdjson::dom::object& dictionary, std::size_t depth);
  bool observables_fit(const simdjson::dom::object& dictionary, std::size_t depth);
  bool language_contents_fit(const simdjson::dom::object& contents, std::size_t depth);
  bool is_needed(const PropertyTable& table) const;
  void check_constraint(const PropertyTable& table, const PropertyTable::Bound& bound, const Found& found);
  void check_order(const PropertyTable::Bound& bound, const Found& found, const std::string& section);
  void check_external_id(const PropertyTable& table, const Found& found);

  Report& report_;
  std::vector<Reference>* references_;
  Shape shape_;
  std::string_view top_;  // the property of the object itself whose value is being read
};

}  // namespace tocsin::stix
