#include "taxii/client.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/crypto.hpp"
#include "net/server.hpp"
#include "taxii/client_answer.hpp"
#include "taxii/client_find.hpp"

namespace tocsin::taxii::client {
namespace {

using std::chrono::microseconds;

constexpr unsigned fruitless_pages_max = 100;
constexpr std::size_t seen_max = 200'000;
constexpr std::size_t tokens_max = 1'000'000;
constexpr unsigned set_backs_max = 4;

std::string digest(std::string_view text) {
  return to_hex(sha256(text)).substr(0, 32);
}

/// What makes two deliveries the same one. Objects without a version of their own are what their bytes are.
std::string key_of(const Object& object) {
  return std::string{object.id} + " " +
         (object.version.empty() ? digest(object.bytes) : std::string{object.version});
}

bool same_version(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto left = parse_rfc3339(a), right = parse_rfc3339(b);
  return left && right && *left == *right;
}

}  // namespace

struct Puller::State {
  State(Asker given_asker, std::string found_path, Options given_options)
      : asker{std::move(given_asker)},
        path{std::move(found_path)},
        collection{asker.url(path)},
        options{std::move(given_options)} {
    ask_after = options.since;
  }

  Asker asker;
  const std::string path;        // of the collection, with its slash
  const std::string collection;  // its URL
  const Options options;
  PageReader reader;
  std::vector<std::string> warnings;

  // The position.
  std::optional<Timestamp> date;  // the newest one known
  std::vector<std::string> seen;  // in order of delivery: what may have that date, or none that is known
  std::unordered_set<std::string> keys;  // the same
  bool undated = false;                  // the last pages told no date
  bool forgets = false;                  // there are more than are remembered

  // What to ask next.
  std::optional<Timestamp> ask_after;
  std::string next;
  bool exact = false;  // asked after the date itself, and not just before it
  std::optional<Timestamp> stepped_from;
  bool finished = false;
  Status further;  // why there is no way on; said once what came before is delivered

  std::unordered_set<std::string> tokens;  // every `next` so far
  unsigned fruitless_pages = 0;
  unsigned set_backs = 0;  // since something new came
  bool manifest_helps = true;

  std::string target(std::string_view resource) const {
    auto text = path + std::string{resource} + "?limit=" + std::to_string(options.page_objects);
    if (ask_after) text += "&added_after=" + net::percent_encode(to_rfc3339(*ask_after));
    return text;
  }

  Error broken(const std::string& asked, std::string rule) const {
    return {Errc::invalid_input, asker.url(asked) + ": " + std::move(rule)};
  }

  void warn(const std::string& asked, std::string_view what) {
    warnings.push_back(asker.url(asked) + ": " + std::string{what});
  }

  void remember(std::string key, const std::string& asked) {
    if (seen.size() == seen_max) {
      if (!std::exchange(forgets, true))
        warn(asked, "too many objects without a date of their own: the next pull may repeat some");
      return;
    }
    keys.insert(key);
    seen.push_back(std::move(key));
  }

  /// When the page's last object was added, as its header says; nullopt when it does not, or not in a way
  /// that can be read.
  static std::optional<Timestamp> date_in(const net::ClientResponse& response) {
    const auto time = parse_rfc3339(response.header("x-taxii-date-added-last"));
    return time ? std::optional{*time} : std::nullopt;
  }

  /// The same from the manifest, for servers that forget the header.
  std::optional<Timestamp> date_from_manifest(const Object& last) {
    if (!manifest_helps || last.id.empty()) return std::nullopt;
    const auto asked = target("manifest/") + "&match%5Bid%5D=" + net::percent_encode(last.id);
    std::optional<Timestamp> found;
    if (const auto response = asker.get(asked)) {
      const auto records = read_manifest(response->body);
      if (records)
        for (const auto& record : *records) {
          const bool same =
              record.id == last.id && (last.version.empty() || same_version(record.version, last.version));
          if (same && (!found || record.date_added < *found)) found = record.date_added;
        }
    }
    if (!found) {
      manifest_helps = false;
      warn(asked,
           "neither headers nor the manifest tell when objects were added: what is known goes by objects "
           "seen");
    }
    return found;
  }

  /// Takes note of what the page says about dates, and of what it holds.
  void advance(std::optional<Timestamp> page_date, const std::vector<Object>& objects,
               const std::string& asked) {
    if (page_date && (!date || *page_date > *date)) {
      if (!undated) {  // what lies behind will not come again
        seen.clear();
        keys.clear();
      }
      date = page_date;
    }
    undated = !page_date && !objects.empty();
    for (const auto& object : objects)
      if (auto key = key_of(object); !keys.contains(key)) remember(std::move(key), asked);
  }

  /// Some servers keep the place themselves and give one `next` for all pages. So one that was given before
  /// is followed as long as it leads to what is new.
  Status continue_by_token(std::string token, bool brought_new, const std::string& asked) {
    const bool fresh = tokens.size() < tokens_max && tokens.insert(digest(token)).second;
    if (!fresh && !brought_new)
      return broken(asked,
                    "the server gives the 'next' that it gave before, and nothing new (TAXII 2.1 §3.5): " +
                        token.substr(0, 100));
    next = std::move(token);
    return {};
  }

  /// Where an answer to `next` is lost, the server may have moved on, or have forgotten the place. To ask the
  /// same again could skip a page; what was seen since the newest date is known, so that is where to go on.
  bool go_back_to_date(const Error& why, const std::string& asked) {
    if (next.empty() || !date || ++set_backs == set_backs_max) return false;
    if (why.code != Errc::unavailable && why.code != Errc::invalid_input && why.code != Errc::not_found)
      return false;
    warn(asked, "no answer to 'next', so it goes on by date: " + why.detail);
    next.clear();
    stepped_from = date;
    ask_after = *date - microseconds{1};
    exact = false;
    return true;
  }

  /// Asks just before the newest date, so that a page which ended amid objects of one date loses none: what
  /// was seen is dropped. Where that brings nothing new, after the date itself.
  Status continue_by_date(bool page_is_empty, const std::string& asked) {
    if (date && (!stepped_from || *date > *stepped_from)) {
      stepped_from = date;
      ask_after = *date - microseconds{1};
      exact = false;
      return {};
    }
    if (page_is_empty) {
      warn(asked,
           "the server says 'more', but gives no object, no 'next' and no later date: taken as the end");
      finished = true;
      return {};
    }
    if (!date)
      return broken(
          asked,
          "the server says 'more', but gives neither 'next' nor X-TAXII-Date-Added-Last nor a manifest that "
          "tells the date (TAXII 2.1 §3.2, §3.5)");
    if (exact)
      return broken(
          asked,
          "the server repeats what it gave for " + to_rfc3339(*date) +
              " and gives no 'next': its added_after is not exclusive (TAXII 2.1 §3.4), or more objects "
              "have that date than a page holds; a larger limit may help");
    exact = true;
    ask_after = date;
    return {};
  }

  Status continue_from(const Envelope& envelope, bool brought_new, const std::string& asked) {
    finished = !envelope.more;
    if (finished) return {};
    if (!envelope.next.empty()) return continue_by_token(envelope.next, brought_new, asked);
    return continue_by_date(envelope.objects.empty(), asked);
  }

  Result<Page> take_page() {
    if (!further) return further.error();
    const auto asked = target("objects/") + (next.empty() ? "" : "&next=" + net::percent_encode(next));
    const auto response = asker.get(asked, next.empty() ? Repeat::always : Repeat::when_put_off);
    if (!response && go_back_to_date(response.error(), asked)) return Page{};
    if (!response) return response.error();
    const auto envelope = reader.read(response->body, options.limits.page_objects_max);
    if (!envelope) return in_context(asker.url(asked), envelope.error());

    Page page;
    std::unordered_set<std::string> here;
    for (const auto& object : envelope->objects)
      if (auto key = key_of(object); !keys.contains(key) && here.insert(std::move(key)).second)
        page.objects.push_back(object.bytes);
    if (exact && next.empty() && !page.objects.empty())
      warn(asked,
           "more objects may have the date before these than a page holds, and the server gives no 'next': a "
           "larger limit may find them");

    const bool empty = envelope->objects.empty();
    fruitless_pages = page.objects.empty() ? fruitless_pages + 1 : 0;
    if (!page.objects.empty()) set_backs = 0;
    if (envelope->more && fruitless_pages == fruitless_pages_max)
      return broken(asked,
                    std::to_string(fruitless_pages) + " pages in a row brought nothing new, and yet 'more'");

    const bool needs_date = !envelope->more || envelope->next.empty();
    std::optional<Timestamp> page_date;
    // A page without objects may carry the date of today. It counts only where nothing else leads on.
    if (!empty || (envelope->more && needs_date)) page_date = date_in(*response);
    if (!empty && !page_date && needs_date) page_date = date_from_manifest(envelope->objects.back());
    const bool goes_back = page_date && date && *page_date < *date;  // what it holds may only look new
    advance(page_date, envelope->objects, asked);

    next.clear();
    further = continue_from(*envelope, !page.objects.empty() && !goes_back && !forgets, asked);
    page.last = finished;
    return page;
  }
};

Puller::Puller(std::unique_ptr<State> state) : state_{std::move(state)} {}
Puller::~Puller() = default;
Puller::Puller(Puller&&) noexcept = default;
Puller& Puller::operator=(Puller&&) noexcept = default;

Result<Puller> Puller::open(Options options) {
  TOCSIN_CHECK(options.page_objects > 0, "a page has room for an object");
  const auto url = parse_url(options.url);
  if (!url) return url.error();
  Asker asker{url->origin, options.access, options.limits, options.wait};
  auto path = find_collection(asker, *url, options.collection);
  if (!path) return path.error();
  return Puller{std::make_unique<State>(std::move(asker), *std::move(path), std::move(options))};
}

const std::string& Puller::collection_url() const {
  return state_->collection;
}

Status Puller::resume(Position position) {
  TOCSIN_CHECK(state_->tokens.empty() && !state_->date, "resumed before the first page");
  if (position.collection != collection_url())
    return Error{Errc::invalid_input,
                 "the position is that of " + position.collection + ", not of " + collection_url()};
  state_->date = position.added_after;
  if (position.added_after) state_->ask_after = position.added_after;
  state_->keys.insert(position.seen.begin(), position.seen.end());
  state_->seen = std::move(position.seen);
  return {};
}

Result<Puller::Page> Puller::next_page() {
  if (state_->finished) return Page{.objects = {}, .last = true};
  return state_->take_page();
}

Position Puller::position() const {
  return {state_->collection, state_->date, state_->seen};
}

std::vector<std::string> Puller::take_warnings() {
  return std::exchange(state_->warnings, {});
}

}  // namespace tocsin::taxii::client
