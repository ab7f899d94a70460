#pragma once

/// The user's way to the hub: its profile, one connection, JSON in and out.
///
/// Errors:  unavailable when the hub cannot be reached (exit code 3); else what the hub's problem document
///          says, with its detail.
/// Threads: one.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "net/client.hpp"
#include "profile.hpp"
#include "verb.hpp"

namespace tocsin::cli {

net::ClientOptions client_options(const Profile& profile);
/// The error that an answer other than 2xx stands for.
Error answer_error(const net::ClientResponse& response);

class Session {
 public:
  /// Errors: those of load_profile; denied when a join was begun but not finished.
  static Result<Session> open(const Context& context);

  const Profile& profile() const { return profile_; }
  /// Makes the key of the member's mapping (mapping.hpp) when the profile has none, and keeps it there.
  Status ensure_mapping_key();
  net::Client& client() { return client_; }

  /// A request to /api/v1 + `path`, or to `path` itself when it is below /signin/; the body of the answer,
  /// null when it has none.
  Result<json::Value> call(std::string_view method, std::string_view path, const json::Value* body = nullptr);
  Result<json::Object> get(std::string_view path);
  Result<json::Object> post(std::string_view path, const json::Value& body);

 private:
  Session(std::string path, Profile profile)
      : path_{std::move(path)}, profile_{std::move(profile)}, client_{client_options(profile_)} {}
  std::string path_;
  Profile profile_;
  net::Client client_;
};

/// One part of a path, encoded; "/" too.
std::string path_part(std::string_view text);
std::string circle_path(std::string_view circle);

/// Opens the session, does `work`, prints its answer: as JSON, or through `human`.
int answer(const Context& context, const std::function<Result<json::Object>(Session&)>& work,
           const std::function<void(const json::Object&)>& human);

/// A column of a list: its head and the key of its cell.
using Columns = std::vector<std::pair<std::string, std::string>>;
/// Gets all pages of a list and prints them: {"KEY":[…]} or a table.
int print_list(const Context& context, const std::string& path, std::string_view key, const Columns& columns);

/// The list under `key` of a single answer.
int print_list_of(const Context& context, const std::string& path, std::string_view key,
                  const Columns& columns);

/// "a,b" and repeated options as one list, without empty parts.
std::vector<std::string> split_list(const std::vector<std::string>& given);

}  // namespace tocsin::cli
