#include "sensor/memory.hpp"

#include "sensor/past_keys.hpp"

namespace tocsin::sensor {

Result<std::unique_ptr<Memory>> Memory::open(const Config& config,
                                             std::span<const std::unique_ptr<Circle>> circles,
                                             const match::IndicatorSet& set, Finder& finder,
                                             std::function<void()> on_hits, const Clock& clock) {
  const auto limits = history_limits(config);
  if (!limits) return limits.error();
  if (!limits->on) return std::unique_ptr<Memory>{};
  history::Store::Options how;
  how.folder = config.state + "/history";
  how.values = limits->hashed ? history::Values::hashed : history::Values::plain;
  how.key_of = [](std::uint8_t path, std::string_view text) {
    return past_key(static_cast<stix::Path>(path), text);
  };
  how.age_max = limits->age_max;
  how.bytes_max = limits->bytes_max;
  auto store = history::Store::open(std::move(how), clock);
  if (!store) return store.error();
  std::unique_ptr<Memory> out{new Memory};
  out->values_ = config.history_values;
  out->store_ = *std::move(store);
  finder.remember_with([&into = *out->store_, values = std::vector<history::Observed>{}](
                           auto records, auto offsets_bytes, auto file, auto now) mutable {
    values.clear();
    for (std::size_t i = 0; i < records.size(); ++i)
      values_to_keep(records[i], offsets_bytes[i], now, values);
    into.add(values, file);
  });
  Lookback::Options back;
  back.asked = config.state + "/history/asked";
  for (const auto& circle : circles) back.circles[circle->options().number.value()] = circle->options().name;
  back.on_hits = std::move(on_hits);
  out->lookback_ = std::make_unique<Lookback>(std::move(back), *out->store_, set, clock);
  for (const auto& circle : circles) {
    const auto number = circle->options().number;
    out->lookback_->resume(number, Sequence{circle->counts().sequence});
    circle->tell_added([&lookback = *out->lookback_, number](Sequence sequence, std::string_view id) {
      lookback.tell(number, sequence, id);
    });
  }
  return out;
}

void Memory::live(const match::Hit& hit) {
  for (const auto& source : hit.sources) live_.add(source.circle, source.id, hit.value);
}

std::vector<PastHit> Memory::take(std::chrono::steady_clock::time_point now) {
  auto hits = lookback_->take();
  if (hits.empty()) {
    live_.forget_old(now);
    return hits;
  }
  // What took effect a moment before a line was read is a live hit, although the line is in the history too.
  for (auto& hit : hits) live_.take_out(hit);
  std::erase_if(hits, [](const PastHit& hit) { return hit.sources.empty(); });
  return hits;
}

json::Object Memory::status() const {
  const auto counts = store_->counts();
  const auto asked = lookback_->counts();
  json::Object out{{"values", values_},
                   {"entries", counts.entries},
                   {"bytes", counts.bytes},
                   {"runs", counts.runs},
                   {"dropped", counts.dropped},
                   {"damaged_blocks", counts.damaged_blocks},
                   {"indicators_asked", asked.asked},
                   {"indicators_undecided", asked.undecided},
                   {"indicators_waiting", asked.waiting},
                   {"hits_left_out", asked.left_out}};
  if (counts.oldest_second != UINT32_MAX)
    out["since"] = to_rfc3339(from_micros(std::int64_t{counts.oldest_second} * 1'000'000));
  if (!counts.failure.empty()) out["failure"] = counts.failure;
  return out;
}

}  // namespace tocsin::sensor
