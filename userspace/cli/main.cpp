// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/edit_distance.h"
#include "userspace/base/text_escape.h"
#include "userspace/cli/command.h"

#include <fmt/format.h>

#include <clocale>
#include <cstdio>
#include <exception>

namespace vitrine::cli {
namespace {

std::string help() {
  std::string text = "usage: vitrine COMMAND [OPTIONS] ...\n\n"
                     "A glass case for Linux containers: shows how they come into being.\n\n"
                     "Commands:\n";
  for (const Command& command : all_commands())
    text += fmt::format("  {:<12} {}\n", command.name, command.summary);
  return text + "\nOptions:\n"
                "  -h, --help   Print this help and exit\n"
                "  --version    Print the version and exit\n\n"
                "vitrine COMMAND --help tells more, with examples.\n";
}

std::string_view nearest_command(std::string_view name) {
  std::string_view nearest;
  std::size_t least = std::string_view::npos;
  for (const Command& command : all_commands()) {
    const std::size_t distance = edit_distance(name, command.name);
    if (distance >= least) continue;
    least = distance;
    nearest = command.name;
  }
  return nearest;
}

int unknown(const std::string& word) {
  const std::string_view what = word.starts_with('-') ? "option" : "command";
  const std::string hint = word.starts_with('-')
                               ? std::string("vitrine --help")
                               : fmt::format("did you mean {}? vitrine --help lists all commands",
                                             nearest_command(word));
  return report({0, fmt::format("unknown {} \"{}\"", what, escape_text(word)), hint}, kUsage);
}

int dispatch(std::string_view program, const std::vector<std::string>& words) {
  // A link called like a command is that command.
  program.remove_prefix(program.rfind('/') + 1);
  if (const Command* command = find_command(program)) return run_command(*command, words);
  if (words.empty()) return report({0, "no command given", "vitrine --help"}, kUsage);
  const std::string& first = words.front();
  if (first == "--help" || first == "-h" || first == "help") return print(help());
  if (first == "--version") return print("vitrine " VITRINE_VERSION "\n");
  const Command* command = find_command(first);
  if (command == nullptr) return unknown(first);
  return run_command(*command, {words.begin() + 1, words.end()});
}

} // namespace
} // namespace vitrine::cli

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "");
  std::setlocale(LC_NUMERIC, "C");
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return vitrine::cli::dispatch(argc > 0 ? argv[0] : "vitrine", words);
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "vitrine: %s\n", broken.what());
    return vitrine::cli::kFailed;
  }
}
