#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "verb.hpp"

namespace tocsin::cli {
namespace {

/// The words that may follow a command: its subcommands and its options.
std::string words_of(const CLI::App& app) {
  std::string words;
  for (const auto* sub : app.get_subcommands({})) words += (words.empty() ? "" : " ") + sub->get_name();
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) words += (words.empty() ? "" : " ") + ("--" + name);
  return words;
}

/// One line of a `case` for each command: "circle members) words=…".
void append_cases(std::string& out, const CLI::App& app, const std::string& path) {
  out += "    '" + path + "') words='" + words_of(app) + "';;\n";
  for (const auto* sub : app.get_subcommands({}))
    append_cases(out, *sub, path + (path.empty() ? "" : " ") + sub->get_name());
}

int print_bash(const CLI::App& root) {
  std::string out = R"BASH(# Completion for tocsin: eval "$(tocsin completion bash)"
_tocsin_words() {
  local words=''
  case "$1" in
)BASH";
  append_cases(out, root, "");
  out += R"BASH(    *) return 1;;
  esac
  printf '%s' "$words"
}
_tocsin() {
  local word path='' longer
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    longer="${path:+$path }$word"
    if _tocsin_words "$longer" >/dev/null; then path="$longer"; fi
  done
  COMPREPLY=($(compgen -W "$(_tocsin_words "$path") --profile --output" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tocsin tocsin
)BASH";
  std::fwrite(out.data(), 1, out.size(), stdout);
  return exit_done;
}

}  // namespace

void add_completion(CLI::App& root, Context& context) {
  auto shell = std::make_shared<std::string>();
  auto* verb = root.add_subcommand(
      "completion", "a script that completes verbs and options: eval \"$(tocsin completion bash)\"");
  verb->group(group_other);
  verb->add_option("shell", *shell)->required()->check(CLI::IsMember({"bash"}));
  verb->callback(
      [&context, shell] { context.run = [&context, shell] { return print_bash(*context.root); }; });
}

}  // namespace tocsin::cli
