#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "verb.hpp"

namespace tocsin::cli {
namespace {

/// Text as troff shows it: a backslash, a minus, and a dot or quote at the start of a line are its own signs.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
      out += c;
    }
  }
  return out;
}

void append_options(std::string& out, const CLI::App& app) {
  for (const auto* option : app.get_options()) {
    const std::string name = option->get_name(false, true);
    if (name.find("help") != std::string::npos) continue;
    out += ".TP\n.B " + plain(name.empty() ? option->get_name(true) : name) + "\n";
    out +=
        plain(option->get_description().empty() ? option->get_name(true) : option->get_description()) + "\n";
  }
}

void append_verb(std::string& out, const CLI::App& app, const std::string& path) {
  out += ".SS " + plain(path) + "\n" + plain(app.get_description()) + "\n";
  append_options(out, app);
  for (const auto* sub : app.get_subcommands({})) append_verb(out, *sub, path + " " + sub->get_name());
}

int print_manual(const CLI::App& root) {
  std::string out = ".TH TOCSIN 1 \"\" \"tocsin " TOCSIN_VERSION "\" \"User commands\"\n.SH NAME\n";
  out += "tocsin \\- " + plain(root.get_description()) + "\n.SH SYNOPSIS\n.B tocsin\n";
  out += "[\\-o human|json] [\\-\\-profile FILE] VERB\n.SH OPTIONS\n";
  append_options(out, root);
  out += ".SH VERBS\n";
  for (const auto* verb : root.get_subcommands({})) append_verb(out, *verb, verb->get_name());
  out += ".SH NOTES\n.nf\n" + plain(root.get_footer()) + "\n.fi\n";
  std::fwrite(out.data(), 1, out.size(), stdout);
  return exit_done;
}

}  // namespace

void add_manual(CLI::App& root, Context& context) {
  auto* verb = root.add_subcommand("manual", "this help as a man page: tocsin manual | man -l -");
  verb->group(group_other);
  verb->callback([&context] { context.run = [&context] { return print_manual(*context.root); }; });
}

}  // namespace tocsin::cli
