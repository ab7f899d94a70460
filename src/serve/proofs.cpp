#include "serve/proofs.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/text.hpp"

namespace tocsin::serve {
namespace {

constexpr std::string_view label = "_tocsin.";
constexpr int try_seconds = 2, tries = 2;
constexpr std::size_t answer_bytes_max = 65'535;  // RFC 1035 §4.2.2

/// The zone of an address's first `bits`, e.g. "2.0.192.in-addr.arpa". A digit of the name is `step` bits.
std::optional<std::string> reverse_zone(const std::string& address, bool v4, int bits) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(v4 ? AF_INET : AF_INET6, address.c_str(), bytes.data()) != 1) return std::nullopt;
  const int step = v4 ? 8 : 4;
  if (bits % step != 0 || bits == 0) return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  for (int at = bits - step; at >= 0; at -= step) {
    const unsigned byte = bytes.at(static_cast<std::size_t>(at / 8));
    if (v4)
      name += std::to_string(byte);
    else
      name += digits[at % 8 == 0 ? byte >> 4U : byte & 0xFU];
    name += '.';
  }
  return name + (v4 ? "in-addr.arpa" : "ip6.arpa");
}

/// Asks one question and then goes: the state of a resolver belongs to one thread.
class Resolver {
 public:
  explicit Resolver(const std::string& server) {
    ready_ = res_ninit(&state_) == 0;
    if (!ready_) return;
    state_.retrans = try_seconds;
    state_.retry = tries;
    if (server.empty()) return;
    const auto colon = server.rfind(':');
    std::uint16_t port = 53;
    if (colon != std::string::npos)
      std::from_chars(server.data() + colon + 1, server.data() + server.size(), port);
    sockaddr_in& to = state_.nsaddr_list[0];
    to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ready_ = inet_pton(AF_INET, server.substr(0, colon).c_str(), &to.sin_addr) == 1;
    state_.nscount = 1;
  }
  ~Resolver() { res_nclose(&state_); }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The texts of the TXT records at `name`, each record's strings joined. Errors: unavailable.
  Result<std::vector<std::string>> texts(const std::string& name) {
    const Error silent{Errc::unavailable, "the name servers of " + name + " do not answer"};
    if (!ready_) return Error{Errc::unavailable, "no name server is known to the hub"};
    std::vector<unsigned char> answer(answer_bytes_max);
    const int size =
        res_nquery(&state_, name.c_str(), ns_c_in, ns_t_txt, answer.data(), static_cast<int>(answer.size()));
    if (size < 0) {
      if (state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA)
        return std::vector<std::string>{};
      return silent;
    }
    ns_msg message;
    if (ns_initparse(answer.data(), std::min(size, static_cast<int>(answer.size())), &message) != 0)
      return silent;
    std::vector<std::string> texts;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
      ns_rr record;
      if (ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_txt) continue;
      texts.push_back(joined({reinterpret_cast<const char*>(ns_rr_rdata(record)),
                              static_cast<std::size_t>(ns_rr_rdlen(record))}));
    }
    return texts;
  }

 private:
  /// Strings of up to 255 bytes, each after its length.
  static std::string joined(std::string_view strings) {
    std::string text;
    while (!strings.empty()) {
      const std::size_t size = static_cast<unsigned char>(strings.front());
      text += strings.substr(1, size);
      strings.remove_prefix(std::min(strings.size(), size + 1));
    }
    return text;
  }

  struct __res_state state_ {};
  bool ready_ = false;
};

Status look_up(const std::string& resolver, const std::string& name, const std::string& challenge) {
  auto texts = Resolver{resolver}.texts(name);
  if (!texts) return std::move(texts).error();
  if (std::find(texts->begin(), texts->end(), challenge) != texts->end()) return {};
  return Error{Errc::conflict, "no TXT record at " + name + " says " + challenge + " yet"};
}

}  // namespace

Result<std::string> proof_name(const policy::Asset& asset) {
  if (asset.kind == "domain") return std::string{label} + asset.value;
  const bool v4 = asset.value.find(':') == std::string::npos;
  const auto slash = asset.value.find('/');
  int bits = v4 ? 32 : 128;
  if (slash != std::string::npos)
    std::from_chars(asset.value.data() + slash + 1, asset.value.data() + asset.value.size(), bits);
  if (const auto zone = reverse_zone(asset.value.substr(0, slash), v4, bits))
    return std::string{label} + *zone;
  return Error{Errc::invalid_input, asset.value +
                                        " is no whole zone of the reverse tree (/8, /16, /24; for " +
                                        "IPv6 every fourth bit): a steward verifies it"};
}

void Proofs::look(const policy::Asset& asset, std::string challenge, std::function<void(Status)> done) {
  auto name = proof_name(asset);
  if (!name) return done(std::move(name).error());
  auto ticket = members_.enter(asset.member, "look-ups");
  if (!ticket) return done(std::move(ticket).error());
  const auto taken = errands_.run_later([this, name = *std::move(name), challenge = std::move(challenge),
                                         done, ticket = *std::move(ticket)]() mutable {
    const Status shown = look_up(resolver_, name, challenge);
    ticket.reset();  // who is told may ask again
    done(shown);
  });
  if (!taken) done(taken.error());
}

}  // namespace tocsin::serve
