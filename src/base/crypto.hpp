#pragma once

/// Hashes, randomness and comparisons that take the same time whatever they compare.
///
/// Source:  FIPS 180-4 (SHA-256), RFC 2104 (HMAC), RFC 4122 (UUID).
/// Errors:  none: OpenSSL failing here is a broken machine and ends the process.
/// Threads: pure functions.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tocsin {

using Hash = std::array<std::byte, 32>;

/// SHA-256 over parts that arrive one after the other.
class Sha256 {
 public:
  Sha256();
  Sha256& add(std::span<const std::byte> bytes);
  Sha256& add(std::string_view text);
  Hash finish();

 private:
  alignas(8) std::array<std::byte, 112> state_;  // an OpenSSL SHA256_CTX, kept out of this header
};

Hash sha256(std::span<const std::byte> bytes);
Hash sha256(std::string_view text);
Hash hmac_sha256(std::span<const std::byte> key, std::string_view text);

std::array<std::byte, 32> random_bytes_32();
std::array<std::byte, 16> random_bytes_16();
void fill_random(std::span<std::byte> out);

/// True when both are equal; takes the same time wherever they differ.
bool equal_constant_time(std::string_view a, std::string_view b);

/// A random UUID (version 4) and one made from a name (version 5), as 36 characters in lower case.
std::string uuid4();
std::string uuid5(std::string_view namespace_uuid, std::string_view name);

}  // namespace tocsin
