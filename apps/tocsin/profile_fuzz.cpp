/// What is read as a profile or an invite must be usable, and a profile must come back as it was.

#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "profile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto profile = tocsin::cli::parse_profile(text)) {
    const auto written = tocsin::cli::to_toml(*profile);
    const auto again = tocsin::cli::parse_profile(written);
    TOCSIN_CHECK(again.has_value(), "a written profile can be read");
    TOCSIN_CHECK(tocsin::cli::to_toml(*again) == written, "a profile comes back as it was");
  }
  if (const auto invite = tocsin::cli::parse_invite(text)) {
    TOCSIN_CHECK(invite->hub_url.starts_with("https://"), "only TLS");
    TOCSIN_CHECK(invite->hub_url.find_first_of("\r\n @#?") == std::string::npos,
                 "nothing is smuggled into the URL");
    TOCSIN_CHECK(!invite->secret.empty(), "an invite has a secret");
  }
  return 0;
}
