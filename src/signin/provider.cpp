#include "signin/provider.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "formats/flat_toml.hpp"
#include "net/server.hpp"

namespace tocsin::signin {
namespace {

constexpr std::chrono::hours kept{1};
constexpr std::chrono::seconds refetch_after{30};
constexpr std::size_t answer_bytes_max = 256 << 10;
constexpr std::chrono::milliseconds connect_deadline{5'000}, request_deadline{8'000};

bool is_https(std::string_view url) {
  return url.starts_with("https://") && url.size() > 8 &&
         url.find_first_of(" \t\r\n#") == std::string_view::npos;
}

/// "https://host:port" and the rest.
std::pair<std::string, std::string> split_url(const std::string& url) {
  const auto slash = url.find('/', std::string_view{"https://"}.size());
  return slash == std::string::npos ? std::pair{url, std::string{"/"}}
                                    : std::pair{url.substr(0, slash), url.substr(slash)};
}

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += (out.empty() ? "" : "&") + std::string{name} + '=' + net::percent_encode(value);
  return out;
}

bool lists(const json::Object& object, std::string_view key, std::string_view wanted) {
  const auto texts = json::texts(object, key);
  return texts && std::find(texts->begin(), texts->end(), wanted) != texts->end();
}

Result<json::Object> object_of(Result<net::ClientResponse> answer, std::string_view what) {
  if (!answer) return in_context(what, std::move(answer).error());
  if (answer->status != 200)
    return Error{Errc::unavailable,
                 std::string{what} + ": the provider answered " + std::to_string(answer->status)};
  auto object = json::parse_object(answer->body);
  if (!object) return Error{Errc::unavailable, std::string{what} + ": no JSON object"};
  return object;
}

}  // namespace

Result<ProviderOptions> load_provider(const std::string& path) {
  auto text = read_file(path, 1 << 16);
  if (!text) return in_context(path, std::move(text).error());
  auto fields = formats::parse_flat_toml(*text);
  if (!fields) return in_context(path, std::move(fields).error());
  ProviderOptions options;
  std::string secret_file, ca_file;
  const std::map<std::string_view, std::string*> known{
      {"name", &options.name},     {"label", &options.label},
      {"issuer", &options.issuer}, {"client_id", &options.client_id},
      {"claim", &options.claim},   {"client_secret_file", &secret_file},
      {"ca_file", &ca_file}};
  for (const auto& field : *fields) {
    const auto it = known.find(field.key);
    const auto* value = std::get_if<std::string>(&field.value);
    if (it == known.end() || value == nullptr)
      return Error{Errc::invalid_input,
                   path + ": '" + printable(field.key) + "' is no text that is known here"};
    *it->second = *value;
  }
  const bool good_name =
      !options.name.empty() && options.name.size() <= 40 &&
      options.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!good_name)
    return Error{Errc::invalid_input, path + ": 'name' must be lower-case letters, digits, hyphens"};
  if (!is_https(options.issuer)) return Error{Errc::invalid_input, path + ": 'issuer' must be an https URL"};
  if (options.client_id.empty() || options.claim.empty())
    return Error{Errc::invalid_input, path + ": 'client_id' and 'claim' must not be empty"};
  if (options.label.empty()) options.label = options.name;
  for (const auto& [file, into] :
       {std::pair{&secret_file, &options.client_secret}, {&ca_file, &options.ca_pem}}) {
    if (file->empty()) continue;
    auto bytes = read_file(*file, 1 << 20);
    if (!bytes) return in_context(path, std::move(bytes).error());
    *into = std::string{trim(*bytes)};
  }
  return options;
}

Result<Discovery> parse_discovery(std::string_view json, std::string_view issuer) {
  const auto wrong = [](std::string_view what) {
    return Error{Errc::invalid_input, "the provider's discovery document: " + std::string{what}};
  };
  const auto object = json::parse_object(json);
  if (!object) return wrong("no JSON object");
  if (json::text_or(*object, "issuer") != issuer) return wrong("another issuer");
  Discovery out;
  out.authorization_endpoint = json::text_or(*object, "authorization_endpoint");
  out.token_endpoint = json::text_or(*object, "token_endpoint");
  out.jwks_uri = json::text_or(*object, "jwks_uri");
  if (!is_https(out.authorization_endpoint) || !is_https(out.token_endpoint) || !is_https(out.jwks_uri))
    return wrong("an endpoint is missing or not https");
  if (object->contains("code_challenge_methods_supported") &&
      !lists(*object, "code_challenge_methods_supported", "S256"))
    return wrong("no PKCE with S256");
  out.sends_issuer = json::flag_or(*object, "authorization_response_iss_parameter_supported");
  constexpr std::string_view methods = "token_endpoint_auth_methods_supported";
  out.secret_in_header = !object->contains(methods) || lists(*object, methods, "client_secret_basic");
  return out;
}

Provider::Provider(ProviderOptions options, const Clock& clock)
    : Provider{options, clock,
               [ca_pem = options.ca_pem](const std::string& url, const net::ClientRequest& request) {
                 net::ClientOptions client;
                 const auto [base, target] = split_url(url);
                 client.base_url = base;
                 client.ca_pem = ca_pem;
                 client.connect_deadline = connect_deadline;
                 client.request_deadline = request_deadline;
                 client.response_bytes_max = answer_bytes_max;
                 auto sent = request;
                 sent.target = target;
                 return net::Client{std::move(client)}.request(sent);
               }} {}

Provider::Provider(ProviderOptions options, const Clock& clock, Fetch fetch)
    : options_{std::move(options)}, clock_{clock}, fetch_{std::move(fetch)} {
  thread_ = std::thread{[this] { run(); }};
}

Provider::~Provider() {
  stop();
}

void Provider::stop() {
  work_.close();
  if (thread_.joinable()) thread_.join();
}

Status Provider::submit(std::function<void(Provider&)> work) {
  if (work_.try_push(std::move(work))) return {};
  return Error{Errc::overloaded, "too many are signing in at this provider; try again"};
}

void Provider::run() {
  for (;;) {
    const auto taken = work_.pop_many(1);
    if (taken.empty()) return;
    taken.front()(*this);
  }
}

Result<const Discovery*> Provider::discovery() {
  const auto now = clock_.steady_now();
  if (discovery_ && now - discovered_ < kept) return &*discovery_;
  // Discovery 1.0 §4.1: behind the issuer's path, without a second slash.
  std::string url = options_.issuer;
  if (url.ends_with('/')) url.pop_back();
  auto answer = fetch_(url + "/.well-known/openid-configuration", {});
  if (!answer) return in_context("the provider's discovery document", std::move(answer).error());
  if (answer->status != 200)
    return Error{Errc::unavailable,
                 "the provider's discovery document: status " + std::to_string(answer->status)};
  auto parsed = parse_discovery(answer->body, options_.issuer);
  if (!parsed) return std::move(parsed).error();
  discovery_ = *std::move(parsed);
  discovered_ = now;
  return &*discovery_;
}

Result<const KeySet*> Provider::keys(const IdTokenHead& head) {
  const auto now = clock_.steady_now();
  const bool fresh = keys_ && now - keyed_ < kept;
  const bool has_it = keys_ && keys_->find(head.algorithm, head.key_id) != nullptr;
  if (fresh && (has_it || now - keyed_ < refetch_after)) return &*keys_;
  const auto found = discovery();
  if (!found) return found.error();
  auto answer = fetch_((*found)->jwks_uri, {});
  if (!answer || answer->status != 200)
    return Error{Errc::unavailable, "the provider's keys cannot be fetched"};
  auto parsed = KeySet::parse(answer->body);
  if (!parsed) return in_context("the provider's keys", std::move(parsed).error());
  keys_ = *std::move(parsed);
  keyed_ = now;
  return &*keys_;
}

Result<std::string> Provider::location(const Flow& flow) {
  const auto found = discovery();
  if (!found) return found.error();
  const std::string& endpoint = (*found)->authorization_endpoint;
  const std::string_view scope = options_.claim == "sub"     ? "openid"
                                 : options_.claim == "email" ? "openid email"
                                                             : "openid profile";
  return endpoint + (endpoint.find('?') == std::string::npos ? '?' : '&') +
         form({{"response_type", "code"},
               {"client_id", options_.client_id},
               {"redirect_uri", flow.redirect_uri},
               {"scope", scope},
               {"state", flow.state},
               {"nonce", flow.nonce},
               {"code_challenge", pkce_challenge(flow.verifier)},
               {"code_challenge_method", "S256"}});
}

bool Provider::answers_as(std::optional<std::string_view> iss) {
  if (iss) return *iss == options_.issuer;
  const auto found = discovery();
  return found && !(*found)->sends_issuer;
}

Result<std::string> Provider::id_token(std::string_view code, const Flow& flow) {
  const auto found = discovery();
  if (!found) return found.error();
  net::ClientRequest request;
  request.method = "POST";
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}};
  request.body = form({{"grant_type", "authorization_code"},
                       {"code", code},
                       {"redirect_uri", flow.redirect_uri},
                       {"code_verifier", flow.verifier}});
  // RFC 6749 §2.3.1: both encoded as forms are, then as Basic.
  if (!options_.client_secret.empty() && (*found)->secret_in_header)
    request.headers.emplace_back("authorization",
                                 "Basic " + to_base64(as_bytes(net::percent_encode(options_.client_id) + ':' +
                                                               net::percent_encode(options_.client_secret))));
  else
    request.body += '&' + form({{"client_id", options_.client_id}});
  if (!options_.client_secret.empty() && !(*found)->secret_in_header)
    request.body += '&' + form({{"client_secret", options_.client_secret}});
  const auto object = object_of(fetch_((*found)->token_endpoint, request), "the exchange of the code");
  if (!object) return object.error();
  auto token = json::text(*object, "id_token");
  if (!token) return Error{Errc::denied, "the exchange of the code: no ID token"};
  return token;
}

Result<std::string> Provider::subject(std::string_view code, const Flow& flow) {
  const auto token = id_token(code, flow);
  if (!token) return token;
  const auto head = head_of(*token);
  if (!head) return head.error();
  const auto set = keys(*head);
  if (!set) return set.error();
  const auto claims =
      verify_id_token(*token, **set, {options_.issuer, options_.client_id, flow.nonce, clock_.now()});
  if (!claims) return claims.error();
  if (options_.claim == "email" && !json::flag_or(*claims, "email_verified"))
    return Error{Errc::denied, "the provider has not verified the address"};
  auto subject = json::text_or(*claims, options_.claim);
  if (subject.empty() || subject.size() > 255 || printable(subject) != subject)
    return Error{Errc::denied, "the claim '" + options_.claim + "' names nobody"};
  return subject;
}

}  // namespace tocsin::signin
