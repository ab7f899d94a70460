#include "hub/brakes.hpp"

#include <spdlog/spdlog.h>

#include "screen/brakes.hpp"

namespace tocsin::hub {
namespace {

screen::Assets verified_assets(const policy::Directory& directory) {
  std::vector<screen::Asset> assets;
  for (const auto& asset : directory.assets()) {
    if (asset.verified.empty()) continue;
    using Kind = screen::Asset::Kind;
    assets.push_back({asset.member, asset.kind == "domain" ? Kind::domain : Kind::network, asset.value});
  }
  auto built = screen::Assets::build(assets);
  if (built) return *std::move(built);
  // The route that registers assets checked each of them; one that cannot be read now must not free the
  // others.
  spdlog::error("members' assets cannot be used: {}", built.error().detail);
  return {};
}

}  // namespace

struct Brakes::Lists {
  screen::WarningLists lists;
};

Brakes::Brakes(std::shared_ptr<const Lists> lists) : lists_{std::move(lists)} {}
Brakes::~Brakes() = default;

Result<std::unique_ptr<Brakes>> Brakes::load(const std::string& warning_lists,
                                             const policy::Directory& directory) {
  auto lists = std::make_shared<Lists>();
  if (warning_lists.empty()) {
    lists->lists = screen::WarningLists{screen::built_in_warning_lists()};
  } else {
    auto loaded = screen::WarningLists::load(warning_lists, screen::built_in_warning_lists());
    if (!loaded) return in_context("warning lists", std::move(loaded).error());
    lists->lists = *std::move(loaded);
  }
  for (const auto& refused : lists->lists.refused()) spdlog::warn("warning list left out: {}", refused);
  std::unique_ptr<Brakes> brakes{new Brakes{std::move(lists)}};
  if (!warning_lists.empty()) {
    auto lines = screen::warning_list_lines(warning_lists);
    if (!lines) return in_context("warning lists", std::move(lines).error());
    brakes->lines_ = std::make_shared<const std::string>(*std::move(lines));
  }
  brakes->refresh(directory);
  return brakes;
}

void Brakes::refresh(const policy::Directory& directory) {
  auto assets = std::make_shared<const screen::Assets>(verified_assets(directory));
  published_.replace(std::make_shared<const circle::Brakes>(
      [lists = lists_, assets](const stix::Object& object, MemberId sharer) -> std::optional<circle::Hold> {
        auto held = screen::brake(object, lists->lists, *assets, sharer);
        if (!held) return std::nullopt;
        return circle::Hold{std::move(held->rule), std::move(held->reason)};
      }));
}

}  // namespace tocsin::hub
