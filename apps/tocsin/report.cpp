#include "report.hpp"

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"
#include "output.hpp"
#include "receivers.hpp"
#include "verb.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t shown_max = 20;  // of each kind; -o json gives all

}  // namespace

void Report::receipt(const json::Value& receipt) {
  ++receipts_;
  if (!json_) return;
  const auto text = (receipts_ == 1 ? R"({"receipts":[)" : ",\n") + json::dump(receipt);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void Report::refuse(std::string_view id, std::string_view rule, std::string_view reason) {
  outcome.refused.push_back(json::Object{{"id", id}, {"path", ""}, {"rule", rule}, {"reason", reason}});
}

int Report::finish(const Status& status) {
  if (json_)
    finish_json();
  else
    finish_human();
  if (outcome.unscreened)
    warn(
        "the circle is not screened by the hub (`tocsin circle rules C --screening yes`): share no "
        "production data");
  if (!status) return fail(status.error());
  return outcome.refused.empty() ? exit_done : exit_refused;
}

void Report::finish_json() const {
  std::string text = receipts_ == 0 ? R"({"receipts":[)" : "";
  json::Object rest{{"accepted", outcome.accepted}, {"duplicates", outcome.duplicates},
                    {"refused", outcome.refused},   {"held", outcome.held},
                    {"warnings", outcome.warnings}, {"unscreened", outcome.unscreened},
                    {"changed", changed},           {"to_review", to_review}};
  if (!screened.empty()) rest["screened"] = screened;
  if (!outcome.circles.empty()) rest["receivers"] = outcome.circles;
  if (spooled != 0) rest["spooled"] = spooled;
  text += "]," + json::dump(rest).substr(1) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Report::finish_human() const {
  const auto tell = [](const json::Array& items, const char* what, Colour colour) {
    for (std::size_t i = 0; i < std::min(items.size(), shown_max); ++i) {
      if (!items[i].is_object()) continue;
      const auto& object = items[i].get_object();
      const auto path = json::text_or(object, "path");
      std::fprintf(stdout, "%s %s\n", coloured(what, colour).c_str(),
                   printable(cell(object, "id") + (path.empty() ? "" : " " + path) + " [" +
                             cell(object, "rule") + "] " + cell(object, "reason"))
                       .c_str());
    }
    if (items.size() > shown_max)
      print_line(std::string{what} + " " + std::to_string(items.size() - shown_max) +
                 " more (-o json names them all)");
  };
  tell(outcome.refused, "refused", Colour::red);
  tell(outcome.held, "held", Colour::yellow);
  for (std::size_t i = 0; i < std::min(outcome.warnings.size(), shown_max); ++i)
    if (const auto* warning = outcome.warnings[i].if_object())
      say(cell(*warning, "id") + ": " + cell(*warning, "warning"));
  if (!outcome.circles.empty()) show_receivers(outcome.circles, outcome.taken() / outcome.circles.size());
  std::string line = std::to_string(outcome.accepted) + " accepted";
  if (outcome.duplicates != 0) line += ", " + std::to_string(outcome.duplicates) + " already there";
  if (!outcome.held.empty()) line += ", " + std::to_string(outcome.held.size()) + " held";
  if (!outcome.refused.empty()) line += ", " + std::to_string(outcome.refused.size()) + " refused";
  if (!changed.empty()) line += ", " + std::to_string(changed.size()) + " under new ids";
  if (!to_review.empty()) line += ", " + std::to_string(to_review.size()) + " to review (tocsin review list)";
  if (spooled != 0) line += ", " + std::to_string(spooled) + " kept for `tocsin share --flush`";
  print_line(line);
}

}  // namespace tocsin::cli
