#include "serve/mappings.hpp"

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"

namespace tocsin::serve {
namespace {

std::string path_of(const std::string& folder, MemberId member) {
  return folder + "/member-" + std::to_string(member.value());
}

}  // namespace

Result<Mappings::Kept> Mappings::read(MemberId member) const {
  auto bytes = read_file(path_of(folder_, member), bytes_max);
  if (!bytes && bytes.error().code == Errc::not_found) return Kept{};
  if (!bytes) return std::move(bytes).error();
  std::string version = to_hex(sha256(*bytes));
  return Kept{*std::move(bytes), std::move(version)};
}

Result<std::string> Mappings::write(MemberId member, const std::string& replaces,
                                    const std::string& bytes) const {
  auto kept = read(member);
  if (!kept) return std::move(kept).error();
  if (kept->version != replaces)
    return Error{Errc::conflict, "a colleague has written since: read it again, and add to that"};
  TOCSIN_TRY(system_files().make_folder(folder_));
  TOCSIN_TRY(write_file(path_of(folder_, member), bytes, 0600));
  return to_hex(sha256(bytes));
}

void Mappings::get(MemberId member, std::function<void(Result<Kept>)> done) {
  const auto taken = errands_.run_later([this, member, done] { done(read(member)); });
  if (!taken) done(taken.error());
}

void Mappings::put(MemberId member, std::string replaces, std::string bytes,
                   std::function<void(Result<std::string>)> done) {
  if (bytes.size() > bytes_max)
    return done(Error{Errc::invalid_input, "a mapping has at most " + std::to_string(bytes_max) + " bytes"});
  const auto taken =
      errands_.run_later([this, member, replaces = std::move(replaces), bytes = std::move(bytes), done] {
        done(write(member, replaces, bytes));
      });
  if (!taken) done(taken.error());
}

}  // namespace tocsin::serve
