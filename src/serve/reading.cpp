#include "serve/reading.hpp"

#include <charconv>

namespace tocsin::serve {

Result<std::uint64_t> number_parameter(const net::Request& request, std::string_view name,
                                       std::uint64_t otherwise, std::uint64_t most) {
  const auto text = request.parameter(name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size())
    return Error{Errc::invalid_input, "'" + std::string{name} + "' must be a whole number"};
  return std::min(value, most);
}

void when_current(SharedCall call, std::function<void(SharedCall)> then) {
  const Services& services = call->services;
  services.follower.when_applied(services.log.end(), [call, then = std::move(then)](const Status& status) {
    if (!status) {
      call->refuse(Error{Errc::unavailable, "the views have failed; the log is whole"});
      return;
    }
    then(call);
  });
}

Status admit_read(Call& call, CircleId circle, std::string route, std::string filter, Sequence from,
                  Sequence to) {
  if (!call.principal.has(policy::Scope::read))
    return Error{Errc::denied, "this token has not the scope 'read'"};
  return call.services.accesses.admit(call.principal, circle,
                                      {std::move(route), std::move(filter), from, to});
}

Result<std::optional<log::Entry>> visible_entry(const Services& services, circle::Sight& sight,
                                                Sequence sequence) {
  auto row = services.log.row(sight.circle()->id, sequence);
  if (!row) return std::move(row).error();
  if (!sight.sees(sequence, *row)) return std::optional<log::Entry>{};
  auto entry = services.log.read(sight.circle()->id, sequence);
  if (!entry) return std::move(entry).error();
  return std::optional<log::Entry>{*std::move(entry)};
}

}  // namespace tocsin::serve
