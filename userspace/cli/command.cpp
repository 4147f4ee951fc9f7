// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/command.h"

#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sstream>

#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr std::size_t kHelpColumn = 28;
constexpr std::size_t kHelpWidth = 80;

/// "-e, --events LIST", then its description beside or below it.
std::string option_help(const CLI::Option& option) {
  std::string names = fmt::format("  {}", fmt::join(option_names(option), ", "));
  if (const std::string value = option_value(option); !value.empty()) names += " " + value;
  std::string text;
  std::string line = names + std::string(2, ' ');
  if (line.size() > kHelpColumn) {
    text = names + "\n";
    line.clear();
  }
  line.resize(kHelpColumn, ' ');
  std::istringstream words(option.get_description());
  for (std::string word; words >> word;) {
    if (line.size() > kHelpColumn && line.size() + 1 + word.size() > kHelpWidth) {
      text += line + "\n";
      line.assign(kHelpColumn, ' ');
    }
    if (line.size() > kHelpColumn) line += ' ';
    line += word;
  }
  return text + line + "\n";
}

std::string help_of(const Command& command, const Parser& parser) {
  std::string text = fmt::format("usage: vitrine {} [OPTIONS] {}\n\n{}.\n\nOptions:\n",
                                 command.name, command.operands, command.summary);
  for (const CLI::Option* option : parser.app.get_options())
    text += option_help(*option);
  return text + "\n" + parser.footer;
}

/// Whether an option word has its value in the next word: "-e" and "--events" have, "-emount",
/// "--events=mount" and "-v" have not.
bool takes_next_word(const CLI::App& app, const std::string& word) {
  const auto has_value = [&](const std::string& name) {
    const CLI::Option* option = app.get_option_no_throw(name);
    return option != nullptr && !option_value(*option).empty();
  };
  if (word.starts_with("--")) return word.find('=') == word.npos && has_value(word);
  for (std::size_t i = 1; i < word.size(); ++i)
    if (has_value(std::string("-") + word[i])) return i + 1 == word.size();
  return false;
}

} // namespace

std::vector<std::string> option_names(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames())
    names.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    names.push_back("--" + name);
  return names;
}

std::string option_value(const CLI::Option& option) {
  if (option.get_expected_max() == 0 || option.get_type_size_max() == 0) return {};
  // CLI11 adds what it checks the value with behind a colon.
  const std::string name = option.get_type_name();
  return name.substr(0, name.find(':'));
}

Parser::Parser(std::string_view name, std::string_view summary)
    : app(std::string(summary), "vitrine " + std::string(name)) {
  app.set_help_flag("-h,--help", "Print this help and exit");
}

const Command* find_command(std::string_view name) {
  const auto commands = all_commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

Arguments split_words(const CLI::App& app, const std::vector<std::string>& words,
                      OptionsStand options) {
  Arguments found;
  auto word = words.begin();
  for (; word != words.end(); ++word) {
    if (*word == "--") {
      found.dashes = true;
      ++word;
      break;
    }
    if (!word->starts_with('-') || *word == "-") {
      if (options == OptionsStand::first) break;
      found.rest.push_back(*word);
      continue;
    }
    found.words.push_back(*word);
    if (takes_next_word(app, *word) && std::next(word) != words.end())
      found.words.push_back(*++word);
  }
  found.rest.insert(found.rest.end(), word, words.end());
  return found;
}

std::unique_ptr<Parser> make_parser(const Command& command) {
  auto parser = std::make_unique<Parser>(command.name, command.summary);
  command.declare(*parser);
  return parser;
}

int run_command(const Command& command, const std::vector<std::string>& words) {
  const auto parser = make_parser(command);
  const Arguments arguments = split_words(parser->app, words, command.options_stand);
  try {
    std::vector<std::string> reversed(arguments.words.rbegin(), arguments.words.rend());
    parser->app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return print(help_of(command, *parser));
  } catch (const CLI::ParseError& error) {
    return report({0, fmt::format("{}: {}", command.name, escape_text(error.what())),
                   fmt::format("vitrine {} --help", command.name)},
                  kUsage);
  }
  return parser->run(arguments);
}

int report(const Error& error, int status) {
  std::string text = fmt::format("vitrine: {}\n", error.message());
  if (!error.hint.empty()) text += fmt::format("  hint: {}\n", error.hint);
  // Nobody is left to tell when standard error fails too.
  static_cast<void>(write_all(STDERR_FILENO, text));
  return status;
}

int print(std::string_view text) {
  auto written = write_all(STDOUT_FILENO, text);
  if (written) return 0;
  if (written.error().code == EPIPE) return 0;
  return report(written.error());
}

} // namespace vitrine::cli
