#include "log/entry.hpp"

#include "base/bytes.hpp"

namespace tocsin::log {
namespace {

constexpr std::string_view author_tag = "tocsin author v1";
constexpr std::string_view entry_tag = "tocsin entry v1";

void append_bytes(std::string& out, std::span<const std::byte> bytes) {
  out.append(as_text(bytes));
}

}  // namespace

Hash author_commitment(const Salt& author_salt, MemberId author) {
  std::string text{author_tag};
  append_bytes(text, author_salt);
  append_number(text, author.value());
  return sha256(text);
}

Hash entry_commitment(const Salt& salt, CircleId circle, Sequence sequence, Timestamp date_added, Kind kind,
                      const Hash& previous, std::string_view bytes, std::string_view attributes,
                      const Hash& author_commitment) {
  return entry_commitment(salt, circle, sequence, date_added, kind, previous, sha256(bytes),
                          sha256(attributes), author_commitment);
}

Hash entry_commitment(const Salt& salt, CircleId circle, Sequence sequence, Timestamp date_added, Kind kind,
                      const Hash& previous, const Hash& bytes_hash, const Hash& attributes_hash,
                      const Hash& author_commitment) {
  std::string text;
  text.reserve(224);
  text.append(entry_tag);
  append_bytes(text, salt);
  append_number(text, circle.value());
  append_number(text, sequence.value());
  append_number(text, to_micros(date_added));
  append_number(text, static_cast<std::uint8_t>(kind));
  append_bytes(text, previous);
  append_bytes(text, bytes_hash);
  append_bytes(text, attributes_hash);
  append_bytes(text, author_commitment);
  return sha256(text);
}

}  // namespace tocsin::log
