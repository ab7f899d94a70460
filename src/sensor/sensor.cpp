#include "sensor/sensor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "alert/outputs.hpp"
#include "base/file.hpp"
#include "net/server.hpp"
#include "sensor/alert.hpp"
#include "sensor/emitter.hpp"
#include "sensor/feed.hpp"
#include "sensor/finder.hpp"
#include "sensor/folder_lock.hpp"
#include "sensor/hub_lists.hpp"
#include "sensor/memory.hpp"
#include "sensor/provenance.hpp"
#include "sensor/restraint.hpp"
#include "sensor/tail.hpp"

namespace tocsin::sensor {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds idle_wait{100};
constexpr std::chrono::seconds save_when_idle{1}, save_always{5};
constexpr std::size_t reasons_max = 20;

/// One log file under its name; the counts go on when another file takes it.
struct Followed {
  std::string path;
  observe::Format format{};
  // Of the thread that reads:
  std::uint64_t file = UINT64_MAX;
  observe::Reader reader;
  observe::Totals seen;                    // of `reader`, already added below
  std::optional<std::uint64_t> next_line;  // from 1; known when the file was read from its start
  // For the status:
  std::atomic<std::uint64_t> lines{0}, bytes{0}, records{0}, unreadable{0}, end_bytes{0};
};

std::int64_t seconds_between(Timestamp from, Timestamp to) {
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(to - from).count());
}

}  // namespace

std::string status_path(const std::string& state_folder) {
  return state_folder + "/status.json";
}

std::string unmute_folder(const std::string& state_folder) {
  return state_folder + "/unmute";
}

std::string journal_path(const std::string& state_folder, const std::string& circle) {
  return state_folder + "/circle-" + net::percent_encode(circle) + ".journal";
}

std::string rules_path(const std::string& state_folder) {
  return state_folder + "/rules";
}

struct Sensor::State {
  State(Options given, const Clock& with) : options{std::move(given)}, clock{with}, finder{set} {}

  Status open();
  void handle(const Tail::Chunk& chunk);
  void alert(const Followed& from, const Seen& seen, const Found& found);
  void look_back();
  void sight(const Found& found, Timestamp now);
  void tell(const Breaker::Change& change, Timestamp now);
  std::optional<Origin> describe(CircleId circle, std::string_view id) const;
  std::string name_of(CircleId circle) const { return circles[circle.value() - 1]->options().name; }
  Status open_restraint();
  Status open_emitter();
  bool is_whole() const;
  void take_unmutings();
  json::Object passed_on() const;
  void count(Followed& from, const Tail::Chunk& chunk);
  void keep_house();
  json::Object status();
  json::Object dead_letters_status() const;
  json::Object patterns_status() const;
  json::Array circles_status();
  json::Array files_status() const;
  void write_status();

  Options options;
  const Clock& clock;
  Timestamp started{};
  FolderLock lock;
  match::IndicatorSet set;
  std::unique_ptr<RuleShelf> shelf;
  std::vector<std::unique_ptr<Followed>> files;
  std::unique_ptr<Tail> tail;
  std::unique_ptr<Memory>
      memory;  // none: nothing is remembered. Uses what stands above, is told by the feeds
  std::vector<std::unique_ptr<Circle>> circles;
  std::vector<std::unique_ptr<Feed>> feeds;
  Finder finder;
  std::shared_ptr<const observe::Formats> formats = observe::built_in_formats();
  DeadLetters dead_letters;
  std::unique_ptr<alert::Outputs> alerts_to;
  std::unique_ptr<Restraint> restraint;
  std::unique_ptr<HubLists> hub_lists;
  std::unique_ptr<Emitter> emitter;

  std::atomic<std::uint64_t> alerts{0}, waiting_alerts{0}, records{0};
  std::atomic<std::uint64_t> pattern_records{0}, pattern_undecided{0}, pattern_held{0}, pattern_dropped{0};
  std::mutex sums_mutex;
  SightingSums sums;  // guarded by sums_mutex
  std::optional<SightingSender> sender;

  std::mutex reasons_mutex;
  std::size_t reasons_of = 0;  // guarded by reasons_mutex, as is the next
  std::map<std::string, std::uint64_t> reasons;

  std::atomic<bool> stopping{false};
  std::mutex house_mutex;
  std::condition_variable house_wake;
  std::thread house;
};

Status Sensor::State::open() {
  const auto& config = options.config;
  started = clock.now();
  const auto mode = sighting_mode(config.sightings);
  if (!mode) return mode.error();
  std::error_code error;
  fs::create_directories(config.state, error);
  if (error) return Error{Errc::unavailable, config.state + ": " + error.message()};
  fs::permissions(config.state, fs::perms::owner_all, error);
  TOCSIN_TRY(lock.take(config.state));

  TOCSIN_TRY(open_restraint());
  auto rules = RuleShelf::open(rules_path(config.state));
  if (!rules) return rules.error();
  shelf = *std::move(rules);
  for (const auto& rule : shelf->all())  // of circles that are no longer followed
    if (std::ranges::find(config.circles, rule.circle) == config.circles.end()) shelf->clear(rule.circle);
  std::uint64_t number = 0;
  for (const auto& name : config.circles) {
    circles.push_back(std::make_unique<Circle>(
        Circle::Options{CircleId{++number}, name,
                        config.subdomains ? match::DomainMatch::with_subdomains : match::DomainMatch::exact,
                        journal_path(config.state, name), shelf.get()},
        set));
    TOCSIN_TRY(circles.back()->open());
    auto how = options.subscription;
    how.sensor = config.name;
    feeds.push_back(std::make_unique<Feed>(*circles.back(), std::move(how), clock));
  }
  auto known = observe::Formats::with(config.mappings);
  if (!known) return known.error();
  formats = *std::move(known);
  auto letters = DeadLetters::open(config.dead_letters);
  if (!letters) return letters.error();
  dead_letters = *std::move(letters);
  if (!config.dead_letters.empty())
    finder.on_unreadable([this](const Unreadable& one) { dead_letters.add(one, clock.now()); });
  std::vector<std::string> paths;
  for (const auto& given : config.files) {
    auto one = std::make_unique<Followed>();
    std::tie(one->path, one->format) = file_and_format(given, *formats);
    paths.push_back(one->path);
    files.push_back(std::move(one));
  }
  TailOptions how;
  how.start = config.from_start ? TailOptions::Start::beginning : TailOptions::Start::end;
  auto opened = Tail::open(std::move(paths), config.state + "/positions", how);
  if (!opened) return opened.error();
  tail = *std::move(opened);
  auto remembers = Memory::open(
      config, circles, set, finder, [this] { tail->wake(); }, clock);
  if (!remembers) return remembers.error();
  memory = *std::move(remembers);
  alert::Outputs::Options out;
  out.outputs = config.outputs;
  if (!config.alerts.empty()) out.outputs.push_back("jsonl:" + config.alerts);
  if (out.outputs.empty()) out.outputs.push_back("jsonl:-");
  if (config.simulate) out.outputs.clear();
  out.folder = config.state + "/outputs";
  out.speaker = options.speaker;
  out.speaker.sensor = config.name;
  auto target = alert::Outputs::open(std::move(out));
  if (!target) return target.error();
  alerts_to = *std::move(target);
  TOCSIN_TRY(open_emitter());
  if (*mode != SightingMode::off && !config.simulate) {
    SightingSender::Options sending;
    sending.client = options.subscription.client;
    sending.named = *mode == SightingMode::named;
    sending.creator = options.creator;
    sender.emplace(std::move(sending), clock);
  }
  return {};
}

Status Sensor::State::open_restraint() {
  const auto& config = options.config;
  auto harmless = Harmless::open(std::move(options.warning_lists), config.allow);
  if (!harmless) return harmless.error();
  Restraint::Options how;
  TOCSIN_TRY(check_config(config));
  how.trust = *Trust::parse(config.trust);
  how.alert_min_confidence = *parse_percent("", config.alert_min_confidence);
  how.breaker.hits_max = *parse_count("", config.mute_hits);
  how.breaker.share_percent = *parse_percent("", config.mute_share);
  restraint = std::make_unique<Restraint>(*std::move(harmless), std::move(how));
  if (config.warning_lists == "hub")
    hub_lists = std::make_unique<HubLists>(options.subscription.client,
                                           config.state + "/warning-lists.ndjson", restraint->harmless());
  return {};
}

Status Sensor::State::open_emitter() {
  const auto& config = options.config;
  Emitter::Options how;
  how.targets = config.emit;
  how.reloads = config.reloads;
  how.simulate = config.simulate;
  how.in_force.min_confidence = *parse_percent("", config.emit_min_confidence);
  how.in_force.weigh = [this](const match::Head& head) {
    const auto trust = restraint->trust().of(name_of(head.circle), to_provenance(head.note).author_name);
    return trust ? trust : head.confidence;
  };
  how.is_whole = [this] { return is_whole(); };
  auto opened = Emitter::open(std::move(how), set, restraint->harmless(), *shelf, clock);
  if (!opened) return opened.error();
  emitter = *std::move(opened);
  return {};
}

/// False while a snapshot comes, and before the first one did.
bool Sensor::State::is_whole() const {
  if (hub_lists && !hub_lists->ready()) return false;
  for (std::size_t i = 0; i < circles.size(); ++i)
    if (feeds[i]->standing().condition == push::Condition::connected || circles[i]->counts().sequence == 0)
      return false;
  return true;
}

std::optional<Origin> Sensor::State::describe(CircleId circle, std::string_view id) const {
  auto origin = circles[circle.value() - 1]->describe(id);
  if (origin) origin->trust = restraint->trust().of(origin->circle_name, origin->author_name);
  return origin;
}

void Sensor::State::handle(const Tail::Chunk& chunk) {
  auto& from = *files[chunk.path];
  const auto begin_bytes = chunk.end_bytes - std::min<std::uint64_t>(chunk.end_bytes, chunk.lines.size());
  if (from.file != chunk.file) {
    from.file = chunk.file;
    from.reader = observe::Reader{from.format, observe::log_of_file(from.path), formats};
    stix::Observation unused;
    for (std::size_t at = 0; at < chunk.header.size();) {
      const auto end = std::min(chunk.header.find('\n', at), chunk.header.size());
      (void)from.reader.read(chunk.header.substr(at, end - at), unused);
      at = end + 1;
    }
    from.seen = from.reader.totals();
    from.next_line = begin_bytes == 0 ? std::optional<std::uint64_t>{1} : std::nullopt;
  }
  const auto lines = finder.scan(chunk.lines, {from.path, from.next_line, begin_bytes}, from.reader,
                                 clock.now(), [&](const Found& found) {
                                   Seen seen{from.path, std::nullopt, begin_bytes + found.offset_bytes};
                                   if (from.next_line) seen.line = *from.next_line + found.number;
                                   alert(from, seen, found);
                                 });
  if (from.next_line) *from.next_line += lines;
  const auto& totals = finder.pattern_totals();
  pattern_records = totals.evaluated;
  pattern_undecided = totals.undecided;
  pattern_held = totals.held;
  pattern_dropped = totals.dropped;
  count(from, chunk);
}

void Sensor::State::count(Followed& from, const Tail::Chunk& chunk) {
  const auto& now = from.reader.totals();
  records += now.records - from.seen.records;
  from.lines += now.lines - from.seen.lines;
  from.records += now.records - from.seen.records;
  from.unreadable += now.bad - from.seen.bad;
  from.seen = now;
  from.bytes += chunk.lines.size();
  from.end_bytes = chunk.end_bytes;
}

void Sensor::State::alert(const Followed& from, const Seen& seen, const Found& found) {
  using Outcome = Restraint::Outcome;
  if (memory) memory->live(found.hit);
  const auto now = clock.now();
  const Describe origin_of = [this](CircleId circle, std::string_view id) { return describe(circle, id); };
  const auto read = records.load() + from.reader.totals().records - from.seen.records;
  const auto judgement = restraint->judge(found, origin_of, read, now);
  for (const auto& change : judgement.changes) tell(change, now);
  const bool goes_out = judgement.outcome == Outcome::alert;
  if (goes_out) ++alerts;
  if (goes_out || (judgement.outcome == Outcome::held_back && options.config.show_held_back))
    alerts_to->write(alert_line(found, seen, now, origin_of, judgement.held.lists));
  if (goes_out && sender) sight(found, now);
}

/// That an indicator was muted: to whoever reads the alerts, and to its circle as a false positive.
void Sensor::State::tell(const Breaker::Change& change, Timestamp now) {
  alerts_to->write(muted_line(change, name_of(change.circle), now));
  if (sender && change.muted)
    (void)sender->send(
        {name_of(change.circle), change.id, change.hits, now, now, "muted by a sensor: it " + change.why});
}

/// What the history says of indicators that came: judged and told as what is read now.
void Sensor::State::look_back() {
  if (!memory) return;
  const Describe origin_of = [this](CircleId circle, std::string_view id) { return describe(circle, id); };
  for (const auto& past : memory->take(clock.steady_now())) {
    const auto now = clock.now();
    const auto hit = to_hit(past);
    const auto judgement = restraint->judge({hit, {}, 0, 0, {}}, origin_of, records.load(), now);
    for (const auto& change : judgement.changes) tell(change, now);
    const bool goes_out = judgement.outcome == Restraint::Outcome::alert;
    if (goes_out) ++alerts;
    if (goes_out || (judgement.outcome == Restraint::Outcome::held_back && options.config.show_held_back))
      alerts_to->write(past_alert_line(past, now, origin_of, judgement.held.lists));
    if (!goes_out || !sender) continue;
    for (const auto& source : past.sources)
      (void)sender->send({name_of(source.circle), source.id, past.count, past.first(), past.last(), {}});
  }
}

void Sensor::State::sight(const Found& found, Timestamp now) {
  const std::scoped_lock guard{sums_mutex};
  for (const auto& source : found.hit.sources)
    if (auto first = sums.add(circles[source.circle.value() - 1]->options().name, source.id, now))
      (void)sender->send(*std::move(first));  // what does not fit is counted there
}

void Sensor::State::keep_house() {
  std::unique_lock guard{house_mutex};
  while (!stopping.load()) {
    guard.unlock();
    if (sender) {
      const std::scoped_lock summing{sums_mutex};
      for (auto& sum : sums.due(clock.now())) (void)sender->send(std::move(sum));
    }
    take_unmutings();
    for (const auto& change : restraint->tend(records.load(), clock.now())) tell(change, clock.now());
    write_status();
    guard.lock();
    house_wake.wait_for(guard, options.status_interval, [this] { return stopping.load(); });
  }
}

json::Array Sensor::State::circles_status() {
  json::Array out;
  const auto now = clock.now();
  for (std::size_t i = 0; i < circles.size(); ++i) {
    const auto counts = circles[i]->counts();
    const auto standing = feeds[i]->standing();
    const bool live = standing.condition == push::Condition::live;
    const bool away = !live && standing.condition != push::Condition::connected;
    json::Object one{{"circle", circles[i]->options().name},
                     {"position", counts.sequence},
                     {"live", live},
                     {"condition", push::name(standing.condition)},
                     {"stale_seconds", away ? seconds_between(standing.since, now) : 0},
                     {"indicators", counts.indicators},
                     {"unreadable", counts.unreadable},
                     {"unsaved", counts.unsaved}};
    if (!standing.detail.empty()) one["detail"] = standing.detail;
    if (!counts.failure.empty()) one["journal_failure"] = counts.failure;
    out.push_back(std::move(one));
  }
  return out;
}

json::Array Sensor::State::files_status() const {
  json::Array out;
  for (const auto& file : files) {
    std::error_code error;
    const auto size_bytes = fs::file_size(file->path, error);
    const auto end_bytes = file->end_bytes.load();
    out.push_back(json::Object{
        {"file", file->path},
        {"there", !error},
        {"lines", file->lines.load()},
        {"bytes", file->bytes.load()},
        {"records", file->records.load()},
        {"unreadable", file->unreadable.load()},
        {"lag_bytes",
         error || file->lines.load() == 0 || size_bytes < end_bytes ? 0 : size_bytes - end_bytes}});
  }
  return out;
}

json::Object Sensor::State::dead_letters_status() const {
  const auto counts = dead_letters.counts();
  return {{"file", dead_letters.path()}, {"kept", counts.kept}, {"left_out", counts.left_out}};
}

json::Object Sensor::State::patterns_status() const {
  const auto stats = set.patterns().stats();
  json::Array always;
  for (const auto& id : stats.always_ids) always.push_back(json::Value(id));
  return {{"count", stats.patterns},
          {"always", json::Object{{"count", stats.always}, {"indicators", std::move(always)}}},
          {"index_bytes", stats.index_bytes},
          {"records_evaluated", pattern_records.load()},
          {"undecided", pattern_undecided.load()},
          {"records_held", pattern_held.load()},
          {"records_dropped", pattern_dropped.load()}};
}

json::Object Sensor::State::status() {
  const auto stats = set.stats();
  json::Array top;
  {
    const std::scoped_lock guard{reasons_mutex};
    if (stats.unevaluable != reasons_of) {
      reasons_of = stats.unevaluable;
      reasons.clear();
      for (const auto& one : set.unevaluable()) ++reasons[one.reason];
    }
    std::vector<std::pair<std::uint64_t, std::string>> sorted;
    for (const auto& [reason, times] : reasons) sorted.emplace_back(times, reason);
    std::sort(sorted.rbegin(), sorted.rend());
    if (sorted.size() > reasons_max) sorted.resize(reasons_max);
    for (const auto& [times, reason] : sorted)
      top.push_back(json::Object{{"reason", reason}, {"count", times}});
  }
  json::Object sightings{{"mode", options.config.sightings}};
  if (sender) {
    const auto counts = sender->counts();
    sightings["sent"] = counts.sent;
    sightings["waiting"] = counts.waiting;
    sightings["refused"] = counts.refused;
    sightings["dropped"] = counts.dropped;
    if (!counts.problem.empty()) sightings["problem"] = counts.problem;
  }
  json::Object out{{"time", to_rfc3339(clock.now())},
                   {"started", to_rfc3339(started)},
                   {"pid", static_cast<std::int64_t>(::getpid())},
                   {"name", options.config.name},
                   {"circles", circles_status()},
                   {"indicators", stats.indicators},
                   {"patterns", patterns_status()},
                   {"not_evaluated", json::Object{{"count", stats.unevaluable}, {"reasons", std::move(top)}}},
                   {"memory_bytes", stats.memory_bytes},
                   {"mapped_bytes", stats.mapped_bytes},
                   {"files", files_status()},
                   {"dead_letters", dead_letters_status()},
                   {"alerts", alerts.load()},
                   {"alerts_waiting", waiting_alerts.load()},
                   {"outputs", alerts_to->status()},
                   {"held_back", restraint->held_back()},
                   {"history", memory ? memory->status() : json::Object{{"values", "off"}}},
                   {"sightings", std::move(sightings)},
                   {"simulate", options.config.simulate},
                   {"emit", emitter->status()},
                   {"passed_on", passed_on()}};
  if (hub_lists) out["hub_lists"] = hub_lists->status();
  for (auto& [key, value] :
       restraint->status(clock.now(), [this](CircleId circle) { return name_of(circle); }))
    out[key] = std::move(value);
  return out;
}

/// Rules for other programs: they are not evaluated here.
json::Object Sensor::State::passed_on() const {
  json::Object types;
  json::Array names;
  const auto rules = shelf->all();
  for (const auto& rule : rules) {
    types[rule.pattern_type] = json::number_or(types, rule.pattern_type) + 1;
    if (names.size() < reasons_max)
      names.push_back(json::Object{
          {"indicator", rule.id}, {"name", rule.name}, {"type", rule.pattern_type}, {"circle", rule.circle}});
  }
  json::Object out{{"count", rules.size()}, {"types", std::move(types)}, {"rules", std::move(names)}};
  if (const auto problem = shelf->problem(); !problem.empty()) out["problem"] = problem;
  return out;
}

/// `tocsin sensor unmute ID` leaves an empty file of that name in a folder.
void Sensor::State::take_unmutings() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{unmute_folder(options.config.state), error}) {
    (void)restraint->unmute(entry.path().filename().string());
    fs::remove(entry.path(), error);
  }
}

void Sensor::State::write_status() {
  // Renamed into place but not synced: it tells of now, and a stalled disk must not stall the house.
  const auto path = status_path(options.config.state);
  const auto text = json::dump(status()) + "\n";
  const int descriptor = ::open((path + ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  const bool whole = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(descriptor);
  std::error_code error;
  if (whole) fs::rename(path + ".new", path, error);
}

Sensor::Sensor(std::unique_ptr<State> state) : state_{std::move(state)} {}
Sensor::~Sensor() = default;

Result<std::unique_ptr<Sensor>> Sensor::open(Options options, const Clock& clock) {
  auto state = std::make_unique<State>(std::move(options), clock);
  TOCSIN_TRY(state->open());
  return std::unique_ptr<Sensor>{new Sensor{std::move(state)}};
}

void Sensor::run() {
  auto& state = *state_;
  for (const auto& feed : state.feeds) feed->start();
  state.house = std::thread{[&state] { state.keep_house(); }};
  if (state.hub_lists) state.hub_lists->start();
  state.emitter->start();
  auto saved = steady_clock::now();
  const auto save = [&] {
    saved = steady_clock::now();
    if (const auto status = state.tail->save(); !status) state.options.say(status.error().detail);
    for (const auto& warning : state.tail->take_warnings()) state.options.say(warning);
    state.alerts_to->flush();
    state.waiting_alerts = state.alerts_to->all_written() ? 0 : 1;
  };
  while (!state.stopping.load()) {
    const auto chunk = state.tail->next(idle_wait);
    state.look_back();
    const auto age = steady_clock::now() - saved;
    if (chunk.lines.empty()) {
      if (age > save_when_idle) save();
      continue;
    }
    state.handle(chunk);
    // Lines whose alerts are not written yet come again after a restart.
    if (state.alerts_to->all_written() || state.alerts_to->flush()) state.tail->confirm(chunk);
    if (age > save_always) save();
  }
  save();
  state.emitter->stop();
  if (state.hub_lists) state.hub_lists->stop();
  for (const auto& feed : state.feeds) feed->stop();
  state.look_back();  // what is not asked for yet, is after the next start
  if (state.sender) {
    {
      const std::scoped_lock summing{state.sums_mutex};
      for (auto& sum : state.sums.rest()) (void)state.sender->send(std::move(sum));
    }
    state.sender->stop(milliseconds{2'000});
  }
  state.alerts_to->stop(milliseconds{2'000});
  state.house_wake.notify_all();
  state.house.join();
  state.write_status();
}

void Sensor::stop() {
  {
    const std::scoped_lock guard{state_->house_mutex};
    state_->stopping = true;
  }
  state_->house_wake.notify_all();
  state_->tail->wake();
}

json::Object Sensor::status() const {
  return state_->status();
}

}  // namespace tocsin::sensor
