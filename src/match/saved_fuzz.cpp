// Any bytes as a saved set: refused, or read and scanned without harm. The checksums are made to fit first,
// so that what they protect is reached.

#include <cstdint>
#include <cstring>

#include "match/indicator_set.hpp"
#include "match/saved.hpp"
#include "match/scanner.hpp"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes{reinterpret_cast<const char*>(data), size};
  match::seal(bytes);
  std::string note;
  const auto segment = match::Saved::read(bytes, CircleId{1}, note, nullptr);
  if (!segment) return 0;
  static const auto record = [] {
    stix::Observation out;
    out.add(stix::Path::domain_name_value, out.next_object(), "8.example");
    out.add(stix::Path::ipv4_addr_value, out.next_object(), "192.0.0.2");
    out.add(stix::Path::url_value, out.next_object(), "http://10.example");
    return out;
  }();
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < (*segment)->size(); ++i) {
    const auto head = (*segment)->head(i);
    (*segment)->find(head.circle, head.id);
    sum += match::blanked((*segment)->item(i).bytes).size() + head.note.size();
  }
  // Every slot as if its hash had been asked for.
  for (const auto& slot : (*segment)->tables().slots) {
    const auto bucket = sum % ((*segment)->tables().directory.size() - 1);
    const auto hash = static_cast<std::uint64_t>(bucket) << (*segment)->tables().shift;
    (*segment)->for_each_candidate((hash & ~0xffffffffULL) | slot.fingerprint,
                                   [&](const match::Segment::Candidate& candidate) {
                                     sum += candidate.bytes.size();
                                     if (candidate.alternative != nullptr)
                                       sum += match::others_fulfilled(candidate.alternative, record, 0);
                                   });
    ++sum;
  }
  if (sum == SIZE_MAX) __builtin_trap();
  return 0;
}
