#include "stix/vocabularies.hpp"

namespace tocsin::stix::vocabulary {
namespace {

template <std::size_t count>
using Words = std::array<std::string_view, count>;

constexpr Words<12> account_type_words{"unix",    "windows-local", "windows-domain", "ldap",     "tacacs",
                                       "radius",  "nis",           "openid",         "facebook", "skype",
                                       "twitter", "kavi"};
constexpr Words<10> attack_motivation_words{"accidental",    "coercion",
                                            "dominance",     "ideology",
                                            "notoriety",     "organizational-gain",
                                            "personal-gain", "personal-satisfaction",
                                            "revenge",       "unpredictable"};
constexpr Words<6> attack_resource_level_words{"individual", "club",         "contest",
                                               "team",       "organization", "government"};
constexpr Words<3> encryption_algorithm_words{"AES-256-GCM", "ChaCha20-Poly1305", "mime-type-indicated"};
constexpr Words<5> extension_type_words{"new-sdo", "new-sco", "new-sro", "property-extension",
                                        "toplevel-property-extension"};
constexpr Words<3> grouping_context_words{"suspicious-activity", "malware-analysis", "unspecified"};
constexpr Words<8> hash_algorithm_words{"MD5",      "SHA-1",    "SHA-256", "SHA-512",
                                        "SHA3-256", "SHA3-512", "SSDEEP",  "TLSH"};
constexpr Words<6> identity_class_words{"individual", "group", "system", "organization", "class", "unknown"};
constexpr Words<22> implementation_language_words{
    "applescript",  "bash",   "c",      "c++",        "c#",     "go",   "java",  "javascript", "lua",
    "objective-c",  "perl",   "php",    "powershell", "python", "ruby", "scala", "swift",      "typescript",
    "visual-basic", "x86-32", "x86-64", "rust"};
constexpr Words<7> indicator_type_words{"anomalous-activity", "anonymization", "benign", "compromised",
                                        "malicious-activity", "attribution",   "unknown"};
constexpr Words<36> industry_sector_words{"agriculture",
                                          "aerospace",
                                          "automotive",
                                          "chemical",
                                          "commercial",
                                          "communications",
                                          "construction",
                                          "defense",
                                          "education",
                                          "energy",
                                          "entertainment",
                                          "financial-services",
                                          "government",
                                          "emergency-services",
                                          "government-local",
                                          "government-national",
                                          "government-public-services",
                                          "government-regional",
                                          "healthcare",
                                          "hospitality-leisure",
                                          "infrastructure",
                                          "dams",
                                          "nuclear",
                                          "water",
                                          "insurance",
                                          "manufacturing",
                                          "mining",
                                          "non-profit",
                                          "pharmaceuticals",
                                          "retail",
                                          "technology",
                                          "telecommunications",
                                          "transportation",
                                          "utilities",
                                          "legal",
                                          "private-sector"};
constexpr Words<15> infrastructure_type_words{
    "amplification",  "anonymization",    "botnet",          "command-and-control",  "control-system",
    "exfiltration",   "firewall",         "hosting-malware", "hosting-target-lists", "phishing",
    "reconnaissance", "routers-switches", "staging",         "workstation",          "unknown"};
constexpr Words<4> malware_result_words{"malicious", "suspicious", "benign", "unknown"};
constexpr Words<37> malware_capability_words{"accesses-remote-machines",
                                             "anti-debugging",
                                             "anti-disassembly",
                                             "anti-emulation",
                                             "anti-memory-forensics",
                                             "anti-sandbox",
                                             "anti-vm",
                                             "captures-input-peripherals",
                                             "captures-output-peripherals",
                                             "captures-system-state-data",
                                             "cleans-traces-of-infection",
                                             "commits-fraud",
                                             "communicates-with-c2",
                                             "compromises-data-availability",
                                             "compromises-data-integrity",
                                             "compromises-system-availability",
                                             "controls-local-machine",
                                             "degrades-security-software",
                                             "degrades-system-updates",
                                             "determines-c2-server",
                                             "emails-spam",
                                             "escalates-privileges",
                                             "evades-av",
                                             "exfiltrates-data",
                                             "fingerprints-host",
                                             "hides-artifacts",
                                             "hides-executing-code",
                                             "infects-files",
                                             "infects-remote-machines",
                                             "installs-other-components",
                                             "persists-after-system-reboot",
                                             "prevents-artifact-access",
                                             "prevents-artifact-deletion",
                                             "probes-network-environment",
                                             "self-modifies",
                                             "steals-authentication-credentials",
                                             "violates-system-operational-integrity"};
constexpr Words<22> malware_type_words{"adware",
                                       "backdoor",
                                       "bot",
                                       "bootkit",
                                       "ddos",
                                       "downloader",
                                       "dropper",
                                       "exploit-kit",
                                       "keylogger",
                                       "ransomware",
                                       "remote-access-trojan",
                                       "resource-exploitation",
                                       "rogue-security-software",
                                       "rootkit",
                                       "screen-capture",
                                       "spyware",
                                       "trojan",
                                       "unknown",
                                       "virus",
                                       "webshell",
                                       "wiper",
                                       "worm"};
constexpr Words<2> marking_type_words{"statement", "tlp"};
constexpr Words<5> opinion_words{"strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"};
constexpr Words<6> pattern_type_words{"stix", "pcre", "sigma", "snort", "suricata", "yara"};
constexpr Words<8> processor_architecture_words{"alpha",   "arm",   "ia-64", "mips",
                                                "powerpc", "sparc", "x86",   "x86-64"};
constexpr Words<29> region_words{"africa",
                                 "eastern-africa",
                                 "middle-africa",
                                 "northern-africa",
                                 "southern-africa",
                                 "western-africa",
                                 "americas",
                                 "latin-america-caribbean",
                                 "south-america",
                                 "caribbean",
                                 "central-america",
                                 "northern-america",
                                 "asia",
                                 "central-asia",
                                 "eastern-asia",
                                 "southern-asia",
                                 "south-eastern-asia",
                                 "western-asia",
                                 "europe",
                                 "eastern-europe",
                                 "northern-europe",
                                 "southern-europe",
                                 "western-europe",
                                 "oceania",
                                 "australia-new-zealand",
                                 "melanesia",
                                 "micronesia",
                                 "polynesia",
                                 "antarctica"};
constexpr Words<12> report_type_words{"threat-report", "attack-pattern", "campaign",      "identity",
                                      "indicator",     "intrusion-set",  "malware",       "observed-data",
                                      "threat-actor",  "tool",           "vulnerability", "incident"};
constexpr Words<8> socket_address_family_words{"AF_UNSPEC",  "AF_INET",  "AF_IPX",  "AF_APPLETALK",
                                               "AF_NETBIOS", "AF_INET6", "AF_IRDA", "AF_BTH"};
constexpr Words<5> socket_type_words{"SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"};
constexpr Words<12> threat_actor_type_words{"activist",
                                            "competitor",
                                            "crime-syndicate",
                                            "criminal",
                                            "hacker",
                                            "insider-accidental",
                                            "insider-disgruntled",
                                            "nation-state",
                                            "sensationalist",
                                            "spy",
                                            "terrorist",
                                            "unknown"};
constexpr Words<7> threat_actor_role_words{
    "agent",          "director", "independent", "infrastructure-architect", "infrastructure-operator",
    "malware-author", "sponsor"};
constexpr Words<7> threat_actor_sophistication_words{"none",   "minimal",   "intermediate", "advanced",
                                                     "expert", "innovator", "strategic"};
constexpr Words<8> tool_type_words{
    "denial-of-service",       "exploitation",  "information-gathering",  "network-capture",
    "credential-exploitation", "remote-access", "vulnerability-scanning", "unknown"};
constexpr Words<4> windows_integrity_level_words{"low", "medium", "high", "system"};
constexpr Words<3> windows_pebinary_type_words{"dll", "exe", "sys"};
constexpr Words<14> windows_registry_datatype_words{"REG_NONE",
                                                    "REG_SZ",
                                                    "REG_EXPAND_SZ",
                                                    "REG_BINARY",
                                                    "REG_DWORD",
                                                    "REG_DWORD_BIG_ENDIAN",
                                                    "REG_DWORD_LITTLE_ENDIAN",
                                                    "REG_LINK",
                                                    "REG_MULTI_SZ",
                                                    "REG_RESOURCE_LIST",
                                                    "REG_FULL_RESOURCE_DESCRIPTION",
                                                    "REG_RESOURCE_REQUIREMENTS_LIST",
                                                    "REG_QWORD",
                                                    "REG_INVALID_TYPE"};
constexpr Words<5> windows_service_start_type_words{"SERVICE_AUTO_START", "SERVICE_BOOT_START",
                                                    "SERVICE_DEMAND_START", "SERVICE_DISABLED",
                                                    "SERVICE_SYSTEM_ALERT"};
constexpr Words<4> windows_service_type_words{"SERVICE_KERNEL_DRIVER", "SERVICE_FILE_SYSTEM_DRIVER",
                                              "SERVICE_WIN32_OWN_PROCESS", "SERVICE_WIN32_SHARE_PROCESS"};
constexpr Words<7> windows_service_status_words{
    "SERVICE_CONTINUE_PENDING", "SERVICE_PAUSE_PENDING", "SERVICE_PAUSED", "SERVICE_RUNNING",
    "SERVICE_START_PENDING",    "SERVICE_STOP_PENDING",  "SERVICE_STOPPED"};

constexpr bool open = false;
constexpr bool closed = true;

}  // namespace

// Columns: the standard's name, section, whether other words may stand, words.
// clang-format off
const Vocabulary account_type{"account-type-ov", "10.1", open, account_type_words};
const Vocabulary attack_motivation{"attack-motivation-ov", "10.2", open, attack_motivation_words};
const Vocabulary attack_resource_level{"attack-resource-level-ov", "10.3", open, attack_resource_level_words};
const Vocabulary encryption_algorithm{"encryption-algorithm-enum", "10.4", closed, encryption_algorithm_words};
const Vocabulary extension_type{"extension-type-enum", "10.5", closed, extension_type_words};
const Vocabulary grouping_context{"grouping-context-ov", "10.6", open, grouping_context_words};
const Vocabulary hash_algorithm{"hash-algorithm-ov", "10.7", open, hash_algorithm_words};
const Vocabulary identity_class{"identity-class-ov", "10.8", open, identity_class_words};
const Vocabulary implementation_language{"implementation-language-ov", "10.9", open, implementation_language_words};
const Vocabulary indicator_type{"indicator-type-ov", "10.10", open, indicator_type_words};
const Vocabulary industry_sector{"industry-sector-ov", "10.11", open, industry_sector_words};
const Vocabulary infrastructure_type{"infrastructure-type-ov", "10.12", open, infrastructure_type_words};
const Vocabulary malware_result{"malware-result-ov", "10.13", open, malware_result_words};
const Vocabulary malware_capability{"malware-capabilities-ov", "10.14", open, malware_capability_words};
const Vocabulary malware_type{"malware-type-ov", "10.15", open, malware_type_words};
const Vocabulary marking_type{"marking definition types", "7.2.1", open, marking_type_words};
const Vocabulary opinion{"opinion-enum", "10.18", closed, opinion_words};
const Vocabulary pattern_type{"pattern-type-ov", "10.19", open, pattern_type_words};
const Vocabulary processor_architecture{"processor-architecture-ov", "10.20", open, processor_architecture_words};
const Vocabulary region{"region-ov", "10.21", open, region_words};
const Vocabulary report_type{"report-type-ov", "10.22", open, report_type_words};
const Vocabulary socket_address_family{"network-socket-address-family-enum", "10.16", closed, socket_address_family_words};
const Vocabulary socket_type{"network-socket-type-enum", "10.17", closed, socket_type_words};
const Vocabulary threat_actor_type{"threat-actor-type-ov", "10.23", open, threat_actor_type_words};
const Vocabulary threat_actor_role{"threat-actor-role-ov", "10.24", open, threat_actor_role_words};
const Vocabulary threat_actor_sophistication{"threat-actor-sophistication-ov", "10.25", open, threat_actor_sophistication_words};
const Vocabulary tool_type{"tool-type-ov", "10.26", open, tool_type_words};
const Vocabulary windows_integrity_level{"windows-integrity-level-enum", "10.27", closed, windows_integrity_level_words};
const Vocabulary windows_pebinary_type{"windows-pebinary-type-ov", "10.28", open, windows_pebinary_type_words};
const Vocabulary windows_registry_datatype{"windows-registry-datatype-enum", "10.29", closed, windows_registry_datatype_words};
const Vocabulary windows_service_start_type{"windows-service-start-type-enum", "10.30", closed, windows_service_start_type_words};
const Vocabulary windows_service_type{"windows-service-type-enum", "10.31", closed, windows_service_type_words};
const Vocabulary windows_service_status{"windows-service-status-enum", "10.32", closed, windows_service_status_words};
// clang-format on

}  // namespace tocsin::stix::vocabulary
