#pragma once

/// What a marking definition asks beyond TLP, in the words of its own standard.
///
/// Contract: whatever is in a known marking and not known of it makes `not_understood` non-empty; nothing is
/// guessed. Source:   STIX 2.1 §7.2; ACS 3.0a (extension-definition--3a65884d-…, isa-acs-3-0.json); IEP 2.0
/// (extension-definition--762e2e97-…);
///           AIS consent as in docs/markings.md.
/// Threads:  pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "stix/object.hpp"

namespace tocsin::stix {

/// Whom an ACS rule speaks of. An empty list says nothing; ALL stands for everyone.
struct AcsScope {
  std::vector<std::string> nationalities{}, organizations{}, shareability{}, entities{};
};
struct AcsPrivilege {
  std::string action;
  AcsScope scope;
  bool permit = false;
};
struct AcsSharing {
  std::vector<std::string> scope;
  bool permit = false;
};
struct AcsTerms {
  std::string classification;
  std::vector<std::string> formal_determination, caveat, sensitivity;
  AcsScope control;
  bool more_controls =
      false;  ///< compartments, authority categories, a disposition: nothing here carries them out
  std::vector<AcsPrivilege> privileges;
  std::vector<AcsSharing> sharing;
  bool privileges_permitted = false;  ///< where no rule speaks
  bool sharing_permitted = false;
};

/// In their order: each permits what those before it permit.
enum class PermittedActions : std::uint8_t {
  none = 0,
  contact_for_instruction = 1,
  internally_visible = 2,
  externally_visible_indirect = 3,
  externally_visible_direct = 4,
};
std::string_view name(
    PermittedActions actions);  ///< as IEP writes it: "none", "internally-visible-actions", …
std::optional<PermittedActions> parse_permitted_actions(std::string_view text);

struct IepTerms {
  Tlp tlp = Tlp::red;
  PermittedActions actions = PermittedActions::none;
  bool encrypt = true;
  bool may_notify = false;
  bool may_resell = false;
  enum class Attribution : std::uint8_t { may, must, must_not } attribution = Attribution::must_not;
  std::optional<Timestamp> start, end;
};

/// Who may learn the source: nobody, government, everyone.
enum class AisConsent : std::uint8_t { none = 0, government = 1, everyone = 2 };
struct AisTerms {
  AisConsent consent = AisConsent::none;
  std::optional<Tlp> tlp;
};

struct MarkingTerms {
  std::optional<AcsTerms> acs;
  std::optional<IepTerms> iep;
  std::optional<AisTerms> ais;
  std::string not_understood;  ///< what could not be read; empty: all was, or it is a text for people
};

/// The terms of a marking definition. Of TLP instances the id says everything (`tlp_of_marking`).
MarkingTerms marking_terms(const Object& definition);

/// The consent that the labels of an identity give: `ais-consent-none`, `-usg`, `-everyone`,
/// `-everyone-cisa-proprietary` (AIS 2.0), or `ais-marking:AISConsent="…"` (MISP) on any object; the
/// strictest of them. Any other label that begins so counts as none.
std::optional<AisConsent> ais_consent_of_labels(const Object& object);

}  // namespace tocsin::stix
