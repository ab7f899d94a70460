#pragma once

/// The functions behind the routes (routes.cpp), by file: system, join, circles, objects, why, erasures,
/// feeds, search, live, members, people, assets. Each answers its call exactly once.

#include "serve/dispatch.hpp"
#include "serve/reading.hpp"

namespace tocsin::api {

using serve::admit_read;
using serve::Call;
using serve::list_most;
using serve::number_parameter;
using serve::Secrets;
using serve::Services;
using serve::SharedCall;
using serve::visible_entry;
using serve::when_current;

// system.cpp
void health(SharedCall call);
void ready(SharedCall call);
void metrics(SharedCall call);
void authority_certificate(SharedCall call);
void openapi(SharedCall call);

// join.cpp
void join(SharedCall call);
void me(SharedCall call);

// circles.cpp
void list_circles(SharedCall call);
void create_circle(SharedCall call);
void show_circle(SharedCall call);
void change_rules(SharedCall call);
void change_membership(SharedCall call);
void leave_circle(SharedCall call);
void list_accesses(SharedCall call);

// objects.cpp
void share(SharedCall call);
void show_object(SharedCall call);
void list_entries(SharedCall call);
void withdraw(SharedCall call);
void list_held(SharedCall call);
void decide_held(SharedCall call);
void send_message(SharedCall call);

// score.cpp
/// "score":{…},"same":[…] of the version at `newest`, which the caller sees.
Result<std::string> score_json(Call& call, const log::Entry& newest, MemberId owner);

// why.cpp
void why(SharedCall call);

// erasures.cpp
void list_erasures(SharedCall call);
void propose_erasure(SharedCall call);
void confirm_erasure(SharedCall call);
void transfer_object(SharedCall call);

// feeds.cpp
void list_feeds(SharedCall call);
void add_feed(SharedCall call);
void show_feed(SharedCall call);
void act_on_feed(SharedCall call);
void remove_feed(SharedCall call);

// search.cpp
void search(SharedCall call);

// live.cpp
void stream(SharedCall call);
void acknowledge(SharedCall call);
void recall(SharedCall call);
void sight(SharedCall call);

// members.cpp
void list_members(SharedCall call);
void change_standing(SharedCall call);
void list_invites(SharedCall call);
void create_invite(SharedCall call);
void revoke_invite(SharedCall call);

// people.cpp
void list_people(SharedCall call);
void add_person(SharedCall call);
void list_tokens(SharedCall call);
void create_token(SharedCall call);
void revoke_token(SharedCall call);
void register_identity(SharedCall call);

// assets.cpp
void list_assets(SharedCall call);
void add_asset(SharedCall call);
void verify_asset(SharedCall call);
void remove_asset(SharedCall call);

// mapping.cpp
void list_warning_lists(SharedCall call);
void get_mapping(SharedCall call);
void put_mapping(SharedCall call);

}  // namespace tocsin::api
