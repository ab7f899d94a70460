#include "outlet.hpp"

#include <algorithm>

#include "output.hpp"

namespace tocsin::cli {

Status Outlet::add(std::string_view object, std::string_view record) {
  if (!spool_) {
    auto sent = sender_.add(object, record);
    if (sent) return {};
    // The batch before is still unsent, and this object is in none.
    TOCSIN_TRY(turn_to_spool(sent.error()));
  }
  ++report_.spooled;
  return spool_->add(Sender::spool_line(object, record) + "\n");
}

Status Outlet::add_spooled(std::string_view line) {
  const auto [object, record] = Sender::parse_spool_line(line);
  return add(object, record);
}

Status Outlet::finish() {
  if (!spool_) {
    auto sent = sender_.finish();
    if (sent) return {};
    TOCSIN_TRY(turn_to_spool(sent.error()));
  }
  return spool_->close();
}

Status Outlet::turn_to_spool(const Error& why) {
  if (folder_.empty() || (why.code != Errc::unavailable && why.code != Errc::overloaded)) return why;
  say(why.detail + "; keeping the objects for `tocsin share --flush`");
  auto file = SpoolFile::create(folder_, submission_);
  if (!file) return file.error();
  spool_.emplace(*std::move(file));
  const auto unsent = sender_.take_unsent();
  report_.spooled += static_cast<std::uint64_t>(std::count(unsent.begin(), unsent.end(), '\n'));
  return spool_->add(unsent);
}

}  // namespace tocsin::cli
