#include "observe/windows.hpp"

namespace tocsin::observe {
namespace {

using stix::Path;

constexpr std::string_view any;

// clang-format off
constexpr Row header_rows[] = {
  {any, "EventID",                                  As::kind},
  {any, "event_id",                                 As::kind},
  {any, "winlog/event_id",                          As::kind},
  {any, "Event/System/EventID",                     As::kind},
  {any, "Event/System/EventID/#text",               As::kind},
  {any, "SourceName",                               As::provider},
  {any, "source_name",                              As::provider},
  {any, "Provider",                                 As::provider},
  {any, "Channel",                                  As::provider},
  {any, "log_name",                                 As::provider},
  {any, "winlog/provider_name",                     As::provider},
  {any, "winlog/channel",                           As::provider},
  {any, "Event/System/Provider/#attributes/Name",   As::provider},
  {any, "Event/System/Provider/Name",               As::provider},
  {any, "Event/System/Channel",                     As::provider},
  {any, "@timestamp",                               As::time},
  {any, "TimeCreated",                              As::time},
  {any, "TimeGenerated",                            As::time},
  {any, "Event/System/TimeCreated/#attributes/SystemTime", As::time},
  {any, "Event/System/TimeCreated/SystemTime",      As::time},
  {any, "EventData",                                As::json},
};

constexpr Row event_rows[] = {
  // events                     field                  read as              of                path
  // processes
  {"1 5 8 10",                  "UtcTime",             As::time},
  {"1",                         "CommandLine",         As::text,            Of::process,      Path::process_command_line},
  {"4688",                      "CommandLine",         As::text,            Of::process,      Path::process_command_line},
  {"1 2 3 5 7 9 11 12 13 14 15 17 18 22 23 24 25 26 27 28 29", "Image", As::process_path, Of::process},
  {"1 2 3 5 7 9 11 12 13 14 15 17 18 22 23 24 25 26 27 28 29", "ProcessId", As::pid, Of::process},
  {"1 3 11 22 23 26 29",        "User",                As::text,            Of::own,          Path::user_account_user_id},
  {"1",                         "Hashes",              As::hashes,          Of::process},
  {"1",                         "ParentImage",         As::process_path,    Of::parent},
  {"1",                         "ParentCommandLine",   As::text,            Of::parent,       Path::process_command_line},
  {"1",                         "CurrentDirectory",    As::text,            Of::own,          Path::directory_path},
  {"8 10",                      "SourceImage",         As::process_path,    Of::process},
  {"8 10",                      "SourceProcessId",     As::pid,             Of::process},
  {"8 10",                      "TargetImage",         As::process_path,    Of::parent},
  {"4688",                      "NewProcessName",      As::process_path,    Of::process},
  {"4688",                      "NewProcessId",        As::pid,             Of::process},
  {"4688",                      "ParentProcessName",   As::process_path,    Of::parent},
  {"4656 4658 4663 4670 4673 4689 4690", "ProcessName", As::process_path,   Of::process},
  {"4656 4658 4663 4670 4673 4689 4690", "ProcessId",  As::pid,             Of::process},
  {"4624 4625 4648 4688 4720",  "SubjectUserName",     As::text,            Of::own,          Path::user_account_user_id},
  {"4624 4625 4648 4688 4720",  "SubjectUserSid",      As::text,            Of::own,          Path::user_account_user_id},
  {"4624 4625 4648 4720 4768 4769 4771 4776", "TargetUserName", As::text,   Of::own,          Path::user_account_user_id},
  {"4624 4625 4648 4720 4768 4769 4771", "TargetUserSid", As::text,         Of::own,          Path::user_account_user_id},
  // the network
  {"3",                         "Protocol",            As::protocols,       Of::connection},
  {"3",                         "SourceIp",            As::source},
  {"3",                         "SourcePort",          As::number,          Of::connection,   Path::network_src_port},
  {"3",                         "DestinationIp",       As::destination},
  {"3",                         "DestinationPort",     As::number,          Of::connection,   Path::network_dst_port},
  {"3",                         "DestinationHostname", As::answer},
  {"5156 5157 5158 5154",       "Protocol",            As::protocols,       Of::connection},
  {"5156 5157 5158 5154",       "SourceAddress",       As::source},
  {"5156 5157 5158 5154",       "SourcePort",          As::number,          Of::connection,   Path::network_src_port},
  {"5156 5157",                 "DestAddress",         As::destination},
  {"5156 5157",                 "DestPort",            As::number,          Of::connection,   Path::network_dst_port},
  {"5156 5157 5158 5154",       "Application",         As::process_path,    Of::process},
  {"5156 5157",                 "ProcessID",           As::pid,             Of::process},
  {"5158 5154",                 "ProcessId",           As::pid,             Of::process},
  {"4624 4625 4648 4768 4769 4771 5140 5145", "IpAddress", As::address},
  {"22",                        "QueryName",           As::domain},
  {"22",                        "QueryResults",        As::answers},
  // files and pipes
  {"6 7",                       "ImageLoaded",         As::file_path,       Of::file},
  {"6 7 15 23 26 27 28 29",     "Hashes",              As::hashes,          Of::file},
  {"15",                        "Hash",                As::hashes,          Of::file},
  {"2 11 15 23 26 27 28 29",    "TargetFilename",      As::file_path,       Of::file},
  {"17 18",                     "PipeName",            As::file_path,       Of::file},
  {"7045 4697",                 "ImagePath",           As::text,            Of::process,      Path::process_command_line},
  {"4697",                      "ServiceFileName",     As::text,            Of::process,      Path::process_command_line},
  // the registry
  {"12 14",                     "TargetObject",        As::registry_key},
  {"14",                        "NewName",             As::registry_key},
  {"13",                        "TargetObject",        As::registry_value},
  {"13",                        "Details",             As::text,            Of::registry,     Path::registry_value_data},
};
// clang-format on

}  // namespace

const Fields& windows_fields() {
  static const Fields fields{
      {header_rows, {}},
      {event_rows, {"", "EventData/", "Event/EventData/", "winlog/event_data/", "event_data/"}}};
  return fields;
}

std::string_view windows_kind(std::string_view event, std::string_view provider) {
  const bool sysmon = provider.empty() || provider.find("Sysmon") != std::string_view::npos;
  return sysmon || event.size() > 2 ? event : std::string_view{};
}

}  // namespace tocsin::observe
