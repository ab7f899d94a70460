#pragma once

/// How values become keys of a hash table, and how an observed text is compared with a key.
///
/// Domains, hashes and MAC addresses ignore the case of ASCII letters, domains also a
/// trailing dot; addresses are compared as bytes; everything else byte for byte, file names and registry keys
/// too, because STIX compares code points.
/// Threads: pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "match/address.hpp"
#include "stix/observation.hpp"

namespace tocsin::match {

/// The number stands in compiled indicators.
enum class Form : std::uint8_t {
  text = 0,     ///< the folded text
  suffix = 1,   ///< a folded domain name: itself and all names below it
  prefix = 2,   ///< a network: 1 byte prefix length, then 4 or 16 bytes
  pattern = 3,  ///< no key: the text of a pattern that is evaluated
};

bool holds_addresses(stix::Path path);
bool holds_domains(stix::Path path);

/// The text in the form in which it is compared on `path`. The result is `text` itself when nothing had to
/// change, else lies in `buffer`.
std::string_view fold(stix::Path path, std::string_view text, std::string& buffer);

/// The bytes of a `Form::prefix` key.
struct PrefixKey {
  explicit PrefixKey(const Network& network);
  std::string_view bytes() const { return {reinterpret_cast<const char*>(raw_.data()), size_}; }

 private:
  std::array<std::uint8_t, 17> raw_{};
  std::size_t size_;
};
Network network_of(std::string_view prefix_key);

/// Hash of one key. Each set draws a seed of its own, so that nobody can choose values that collide in it.
std::uint64_t key_hash(std::uint64_t seed, stix::Path path, Form form, std::string_view bytes);

/// The exact question behind every hash: does `observed` on `path` fulfil the key?
bool fulfils(stix::Path path, Form form, std::string_view bytes, std::string_view observed);

/// The key as a person writes it.
std::string key_text(Form form, std::string_view bytes);

}  // namespace tocsin::match
