#include "taxii/client.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "base/bytes.hpp"
#include "net/net_testing.hpp"

namespace tocsin::taxii::client {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* media = "application/taxii+json;version=2.1";
constexpr const char* id = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
const std::string collection = std::string{"/api1/collections/"} + id + "/";

net::Response json(std::string body, unsigned status = 200) {
  return {.status = status, .headers = {{"Content-Type", media}}, .body = std::move(body)};
}

/// Another server, as the test words it. Remembers what it was asked.
class Peer {
 public:
  using Answer = std::function<net::Response(const net::Request&)>;
  explicit Peer(Answer answer, net::ServerOptions options = net::testing::server_options())
      : answer_{std::move(answer)} {
    server_ = net::testing::start(std::move(options),
                                  [this](const net::Request& request, net::Responder responder) {
                                    const std::scoped_lock lock{mutex_};
                                    asked_.push_back(request);
                                    responder.send(answer_(request));
                                  });
  }
  /// Changes what its answers depend on, while it gives none.
  void between_answers(const std::function<void()>& change) {
    const std::scoped_lock lock{mutex_};
    change();
  }
  std::string url(std::string_view path = collection) const {
    return net::testing::client_options(*server_).base_url + std::string{path};
  }
  Puller::Options options(std::string_view path = collection) {
    Puller::Options options;
    options.url = url(path);
    options.access.ca_pem = net::testing::authority().certificate_pem;
    options.limits.request_deadline = 5s;
    options.wait = [this](std::chrono::milliseconds time) {
      waits.push_back(time);
      return true;
    };
    return options;
  }
  std::vector<net::Request> asked() {
    const std::scoped_lock lock{mutex_};
    return asked_;
  }
  std::vector<std::chrono::milliseconds> waits;

 private:
  Answer answer_;
  std::mutex mutex_;
  std::vector<net::Request> asked_;
  std::unique_ptr<net::Server> server_;
};

struct Taken {
  std::vector<std::string> objects;
  std::vector<std::string> warnings;
  Position position;
  Status status;
};

Taken take(Puller::Options options, std::optional<Position> from = std::nullopt) {
  Taken taken;
  auto puller = Puller::open(std::move(options));
  if (puller && from) taken.status = puller->resume(*from);
  if (!puller) taken.status = puller.error();
  while (taken.status) {
    const auto page = puller->next_page();
    if (!page) {
      taken.status = page.error();
      break;
    }
    taken.objects.insert(taken.objects.end(), page->objects.begin(), page->objects.end());
    if (page->last) break;
  }
  if (puller) {
    taken.position = puller->position();
    taken.warnings = puller->take_warnings();
  }
  return taken;
}

/// A collection with the habits of some server. Dates are microseconds.
struct Habits {
  bool inclusive = false, headers = true, tokens = true, manifest = true, always_more = false;
  std::size_t page_objects_max = 4;
};
struct Added {
  std::int64_t date;
  std::string name;
  std::string object() const {
    return R"({"id": "indicator--)" + name + R"(", "modified":"2026-01-01T00:00:00Z"})";
  }
};

class Model {
 public:
  Model(Habits habits, std::vector<Added> objects) : habits_{habits}, objects_{std::move(objects)} {}
  void add(std::int64_t date, std::string name) { objects_.push_back({date, std::move(name)}); }

  net::Response operator()(const net::Request& request) const {
    const bool manifest = request.path == collection + "manifest/";
    if (manifest && !habits_.manifest) return json(R"({"title":"none here"})", 404);
    if (!manifest && request.path != collection + "objects/") return json(R"({"title":"no such path"})", 404);
    std::size_t i = 0;
    if (const auto after = request.parameter("added_after"))
      while (i < objects_.size() && behind(objects_[i].date, to_micros(parse_rfc3339(*after).value()))) ++i;
    if (const auto next = request.parameter("next")) i = std::stoul(std::string{*next});
    std::string body, separator;
    std::int64_t last = 0;
    for (std::size_t count = 0; i < objects_.size() && count < habits_.page_objects_max; ++i) {
      const auto& each = objects_[i];
      if (const auto wanted = request.parameter("match[id]"); wanted && *wanted != "indicator--" + each.name)
        continue;
      body += separator + (manifest ? R"({"id":"indicator--)" + each.name +
                                          R"(","version":"2026-01-01T00:00:00.000Z","date_added":")" +
                                          to_rfc3339(from_micros(each.date)) + "\"}"
                                    : each.object());
      separator = ",";
      last = each.date;
      ++count;
    }
    const bool more = i < objects_.size() || habits_.always_more;
    std::string text = body.empty() ? "{" : R"({"objects":[)" + body + "],";
    text += more ? R"("more":true)" : R"("more":false)";
    if (i < objects_.size() && habits_.tokens) text += R"(,"next":")" + std::to_string(i) + "\"";
    auto response = json(text + "}");
    if (habits_.headers && last != 0)
      response.headers.emplace_back("X-TAXII-Date-Added-Last", to_rfc3339(from_micros(last)));
    return response;
  }

 private:
  bool behind(std::int64_t date, std::int64_t after) const {
    return habits_.inclusive ? date < after : date <= after;
  }
  Habits habits_;
  std::vector<Added> objects_;
};

std::vector<std::string> texts(const std::vector<Added>& objects) {
  std::vector<std::string> all;
  for (const auto& each : objects) all.push_back(each.object());
  return all;
}

/// Eight objects; some share a date, also over the end of a page of four.
const std::vector<Added> eight{{10, "a"}, {20, "b"}, {30, "c"}, {40, "d"},
                               {40, "e"}, {50, "f"}, {60, "g"}, {60, "h"}};

TEST(Puller, TakesEachObjectOnceWhateverTheServersHabits) {
  for (unsigned bits = 0; bits < 32; ++bits) {
    const Habits habits{.inclusive = (bits & 1) != 0,
                        .headers = (bits & 2) != 0,
                        .tokens = (bits & 4) != 0,
                        .manifest = (bits & 8) != 0,
                        .always_more = (bits & 16) != 0};
    SCOPED_TRACE("habits " + std::to_string(bits));
    Model model{habits, eight};
    Peer peer{[&](const net::Request& request) { return model(request); }};
    const auto first = take(peer.options());
    if (!habits.tokens && !habits.headers && !habits.manifest) {  // nothing leads on
      ASSERT_FALSE(first.status);
      EXPECT_THAT(first.status.error().detail, HasSubstr("neither 'next' nor"));
      continue;
    }
    if (habits.always_more && !first.status) {  // it repeats itself and denies to be at its end
      EXPECT_TRUE(habits.inclusive || !(habits.headers || habits.manifest)) << first.status.error().detail;
      EXPECT_EQ(first.objects, texts(eight));
      continue;
    }
    ASSERT_TRUE(first.status) << first.status.error().detail;
    EXPECT_EQ(first.objects, texts(eight));
    if (habits.always_more) continue;

    EXPECT_THAT(take(peer.options(), first.position).objects, IsEmpty());
    peer.between_answers([&] {
      model.add(60, "i");  // late, and with the date of the last: only an inclusive server can still tell
      model.add(70, "j");
    });
    const auto second = take(peer.options(), read_position(to_json(first.position)).value());
    ASSERT_TRUE(second.status) << second.status.error().detail;
    const bool sees_late = habits.inclusive || !(habits.headers || habits.manifest);
    EXPECT_EQ(second.objects,
              texts(sees_late ? std::vector<Added>{{60, "i"}, {70, "j"}} : std::vector<Added>{{70, "j"}}));
    EXPECT_THAT(take(peer.options(), second.position).objects, IsEmpty());
  }
}

TEST(Puller, PagesByDateLeaveNothingBehind) {
  const auto model = Model{{.tokens = false, .page_objects_max = 4}, eight};
  Peer peer{model};
  const auto taken = take(peer.options());
  ASSERT_TRUE(taken.status) << taken.status.error().detail;
  EXPECT_EQ(taken.objects, texts(eight));
  EXPECT_THAT(taken.warnings, IsEmpty());
}

TEST(Puller, WarnsWhereMoreObjectsHaveOneDateThanAPageHolds) {
  Peer peer{Model{{.tokens = false, .page_objects_max = 2}, {{10, "a"}, {10, "b"}, {10, "c"}, {20, "d"}}}};
  const auto taken = take(peer.options());
  ASSERT_TRUE(taken.status);
  EXPECT_THAT(taken.warnings, ElementsAre(HasSubstr("larger limit")));
}

TEST(Puller, SendsTheSameFiltersWithNext) {
  Peer peer{Model{{}, eight}};
  auto options = peer.options();
  options.since = from_micros(10);
  options.page_objects = 7;
  const auto taken = take(options);
  EXPECT_EQ(taken.objects.size(), 7U);
  for (const auto& request : peer.asked()) {
    EXPECT_EQ(request.parameter("added_after"), "1970-01-01T00:00:00.000010Z");
    EXPECT_EQ(request.parameter("limit"), "7");
  }
}

TEST(Puller, EmptyPagesThatSayMoreAreGoneThrough) {
  Peer peer{[](const net::Request& request) {
    const auto next = request.parameter("next").value_or("0");
    if (next == "0") return json(R"({"more":true,"next":"1"})");
    if (next == "1") return json(R"({"objects":[{"id":"a"}],"more":true,"next":"2"})");
    return json(R"({"more":true})");
  }};
  const auto taken = take(peer.options());
  ASSERT_TRUE(taken.status) << taken.status.error().detail;
  EXPECT_THAT(taken.objects, ElementsAre(R"({"id":"a"})"));
  EXPECT_THAT(taken.warnings, ElementsAre(HasSubstr("taken as the end")));
}

TEST(Puller, EmptyPagesWithADateAreGoneThrough) {
  Peer peer{[](const net::Request& request) {
    const bool looked = request.parameter("added_after").has_value();
    auto response = json(looked ? R"({"objects":[{"id":"a"}]})" : R"({"more":true})");
    response.headers.emplace_back("X-TAXII-Date-Added-Last", "2026-01-01T00:00:00.000000Z");
    return response;
  }};
  EXPECT_THAT(take(peer.options()).objects, ElementsAre(R"({"id":"a"})"));
}

/// One `next` for all pages: the server keeps the place, and moves it with each request.
class PlaceKeeper {
 public:
  net::Response operator()(const net::Request& request) {
    if (!request.parameter("next")) {
      place_ = 0;
      if (const auto after = request.parameter("added_after"))
        while (place_ < eight.size() && eight[place_].date <= to_micros(parse_rfc3339(*after).value()))
          ++place_;
    }
    std::string body;
    std::int64_t last = 0;
    for (std::size_t count = 0; count < 2 && place_ < eight.size(); ++count, ++place_) {
      body += (body.empty() ? "" : ",") + eight[place_].object();
      last = eight[place_].date;
    }
    auto response = json(R"({"objects":[)" + body + "]" +
                         (place_ < eight.size() ? R"(,"more":true,"next":"place"})" : "}"));
    response.headers.emplace_back("X-TAXII-Date-Added-Last", to_rfc3339(from_micros(last)));
    return response;
  }

 private:
  std::size_t place_ = 0;
};

TEST(Puller, ANextThatRepeatsIsFollowedWhileItLeadsOn) {
  PlaceKeeper server;
  Peer peer{[&](const net::Request& request) { return server(request); }};
  const auto taken = take(peer.options());
  ASSERT_TRUE(taken.status) << taken.status.error().detail;
  EXPECT_EQ(taken.objects, texts(eight));
}

TEST(Puller, AnAnswerToNextThatIsLostSkipsNothing) {
  for (const unsigned failure : {0U, 400U, 502U}) {
    PlaceKeeper server;
    std::atomic<int> count = 0;
    Peer peer{[&](const net::Request& request) {
      auto response = server(request);  // it has moved on
      if (++count != 3) return response;
      if (failure != 0) return json("{}", failure);
      std::this_thread::sleep_for(1500ms);
      return response;
    }};
    auto options = peer.options();
    options.limits.request_deadline = 700ms;
    const auto taken = take(options);
    ASSERT_TRUE(taken.status) << taken.status.error().detail;
    EXPECT_EQ(taken.objects, texts(eight)) << failure;
    EXPECT_THAT(taken.warnings, ElementsAre(HasSubstr("goes on by date")));
  }
}

TEST(Puller, PagesInACircleEndThePull) {
  Peer peer{[&](const net::Request& request) {
    const bool first = request.parameter("next").value_or("b") == "b";
    auto response = json(first ? R"({"objects":[{"id":"a"}],"more":true,"next":"a"})"
                               : R"({"objects":[{"id":"b"}],"more":true,"next":"b"})");
    response.headers.emplace_back("X-TAXII-Date-Added-Last", to_rfc3339(from_micros(first ? 1 : 2)));
    return response;
  }};
  const auto taken = take(peer.options());
  ASSERT_FALSE(taken.status);
  EXPECT_LE(peer.asked().size(), 4U);
}

TEST(Puller, ANextThatRepeatsEndsThePull) {
  Peer peer{
      [](const net::Request&) { return json(R"({"objects":[{"id":"a"}],"more":true,"next":"again"})"); }};
  const auto taken = take(peer.options());
  ASSERT_FALSE(taken.status);
  EXPECT_EQ(taken.status.error().code, Errc::invalid_input);
  EXPECT_THAT(taken.status.error().detail, HasSubstr("again"));
  EXPECT_THAT(taken.status.error().detail, HasSubstr(peer.url()));
  EXPECT_EQ(taken.objects.size(), 1U);
  EXPECT_EQ(peer.asked().size(), 2U);
}

TEST(Puller, FreshTokensForTheSamePageEndThePull) {
  std::atomic<int> count = 0;
  Peer peer{[&](const net::Request&) {
    return json(R"({"objects":[{"id":"a"}],"more":true,"next":")" + std::to_string(++count) + "\"}");
  }};
  const auto taken = take(peer.options());
  ASSERT_FALSE(taken.status);
  EXPECT_THAT(taken.status.error().detail, HasSubstr("nothing new"));
  EXPECT_EQ(taken.objects.size(), 1U);
}

TEST(Puller, AVersionWithoutADateComesAgainOnlyWhenItChanged) {
  std::atomic<int> round = 0;
  Peer peer{[&](const net::Request&) {
    return json(round == 0 ? R"({"objects":[{"id":"ipv4-addr--1","value":"1"}]})"
                           : R"({"objects":[{"id":"ipv4-addr--1","value":"2"}]})");
  }};
  const auto first = take(peer.options());
  EXPECT_THAT(take(peer.options(), first.position).objects, IsEmpty());
  round = 1;
  EXPECT_EQ(take(peer.options(), first.position).objects.size(), 1U);
}

TEST(Puller, APositionBelongsToItsCollection) {
  Peer peer{Model{{}, eight}};
  const auto taken = take(peer.options(), Position{"https://other.example/collections/1/", std::nullopt, {}});
  ASSERT_FALSE(taken.status);
  EXPECT_EQ(taken.status.error().code, Errc::invalid_input);
  EXPECT_THAT(peer.asked(), IsEmpty());
}

TEST(Asker, FallsBackToTheOtherMediaTypes) {
  for (const std::string_view spoken : {"application/taxii+json", "*/*"}) {
    Peer peer{[&](const net::Request& request) {
      if (request.header("accept") != spoken) return json(R"({"title":"no"})", 406);
      return json(R"({"objects":[{"id":"a"}]})");
    }};
    EXPECT_EQ(take(peer.options()).objects.size(), 1U) << spoken;
  }
  Peer never{[](const net::Request&) { return json(R"({"title":"no"})", 406); }};
  EXPECT_THAT(take(never.options()).status.error().detail, HasSubstr("406"));
}

TEST(Asker, ReadsMediaTypesAsServersWriteThem) {
  const auto taken_as = [](const std::string& type) {
    Peer peer{[&](const net::Request&) {
      auto response = json(R"({"objects":[{"id":"a"}]})");
      response.headers = {{"Content-Type", type}};
      return response;
    }};
    return take(peer.options());
  };
  for (const auto* type : {"application/taxii+json", "Application/TAXII+json; charset=utf-8; version=2.1",
                           "application/json", "application/taxii+json;version=\"2.1\""})
    EXPECT_EQ(taken_as(type).objects.size(), 1U) << type;
  for (const auto* type :
       {"text/html", "application/vnd.oasis.taxii+json; version=2.0", "application/taxii+json;version=2.0"}) {
    const auto taken = taken_as(type);
    ASSERT_FALSE(taken.status) << type;
    EXPECT_THAT(taken.status.error().detail, HasSubstr(type));
  }
}

TEST(Asker, WaitsAsLongAsTheServerAsksAndNotWithoutEnd) {
  std::atomic<int> count = 0;
  Peer peer{[&](const net::Request&) {
    if (++count > 2) return json(R"({"objects":[{"id":"a"}]})");
    auto response = json("{}", count == 1 ? 429 : 503);
    if (count == 1) response.headers.emplace_back("Retry-After", "7");
    return response;
  }};
  EXPECT_EQ(take(peer.options()).objects.size(), 1U);
  EXPECT_THAT(peer.waits, ElementsAre(7s, 1s));

  Peer busy{[](const net::Request&) { return json(R"({"title":"busy"})", 429); }};
  const auto refused = take(busy.options());
  EXPECT_EQ(refused.status.error().code, Errc::overloaded);
  EXPECT_THAT(refused.status.error().detail, HasSubstr("busy"));
  EXPECT_EQ(busy.asked().size(), Limits{}.tries_max);

  Peer later{[](const net::Request&) {
    auto response = json("{}", 503);
    response.headers.emplace_back("Retry-After", "3600");
    return response;
  }};
  EXPECT_THAT(take(later.options()).status.error().detail, HasSubstr("3600 s"));
  EXPECT_EQ(later.asked().size(), 1U);
}

TEST(Asker, SendsCredentialsInTheFormThatItWasGiven) {
  Peer peer{[](const net::Request&) { return json("{}"); }};
  auto options = peer.options();
  take(options);
  options.access.user = "me";
  options.access.password = "s:cret";
  take(options);
  options.access.bearer_token = "token";
  take(options);
  std::vector<std::string> said;
  for (const auto& request : peer.asked())
    said.emplace_back(request.header("authorization").value_or("none"));
  EXPECT_THAT(said, ElementsAre("none", "Basic " + to_base64(as_bytes("me:s:cret")), "Bearer token"));
}

TEST(Asker, ShowsItsClientCertificate) {
  const auto clients = net::make_authority("Clients", std::chrono::days{1});
  const auto request = net::make_client_request("x");
  auto server = net::testing::server_options();
  server.client_ca_pem = clients.certificate_pem;
  Peer peer{[](const net::Request& asked) {
              return asked.client_certificate_sha256.empty() ? json("{}", 401)
                                                             : json(R"({"objects":[{"id":"a"}]})");
            },
            server};
  auto options = peer.options();
  EXPECT_EQ(take(options).status.error().code, Errc::denied);
  options.access.client_certificate_pem =
      net::issue_client_certificate(clients, request.request_pem, "m", std::chrono::days{1}).value();
  options.access.client_key_pem = request.key_pem;
  EXPECT_EQ(take(options).objects.size(), 1U);
}

TEST(Asker, RefusalsNameTheUrlAndWhatTheServerSays) {
  for (const auto& [status, code] : {std::pair{401U, Errc::denied},
                                     {403U, Errc::denied},
                                     {404U, Errc::not_found},
                                     {400U, Errc::invalid_input},
                                     {500U, Errc::unavailable}}) {
    Peer peer{[answer = status](const net::Request&) { return json(R"({"title":"so it is"})", answer); }};
    const auto taken = take(peer.options());
    ASSERT_FALSE(taken.status);
    EXPECT_EQ(taken.status.error().code, code);
    EXPECT_THAT(taken.status.error().detail, HasSubstr(peer.url() + "objects/"));
    EXPECT_THAT(taken.status.error().detail, HasSubstr("so it is"));
  }
}

TEST(Asker, SlowAndBrokenBodiesEnd) {
  Peer large{[](const net::Request&) { return json(R"({"title":")" + std::string(100'000, 'x') + "\"}"); }};
  auto options = large.options();
  options.limits.page_bytes_max = 10'000;
  const auto too_large = take(options);
  ASSERT_FALSE(too_large.status);
  EXPECT_THAT(too_large.status.error().detail, HasSubstr("10000"));

  Peer slow{[](const net::Request&) {
    std::this_thread::sleep_for(600ms);
    return json("{}");
  }};
  options = slow.options();
  options.limits.request_deadline = 200ms;
  options.limits.broken_tries_max = 2;
  const auto too_slow = take(options);
  ASSERT_FALSE(too_slow.status);
  EXPECT_EQ(too_slow.status.error().code, Errc::unavailable);
  EXPECT_EQ(slow.waits.size(), 1U);

  Peer cut{[](const net::Request&) { return json(R"({"objects":[{"id":"a"},{"id")"); }};
  const auto broken = take(cut.options());
  ASSERT_FALSE(broken.status);
  EXPECT_THAT(broken.status.error().detail, HasSubstr(cut.url() + "objects/"));
  EXPECT_THAT(broken.objects, IsEmpty());
}

TEST(Asker, FollowsRedirectsOfTheSameServerOnly) {
  const auto redirecting = [](std::string to) {
    return [to](const net::Request& request) {
      if (request.path == "/there/") return json(R"({"objects":[{"id":"a"}]})");
      auto response = json("", 308);
      response.headers.emplace_back("Location", to);
      return response;
    };
  };
  Peer same{redirecting("/there/")};
  EXPECT_EQ(take(same.options()).objects.size(), 1U);
  Peer elsewhere{redirecting("https://other.example/there/")};
  const auto refused = take(elsewhere.options());
  ASSERT_FALSE(refused.status);
  EXPECT_EQ(refused.status.error().code, Errc::denied);
  Peer circle{redirecting("/objects/")};
  EXPECT_THAT(take(circle.options()).status.error().detail, HasSubstr("without end"));
}

/// A host with a discovery, two API roots and three collections.
class Finding : public ::testing::Test {
 protected:
  Peer peer{[this](const net::Request& request) {
    if (request.path == "/taxii2/")
      return json(R"({"title":"t","default":")" + default_root + R"(","api_roots":["/other/",")" +
                  default_root + R"("]})");
    if (request.path == "/api1/") return json(R"({"title":"r","versions":["2.1"],"max_content_length":1})");
    if (request.path == "/api1/collections/")
      return json(R"({"collections":[{"id":")" + std::string{id} +
                  R"(","title":"Feed","alias":"feed-alias","can_read":true,"can_write":false},)"
                  R"({"id":"x-mitre-collection--1 a","title":"Twin","can_read":true},)"
                  R"({"id":"secret","title":"Secret","can_read":false}]})");
    if (request.path == "/other/collections/")
      return json(R"({"collections":[{"id":"2","title":"Twin","can_read":true}]})");
    return json(R"({"title":"nothing here"})", 404);
  }};
  std::string default_root = "/api1/";

  Result<std::string> find(std::string_view path, std::string_view wanted) {
    auto options = peer.options(path);
    options.collection = wanted;
    const auto puller = Puller::open(options);
    if (!puller) return puller.error();
    return puller->collection_url().substr(peer.url("").size());
  }
};

TEST_F(Finding, FromEveryUrlThatAServerHandsOut) {
  for (const auto* path :
       {"", "/", "/taxii2/", "/taxii2", "/api1/", "/api1", "/api1/collections/", "/api1/collections"})
    for (const auto* wanted : {id, "feed-alias", "Feed", "feed"}) {
      const auto found = find(path, wanted);
      ASSERT_TRUE(found) << path << ": " << found.error().detail;
      EXPECT_EQ(*found, collection) << path;
    }
  for (const auto& path : {collection, collection + "objects/", collection + "objects",
                           collection.substr(0, collection.size() - 1)})
    EXPECT_EQ(find(path, "").value(), collection) << path;
  EXPECT_EQ(find("/other/collections/", "").value(), "/other/collections/2/");
  EXPECT_EQ(find("/taxii2/", "x-mitre-collection--1 a").value(),
            "/api1/collections/x-mitre-collection--1%20a/");
  peer.between_answers([this] { default_root = peer.url("/api1"); });
  EXPECT_EQ(find("/taxii2/", id).value(), collection) << "absolute, without its slash";
}

TEST_F(Finding, SaysWhatThereIsWhenNotExactlyOneFits) {
  EXPECT_EQ(find("/taxii2/", "Twin").error().code, Errc::conflict);
  EXPECT_EQ(find("/taxii2/", "").error().code, Errc::conflict);
  const auto none = find("/api1/", "unknown");
  EXPECT_EQ(none.error().code, Errc::not_found);
  EXPECT_THAT(none.error().detail, HasSubstr("\"Feed\""));
  EXPECT_EQ(find("/api1/", "secret").error().code, Errc::denied);
  EXPECT_EQ(find(collection, "another").error().code, Errc::invalid_input);
  EXPECT_EQ(find("/nowhere/", "Feed").error().code, Errc::not_found);
}

TEST_F(Finding, CredentialsDoNotGoToAnotherServer) {
  peer.between_answers([this] { default_root = "https://other.example/api1/"; });
  const auto refused = find("/taxii2/", id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_found) << "the root on this server is asked all the same";
  EXPECT_EQ(find("/taxii2/", "2").value(), "/other/collections/2/");
}

}  // namespace
}  // namespace tocsin::taxii::client
