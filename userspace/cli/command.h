// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::cli {

inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

/// The words behind a command's name, and what was found in them.
struct Arguments {
  std::vector<std::string> words; ///< options, to be parsed
  std::vector<std::string> rest;  ///< the words that are none
  bool dashes = false;            ///< "--" stood between them
};

/// A command's options while they are being read. Whoever makes it keeps the values in its
/// callback.
class Parser {
public:
  Parser(std::string_view name, std::string_view summary);

  CLI::App app;
  std::string footer; ///< of its help: what else is to be known, and examples
  /// Called when the options were right; returns the exit status.
  std::function<int(const Arguments&)> run;
};

/// Where a command's options may stand.
enum class OptionsStand {
  first,    ///< the first other word ends them: what follows may be another command's
  anywhere, ///< up to "--"
};

/// One command of the program.
struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view operands; ///< how its words after the options are written in the usage line
  void (*declare)(Parser&);
  OptionsStand options_stand = OptionsStand::first;
};

/// Every command, in the order of help.
[[nodiscard]] std::span<const Command> all_commands();

/// Null for a name that no command has.
[[nodiscard]] const Command* find_command(std::string_view name);

/// The command's options, as its parser has them.
[[nodiscard]] std::unique_ptr<Parser> make_parser(const Command& command);

/// "-e", "--events": short names first.
[[nodiscard]] std::vector<std::string> option_names(const CLI::Option& option);

/// What the option's value is called: "LIST", or "text|ndjson" when these are all there are. Empty:
/// it has none.
[[nodiscard]] std::string option_value(const CLI::Option& option);

/// The options and their values, and the words that are neither.
[[nodiscard]] Arguments split_words(const CLI::App& app, const std::vector<std::string>& words,
                                    OptionsStand options = OptionsStand::first);

/// Reads the options and runs the command: its exit status.
[[nodiscard]] int run_command(const Command& command, const std::vector<std::string>& words);

/// The one place where an error is printed. Returns `status`.
int report(const Error& error, int status = kFailed);

/// Text for standard output: help, a version, a script.
[[nodiscard]] int print(std::string_view text);

} // namespace vitrine::cli
