#include "sensor/provenance.hpp"

#include "base/bytes.hpp"

namespace tocsin::sensor {
namespace {

constexpr std::uint8_t verified_bit = 1, own_end_bit = 2, no_block_bit = 4;

}  // namespace

std::string to_bytes(const Provenance& provenance) {
  std::string out;
  append_number(out, to_micros(provenance.date_added));
  append_number(out, to_micros(provenance.lasting.begin));
  append_number(out, provenance.lasting.kinds);
  append_number(out, static_cast<std::uint8_t>((provenance.verified ? verified_bit : 0) |
                                               (provenance.lasting.own_end ? own_end_bit : 0) |
                                               (provenance.may_block ? 0 : no_block_bit)));
  append_number(out, static_cast<std::uint8_t>(provenance.tlp));
  append_number(out, static_cast<std::uint8_t>(provenance.version.size()));
  out.append(provenance.version.substr(0, 255));
  return out.append(provenance.author_name);
}

Provenance to_provenance(std::string_view bytes) {
  ByteReader reader{bytes};
  Provenance out;
  out.date_added = from_micros(reader.number<std::int64_t>());
  out.lasting.begin = from_micros(reader.number<std::int64_t>());
  out.lasting.kinds = reader.number<std::uint32_t>();
  const auto bits = reader.number<std::uint8_t>();
  out.verified = (bits & verified_bit) != 0;
  out.may_block = (bits & no_block_bit) == 0;
  out.lasting.own_end = (bits & own_end_bit) != 0;
  if (const auto tlp = reader.number<std::uint8_t>(); tlp <= static_cast<std::uint8_t>(stix::Tlp::red))
    out.tlp = static_cast<stix::Tlp>(tlp);
  out.version = reader.run(reader.number<std::uint8_t>());
  out.author_name = reader.run(reader.left());
  return reader.ok() ? out : Provenance{};
}

}  // namespace tocsin::sensor
