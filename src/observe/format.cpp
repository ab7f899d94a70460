#include "observe/format.hpp"

#include "base/check.hpp"
#include "base/file.hpp"
#include "observe/built_in.hpp"
#include "observe/mapping.hpp"

namespace tocsin::observe {

Formats::Formats() {
  for (const auto text : built_in_mappings()) {
    const auto status = add(text, {});
    TOCSIN_CHECK(status.has_value(), "the program's own mapping files can be read");
  }
  order_.clear();
  for (std::size_t i = 0; i < all_.size(); ++i) order_.push_back(static_cast<Format>(i + 1));
}

Status Formats::add(std::string_view text, std::string file) {
  if (all_.size() >= static_cast<std::size_t>(Format::lines) + user_formats_max)
    return Error{Errc::invalid_input, file + ": more than 64 formats of your own"};
  auto mapping = parse_mapping(text, std::move(file), all_);
  if (!mapping) return std::move(mapping).error();
  all_.push_back(*std::move(mapping));
  order_.insert(order_.begin(), static_cast<Format>(all_.size()));
  return {};
}

Result<std::shared_ptr<const Formats>> Formats::with(std::span<const std::string> paths) {
  if (paths.empty()) return built_in_formats();
  auto out = std::make_shared<Formats>(*built_in_formats());
  for (const auto& path : paths) {
    const auto text = read_file(path, 1 << 20);
    if (!text) return text.error();
    TOCSIN_TRY(out->add(*text, path));
  }
  return std::shared_ptr<const Formats>{std::move(out)};
}

std::string_view Formats::name(Format format) const {
  return format == Format::automatic ? "auto" : std::string_view{(*this)[format].name};
}

std::optional<Format> Formats::named(std::string_view name) const {
  if (name == "auto") return Format::automatic;
  for (std::size_t i = 0; i < all_.size(); ++i)
    if (all_[i]->name == name) return static_cast<Format>(i + 1);
  return std::nullopt;
}

const std::shared_ptr<const Formats>& built_in_formats() {
  static const std::shared_ptr<const Formats> formats = std::make_shared<Formats>();
  return formats;
}

}  // namespace tocsin::observe
