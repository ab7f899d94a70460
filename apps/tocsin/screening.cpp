#include "screening.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/crypto.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "output.hpp"
#include "profile.hpp"
#include "remint.hpp"
#include "review_sheet.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t policy_bytes_max = 1 << 20;
constexpr std::size_t half = 37;  // two columns and what stands around them: 80
constexpr std::size_t few_lines = 3, all_lines = 400;

bool is_rest(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// The text in lines of at most `half` characters; what does not fit is cut, with a sign that it was.
std::vector<std::string> lines_of(std::string_view text, std::size_t lines_max) {
  std::vector<std::string> lines(1);
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_rest(text[i]) && columns++ == half) {
      if (lines.size() == lines_max) {
        while (is_rest(lines.back().back())) lines.back().pop_back();
        lines.back().back() = '~';
        return lines;
      }
      lines.emplace_back();
      columns = 1;
    }
    lines.back() += text[i];
  }
  return lines;
}

std::string padded(std::string text) {
  const auto columns =
      static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_rest(c); }));
  if (columns < half) text.append(half - columns, ' ');
  return text;
}

void side_by_side(const std::string& here, const std::string& leaves, std::size_t lines_max = few_lines) {
  const auto left = lines_of(here, lines_max), right = lines_of(leaves, lines_max);
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const auto a = i < left.size() ? left[i] : std::string{}, b = i < right.size() ? right[i] : std::string{};
    std::printf("  %s |%s%s\n", coloured(padded(a), Colour::red).c_str(), b.empty() ? "" : " ",
                coloured(b, Colour::green).c_str());
  }
}

/// Both texts from shortly before the place where they part, when that lies far behind.
std::pair<std::string, std::string> from_difference(const std::string& a, const std::string& b) {
  constexpr std::size_t shown_before = 12;
  std::size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  if (same < half + half) return {a, b};
  same -= shown_before;
  while (same > 0 && is_rest(a[same])) --same;
  return {"~" + a.substr(same), "~" + b.substr(same)};
}

/// Each property that differs, and below it the findings in it.
void show_changes(const screen::Decision& decision, const json::Object& in, const json::Object& out) {
  std::printf("  %s | %s\n", coloured(padded("stays here"), Colour::dim).c_str(),
              coloured("leaves", Colour::dim).c_str());
  for (const auto& [key, value] : in) {
    const auto* other = out.if_contains(key);
    if (key == "id" || (other != nullptr && *other == value)) continue;
    const std::string name{key};
    const auto [here, leaves] =
        from_difference(printable(cell(&value)), other == nullptr ? "-" : printable(cell(other)));
    side_by_side(printable(name) + ": " + here, other == nullptr ? "-" : leaves);
    std::vector<std::string> said;
    for (const auto& finding : decision.findings) {
      if (!finding.path.starts_with(name) ||
          (finding.path.size() > name.size() && finding.path[name.size()] != '.' &&
           finding.path[name.size()] != '['))
        continue;
      const auto deeper = finding.path.substr(name.size());
      auto line = finding.rule + ": " + std::string{screen::name(finding.action)} +
                  (deeper.empty() ? "" : " (" + deeper + ")");
      if (std::find(said.begin(), said.end(), line) == said.end()) said.push_back(std::move(line));
    }
    for (const auto& line : said)
      std::printf("      %s\n", coloured(printable(line.substr(0, 72)), Colour::yellow).c_str());
  }
}

}  // namespace

Result<std::string> screen_key(const Profile& profile) {
  const auto key = from_base64url(profile.mapping_key);
  if (!key) return in_context("the profile's 'mapping_key'", key.error());
  return std::string{as_text(sha256("tocsin screen key" + std::string(1, '\0') + *key))};
}

Result<Screening> open_screening(const Context& context, const ScreenOptions& options, Texts texts) {
  screen::Member member{.identities = options.identities, .key = {}};
  auto profile = load_profile(context.profile_path);
  if (!profile && profile.error().code != Errc::not_found) return profile.error();
  if (profile) {
    member.identities.insert(member.identities.end(), profile->identities.begin(), profile->identities.end());
    if (profile->mapping_key.empty()) {
      profile->mapping_key = Mapping::new_key();
      TOCSIN_TRY(save_profile(context.profile_path, *profile));
    }
    auto key = screen_key(*profile);
    if (!key) return key.error();
    member.key = *std::move(key);
  } else {
    member.key = as_text(random_bytes_32());
  }

  auto file = options.policy_file;
  if (file.empty()) {
    const auto beside = std::filesystem::path{context.profile_path}.parent_path() / "screen-policy.toml";
    std::error_code ignored;
    if (std::filesystem::exists(beside, ignored)) file = beside.string();
  }
  auto policy = std::make_shared<screen::Policy>();
  if (file.empty()) {
    *policy = screen::default_policy();
  } else {
    const auto text = read_file(file, policy_bytes_max);
    if (!text) return in_context(file, text.error());
    auto read = screen::parse_policy(*text);
    if (!read) return in_context(file, read.error());
    *policy = *std::move(read);
  }
  if (profile && profile->member.size() > 2) policy->own.names.push_back(profile->member);
  auto departures = std::make_shared<Departures>();
  if (profile) {
    auto opened = Departures::open(context.profile_path + ".departed");
    if (!opened) return opened.error();
    *departures = *std::move(opened);
    member.left_before = [departures](std::string_view id) { return departures->knows(id); };
  }
  if (texts == Texts::read) *policy = screen::arriving(std::move(*policy));
  const bool knows = !member.identities.empty();
  auto made = screen::Screen::make(std::move(policy), std::move(member));
  if (!made) return in_context(file, made.error());
  return Screening{*std::move(made), file, std::move(departures), profile.has_value(), knows};
}

void show_decision(const screen::Decision& decision, std::string_view input, const std::string& place) {
  if (decision.outcome == screen::Outcome::pass) return;
  const bool changed = decision.outcome == screen::Outcome::changed;
  const auto head = coloured(screen::name(decision.outcome), changed ? Colour::yellow : Colour::red);
  std::printf("%s %s%s\n", head.c_str(), printable(decision.id.empty() ? place : decision.id).c_str(),
              decision.needs_review ? coloured(" to review", Colour::yellow).c_str() : "");
  if (!changed) {
    for (const auto& finding : decision.findings)
      if (finding.action == screen::Action::withhold)
        std::printf("      %s\n", coloured(printable((finding.path.empty() ? "" : finding.path + " ") +
                                                     finding.rule + ": withhold"),
                                           Colour::yellow)
                                      .c_str());
    return;
  }
  const auto in = json::parse_object(input), out = json::parse_object(decision.output);
  std::printf("  as %s\n", printable(decision.output_id).c_str());
  if (in && out) show_changes(decision, *in, *out);
}

void show_sides(const ReviewItem& item) {
  std::printf("  %s | %s\n", coloured(padded("here"), Colour::dim).c_str(),
              coloured("leaves when approved", Colour::dim).c_str());
  for (const auto& text : waiting_texts(item))
    side_by_side(printable(text.property) + ": " + printable(cell(&text.here)), printable(cell(&text.leaves)),
                 all_lines);
  const auto texts = waiting_texts(item);
  const auto waits = [&](const std::string& path) {
    const auto property = path.substr(0, path.find_first_of(".["));
    return std::any_of(texts.begin(), texts.end(),
                       [&](const auto& text) { return text.property == property; });
  };
  for (const auto& finding : item.findings)
    if (const auto* one = finding.if_object(); one != nullptr && waits(json::text_or(*one, "path")))
      std::printf("      %s\n", coloured(printable(cell(*one, "path") + " " + cell(*one, "rule") + ": " +
                                                   cell(*one, "action")),
                                         Colour::yellow)
                                    .c_str());
}

json::Object json_of(const screen::Decision& decision) {
  auto out = screen::record_of(decision);
  out["id"] = decision.id;
  out["type"] = decision.type;
  out["others"] = decision.others;
  out["needs_review"] = decision.needs_review;
  if (!decision.output_id.empty()) out["output_id"] = decision.output_id;
  if (!decision.output.empty())
    if (auto object = json::parse(decision.output)) out["object"] = *std::move(object);
  return out;
}

void ScreenSum::add(const screen::Decision& decision) {
  ++(decision.outcome == screen::Outcome::pass      ? passed
     : decision.outcome == screen::Outcome::changed ? changed
                                                    : withheld);
  to_review += decision.needs_review ? 1 : 0;
  others += decision.others ? 1 : 0;
}

void warn_of_creators(const ScreenSum& sum, const Screening& screening) {
  if (screening.knows_identities || sum.others == 0) return;
  warn("no STIX identity of yours is registered, so " + std::to_string(sum.others) +
       " objects of named creators count as somebody else's, whole or not at all; register yours with "
       "`tocsin identity add identity--…`");
}

Withheld why_withheld(const screen::Decision& decision) {
  for (const auto& finding : decision.findings)
    if (finding.action == screen::Action::withhold) return {finding.rule, finding.path};
  return {"screen", ""};
}

std::string sum_line(const ScreenSum& sum, const Screening& screening) {
  const auto& policy = screening.screen.policy();
  return std::to_string(sum.passed) + " pass, " + std::to_string(sum.changed) + " changed, " +
         std::to_string(sum.withheld) + " withheld, " + std::to_string(sum.to_review) +
         " to review; policy '" + policy.title + "' version " + policy.version + " (" +
         policy.hash.substr(0, 12) + (screening.policy_file.empty() ? ", built in)" : ")");
}

}  // namespace tocsin::cli
