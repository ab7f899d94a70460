#include "pull_taxii.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "formats/object_stream.hpp"
#include "output.hpp"
#include "taxii/client.hpp"

namespace tocsin::cli {
namespace {

namespace taxii = taxii::client;

constexpr std::uint64_t secret_bytes_max = 64 << 10;
constexpr std::size_t object_bytes_max = 64 << 20;

struct Totals {
  std::uint64_t objects = 0, pages = 0;
};

Result<taxii::Puller::Options> options_of(const TaxiiSource& source) {
  taxii::Puller::Options options;
  options.url = source.url;
  options.collection = source.collection;
  options.page_objects = source.page_objects;
  options.access.user = source.user;
  if (source.user.find(':') != std::string::npos)
    return Error{Errc::invalid_input, "--user: the name of a user holds no colon (RFC 7617)"};
  if (!source.since.empty()) {
    const auto since = parse_rfc3339(source.since);
    if (!since) return in_context("--since", since.error());
    options.since = *since;
  }
  const auto take = [](const std::string& path, std::string& into) -> Status {
    auto text = read_secret(path);
    if (!text) return text.error();
    into = *std::move(text);
    return {};
  };
  TOCSIN_TRY(take(source.password_file, options.access.password));
  TOCSIN_TRY(take(source.token_file, options.access.bearer_token));
  TOCSIN_TRY(take(source.certificate_file, options.access.client_certificate_pem));
  TOCSIN_TRY(take(source.key_file, options.access.client_key_pem));
  TOCSIN_TRY(take(source.ca_file, options.access.ca_pem));
  return options;
}

Status resume(taxii::Puller& puller, const std::string& state_file) {
  if (state_file.empty()) return {};
  const auto text = read_file(state_file);
  if (!text && text.error().code == Errc::not_found) return {};  // the first pull
  if (!text) return text.error();
  auto position = taxii::read_position(*text);
  if (!position) return in_context(state_file, position.error());
  const auto resumed = puller.resume(*std::move(position));
  return resumed ? resumed : in_context(state_file, resumed.error());
}

/// One object as one line: its bytes as they came, and only if it came on several lines without those.
Status print_object(std::string_view object) {
  const auto print = [](std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  };
  if (object.find_first_of("\r\n") == std::string_view::npos) {
    print(object);
    return {};
  }
  formats::ObjectStream joined{{.object_bytes_max = object_bytes_max, .list_key = ""}};
  Status status;
  const auto take = [&](const formats::ObjectStream::Item& item) {
    if (item.problem.empty())
      print(item.bytes);
    else
      status = Error{Errc::invalid_input, "an object of the server: " + std::string{item.problem}};
  };
  TOCSIN_TRY(joined.feed(object, take));
  TOCSIN_TRY(joined.finish());
  return status;
}

/// Everything of the page is out of our hands before the position moves.
Status flush() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return Error{Errc::unavailable, std::string{"standard output: "} + std::strerror(errno)};
}

Status pull_pages(taxii::Puller& puller, const TaxiiSource& source, Totals& totals) {
  Progress progress{"pulling", 0};
  for (;;) {
    const auto page = puller.next_page();
    for (const auto& warning : puller.take_warnings()) {
      progress.clear();
      warn(warning);
    }
    if (!page) return page.error();
    for (const auto object : page->objects) TOCSIN_TRY(print_object(object));
    TOCSIN_TRY(flush());
    if (!source.state_file.empty())
      TOCSIN_TRY(write_file(source.state_file, taxii::to_json(puller.position()) + "\n", 0600));
    ++totals.pages;
    totals.objects += page->objects.size();
    progress.show(0, totals.objects);
    if (page->last) return {};
  }
}

/// On standard error, because standard output belongs to the objects.
void report(const Context& context, const taxii::Puller& puller, const Totals& totals) {
  const auto after = puller.position().added_after;
  if (context.json) {
    json::Object summary{
        {"objects", totals.objects}, {"pages", totals.pages}, {"collection", puller.collection_url()}};
    if (after) summary["added_after"] = to_rfc3339(*after);
    const auto line = json::dump(summary) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
    return;
  }
  say(std::to_string(totals.objects) + (totals.objects == 1 ? " new object from " : " new objects from ") +
      puller.collection_url() + (after ? ", the last added at " + to_rfc3339(*after) : ""));
}

}  // namespace

Result<std::string> read_secret(const std::string& path) {
  if (path.empty()) return std::string{};
  auto text = read_file(path, secret_bytes_max);
  if (!text) return text;
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (text->empty()) return Error{Errc::invalid_input, path + " is empty"};
  return text;
}

CLI::Option* add_taxii_options(CLI::App& verb, TaxiiSource& source) {
  auto* url =
      verb.add_option("--taxii", source.url,
                      "from another TAXII 2.1 server: the URL of a collection, an API root, or a discovery")
          ->type_name("URL");
  const auto add = [&](const char* flag, std::string& into, const char* what, const char* type) {
    return verb.add_option(flag, into, what)->type_name(type)->needs(url)->group("From a TAXII server");
  };
  add("--collection", source.collection, "its id, alias or title", "ID|TITLE");
  auto* user = add("--user", source.user, "user name, with --password-file", "USER");
  auto* password = add("--password-file", source.password_file, "the password", "FILE");
  auto* token = add("--token-file", source.token_file, "a bearer token in place of a password", "FILE");
  auto* certificate = add("--cert", source.certificate_file, "client certificate (PEM), with --key", "FILE");
  auto* key = add("--key", source.key_file, "its private key (PEM)", "FILE");
  add("--ca", source.ca_file, "the only authority to trust (PEM); else the system's", "FILE");
  add("--since", source.since, "only what was added after this; a state file, once it is there, goes before",
      "TIME");
  add("--state", source.state_file, "keeps the position here, so that the next pull takes only what is new",
      "FILE");
  verb.add_option("--limit", source.page_objects, "objects to ask for at once")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->needs(url)
      ->group("From a TAXII server");
  user->needs(password);
  password->needs(user);
  token->excludes(user);
  certificate->needs(key);
  key->needs(certificate);
  return url;
}

int pull_taxii(const Context& context, const TaxiiSource& source) {
  auto options = options_of(source);
  if (!options) return fail(options.error());
  auto puller = taxii::Puller::open(*std::move(options));
  if (!puller) return fail(puller.error());
  if (const auto resumed = resume(*puller, source.state_file); !resumed) return fail(resumed.error());
  Totals totals;
  const auto pulled = pull_pages(*puller, source, totals);
  report(context, *puller, totals);
  return pulled ? static_cast<int>(exit_done) : fail(pulled.error());
}

}  // namespace tocsin::cli
