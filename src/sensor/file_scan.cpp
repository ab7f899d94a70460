#include "sensor/file_scan.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace tocsin::sensor {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_{number} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

/// The hashes that indicators name, in one pass.
class Digests {
 public:
  Digests() {
    const std::array kinds{EVP_md5(), EVP_sha1(), EVP_sha256(), EVP_sha512()};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      contexts_[i].reset(EVP_MD_CTX_new());
      TOCSIN_CHECK(contexts_[i] != nullptr && EVP_DigestInit_ex(contexts_[i].get(), kinds[i], nullptr) == 1,
                   "OpenSSL has the four digests");
    }
  }
  void add(std::string_view bytes) {
    for (auto& context : contexts_)
      TOCSIN_CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1, "a digest takes bytes");
  }
  std::array<std::string, 4> take() {
    std::array<std::string, 4> out;
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::array<std::byte, EVP_MAX_MD_SIZE> digest{};
      unsigned size = 0;
      TOCSIN_CHECK(
          EVP_DigestFinal_ex(contexts_[i].get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1,
          "a digest ends");
      out[i] = to_hex(std::span{digest}.first(size));
    }
    return out;
  }

 private:
  struct End {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::array<std::unique_ptr<EVP_MD_CTX, End>, 4> contexts_;
};

}  // namespace

struct FileScan::Facts {
  std::string path;
  std::uint64_t size_bytes = 0;
  std::array<std::string, 4> digests;  // MD5, SHA-1, SHA-256, SHA-512

  /// What stands in an alert where a log has its line.
  std::string record() const {
    return json::dump(json::Object{
        {"size", size_bytes}, {"md5", digests[0]}, {"sha1", digests[1]}, {"sha256", digests[2]}});
  }
};

FileScan::FileScan(const match::IndicatorSet& set, const yara::Rules& rules,
                   const std::vector<FileRules::Origin>& origins, const screen::WarningLists& lists,
                   Describe describe, Options options)
    : rules_{rules},
      origins_{origins},
      lists_{lists},
      describe_{std::move(describe)},
      options_{std::move(options)},
      scanner_{set} {}

Status FileScan::tree(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  if (!fs::exists(status)) return Error{Errc::not_found, path + ": there is no such file or folder"};
  if (!fs::is_directory(status)) {
    file(path);
    return {};
  }
  fs::recursive_directory_iterator at{path, error};
  if (error) return Error{Errc::denied, path + ": " + error.message()};
  while (at != fs::recursive_directory_iterator{}) {
    const auto entry = *at;
    if (entry.is_directory(error) && !entry.is_symlink(error) &&
        ::access(entry.path().c_str(), R_OK | X_OK) != 0) {
      leave_out(entry.path().string(), std::strerror(errno));
      at.disable_recursion_pending();
    } else if (entry.is_regular_file(error) && !entry.is_symlink(error)) {
      file(entry.path().string());
    }
    at.increment(error);
    if (error) leave_out(path, error.message());
  }
  return {};
}

void FileScan::leave_out(const std::string& path, const std::string& why) {
  ++totals_.unreadable;
  options_.tell(path + ": " + why);
}

void FileScan::file(const std::string& path) {
  // O_NONBLOCK: between listing and opening, a pipe may have taken the file's place.
  const Descriptor open{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat about {};
  if (open.number() < 0 || ::fstat(open.number(), &about) != 0) return leave_out(path, std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return leave_out(path, "is no file but a device, a pipe or a link");
  Facts facts{path, 0, {}};
  Digests digests;
  std::string head;
  std::vector<char> buffer(1 << 20);
  for (;;) {
    const auto read = ::read(open.number(), buffer.data(), buffer.size());
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return leave_out(path, std::strerror(errno));
    if (read == 0) break;
    const std::string_view piece{buffer.data(), static_cast<std::size_t>(read)};
    digests.add(piece);
    facts.size_bytes += piece.size();
    if (rules_.size() > 0 && head.size() < options_.rule_bytes_max)
      head += piece.substr(0, options_.rule_bytes_max - head.size());
  }
  facts.digests = digests.take();
  ++totals_.files;
  totals_.bytes += facts.size_bytes;
  look_up(facts);
  if (rules_.size() > 0) apply_rules(facts, head);
}

void FileScan::look_up(const Facts& facts) {
  using stix::Path;
  const std::filesystem::path path{facts.path};
  const auto name = path.filename().string();
  const auto folder = path.parent_path().string();
  const auto size = std::to_string(facts.size_bytes);
  stix::Observation seen;
  const auto object = seen.next_object();
  for (const auto& [where, text] : {std::pair<Path, std::string_view>{Path::file_name, name},
                                    {Path::file_md5, facts.digests[0]},
                                    {Path::file_sha1, facts.digests[1]},
                                    {Path::file_sha256, facts.digests[2]},
                                    {Path::file_sha512, facts.digests[3]},
                                    {Path::file_size, size},
                                    {Path::file_parent_directory_path, folder}})
    seen.add(where, object, text);
  seen.add(Path::directory_path, seen.next_object(), folder);
  const auto now = system_clock().now();
  seen.set_time(now);
  scanner_.scan(seen, now, hits_);
  for (const auto& hit : hits_.hits) {
    const auto lists = lists_.check(value_of(hit.path, hit.value));
    ++(lists.empty() ? totals_.hits : totals_.held_back);
    if (!lists.empty() && !options_.show_held_back) continue;
    options_.print(line_of(hit, facts, lists));
  }
  hits_.hits.clear();
  hits_.pinned.clear();
  hits_.patterns.clear();
}

std::string FileScan::line_of(const match::Hit& hit, const Facts& facts,
                              std::span<const screen::WarningList* const> lists) const {
  const auto record = facts.record();
  return hit_line({.hit = hit, .line = record, .format = {}, .json = true}, {facts.path, std::nullopt, 0},
                  describe_, lists);
}

void FileScan::apply_rules(const Facts& facts, std::string_view head) {
  if (facts.size_bytes > head.size()) ++totals_.cut;
  const auto matches = rules_.scan(head, options_.rule_time_max);
  if (!matches) {
    ++totals_.undecided;
    return options_.tell(facts.path + ": not decided by rules: " + matches.error().detail);
  }
  for (const auto& match : *matches) {
    ++totals_.hits;
    const auto& origin = origins_[match.text];
    const match::Source source{
        origin.circle, origin.sequence, origin.id, origin.name, {}, stix::Path::file_sha256, {}};
    const match::Hit hit{0, facts.digests[2], stix::Path::file_sha256, 0, {source}};
    auto line = line_of(hit, facts, {});
    line.resize(line.rfind('}'));
    line += ",\"rule\":" + json_string(match.rule) +
            ",\"strings\":" + json::dump(json::Array(match.strings.begin(), match.strings.end())) + "}\n";
    options_.print(line);
  }
}

}  // namespace tocsin::sensor
