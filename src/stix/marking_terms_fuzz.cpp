// Any bytes as a marking definition, and as the labels of an object: no crash; what is understood has bounded
// lists, and what is not says why.

#include "stix/marking_terms.hpp"

#include <cstdint>

#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::stix;
  Object object;
  object.type = "marking-definition";
  object.bytes.assign(reinterpret_cast<const char*>(data), size);
  const auto terms = marking_terms(object);
  if (terms.acs) TOCSIN_CHECK(terms.acs->privileges.size() <= 256, "lists are bounded");
  if (terms.iep)
    TOCSIN_CHECK(parse_permitted_actions(name(terms.iep->actions)) == terms.iep->actions,
                 "actions have names");
  object.type = "note";
  TOCSIN_CHECK(!marking_terms(object).not_understood.empty(), "only a marking definition has terms");
  (void)ais_consent_of_labels(object);
  return 0;
}
