#include "sensor/emitter.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sensor/command.hpp"

namespace tocsin::sensor {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto tick = 100ms, settle_time = 200ms, build_interval = 500ms, reload_interval = 1'000ms;
constexpr auto snapshot_patience = 60s;
constexpr int rest_factor = 5;  // a build that takes a second is followed by five without

}  // namespace

Result<std::unique_ptr<Emitter>> Emitter::open(Options options, const match::IndicatorSet& set,
                                               const Harmless& harmless, const RuleShelf& shelf,
                                               const Clock& clock) {
  std::unique_ptr<Emitter> out{new Emitter{std::move(options), set, harmless, shelf, clock}};
  for (const auto& text : out->options_.targets) {
    auto target = EmitTarget::parse(text);
    if (!target) return target.error();
    out->targets_.push_back(*std::move(target));
  }
  for (const auto& text : out->options_.reloads) {
    const auto equals = text.find('=');
    Reload reload{text.substr(0, equals), equals == std::string::npos
                                              ? std::vector<std::string>{}
                                              : words_of(std::string_view{text}.substr(equals + 1))};
    const bool known =
        std::ranges::any_of(out->targets_, [&](const auto& target) { return target.form() == reload.form; });
    if (!known || reload.words.empty())
      return Error{Errc::invalid_input, "emit-reload '" + printable(text) +
                                            "' must be FORM=PROGRAM ARGUMENT…, with the form of an --emit"};
    out->reloads_.push_back(std::move(reload));
  }
  return out;
}

void Emitter::start() {
  if (targets_.empty() || thread_.joinable()) return;
  thread_ = std::thread{[this] { run(); }};
  if (!options_.simulate && !reloads_.empty()) reload_thread_ = std::thread{[this] { run_reloads(); }};
}

void Emitter::stop() {
  {
    const std::scoped_lock lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (reload_thread_.joinable()) reload_thread_.join();
}

bool Emitter::has_changed() {
  const auto pinned = set_.pin();
  std::uint64_t removed = 0;
  for (const auto& segment : pinned->segments) removed += segment->removed();
  const std::array now{removed, harmless_.version(), shelf_.version()};
  if (seen_.lock() == pinned && seen_versions_ == now) return false;
  seen_ = pinned;
  seen_versions_ = now;
  return true;
}

void Emitter::run() {
  std::optional<steady_clock::time_point> changed;
  auto not_before = steady_clock::now(), whole_since = not_before;
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    const auto now = steady_clock::now();
    if (has_changed() && !changed) changed = now;
    const bool due =
        (changed && now - *changed >= settle_time) || (next_change_ && clock_.now() >= *next_change_);
    const bool whole = options_.is_whole();
    if (whole) whole_since = now;
    if (due && now >= not_before && (whole || now - whole_since > snapshot_patience)) {
      changed.reset();
      build();
      const auto took = steady_clock::now() - now;
      not_before = steady_clock::now() + std::max<steady_clock::duration>(build_interval, rest_factor * took);
    }
    lock.lock();
    wake_.wait_for(lock, tick, [this] { return stopping_.load(); });
  }
}

void Emitter::build() {
  const auto now = clock_.now();
  const auto begun = steady_clock::now();
  // The targets are written by this thread alone; the lock is for those who read the status.
  auto targets = [this] {
    const std::scoped_lock lock{mutex_};
    return targets_;
  }();
  auto how = options_.in_force;
  how.about = std::ranges::any_of(targets, &EmitTarget::wants_owners);
  InForce values;
  if (std::ranges::any_of(targets, &EmitTarget::wants_values))
    values = in_force(*set_.pin(), now, harmless_, how);
  next_change_ = values.next_change;
  auto rules = shelf_.all();
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  std::erase_if(rules, [&](const ShelfRule& rule) {
    for (const auto& at : {rule.from, rule.until})
      if (at && *at > now) next_change_ = next_change_ ? std::min(*next_change_, *at) : *at;
    return (rule.from && *rule.from > now) ||
           (rule.until && std::chrono::floor<std::chrono::seconds>(*rule.until) <= second);
  });
  std::set<std::string> changed;
  if (!options_.simulate)
    for (auto& target : targets) {
      const auto done = target.wants_values() ? target.take(values, now) : target.take(rules, now);
      if (!done) target.note(done.error().detail);
      if (done && *done) changed.insert(target.form());
    }
  const std::scoped_lock lock{mutex_};
  targets_ = std::move(targets);
  counts_ = {{"values", values.values.size()},
             {"below_confidence", values.below_confidence},
             {"conditional", values.conditional},
             {"not_permitted", values.not_permitted},
             {"harmless", values.harmless},
             {"no_room", values.no_room},
             {"rules", rules.size()},
             {"build_ms",
              std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun).count()}};
  if (next_change_) counts_["next_change"] = to_rfc3339(*next_change_);
  for (auto& reload : reloads_) reload.due = reload.due || changed.contains(reload.form);
  wake_.notify_all();
}

void Emitter::run_reloads() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const auto due = std::ranges::find(reloads_, true, &Reload::due);
    if (due == reloads_.end()) {
      wake_.wait(lock, [this] {
        return stopping_.load() || std::ranges::find(reloads_, true, &Reload::due) != reloads_.end();
      });
      continue;
    }
    due->due = false;
    const auto words = due->words;
    lock.unlock();
    const auto done = run_command(words, options_.reload_limit, stopping_);
    lock.lock();
    ++due->runs;
    if (!done) ++due->failures;
    due->problem = done ? "" : done.error().detail;
    // What changed meanwhile is told once, by the next run.
    wake_.wait_for(lock, reload_interval, [this] { return stopping_.load(); });
  }
}

json::Object Emitter::status() const {
  const std::scoped_lock lock{mutex_};
  json::Array targets, reloads;
  for (const auto& target : targets_) targets.push_back(target.status(clock_.now()));
  for (const auto& reload : reloads_) {
    json::Object one{{"form", reload.form}, {"runs", reload.runs}, {"failures", reload.failures}};
    if (!reload.problem.empty()) one["problem"] = reload.problem;
    reloads.push_back(std::move(one));
  }
  return {{"in_force", counts_}, {"targets", std::move(targets)}, {"reloads", std::move(reloads)}};
}

}  // namespace tocsin::sensor
