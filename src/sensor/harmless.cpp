#include "sensor/harmless.hpp"

#include <sys/stat.h>

#include "base/file.hpp"
#include "screen/allow_list.hpp"

namespace tocsin::sensor {
namespace {

/// Changes whenever the file does; "gone" when it is not there.
std::string look_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return "gone";
  return std::to_string(found.st_ino) + " " + std::to_string(found.st_size) + " " +
         std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec);
}

}  // namespace

Result<std::unique_ptr<Harmless>> Harmless::open(screen::WarningLists lists, std::string allow) {
  std::unique_ptr<Harmless> out{new Harmless{std::move(lists), std::move(allow)}};
  if (out->allow_path_.empty()) return out;
  out->seen_ = look_of(out->allow_path_);
  TOCSIN_TRY(out->read());
  return out;
}

Status Harmless::read() {
  const auto text = read_file(allow_path_);
  if (!text) return in_context("allow list", text.error());
  auto lists = screen::parse_allow_list(*text);
  if (!lists) return in_context("allow list " + allow_path_, std::move(lists).error());
  screen::WarningLists built{*std::move(lists)};
  if (!built.refused().empty())
    return Error{Errc::invalid_input, "allow list " + allow_path_ + ": " + built.refused().front()};
  allow_.replace(std::make_shared<const screen::WarningLists>(std::move(built)));
  ++version_;
  return {};
}

Harmless::Held Harmless::check(const stix::Value& value) const {
  Held out{{lists_.pin(), nullptr}, {}};
  out.lists = out.keep[0]->check(value);
  if (allow_path_.empty()) return out;
  out.keep[1] = allow_.pin();
  for (const auto* list : out.keep[1]->check(value)) out.lists.push_back(list);
  return out;
}

void Harmless::replace(screen::WarningLists lists) {
  lists_.replace(std::make_shared<const screen::WarningLists>(std::move(lists)));
  ++version_;
}

void Harmless::look() {
  if (allow_path_.empty()) return;
  auto now = look_of(allow_path_);
  const std::scoped_lock lock{mutex_};
  if (now == seen_) return;
  const auto status = read();
  failure_ = status ? "" : status.error().detail;
  seen_ = std::move(now);
}

json::Object Harmless::status() const {
  json::Object out{{"lists", lists_.pin()->lists().size()}, {"entries", lists_.pin()->entries()}};
  if (allow_path_.empty()) return out;
  out["allowed"] = allow_.pin()->entries();
  const std::scoped_lock lock{mutex_};
  if (!failure_.empty()) out["problem"] = failure_;
  return out;
}

}  // namespace tocsin::sensor
