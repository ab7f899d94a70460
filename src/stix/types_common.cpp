/// The properties that objects of a family share (STIX 2.1 §3.2), and the structures that stand in several
/// types (§2.5, §2.11).

#include "stix/schema.hpp"
#include "stix/vocabularies.hpp"

namespace tocsin::stix {
namespace {

using namespace schema;

// clang-format off
constexpr Property reference_rows[] = {
    {"source_name", text, required},
    {"description", text},
    {"url", of(Kind::url)},
    {"hashes", hashes},
    {"external_id", text},
};
constexpr Constraint reference_constraints[] = {at_least_one("description", "url", "external_id")};

constexpr Property phase_rows[] = {
    {"kill_chain_name", of(Kind::phase_name), required},
    {"phase_name", of(Kind::phase_name), required},
};

// The columns of the table in §3.2, one family each.
constexpr Property domain_rows[] = {
    {"type", text, required},
    {"spec_version", of(Kind::spec_version), required},
    {"id", of(Kind::identifier), required},
    {"created_by_ref", id_of("identity")},
    {"created", of(Kind::precise_time), required},
    {"modified", of(Kind::precise_time), required},
    {"revoked", boolean},
    {"labels", texts},
    {"confidence", integer(0, 100)},
    {"lang", of(Kind::language)},
    {"external_references", list_of(external_reference)},
    {"object_marking_refs", of(Kind::markings)},
    {"granular_markings", of(Kind::markings)},
    {"extensions", of(Kind::extensions)},
};
constexpr Property observable_rows[] = {
    {"type", text, required},
    {"spec_version", of(Kind::spec_version)},
    {"id", of(Kind::identifier), required},
    {"object_marking_refs", of(Kind::markings)},
    {"granular_markings", of(Kind::markings)},
    {"defanged", boolean},
    {"extensions", of(Kind::extensions)},
    {"created", of(Kind::forbidden)},
    {"modified", of(Kind::forbidden)},
    {"created_by_ref", of(Kind::forbidden)},
    {"revoked", of(Kind::forbidden)},
    {"labels", of(Kind::forbidden)},
    {"confidence", of(Kind::forbidden)},
    {"lang", of(Kind::forbidden)},
    {"external_references", of(Kind::forbidden)},
};
constexpr Property marking_rows[] = {
    {"type", text, required},
    {"spec_version", of(Kind::spec_version), required},
    {"id", of(Kind::identifier), required},
    {"created_by_ref", id_of("identity")},
    {"created", of(Kind::precise_time), required},
    {"modified", of(Kind::forbidden)},
    {"revoked", of(Kind::forbidden)},
    {"external_references", list_of(external_reference)},
    {"object_marking_refs", of(Kind::markings)},
    {"granular_markings", of(Kind::markings)},
    {"extensions", of(Kind::extensions)},
};
constexpr Property extension_rows[] = {
    {"type", text, required},
    {"spec_version", of(Kind::spec_version), required},
    {"id", of(Kind::identifier), required},
    {"created_by_ref", id_of("identity"), required},
    {"created", of(Kind::precise_time), required},
    {"modified", of(Kind::precise_time), required},
    {"revoked", boolean},
    {"labels", texts},
    {"external_references", list_of(external_reference)},
    {"object_marking_refs", of(Kind::markings)},
    {"granular_markings", of(Kind::markings)},
};
// clang-format on

}  // namespace

const Structure external_reference{"external-reference", "2.5", reference_rows, reference_constraints};
const Structure kill_chain_phase{"kill-chain-phase", "2.11", phase_rows, {}};

std::span<const Property> common_properties(Family family) {
  switch (family) {
    case Family::observable:
      return observable_rows;
    case Family::marking:
      return marking_rows;
    case Family::extension:
      return extension_rows;
    case Family::domain:
    case Family::relationship:
    case Family::language:
      break;
  }
  return domain_rows;
}

}  // namespace tocsin::stix
