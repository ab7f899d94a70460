#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "event_line.hpp"
#include "formats/object_stream.hpp"
#include "output.hpp"
#include "pull_taxii.hpp"
#include "push/client_event.hpp"
#include "raw_json.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string circle, type;
  std::uint64_t after = 0;
  bool objects = false;
  TaxiiSource taxii;
};

void print_raw(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

/// Prints the entries of one page. Errors: corrupt for an entry that does not open its commitment.
Status print_page(const Context& context, const Options& options, std::string_view body,
                  push::EventReader& reader, std::uint64_t& entries) {
  formats::ObjectStream stream{{.object_bytes_max = 16 << 20, .list_key = "entries"}};
  Status status;
  const auto take = [&](const formats::ObjectStream::Item& item) {
    if (!status) return;
    if (!item.problem.empty()) {
      status = Error{Errc::corrupt, "the hub's page: " + std::string{item.problem}};
      return;
    }
    ++entries;
    const auto event = reader.read({}, item.bytes);
    if (!event && event.error().code == Errc::corrupt) {
      status = event.error();
      return;
    }
    if (options.objects) {
      if (event && event->kind == log::Kind::object) print_raw(event->content);
    } else if (context.json) {
      print_raw(item.bytes);
    } else {
      print_line(event ? event_line(*event) : std::string{item.bytes});
    }
  };
  TOCSIN_TRY(stream.feed(body, take));
  TOCSIN_TRY(stream.finish());
  return status;
}

Status pull_all(const Context& context, const Options& options, Session& session) {
  push::EventReader reader;
  Progress progress{"pulling", 0};
  std::uint64_t entries = 0;
  for (std::string after = std::to_string(options.after);;) {
    const auto response = session.client().request(
        {.target = "/api/v1" + circle_path(options.circle) + "/entries?limit=1000&after=" + after +
                   (options.type.empty() ? "" : "&type=" + path_part(options.type))});
    if (!response) return response.error();
    if (response->status != 200) return answer_error(*response);
    TOCSIN_TRY(print_page(context, options, response->body, reader, entries));
    progress.show(0, entries);
    const std::string next{member_value(response->body, "next")};
    if (next.empty() || next == "null" || next == after) return {};
    after = next;
  }
}

int pull(const Context& context, const Options& options) {
  if (!options.taxii.url.empty()) return pull_taxii(context, options.taxii);
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  const auto pulled = pull_all(context, options, *session);
  std::fflush(stdout);
  return pulled ? static_cast<int>(exit_done) : fail(pulled.error());
}

}  // namespace

void add_pull(CLI::App& root, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = root.add_subcommand("pull", "all entries of a circle, or all objects of another TAXII server");
  verb->group(group_read);
  auto* circle =
      verb->add_option("--circle", options->circle, "each entry is checked; with -o json one a line")
          ->type_name("C");
  verb->add_option("--type", options->type, "only objects of this STIX type")
      ->type_name("TYPE")
      ->needs(circle);
  verb->add_option("--after", options->after, "only entries after this one")
      ->type_name("SEQUENCE")
      ->needs(circle);
  verb->add_flag("--objects", options->objects, "only the STIX objects, one a line, as they were accepted")
      ->needs(circle);
  add_taxii_options(*verb, options->taxii)->excludes(circle);
  verb->callback([&context, options] {
    if (options->circle.empty() && options->taxii.url.empty())
      throw CLI::RequiredError("--circle or --taxii");
    context.run = [&context, options] { return pull(context, *options); };
  });
}

}  // namespace tocsin::cli
