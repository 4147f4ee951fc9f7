// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/command.h"
#include "userspace/cli/completion.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrine::cli {
namespace {

TEST(Commands, HaveOneNameEach) {
  std::vector<std::string_view> names;
  for (const Command& command : all_commands())
    names.push_back(command.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(find_command("trace")->name, "trace");
  EXPECT_EQ(find_command("trac"), nullptr);
}

TEST(Completion, KnowsEveryOptionOfEveryCommand) {
  for (const char* shell : {"bash", "zsh"}) {
    const std::string script = completion_script(shell);
    for (const Command& command : all_commands()) {
      EXPECT_NE(script.find(command.name), std::string::npos);
      const auto parser = make_parser(command);
      for (const CLI::Option* option : parser->app.get_options())
        for (const std::string& name : option_names(*option))
          EXPECT_NE(script.find(name), std::string::npos) << shell << " " << name;
    }
  }
  EXPECT_TRUE(completion_script("tcsh").empty());
}

TEST(Completion, OffersTheValuesThatAnOptionTakes) {
  EXPECT_NE(completion_script("bash").find("--format) words='text ndjson'"), std::string::npos);
  EXPECT_NE(completion_script("fish").find("-l color -x -a 'auto always never'"),
            std::string::npos);
}

TEST(Completion, OffersFilesForAFile) {
  EXPECT_NE(completion_script("zsh").find("]:FILE:_files'"), std::string::npos);
  EXPECT_NE(completion_script("fish").find("-s o -l output -r -F"), std::string::npos);
}

/// The options of `command`, and what is behind them.
Arguments split(const char* command, const std::vector<std::string>& words) {
  return split_words(make_parser(*find_command(command))->app, words);
}

TEST(SplitWords, OptionsEndAtTheFirstWordThatIsNone) {
  const Arguments found = split("trace", {"-v", "-e", "mount", "ls", "-q"});
  EXPECT_EQ(found.words, (std::vector<std::string>{"-v", "-e", "mount"}));
  EXPECT_EQ(found.rest, (std::vector<std::string>{"ls", "-q"}));
  EXPECT_FALSE(found.dashes);
}

TEST(SplitWords, DashesEndTheOptions) {
  const Arguments found = split("trace", {"-q", "--", "run"});
  EXPECT_EQ(found.words, (std::vector<std::string>{"-q"}));
  EXPECT_EQ(found.rest, (std::vector<std::string>{"run"}));
  EXPECT_TRUE(found.dashes);
}

TEST(SplitWords, OptionsMayStandBehindAFile) {
  const auto parser = make_parser(*find_command("replay"));
  const Arguments found =
      split_words(parser->app, {"-v", "a", "-e", "mount", "-", "--", "-b"}, OptionsStand::anywhere);
  EXPECT_EQ(found.words, (std::vector<std::string>{"-v", "-e", "mount"}));
  EXPECT_EQ(found.rest, (std::vector<std::string>{"a", "-", "-b"}));
}

TEST(SplitWords, AValueMayBeInTheSameWord) {
  EXPECT_EQ(split("trace", {"-emount", "ls"}).rest, (std::vector<std::string>{"ls"}));
  EXPECT_EQ(split("trace", {"--format=ndjson", "ls"}).rest, (std::vector<std::string>{"ls"}));
  EXPECT_EQ(split("trace", {"-vve", "mount", "ls"}).rest, (std::vector<std::string>{"ls"}));
}

} // namespace
} // namespace vitrine::cli
