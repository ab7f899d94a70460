#pragma once

/// The vocabularies of STIX 2.1 §10: closed ones, whose words alone may stand, and open ones.
/// Threads: constant data.

#include "stix/schema.hpp"

namespace tocsin::stix::vocabulary {

extern const Vocabulary account_type, attack_motivation, attack_resource_level, encryption_algorithm,
    extension_type, grouping_context, hash_algorithm, identity_class, implementation_language, indicator_type,
    industry_sector, infrastructure_type, malware_capability, malware_result, malware_type, marking_type,
    opinion, pattern_type, processor_architecture, region, report_type, socket_address_family, socket_type,
    threat_actor_role, threat_actor_sophistication, threat_actor_type, tool_type, windows_integrity_level,
    windows_pebinary_type, windows_registry_datatype, windows_service_start_type, windows_service_status,
    windows_service_type;

}  // namespace tocsin::stix::vocabulary
