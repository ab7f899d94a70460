#include "circle/govern.hpp"

namespace tocsin::circle {
namespace {

Command acting(policy::Principal principal, std::function<Result<std::vector<Act>>(Decider&)> make,
               std::function<void(Result<std::vector<log::Appended>>)> done) {
  Command command;
  command.bytes = 4096;
  command.governs = true;
  command.decide = [principal = std::move(principal), make = std::move(make)](Decider& on) -> Status {
    auto acts = make(on);
    if (!acts) return std::move(acts).error();
    for (auto& act : *acts) {
      Decider::Addition addition;
      addition.circle = act.circle;
      addition.kind = act.kind;
      addition.marking_class.shape = policy::MarkingClass::Shape::governance;
      if (act.about != MemberId{}) {
        addition.marking_class.shape = policy::MarkingClass::Shape::held;
        addition.marking_class.author = act.about;
      }
      addition.author = principal.member_id();
      addition.holder = principal.holder;
      addition.attributes = "{}";
      addition.bytes = std::move(act.bytes);
      on.add(std::move(addition));
    }
    return {};
  };
  command.done = std::move(done);
  return command;
}

}  // namespace

Command govern_command(policy::Principal principal, MakeActs make,
                       std::function<void(Result<std::vector<log::Appended>>)> done) {
  auto checked = [principal, make = std::move(make)](Decider& on) -> Result<std::vector<Act>> {
    auto now = on.directory().principal(principal.token, on.now());
    if (!now) return std::move(now).error();
    return make(on, *now);
  };
  return acting(std::move(principal), std::move(checked), std::move(done));
}

Command hub_command(std::function<Result<std::vector<Act>>(Decider&)> make,
                    std::function<void(Result<std::vector<log::Appended>>)> done) {
  return acting({}, std::move(make), std::move(done));
}

}  // namespace tocsin::circle
