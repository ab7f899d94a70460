#include <algorithm>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "serve/reading.hpp"
#include "taxii/compression.hpp"
#include "taxii/cursor.hpp"
#include "taxii/page.hpp"
#include "taxii/resource.hpp"
#include "taxii/server.hpp"

namespace tocsin::taxii {
namespace {

using serve::Call;
using serve::SharedCall;

/// One of the four ways to read a collection.
struct Endpoint {
  char letter;  // in cursors
  PageOf what;
  std::string_view list;   // the key of the answer
  std::string_view route;  // in the record of what government reads
  bool of_one;             // its path names an object
  Takes takes;
};

const Endpoint& endpoint_of(char letter) {
  static constexpr std::array<Endpoint, 4> endpoints{{
      {'o', PageOf::objects, "objects", "taxii-objects", false, {true, true}},
      {'m', PageOf::manifest, "objects", "taxii-manifest", false, {true, true}},
      {'i', PageOf::objects, "objects", "taxii-object", true, {false, true}},
      {'v', PageOf::versions, "versions", "taxii-versions", true, {false, false}},
  }};
  return *std::find_if(endpoints.begin(), endpoints.end(),
                       [letter](const Endpoint& each) { return each.letter == letter; });
}

/// What one request asks for, all of it decided.
struct Asked {
  Filters filters;  // as the cursor has them
  Filters applied;  // and with what the path says
  Sequence after;
  PageLimits limits;
  CursorScope scope;
  bool continued = false;
};

Result<Asked> asked_of(const Call& call, const Endpoint& endpoint, const log::Head& head) {
  auto query = parse_query(call.request.query, endpoint.takes);
  if (!query) return std::move(query).error();
  Asked asked;
  asked.scope.circle = call.sight->circle()->id;
  asked.scope.member = call.principal.member_id();
  asked.scope.endpoint = endpoint.letter;
  if (endpoint.of_one) asked.scope.object = call.parameters[1];
  asked.filters = query->filters;
  if (!query->next.empty()) {
    const Seal seal = [&call](std::string_view text) { return call.services.secrets.mac(text); };
    auto on = open_cursor(seal, asked.scope, *query);
    if (!on) return std::move(on).error();
    asked.filters = std::move(on->filters);
    asked.after = on->position;
    asked.continued = true;
  }
  if (asked.filters.added_after) {
    // The usual question of a poll that has everything needs no search.
    if (*asked.filters.added_after >= head.date_added) {
      asked.after = std::max(asked.after, head.sequence);
    } else {
      auto first = call.services.log.first_after(asked.scope.circle, *asked.filters.added_after);
      if (!first) return std::move(first).error();
      asked.after = std::max(asked.after, Sequence{first->value() - 1});
    }
  }
  asked.limits.count_max = static_cast<std::size_t>(
      std::min<std::uint64_t>(query->limit.value_or(asked.limits.count_max), asked.limits.count_max));
  asked.applied = asked.filters;
  if (endpoint.of_one) asked.applied.ids = {asked.scope.object};
  if (endpoint.what == PageOf::versions) asked.applied.versions.all = true;
  return asked;
}

/// What was asked, without content, for the record of what government reads.
std::string filter_text(const Filters& filters) {
  std::string text;
  for (const auto& type : filters.types) text += (text.empty() ? "type=" : ",") + type;
  if (!filters.ids.empty()) text += text.empty() ? "id" : "&id";
  return text;
}

/// The date for the header fields of a page without items (the standard names none): where its reader may go
/// on from and lose nothing.
Timestamp date_of_none(const Call& call, const Asked& asked, const Page& page, const log::Head& head) {
  if (page.more && page.position != Sequence{})
    if (const auto row = call.services.log.row(asked.scope.circle, page.position)) return row->date_added;
  return asked.filters.added_after && !asked.continued ? *asked.filters.added_after : head.date_added;
}

std::shared_ptr<const CachedPage> finished(const Call& call, const Endpoint& endpoint, const Asked& asked,
                                           const Page& page, const log::Head& head, Coding wanted) {
  std::string json = "{";
  if (page.more) {
    const Seal seal = [&call](std::string_view text) { return call.services.secrets.mac(text); };
    json += R"("more":true,"next":")" + make_cursor(seal, asked.scope, asked.filters, page.position) + '"';
  }
  if (page.count > 0) {
    json += (page.more ? ",\"" : "\"") + std::string{endpoint.list} + "\":[";
    json += page.items;
    json += ']';
  }
  json += '}';
  const Timestamp none = page.first ? Timestamp{} : date_of_none(call, asked, page, head);
  auto coded = encode(std::move(json), wanted);
  auto made = std::make_shared<CachedPage>();
  made->position = page.position;
  made->body = std::move(coded.body);
  made->head = resource(200, "");
  auto& headers = made->head.headers;
  headers.emplace_back("vary", "Accept-Encoding");
  if (coded.coding != Coding::identity) headers.emplace_back("content-encoding", name(coded.coding));
  headers.emplace_back("x-taxii-date-added-first", to_rfc3339(page.first.value_or(none)));
  headers.emplace_back("x-taxii-date-added-last", to_rfc3339(page.last.value_or(none)));
  return made;
}

std::string cache_key(const Reader& reader, const Asked& asked, Coding coding) {
  std::string key;
  append_number(key, asked.scope.circle.value());
  append_number(key, reader.head().value());
  append_number(key, asked.scope.member.value());
  append_number(key, asked.after.value());
  append_number(key, asked.limits.count_max);
  key += asked.scope.endpoint;
  key += static_cast<char>(coding);
  key += asked.continued ? 'c' : 'f';
  append_number(key, static_cast<std::uint32_t>(reader.fingerprint().size()));
  key += reader.fingerprint();
  key += asked.scope.object + '\n' + asked.filters.canonical();
  return key;
}

/// The answer, from the cache or made now.
Result<std::shared_ptr<const CachedPage>> page_for(const Call& call, const Endpoint& endpoint,
                                                   const Asked& asked, const log::Head& head,
                                                   PageCache& pages) {
  Reader reader{call.services, *call.sight, head.sequence};
  const Coding wanted = coding_for(call.request.header("accept-encoding").value_or(""));
  const std::string key = cache_key(reader, asked, wanted);
  if (auto kept = pages.find(key)) return kept;
  if (endpoint.of_one) {
    auto versions = reader.versions(asked.scope.object);
    if (!versions) return std::move(versions).error();
    if ((*versions)->empty()) return Error{Errc::not_found, ""};
  }
  auto page = make_page(reader, endpoint.what, asked.applied, asked.after, asked.limits);
  if (!page) return std::move(page).error();
  const bool worth_keeping = page->count > 0 && !reader.fingerprint().empty();
  auto made = finished(call, endpoint, asked, *page, head, wanted);
  if (worth_keeping) pages.put(asked.scope.circle, head.sequence, key, made);
  return made;
}

}  // namespace

void Server::read(const serve::SharedCall& call, char endpoint) {
  const Rights rights = rights_of(*call);
  if (!rights.can_read)
    return call->refuse(rights.can_write ? Error{Errc::denied, "this token has not the scope 'read'"}
                                         : Error{Errc::not_found, ""});
  serve::when_current(call, [this, endpoint](const SharedCall& current) { read_page(current, endpoint); });
}

void Server::read_page(const serve::SharedCall& call, char letter) {
  const Endpoint& endpoint = endpoint_of(letter);
  call->sight->refresh();
  if (!call->sight->inside()) return call->refuse(Error{Errc::not_found, ""});
  const CircleId circle = call->sight->circle()->id;
  const auto head = call->services.log.head(circle);
  const auto asked = asked_of(*call, endpoint, head);
  if (!asked) return call->refuse(asked.error());
  // A poll that has everything is shown nothing, so there is nothing to write down.
  if (asked->after < head.sequence || endpoint.of_one)
    if (Status admitted =
            serve::admit_read(*call, circle, std::string{endpoint.route}, filter_text(asked->applied),
                              Sequence{asked->after.value() + 1}, head.sequence);
        !admitted)
      return call->refuse(admitted.error());
  const auto page = page_for(*call, endpoint, *asked, head, pages_);
  if (!page) return call->refuse(page.error());
  // A client of TAXII gives no name and cannot confirm: one door for its token.
  if ((*page)->position > Sequence{})
    call->services.doors.sent(circle, call->principal.token, "", (*page)->position);
  auto ticket = outgoing_.enter(call->principal.member_id(), (*page)->body.size());
  if (!ticket) return call->refuse(ticket.error());
  // The page and its place among what the member holds live until the bytes are sent.
  struct Held {
    std::shared_ptr<const CachedPage> page;
    Outgoing::Ticket ticket;
  };
  const auto held = std::make_shared<const Held>(Held{*page, *std::move(ticket)});
  net::Response response = held->page->head;
  response.shared_body = std::shared_ptr<const std::string>{held, &held->page->body};
  call->answer(std::move(response));
}

}  // namespace tocsin::taxii
