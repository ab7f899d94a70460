#include <CLI/CLI.hpp>
#include <memory>

#include "base/text.hpp"
#include "output.hpp"
#include "rules_options.hpp"
#include "session.hpp"

namespace tocsin::cli {
namespace {

struct Options {
  std::string circle, member, person, id, why, act, letter;
  std::uint64_t sequence = 0;
  bool all = false;
  RulesOptions rules;
};
using Shared = std::shared_ptr<Options>;

void print_circle(const json::Object& circle) {
  print_line(cell(circle, "name") + "  " + cell(circle, "uuid"));
  if (const auto* head = circle.if_contains("head"); head != nullptr && head->is_object())
    print_line("entries: " + cell(head->get_object(), "sequence") + ", the last of " +
               cell(head->get_object(), "date_added"));
  print_line("rules, version " + cell(circle, "rules_version") + ":");
  if (const auto* rules = circle.if_contains("rules"); rules != nullptr && rules->is_object())
    for (const auto& [key, value] : rules->get_object())
      print_line("  " + std::string{key} + ": " + cell(&value));
  if (const auto* pending = circle.if_contains("rules_pending");
      pending != nullptr && pending->is_array() && !pending->get_array().empty())
    for (const auto& one : pending->get_array())
      if (one.is_object())
        print_line("  version " + cell(one.get_object(), "version") + " widens the audience from " +
                   cell(one.get_object(), "widening_effective"));
  const auto* members = circle.if_contains("members");
  if (members == nullptr || !members->is_array()) return;
  Table table{{"MEMBER", "KIND", "ROLE", "SECTOR", "STANDING", "SINCE", "STEWARD"}};
  for (const auto& one : members->get_array()) {
    if (!one.is_object()) continue;
    const auto& member = one.get_object();
    table.add({cell(member, "name"), cell(member, "kind"), cell(member, "role"), cell(member, "sector"),
               cell(member, "circle_standing"), cell(member, "since"), cell(member, "steward")});
  }
  table.print();
}

void print_recall(const json::Object& recall) {
  print_line(cell(recall, "id") + " withdrawn at " + cell(recall, "withdrawn_at"));
  print_line("confirmed " + cell(recall, "confirmed") + ", waiting " + cell(recall, "waiting") +
             ", not confirmable " + cell(recall, "not_confirmable"));
  const auto* doors = recall.if_contains("doors");
  if (doors == nullptr || !doors->is_array() || doors->get_array().empty()) return;
  Table table{{"MEMBER", "DOOR", "CONFIRMED", "AT"}};
  for (const auto& one : doors->get_array())
    if (one.is_object())
      table.add({cell(one.get_object(), "member"), cell(one.get_object(), "sensor"),
                 cell(one.get_object(), "confirmed"), cell(one.get_object(), "at")});
  table.print();
}

void print_why(const json::Object& why) {
  const bool sees = json::flag_or(why, "sees");
  const std::string by = cell(why, "decided_by");
  print_line(cell(why, "member") + (sees ? " sees " : " does not see ") + cell(why, "id") + ", entry " +
             cell(why, "sequence") + (by == "-" ? ": no rule says no" : "; decided by: " + by));
  const auto* rules = why.if_contains("rules");
  if (rules == nullptr || !rules->is_array()) return;
  Table table{{"", "RULE", "ANSWER", "WHY"}};
  for (const auto& one : rules->get_array())
    if (one.is_object()) {
      const auto& rule = one.get_object();
      table.add(
          {cell(rule, "rule") == by ? ">" : "", cell(rule, "rule"), cell(rule, "answer"), cell(rule, "why")});
    }
  table.print();
}

/// Asks in one circle; without a name, in each of the caller's own until one knows the object.
Result<json::Object> why_in(Session& session, const Options& options) {
  std::vector<std::string> circles{options.circle};
  if (options.circle.empty()) {
    auto mine = session.get("/circles");
    if (!mine) return mine;
    circles.clear();
    if (const auto* list = mine->if_contains("circles"); list != nullptr && list->is_array())
      for (const auto& one : list->get_array())
        if (one.is_object()) circles.push_back(json::text_or(one.get_object(), "name"));
  }
  Result<json::Object> answer = Error{Errc::not_found, "you are in no circle"};
  for (const auto& circle : circles) {
    answer = session.get(circle_path(circle) + "/objects/" + path_part(options.id) + "/why" +
                         (options.member.empty() ? "" : "?member=" + path_part(options.member)));
    if (answer || answer.error().code != Errc::not_found) break;
  }
  return answer;
}

int post_act(const Context& context, const std::string& path, json::Object body, const std::string& done) {
  return answer(
      context, [&](Session& session) { return session.post(path, body); },
      [&](const json::Object& reply) {
        print_line(done + (reply.contains("sequence") ? ", entry " + cell(reply, "sequence") : ""));
      });
}

void add_create(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand("create", "make a circle (operators)");
  verb->add_option("name", options->circle)->required();
  add_rules_options(*verb, options->rules);
  verb->callback([&context, options] {
    context.run = [&context, options] {
      auto rules = rules_json(options->rules);
      if (!rules) return fail(rules.error());
      return answer(
          context,
          [&](Session& session) {
            return session.post("/circles", json::Object{{"name", options->circle}, {"rules", *rules}});
          },
          [](const json::Object& made) {
            print_line("made " + cell(made, "name") + "  " + cell(made, "uuid"));
          });
    };
  });
}

void add_rules(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand("rules", "show the rules, or change those that are given (stewards)");
  verb->add_option("circle", options->circle)->required();
  add_rules_options(*verb, options->rules);
  verb->callback([&context, options] {
    context.run = [&context, options] {
      auto rules = rules_json(options->rules);
      if (!rules) return fail(rules.error());
      if (rules->empty())
        return answer(
            context,
            [&](Session& session) -> Result<json::Object> {
              auto circle = session.get(circle_path(options->circle));
              if (!circle) return circle;
              return json::Object{{"rules", circle->at("rules")},
                                  {"rules_version", circle->at("rules_version")}};
            },
            [](const json::Object& shown) { print_circle(shown); });
      return answer(
          context,
          [&](Session& session) -> Result<json::Object> {
            const json::Value body = *rules;
            auto changed = session.call("PUT", circle_path(options->circle) + "/rules", &body);
            if (!changed) return changed.error();
            return changed->is_object() ? changed->get_object() : json::Object{};
          },
          [](const json::Object& changed) {
            print_line("rules version " + cell(changed, "version") + ", entry " + cell(changed, "sequence"));
            if (const auto when = cell(changed, "widening_effective"); when != "-")
              print_line("a wider audience takes effect at " + when + ", and never for older entries");
          });
    };
  });
}

void add_members(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb =
      noun.add_subcommand("members", "list them, or admit, suspend, resume, remove, steward, unsteward");
  verb->add_option("circle", options->circle)->required();
  verb->add_option("act", options->act, "what is done with the member")
      ->check(CLI::IsMember({"admit", "suspend", "resume", "remove", "steward", "unsteward"}));
  verb->add_option("member", options->member, "name or UUID");
  verb->add_option("--person", options->person, "whose person becomes steward")->type_name("NAME");
  verb->callback([&context, options] {
    context.run = [&context, options] {
      const auto path = circle_path(options->circle);
      if (options->act.empty())
        return print_list_of(context, path, "members",
                             {{"MEMBER", "name"},
                              {"UUID", "uuid"},
                              {"KIND", "kind"},
                              {"ROLE", "role"},
                              {"STANDING", "circle_standing"},
                              {"STEWARD", "steward"}});
      if (options->member.empty()) {
        say("which member?");
        return static_cast<int>(exit_usage);
      }
      json::Object body{{"act", options->act}, {"member", options->member}};
      if (!options->person.empty()) body["person"] = options->person;
      return post_act(context, path + "/members", body, options->act + " " + options->member);
    };
  });
}

void add_held(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb =
      noun.add_subcommand("held", "list what waits for its author or a steward, release or dismiss it");
  verb->add_option("circle", options->circle)->required();
  verb->add_option("act", options->act)->check(CLI::IsMember({"release", "dismiss"}));
  verb->add_option("sequence", options->sequence, "which of them");
  verb->add_flag("--all", options->all,
                 "and all behind it that waits from the same sharer for the same rule");
  verb->add_option("--why", options->why)->type_name("TEXT");
  verb->callback([&context, options] {
    context.run = [&context, options] {
      const auto path = circle_path(options->circle) + "/held";
      if (options->act.empty())
        return print_list(
            context, path, "held",
            {{"SEQUENCE", "sequence"}, {"ADDED", "date_added"}, {"RULE", "rule"}, {"REASON", "reason"}});
      if (options->sequence == 0) {
        say("which one? its sequence stands in the list");
        return static_cast<int>(exit_usage);
      }
      const auto one = path + "/" + std::to_string(options->sequence);
      if (!options->all)
        return post_act(context, one, {{"act", options->act}, {"why", options->why}},
                        options->act + " " + std::to_string(options->sequence));
      return answer(
          context,
          [&](Session& session) {
            return session.post(one,
                                json::Object{{"act", options->act}, {"why", options->why}, {"all", true}});
          },
          [&](const json::Object& reply) {
            print_line(options->act + ": " + cell(reply, "decided") + ", left " + cell(reply, "left"));
          });
    };
  });
}

void add_reliability(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb = noun.add_subcommand(
      "reliability", "how far a member is believed as a source (stewards): A completely to E not, F unknown");
  verb->add_option("circle", options->circle)->required();
  verb->add_option("member", options->member, "name or UUID")->required();
  verb->add_option("letter", options->letter, "A to F")
      ->required()
      ->check(CLI::IsMember({"A", "B", "C", "D", "E", "F"}));
  verb->callback([&context, options] {
    context.run = [&context, options] {
      return post_act(context, circle_path(options->circle) + "/members",
                      {{"act", "reliability"}, {"member", options->member}, {"letter", options->letter}},
                      options->member + " is " + options->letter);
    };
  });
}

void add_reading(CLI::App& noun, Context& context) {
  noun.add_subcommand("list", "the circles that you are in; operators: all, names only")
      ->callback([&context] {
        context.run = [&context] {
          return print_list(context, "/circles", "circles",
                            {{"CIRCLE", "name"},
                             {"UUID", "uuid"},
                             {"MEMBERS", "members"},
                             {"ENTRIES", "head"},
                             {"STEWARD", "steward"}});
        };
      });
  auto options = std::make_shared<Options>();
  auto* show = noun.add_subcommand("show", "rules and members");
  show->add_option("circle", options->circle)->required();
  show->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context, [&](Session& session) { return session.get(circle_path(options->circle)); }, print_circle);
    };
  });
  auto* accesses = noun.add_subcommand("accesses", "what government members have read, by the hour");
  accesses->add_option("circle", options->circle)->required();
  accesses->callback([&context, options] {
    context.run = [&context, options] {
      return print_list(
          context, circle_path(options->circle) + "/accesses", "accesses",
          {{"HOUR", "hour"}, {"MEMBER", "member"}, {"READS", "reads"}, {"FIRST", "first"}, {"LAST", "last"}});
    };
  });
  auto* recall = noun.add_subcommand("recall", "who has confirmed a withdrawal, and who has not");
  recall->add_option("circle", options->circle)->required();
  recall->add_option("id", options->id, "the withdrawn object")->required();
  recall->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context,
          [&](Session& session) {
            return session.get(circle_path(options->circle) + "/recall/" + path_part(options->id));
          },
          print_recall);
    };
  });
}

void add_why(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto* verb =
      noun.add_subcommand("why", "why a member sees an object, or does not: each rule that was asked");
  verb->add_option("id", options->id, "the object")->required();
  verb->add_option("member", options->member,
                   "name or UUID; without it your own. Stewards ask for any member");
  verb->add_option("--circle", options->circle,
                   "where; without it, the first of your circles that has the object")
      ->type_name("CIRCLE");
  verb->callback([&context, options] {
    context.run = [&context, options] {
      return answer(
          context, [&](Session& session) { return why_in(session, *options); }, print_why);
    };
  });
}

void add_leave(CLI::App& noun, Context& context) {
  auto options = std::make_shared<Options>();
  auto yes = std::make_shared<bool>(false);
  auto* verb = noun.add_subcommand("leave", "your member leaves the circle; what it shared stays");
  verb->add_option("circle", options->circle)->required();
  verb->add_flag("--yes", *yes, "really");
  verb->callback([&context, options, yes] {
    context.run = [&context, options, yes] {
      if (!*yes) {
        say("leaving cannot be undone without a steward: repeat with --yes");
        return static_cast<int>(exit_usage);
      }
      return post_act(context, circle_path(options->circle) + "/leave", {}, "left " + options->circle);
    };
  });
}

}  // namespace

void add_circle(CLI::App& root, Context& context) {
  auto* noun = root.add_subcommand("circle", "sharing groups: their rules, members and recalls");
  noun->group(group_govern);
  noun->require_subcommand(1);
  add_create(*noun, context);
  add_reading(*noun, context);
  add_rules(*noun, context);
  add_members(*noun, context);
  add_reliability(*noun, context);
  add_held(*noun, context);
  add_feed(*noun, context);
  add_erase(*noun, context);
  add_transfer(*noun, context);
  add_why(*noun, context);
  add_leave(*noun, context);
}

}  // namespace tocsin::cli
