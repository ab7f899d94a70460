#include "api/acts.hpp"
#include "base/text.hpp"
#include "circle/erase.hpp"
#include "circle/transfer.hpp"

namespace tocsin::api {
namespace {

void submit(const SharedCall& call, circle::Command command) {
  if (!call->services.sequencer.submit(std::move(command)))
    call->refuse(Error{Errc::overloaded, "too many submissions wait; try again in a second"});
}

Result<circle::ProposeErasure> proposal_of(const Call& call) {
  auto body = body_of(call);
  if (!body) return std::move(body).error();
  auto why = why_in(*body);
  if (!why) return std::move(why).error();
  circle::ProposeErasure request;
  request.principal = call.principal;
  request.circle = call.sight->circle()->id;
  request.id = json::text_or(*body, "id");
  request.entry = Sequence{json::number_or(*body, "sequence")};
  request.why = *std::move(why);
  if (request.id.empty() == (request.entry == Sequence{}))
    return Error{Errc::invalid_input, "either 'id' or 'sequence' must say what to erase"};
  return request;
}

}  // namespace

void list_erasures(SharedCall call) {
  const CircleId circle = call->sight->circle()->id;
  if (Status admitted =
          admit_read(*call, circle, "erasures", "", Sequence{1}, call->services.log.head(circle).sequence);
      !admitted) {
    call->refuse(admitted.error());
    return;
  }
  json::Array list;
  for (const auto& [at, proposal] : call->services.erasures.proposals(circle)) {
    const auto row = call->services.log.row(circle, at);
    if (!row || !call->sight->sees(at, *row)) continue;
    list.emplace_back(json::Object{{"proposal", at.value()},
                                   {"sequence", proposal.entry.value()},
                                   {"time", to_rfc3339(proposal.time)},
                                   {"mine", proposal.by == call->principal.holder},
                                   {"why", proposal.why}});
  }
  call->answer(200, json::dump(json::Object{{"erasures", std::move(list)}}));
}

void propose_erasure(SharedCall call) {
  when_current(std::move(call), [](SharedCall current) {
    auto request = proposal_of(*current);
    if (!request) {
      current->refuse(request.error());
      return;
    }
    request->done = [current](Result<log::Appended> appended) {
      if (appended)
        current->answer(202, json::dump(json::Object{{"proposal", appended->sequence.value()}}));
      else
        current->refuse(appended.error());
    };
    submit(current, circle::propose_erasure_command(*std::move(request)));
  });
}

void confirm_erasure(SharedCall call) {
  const auto proposal = number_in_path(*call, 1);
  if (!proposal) {
    call->refuse(proposal.error());
    return;
  }
  when_current(std::move(call), [at = Sequence{*proposal}](SharedCall current) {
    circle::ConfirmErasure request;
    request.principal = current->principal;
    request.circle = current->sight->circle()->id;
    request.proposal = at;
    request.done = [current](Result<std::vector<Sequence>> erased) {
      if (!erased) {
        current->refuse(erased.error());
        return;
      }
      json::Array sequences;
      for (const auto sequence : *erased) sequences.emplace_back(sequence.value());
      // Answered when the bytes are gone: what is called erased is erased.
      current->services.eraser.when_done(
          current->sight->circle()->id, *std::move(erased),
          [current, body = json::dump(json::Object{{"erased", std::move(sequences)}})](const Status& done) {
            if (done)
              current->answer(200, body);
            else
              current->refuse(done.error());
          });
    };
    submit(current, circle::confirm_erasure_command(std::move(request)));
  });
}

void transfer_object(SharedCall call) {
  auto body = body_of(*call);
  if (!body) {
    call->refuse(body.error());
    return;
  }
  circle::TransferRequest request;
  request.principal = call->principal;
  request.circle = call->sight->circle()->id;
  request.id = call->parameters[1];
  request.to = json::text_or(*body, "to");
  request.done = [call](Result<log::Appended> appended) {
    if (appended)
      call->answer(200, json::dump(json::Object{{"sequence", appended->sequence.value()}}));
    else
      call->refuse(appended.error());
  };
  submit(call, circle::transfer_command(std::move(request)));
}

}  // namespace tocsin::api
