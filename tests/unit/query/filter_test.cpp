// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/filter.h"

#include "tests/unit/objects/sample_host.h"
#include "userspace/query/select.h"

#include <gtest/gtest.h>

namespace vitrine::query {
namespace {

/// What the filter lets through, as the table's first column.
std::string matches(Table table, std::string_view filter) {
  static const objects::Snapshot kHost = objects::sample_host();
  const ObjectType& type = object_type(table);
  Query query;
  query.shown = *pick_columns(type.columns, type.usual, "");
  auto parsed = Filter::parse(filter, type.columns);
  if (!parsed) return parsed.error().error.what;
  query.filter = *parsed;
  const Lookup lookup(kHost);
  std::string text;
  for (const std::size_t row : select(type, lookup, query)) {
    const Column& first = type.columns.front();
    text += (text.empty() ? "" : " ") + value_text(first.kind, first.value(lookup, row));
  }
  return text;
}

std::string pids(std::string_view filter) {
  return matches(Table::processes, filter);
}

TEST(Filter, EmptyLetsAllThrough) {
  EXPECT_EQ(pids(""), "1 2 800 1200 1201 1400 2000 3000 3001");
  EXPECT_EQ(pids("  "), pids(""));
}

TEST(Filter, WordsLookIntoShownColumnsWhateverTheCase) {
  EXPECT_EQ(pids("NGINX"), "1200 1201");
  EXPECT_EQ(pids("nginx worker"), "1201");
  EXPECT_EQ(pids("dockerd"), "800");
  EXPECT_EQ(pids("docker-default"), "") << "lsm_label is not shown";
  EXPECT_EQ(pids("漢字"), "3001");
}

TEST(Filter, ComparesByKind) {
  EXPECT_EQ(pids("pid=800"), "800");
  EXPECT_EQ(pids("pid != 800 pid<1200"), "1 2");
  EXPECT_EQ(pids("pid>=2000 and pid<=3000"), "2000 3000");
  EXPECT_EQ(pids("comm<kz comm>=d"), "2 800");
  EXPECT_EQ(pids("no_new_privs=yes"), "2000");
  EXPECT_EQ(pids("lives_in=web"), "1200 1201");
  EXPECT_EQ(matches(Table::cgroups, "memory>12M memory<=1.5G"), "" + std::string(64, 'a'));
  EXPECT_EQ(matches(Table::cgroups, "memory_max_bytes=max"), std::string(64, 'c'));
  EXPECT_EQ(matches(Table::cgroups, "cpu_usage>1.5s cpu_usage<1600ms"), std::string(64, 'a'));
}

TEST(Filter, OfAListAnElementIsCompared) {
  EXPECT_EQ(pids("apart=user"), "2000");
  EXPECT_EQ(pids("apart=\"\""), "1 2 800 3001");
  EXPECT_EQ(pids("apart!=mnt pid>1200"), "3000 3001");
  EXPECT_EQ(matches(Table::containers, "shares_with=web"), "db");
}

TEST(Filter, NullIsNothingButNull) {
  EXPECT_EQ(pids("seccomp=null"), "3000");
  EXPECT_EQ(pids("seccomp!=null pid>2000"), "3001");
  EXPECT_EQ(pids("effective_uid>=0 pid>2000"), "3001") << "3000 has none";
  EXPECT_EQ(pids("effective_uid!=0 pid>2000"), "");
  EXPECT_EQ(pids("comm=\"null\""), "") << "in quotes it is a word";
}

TEST(Filter, RegularExpressionsMayHaveParentheses) {
  EXPECT_EQ(pids("(comm~^(nginx|systemd)$)"), "1 1200 1201");
  EXPECT_EQ(pids("command~'worker process$'"), "1201");
  EXPECT_EQ(pids("apart~^u"), "1200 1201 1400 2000 3000");
  EXPECT_EQ(pids(R"(comm~"\d")"), "3000") << "its escape sequence has digits";
  EXPECT_EQ(pids("command~(a*)*b$"), "") << "in linear time";
}

TEST(Filter, JoinsWithAndOrNot) {
  EXPECT_EQ(pids("pid=1 or pid=2 and comm=kthreadd"), "1 2");
  EXPECT_EQ(pids("(pid=1 or pid=2) AND comm=kthreadd"), "2");
  EXPECT_EQ(pids("not (pid>2 or pid=1)"), "2");
  EXPECT_EQ(pids("not not pid=1"), "1");
  EXPECT_EQ(pids("'or' or pid=1"), "1 1201") << "a worker is one";
  EXPECT_EQ(pids("orange or pid=1"), "1") << "a word that begins like a keyword";
}

TEST(Filter, FindsHiddenNamespaces) {
  EXPECT_EQ(matches(Table::namespaces, "processes=0 held_by~flight"), "net");
}

/// The text with carets, and what is wrong.
std::string wrong(std::string_view filter) {
  const auto parsed = Filter::parse(filter, object_type(Table::processes).columns);
  if (parsed) return "";
  const FilterError& error = parsed.error();
  return pointed_at(filter, error) + "\n" + error.error.what +
         (error.error.hint.empty() ? "" : "; " + error.error.hint);
}

TEST(FilterError, PointsAtTheMistake) {
  EXPECT_EQ(wrong("pid>1 and cmm=x"), "pid>1 and cmm=x\n          ^^^\n"
                                      "there is no column \"cmm\"; did you mean comm?");
  EXPECT_EQ(wrong("pid=x"), "pid=x\n    ^\n\"x\" is no number");
  EXPECT_EQ(wrong("(pid=1"), "(pid=1\n^\nthere is no ) for this (");
  EXPECT_EQ(wrong("pid=1)"), "pid=1)\n     ^\nthere is no ( before this )");
  EXPECT_EQ(wrong("pid="), "pid=\n    ^\na value is missing; \"\" is the empty one");
  EXPECT_EQ(wrong("=1"), "=1\n^\na column is missing before it");
  EXPECT_EQ(wrong("pid=1 or"), "pid=1 or\n        ^\nsomething is missing at the end");
  EXPECT_EQ(wrong("comm=\"a"), "comm=\"a\n     ^\nthere is no second \"");
  EXPECT_EQ(wrong("apart<a").substr(0, 16), "apart<a\n      ^\n");
  EXPECT_EQ(wrong("pid>null").substr(0, 17), "pid>null\n    ^^^^");
  EXPECT_EQ(wrong("comm~[").substr(0, 13), "comm~[\n     ^");
  EXPECT_EQ(wrong("\x1b[2J漢 cmm=x").find('\x1b'), std::string::npos);
}

TEST(FilterError, BoundsWhatItReads) {
  EXPECT_NE(wrong(std::string(5000, 'a')), "");
  EXPECT_NE(wrong(std::string(200, '(')), "");
  std::string nots;
  for (int i = 0; i < 200; ++i)
    nots += "not ";
  EXPECT_NE(wrong(nots + "a"), "");
  EXPECT_NE(wrong("comm~((a{1,1000}){1,1000}){1,1000}"), "");
}

} // namespace
} // namespace vitrine::query
