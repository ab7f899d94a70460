#include "taxii/client_find.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "net/server.hpp"
#include "taxii/client_answer.hpp"

namespace tocsin::taxii::client {
namespace {

constexpr std::string_view list_name = "collections/";
constexpr std::size_t shown_max = 20;

struct Candidate {
  std::string path;
  Collection collection;
};

std::string named(const std::vector<Candidate>& candidates) {
  std::string text;
  for (std::size_t i = 0; i < candidates.size() && i < shown_max; ++i)
    text +=
        (i == 0 ? "" : ", ") + candidates[i].collection.id + " \"" + candidates[i].collection.title + "\"";
  if (candidates.size() > shown_max) text += ", …";
  return text.empty() ? "none" : text;
}

/// The collections of the API root at `path`.
Result<std::vector<Candidate>> candidates_of(Asker& asker, const std::string& path) {
  const auto target = path + std::string{list_name};
  const auto response = asker.get(target);
  if (!response) return response.error();
  auto collections = read_collections(response->body);
  if (!collections) return in_context(asker.url(target), collections.error());
  std::vector<Candidate> candidates;
  for (auto& each : *collections)
    candidates.push_back({target + net::percent_encode(each.id) + "/", std::move(each)});
  return candidates;
}

/// Ids and aliases before titles: a title may be anything, also another's id.
std::vector<Candidate> fitting(const std::vector<Candidate>& all, std::string_view wanted) {
  std::vector<Candidate> found;
  const auto add_where = [&](auto fits) {
    if (found.empty()) std::copy_if(all.begin(), all.end(), std::back_inserter(found), fits);
  };
  if (wanted.empty()) {
    add_where([](const Candidate& each) { return each.collection.can_read; });
    return found;
  }
  add_where([&](const Candidate& each) { return each.collection.id == wanted; });
  add_where([&](const Candidate& each) { return each.collection.alias == wanted; });
  add_where([&](const Candidate& each) { return each.collection.title == wanted; });
  add_where([&](const Candidate& each) { return iequals_ascii(each.collection.title, wanted); });
  return found;
}

Result<std::string> the_one(const std::string& where, const std::vector<Candidate>& all,
                            std::string_view wanted) {
  const auto found = fitting(all, wanted);
  const std::string what = wanted.empty() ? "that may be read" : "'" + std::string{wanted} + "'";
  if (found.empty())
    return Error{Errc::not_found, where + ": no collection " + what + "; there are: " + named(all)};
  if (found.size() > 1)
    return Error{Errc::conflict,
                 where + ": several collections " + what + ", so name one by its id: " + named(found)};
  if (!found.front().collection.can_read)
    return Error{Errc::denied,
                 where + ": the collection " + named(found) + " may not be read with these credentials"};
  return found.front().path;
}

/// All collections of all API roots that can be asked. A root that cannot be is no hindrance while another
/// can.
Result<std::vector<Candidate>> candidates_of(Asker& asker, const Url& base, const Discovery& discovery) {
  std::vector<Candidate> all;
  Status failed;
  bool any = false;
  for (const auto& root : discovery.api_roots) {
    const auto url = resolve(base, root);
    if (!url) {
      failed = in_context(base.text() + ": an API root", url.error());
      continue;
    }
    if (url->origin != asker.origin()) {
      failed = Error{Errc::denied,
                     base.text() + " names the API root " + url->text() +
                         " on another server, to which credentials do not go: give that URL if it is right"};
      continue;
    }
    auto some = candidates_of(asker, with_slash(url->path));
    if (!some) {
      failed = some.error();
      continue;
    }
    any = true;
    std::move(some->begin(), some->end(), std::back_inserter(all));
  }
  if (any) return all;
  if (!failed) return failed.error();
  return Error{Errc::not_found, base.text() + ": the discovery names no API root (TAXII 2.1 §4.1)"};
}

/// Where the path names a collection: up to it, with a slash. Else empty.
std::string collection_in(const std::string& path) {
  const auto at = path.rfind("/" + std::string{list_name});
  if (at == std::string::npos) return {};
  const auto begin = at + 1 + list_name.size();
  const auto end = std::min(path.find('/', begin), path.size());
  return end == begin ? std::string{} : path.substr(0, end) + "/";
}

}  // namespace

Result<std::string> find_collection(Asker& asker, const Url& given, std::string_view wanted) {
  auto path = with_slash(given.path);
  if (const auto collection = collection_in(path); !collection.empty()) {
    const auto last = collection.rfind('/', collection.size() - 2) + 1;
    const auto id = net::percent_decode(collection.substr(last, collection.size() - last - 1), false);
    if (!wanted.empty() && id != wanted)
      return Error{Errc::invalid_input, given.text() +
                                            " is the URL of a collection already, and another one than '" +
                                            std::string{wanted} + "'"};
    return collection;
  }
  if (path.ends_with("/" + std::string{list_name})) {
    const auto all = candidates_of(asker, path.substr(0, path.size() - list_name.size()));
    return all ? the_one(given.text(), *all, wanted) : all.error();
  }
  auto response = asker.get(path);
  if (!response && response.error().code == Errc::not_found && path == "/") {
    path = "/taxii2/";  // where the standard puts the discovery of a host
    response = asker.get(path);
  }
  if (!response) return response.error();
  const auto resource = read_resource(response->body);
  if (!resource) return in_context(asker.url(path), resource.error());
  const auto all = resource->discovery
                       ? candidates_of(asker, Url{asker.origin(), path, ""}, *resource->discovery)
                       : candidates_of(asker, path);
  return all ? the_one(asker.url(path), *all, wanted) : all.error();
}

}  // namespace tocsin::taxii::client
