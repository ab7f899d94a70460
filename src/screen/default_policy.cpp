#include "screen/policy.hpp"

namespace tocsin::screen {

std::string_view default_policy_text() {
  return R"policy(# The default policy of the screen: from a member to a hub. A policy file names only what differs.
version = "1"
title = "member to hub"
epoch = "1"            # change it, and pseudonyms cannot be linked with those from before
derived_from = false   # true: a relationship names the id of each original that has a random id

# What is done with a finding in a scanned text.
detectors = [
  "private-key: drop", "userinfo: drop", "token: drop", "password: drop",
  "own-name: drop", "own-domain: drop", "own-address: drop",
  "internal-host: drop", "internal-address: drop", "unc-host: generalise",
  "email: pseudonym", "phone: drop", "card: drop", "iban: drop", "ssn: drop", "national-id: drop", "imei: drop",
  "mac: drop",
  "user-path: generalise", "sid: pseudonym", "observable-id: drop",
  "person: review", "number: review",   # nobody can be sure
  "address: pass",       # of the threat, as a rule
]
# What keeps a value of the threat, and with it the object, at home.
guard = ["own-name", "own-domain", "own-address", "internal-host", "internal-address", "private-key", "userinfo",
         "token", "card", "iban", "ssn", "national-id", "user-path", "sid", "observable-id"]
# What keeps an object of somebody else at home: nothing in it is ever changed.
third_party = ["own-name", "own-domain", "own-address"]

# ---- every type: rows that a type does not name itself ----
any = [
  "type: pass", "spec_version: pass", "id: pass", "created_by_ref: pass", "created: pass", "modified: pass",
  "revoked: pass", "confidence: pass", "lang: pass", "defanged: pass",
  "object_marking_refs: pass", "granular_markings: pass",
  "labels: scan",
  "external_references.source_name: scan", "external_references.description: review",
  "external_references.url: url", "external_references.external_id: scan", "external_references.hashes: guard",
]

# ---- domain objects ----
attack-pattern = ["name: scan", "description: review", "aliases: scan", "kill_chain_phases: scan"]
campaign = ["name: scan", "description: review", "aliases: scan", "first_seen: pass", "last_seen: pass",
            "objective: review"]
course-of-action = ["name: scan", "description: review"]
grouping = ["name: review", "description: review", "context: scan", "object_refs: pass"]
identity = ["name: drop", "description: drop", "contact_information: drop", "roles: drop", "identity_class: scan",
            "sectors: scan"]
incident = ["name: review", "description: review"]
indicator = ["name: scan", "description: review", "indicator_types: scan", "pattern: guard", "pattern_type: scan",
             "pattern_version: scan", "valid_from: pass", "valid_until: pass", "kill_chain_phases: scan"]
infrastructure = ["name: scan", "description: review", "infrastructure_types: scan", "aliases: scan",
                  "kill_chain_phases: scan", "first_seen: pass", "last_seen: pass"]
intrusion-set = ["name: scan", "description: review", "aliases: scan", "first_seen: pass", "last_seen: pass",
                 "goals: review", "resource_level: scan", "primary_motivation: scan", "secondary_motivations: scan"]
location = ["name: drop", "description: drop", "latitude: drop", "longitude: drop", "precision: drop",
            "region: scan", "country: scan", "administrative_area: drop", "city: drop", "street_address: drop",
            "postal_code: drop"]
malware = ["name: scan", "description: review", "malware_types: scan", "is_family: pass", "aliases: scan",
           "kill_chain_phases: scan", "first_seen: pass", "last_seen: pass", "operating_system_refs: pass",
           "architecture_execution_envs: scan", "implementation_languages: scan", "capabilities: scan",
           "sample_refs: pass"]
malware-analysis = ["product: scan", "version: scan", "host_vm_ref: drop", "operating_system_ref: pass",
                    "installed_software_refs: drop", "configuration_version: scan", "modules: scan",
                    "analysis_engine_version: scan", "analysis_definition_version: scan", "submitted: generalise",
                    "analysis_started: generalise", "analysis_ended: generalise", "result_name: scan",
                    "result: scan", "analysis_sco_refs: pass", "sample_ref: pass"]
note = ["abstract: review", "content: review", "authors: drop", "object_refs: pass"]
observed-data = ["first_observed: generalise", "last_observed: generalise", "number_observed: pass",
                 "objects: withhold", "object_refs: pass"]
opinion = ["explanation: review", "authors: drop", "opinion: scan", "object_refs: pass"]
report = ["name: review", "description: review", "report_types: scan", "published: pass", "object_refs: pass"]
threat-actor = ["name: scan", "description: review", "threat_actor_types: scan", "aliases: scan", "first_seen: pass",
                "last_seen: pass", "roles: scan", "goals: review", "sophistication: scan", "resource_level: scan",
                "primary_motivation: scan", "secondary_motivations: scan", "personal_motivations: scan"]
tool = ["name: scan", "description: review", "tool_types: scan", "aliases: scan", "kill_chain_phases: scan",
        "tool_version: scan"]
vulnerability = ["name: scan", "description: review"]
relationship = ["relationship_type: scan", "description: review", "source_ref: pass", "target_ref: pass",
                "start_time: pass", "stop_time: pass"]
sighting = ["description: review", "first_seen: generalise", "last_seen: generalise", "count: pass",
            "sighting_of_ref: pass", "observed_data_refs: pass", "where_sighted_refs: drop", "summary: pass"]

# ---- observables ----
artifact = ["mime_type: scan", "payload_bin: withhold", "url: url", "hashes: guard", "encryption_algorithm: scan",
            "decryption_key: drop"]
autonomous-system = ["number: pass", "name: scan", "rir: scan"]
directory = ["path: scan", "path_enc: scan", "ctime: generalise", "mtime: generalise", "atime: generalise",
             "contains_refs: pass"]
domain-name = ["value: guard", "resolves_to_refs: pass"]
email-addr = ["value: attacker", "display_name: attacker", "belongs_to_ref: drop"]
email-message = [
  "is_multipart: pass", "date: generalise", "content_type: scan", "from_ref: pass", "sender_ref: pass",
  "to_refs: drop", "cc_refs: drop", "bcc_refs: drop", "message_id: guard", "subject: scan",
  "received_lines: drop", "additional_header_fields.X-Mailer: scan", "additional_header_fields.X-Originating-IP: scan",
  "additional_header_fields.User-Agent: scan", "additional_header_fields.*: drop",
  "body: review", "body_multipart: review", "raw_email_ref: drop",
]
file = [
  "hashes: guard", "size: pass", "name: scan", "name_enc: scan", "magic_number_hex: guard", "mime_type: scan",
  "ctime: generalise", "mtime: generalise", "atime: generalise", "parent_directory_ref: pass",
  "contains_refs: pass", "content_ref: drop",
  "extensions.archive-ext.contains_refs: pass", "extensions.archive-ext.comment: scan",
  "extensions.ntfs-ext.sid: drop", "extensions.ntfs-ext.alternate_data_streams: scan",
  "extensions.pdf-ext.version: scan", "extensions.pdf-ext.is_optimized: pass",
  "extensions.pdf-ext.document_info_dict: drop", "extensions.pdf-ext.pdfid0: guard",
  "extensions.pdf-ext.pdfid1: guard",
  "extensions.raster-image-ext.image_height: pass", "extensions.raster-image-ext.image_width: pass",
  "extensions.raster-image-ext.bits_per_pixel: pass", "extensions.raster-image-ext.exif_tags: drop",
  "extensions.windows-pebinary-ext: guard",
]
ipv4-addr = ["value: guard", "resolves_to_refs: drop", "belongs_to_refs: pass"]
ipv6-addr = ["value: guard", "resolves_to_refs: drop", "belongs_to_refs: pass"]
mac-addr = ["value: attacker"]
mutex = ["name: scan"]
network-traffic = [
  "start: generalise", "end: generalise", "is_active: pass", "src_ref: drop", "dst_ref: pass", "src_port: pass",
  "dst_port: pass", "protocols: scan", "src_byte_count: pass", "dst_byte_count: pass", "src_packets: pass",
  "dst_packets: pass", "ipfix: drop", "src_payload_ref: drop", "dst_payload_ref: drop",
  "encapsulates_refs: pass", "encapsulated_by_ref: pass",
  "extensions.http-request-ext.request_method: scan", "extensions.http-request-ext.request_value: url",
  "extensions.http-request-ext.request_version: scan",
  "extensions.http-request-ext.request_header.User-Agent: scan",
  "extensions.http-request-ext.request_header.Content-Type: scan",
  "extensions.http-request-ext.request_header.Accept: scan",
  "extensions.http-request-ext.request_header.Accept-Encoding: scan",
  "extensions.http-request-ext.request_header.Host: guard",
  "extensions.http-request-ext.request_header.*: drop",
  "extensions.http-request-ext.message_body_length: pass",
  "extensions.http-request-ext.message_body_data_ref: drop",
  "extensions.icmp-ext: guard", "extensions.tcp-ext: guard",
  "extensions.socket-ext.address_family: scan", "extensions.socket-ext.is_blocking: pass",
  "extensions.socket-ext.is_listening: pass", "extensions.socket-ext.options: drop",
  "extensions.socket-ext.socket_type: scan",
  "extensions.socket-ext.socket_descriptor: pass", "extensions.socket-ext.socket_handle: pass",
]
process = [
  "is_hidden: pass", "pid: pass", "created_time: generalise", "cwd: scan", "command_line: command",
  "environment_variables: drop", "opened_connection_refs: pass", "creator_user_ref: drop", "image_ref: pass",
  "parent_ref: pass", "child_refs: pass",
  "extensions.windows-process-ext.aslr_enabled: pass", "extensions.windows-process-ext.dep_enabled: pass",
  "extensions.windows-process-ext.priority: scan", "extensions.windows-process-ext.owner_sid: drop",
  "extensions.windows-process-ext.window_title: drop", "extensions.windows-process-ext.startup_info: drop",
  "extensions.windows-process-ext.integrity_level: scan",
  "extensions.windows-service-ext.service_name: scan", "extensions.windows-service-ext.descriptions: review",
  "extensions.windows-service-ext.display_name: scan", "extensions.windows-service-ext.group_name: drop",
  "extensions.windows-service-ext.start_type: scan", "extensions.windows-service-ext.service_dll_refs: pass",
  "extensions.windows-service-ext.service_type: scan", "extensions.windows-service-ext.service_status: scan",
]
software = ["name: scan", "cpe: scan", "swid: scan", "languages: scan", "vendor: scan", "version: scan"]
url = ["value: url"]
user-account = [
  "user_id: attacker", "credential: drop", "account_login: attacker", "account_type: scan",
  "display_name: attacker", "is_service_account: pass", "is_privileged: pass", "can_escalate_privs: pass",
  "is_disabled: pass", "account_created: generalise", "account_expires: generalise",
  "credential_last_changed: drop", "account_first_login: generalise", "account_last_login: generalise",
  "extensions.unix-account-ext.gid: drop", "extensions.unix-account-ext.groups: drop",
  "extensions.unix-account-ext.home_dir: drop", "extensions.unix-account-ext.shell: scan",
]
windows-registry-key = ["key: scan", "values: scan", "modified_time: generalise", "creator_user_ref: drop",
                        "number_of_subkeys: pass"]
x509-certificate = [
  "is_self_signed: pass", "hashes: guard", "version: scan", "serial_number: guard", "signature_algorithm: scan",
  "issuer: guard", "validity_not_before: pass", "validity_not_after: pass", "subject: scan",
  "subject_public_key_algorithm: scan", "subject_public_key_modulus: guard", "subject_public_key_exponent: pass",
  "x509_v3_extensions: scan",
]

# ---- others: taken as they are or not at all ----
marking-definition = ["*: guard"]
extension-definition = ["*: guard"]
language-content = ["contents: withhold", "object_ref: pass", "object_modified: pass"]
)policy";
}

}  // namespace tocsin::screen
