#include "session.hpp"

#include "base/text.hpp"
#include "mapping.hpp"
#include "net/server.hpp"
#include "output.hpp"

namespace tocsin::cli {

net::ClientOptions client_options(const Profile& profile) {
  net::ClientOptions options;
  options.base_url = profile.url;
  options.ca_pem = profile.ca_pem;
  options.bearer_token = profile.token;
  options.client_certificate_pem = profile.certificate_pem;
  options.client_key_pem = profile.key_pem;
  return options;
}

Error answer_error(const net::ClientResponse& response) {
  Errc code = Errc::invalid_input;
  if (response.status == 401 || response.status == 403) code = Errc::denied;
  if (response.status == 404) code = Errc::not_found;
  if (response.status == 409) code = Errc::conflict;
  if (response.status == 429 || response.status == 503) code = Errc::overloaded;
  if (response.status >= 500 && response.status != 503) code = Errc::corrupt;
  std::string detail = "the hub answers " + std::to_string(response.status) + " " +
                       std::string{net::reason_phrase(response.status)};
  if (const auto problem = json::parse_object(response.body)) {
    auto said = json::text_or(*problem, "detail");
    if (said.empty()) said = json::text_or(*problem, "title");
    if (!said.empty()) detail = said + " (" + std::to_string(response.status) + ")";
  }
  return {code, detail};
}

Result<Session> Session::open(const Context& context) {
  auto profile = load_profile(context.profile_path);
  if (!profile) return std::move(profile).error();
  if (profile->token.empty() && profile->certificate_pem.empty())
    return Error{Errc::denied, "the profile " + context.profile_path +
                                   " holds no token: joining was not finished, so repeat `tocsin join URL`"};
  return Session{context.profile_path, *std::move(profile)};
}

Status Session::ensure_mapping_key() {
  if (!profile_.mapping_key.empty()) return {};
  profile_.mapping_key = Mapping::new_key();
  return save_profile(path_, profile_);
}

Result<json::Value> Session::call(std::string_view method, std::string_view path, const json::Value* body) {
  net::ClientRequest request;
  request.method = method;
  request.target = path.starts_with("/signin/") ? std::string{path} : "/api/v1" + std::string{path};
  if (body != nullptr) {
    request.body = json::dump(*body);
    request.headers.emplace_back("Content-Type", "application/json");
  }
  const auto response = client_.request(request);
  if (!response) return response.error();
  if (response->status < 200 || response->status > 299) return answer_error(*response);
  if (response->body.empty()) return json::Value{};
  auto value = json::parse(response->body);
  if (!value) return in_context("the hub's answer", value.error());
  return value;
}

Result<json::Object> Session::get(std::string_view path) {
  auto value = call("GET", path);
  if (!value) return std::move(value).error();
  return value->is_object() ? std::move(value->get_object()) : json::Object{};
}

Result<json::Object> Session::post(std::string_view path, const json::Value& body) {
  auto value = call("POST", path, &body);
  if (!value) return std::move(value).error();
  return value->is_object() ? std::move(value->get_object()) : json::Object{};
}

std::string path_part(std::string_view text) {
  return net::percent_encode(text);
}

std::string circle_path(std::string_view circle) {
  return "/circles/" + path_part(circle);
}

int answer(const Context& context, const std::function<Result<json::Object>(Session&)>& work,
           const std::function<void(const json::Object&)>& human) {
  auto session = Session::open(context);
  if (!session) return fail(session.error());
  const auto result = work(*session);
  if (!result) return fail(result.error());
  if (context.json)
    print_json(*result);
  else
    human(*result);
  return exit_done;
}

namespace {

void print_table(const json::Object& whole, std::string_view key, const Columns& columns) {
  std::vector<std::string> heads;
  for (const auto& [head, name] : columns) heads.push_back(head);
  Table table{heads};
  for (const auto& item : whole.at({key.data(), key.size()}).get_array()) {
    if (!item.is_object()) continue;
    std::vector<std::string> cells;
    for (const auto& [head, name] : columns) cells.push_back(cell(item.get_object(), name));
    table.add(std::move(cells));
  }
  if (table.empty())
    say("none");
  else
    table.print();
}

Result<json::Array> list_in(json::Object& page, std::string_view key) {
  auto* list = page.if_contains({key.data(), key.size()});
  if (list == nullptr || !list->is_array())
    return Error{Errc::invalid_input, "the hub's answer holds no '" + std::string{key} + "'"};
  return std::move(list->get_array());
}

}  // namespace

int print_list(const Context& context, const std::string& path, std::string_view key,
               const Columns& columns) {
  const auto all_pages = [&](Session& session) -> Result<json::Object> {
    json::Array items;
    std::string after;
    for (;;) {
      auto page = session.get(path + "?limit=1000" + (after.empty() ? "" : "&after=" + after));
      if (!page) return std::move(page).error();
      auto list = list_in(*page, key);
      if (!list) return std::move(list).error();
      const auto* next = page->if_contains("next");
      std::string then = next == nullptr || next->is_null() ? "" : path_part(cell(next));
      const bool last = list->empty() || then.empty() || then == after;
      for (auto& item : *list) items.push_back(std::move(item));
      if (last) break;
      after = std::move(then);
    }
    return json::Object{{{key.data(), key.size()}, std::move(items)}};
  };
  return answer(context, all_pages, [&](const json::Object& whole) { print_table(whole, key, columns); });
}

int print_list_of(const Context& context, const std::string& path, std::string_view key,
                  const Columns& columns) {
  return answer(
      context,
      [&](Session& session) -> Result<json::Object> {
        auto whole = session.get(path);
        if (!whole) return whole;
        auto list = list_in(*whole, key);
        if (!list) return std::move(list).error();
        return json::Object{{{key.data(), key.size()}, *std::move(list)}};
      },
      [&](const json::Object& whole) { print_table(whole, key, columns); });
}

std::vector<std::string> split_list(const std::vector<std::string>& given) {
  std::vector<std::string> parts;
  for (const auto& one : given)
    for (const auto part : split(one, ','))
      if (const auto text = trim(part); !text.empty()) parts.emplace_back(text);
  return parts;
}

}  // namespace tocsin::cli
