// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vitrine::cli {
namespace {

/// What a shell needs to know of one option.
struct OptionWords {
  std::vector<std::string> names; ///< "-e", "--events"
  std::string description;
  std::string value;                ///< what its value is called; empty: it has none
  std::vector<std::string> choices; ///< the only values there are, when they are few
};

std::vector<std::string> split_choices(const std::string& value) {
  std::vector<std::string> choices;
  if (value.find('|') == value.npos) return choices;
  for (std::size_t from = 0; from <= value.size();) {
    const std::size_t end = std::min(value.find('|', from), value.size());
    choices.push_back(value.substr(from, end - from));
    from = end + 1;
  }
  return choices;
}

std::vector<OptionWords> options_of(const Command& command) {
  std::vector<OptionWords> options;
  const auto parser = make_parser(command);
  for (const CLI::Option* option : parser->app.get_options()) {
    OptionWords words;
    words.names = option_names(*option);
    words.value = option_value(*option);
    words.choices = split_choices(words.value);
    words.description = option->get_description();
    // The first clause is enough beside a name.
    words.description.resize(
        std::min(words.description.find_first_of(";:,("), words.description.size()));
    while (words.description.ends_with(' '))
      words.description.pop_back();
    options.push_back(std::move(words));
  }
  return options;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for (const Command& command : all_commands())
    names.push_back(command.name);
  return names;
}

/// Whether the option's value is a path.
bool is_path(const OptionWords& option) {
  return option.value == "FILE" || option.value == "DIR";
}

/// In single quotes for any of the shells; texts of ours have no quotes.
std::string in_quotes(std::string_view text) {
  return fmt::format("'{}'", text);
}

std::string bash_cases() {
  std::string text;
  for (const Command& command : all_commands()) {
    std::vector<std::string> names;
    std::string values;
    for (const OptionWords& option : options_of(command)) {
      names.insert(names.end(), option.names.begin(), option.names.end());
      if (!option.value.empty())
        values +=
            fmt::format("        {}) words={}; cur_is_value=1 ;;\n", fmt::join(option.names, " | "),
                        in_quotes(fmt::format("{}", fmt::join(option.choices, " "))));
    }
    text += fmt::format(
        "    {})\n      case $prev in\n{}        *) words={} ;;\n      esac\n      ;;\n",
        command.name, values, in_quotes(fmt::format("{}", fmt::join(names, " "))));
  }
  return text;
}

std::string bash_script() {
  return fmt::format(R"(# bash completion of vitrine, made by: vitrine completion bash
_vitrine() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command=${{COMP_WORDS[1]}} words='' cur_is_value=''
  COMPREPLY=()
  if [[ ${{COMP_WORDS[0]##*/}} == trace ]]; then
    command=trace
  elif ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '{} --help --version' -- "$cur")
    return
  fi
  case $command in
{}    *) return ;;
  esac
  [[ $command == completion && $cur != -* ]] && words='bash zsh fish'
  if [[ $command == trace && $cur != -* && -z $cur_is_value ]]; then
    mapfile -t COMPREPLY < <(compgen -c -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  fi
}}
complete -o bashdefault -o default -F _vitrine vitrine
)",
                     fmt::join(command_names(), " "), bash_cases());
}

std::string zsh_value(const OptionWords& option) {
  if (option.value.empty()) return {};
  if (is_path(option)) return ":" + option.value + ":_files";
  if (option.choices.empty()) return ":" + option.value + ":";
  return fmt::format(":value:({})", fmt::join(option.choices, " "));
}

std::string zsh_arguments(const Command& command) {
  std::string text;
  for (const OptionWords& option : options_of(command)) {
    for (const std::string& name : option.names)
      text += fmt::format(" \\\n        '({}){}[{}]{}'", fmt::join(option.names, " "), name,
                          option.description, zsh_value(option));
  }
  return text;
}

std::string zsh_script() {
  std::string commands;
  std::string cases;
  for (const Command& command : all_commands()) {
    commands += fmt::format("    '{}:{}'\n", command.name, command.summary);
    const std::string_view operands = command.name == "trace"        ? "'*::command:_normal'"
                                      : command.name == "completion" ? "'1:shell:(bash zsh fish)'"
                                                                     : "'*:file:_files'";
    cases += fmt::format("    {})\n      _arguments -s{} \\\n        {}\n      ;;\n", command.name,
                         zsh_arguments(command), operands);
  }
  return fmt::format(R"(#compdef vitrine
# zsh completion of vitrine, made by: vitrine completion zsh
_vitrine() {{
  local -a commands
  commands=(
{}  )
  if ((CURRENT == 2)); then
    _describe command commands
    _arguments '(- *)--help[Print help and exit]' '(- *)--version[Print the version and exit]'
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{}  esac
}}
_vitrine "$@"
)",
                     commands, cases);
}

std::string fish_option(const Command& command, const OptionWords& option) {
  std::string text =
      fmt::format("complete -c vitrine -n '__fish_seen_subcommand_from {}'", command.name);
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (is_path(option))
    text += " -r -F";
  else if (!option.value.empty())
    text += fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(option.choices, " "))));
  return text + " -d " + in_quotes(option.description) + "\n";
}

std::string fish_script() {
  std::string text = "# fish completion of vitrine, made by: vitrine completion fish\n"
                     "complete -c vitrine -n __fish_use_subcommand -f -l version -d 'Print the "
                     "version and exit'\n";
  for (const Command& command : all_commands()) {
    text += fmt::format("complete -c vitrine -n __fish_use_subcommand -f -a {} -d {}\n",
                        command.name, in_quotes(command.summary));
    for (const OptionWords& option : options_of(command))
      text += fish_option(command, option);
  }
  return text + "complete -c vitrine -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh "
                "fish'\n"
                "complete -c vitrine -n '__fish_seen_subcommand_from trace' -x -a "
                "'(__fish_complete_subcommand)'\n";
}

struct Shell {
  std::string_view name;
  std::string (*script)();
};
constexpr Shell kShells[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

} // namespace

std::string completion_script(std::string_view shell) {
  for (const Shell& known : kShells)
    if (known.name == shell) return known.script();
  return {};
}

void declare_completion(Parser& parser) {
  parser.footer = "Example, for the running shell:\n  source <(vitrine completion bash)\n";
  parser.run = [](const Arguments& arguments) {
    const std::string script =
        arguments.rest.size() == 1 ? completion_script(arguments.rest.front()) : std::string();
    if (!script.empty()) return print(script);
    return report(
        {0, "completion: one of bash, zsh or fish is needed", "vitrine completion --help"}, kUsage);
  };
}

} // namespace vitrine::cli
