// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/select.h"

#include "tests/unit/objects/sample_host.h"
#include "userspace/query/tree.h"

#include <gtest/gtest.h>

#include <set>

namespace vitrine::query {
namespace {

std::string names(const std::vector<const Column*>& columns) {
  std::string text;
  for (const Column* column : columns)
    text += (text.empty() ? "" : ",") + column->name;
  return text;
}

TEST(Columns, EveryTypeHasTheOnesItShowsAndNoTwoOfAName) {
  for (const Table table : kTables) {
    const ObjectType& type = object_type(table);
    EXPECT_EQ(type.table, table);
    std::set<std::string> known;
    for (const Column& column : type.columns) {
      EXPECT_TRUE(known.insert(column.name).second) << type.name << " " << column.name;
      EXPECT_NE(column.doc, "");
    }
    const std::string shown = std::string(type.usual) + "," + std::string(type.in_tree);
    for (const std::string_view name : split_names(shown))
      EXPECT_NE(find_column(type.columns, name), nullptr) << type.name << " " << name;
    EXPECT_NE(find_column(type.columns, type.trunk), nullptr);
  }
}

TEST(Columns, EveryOneHasAValueForEveryObject) {
  const objects::Snapshot host = objects::sample_host();
  objects::Snapshot bare = host; // what columns look up is missing
  bare.namespaces = std::nullopt;
  bare.containers = std::nullopt;
  for (const objects::Snapshot& snapshot : {host, bare}) {
    const Lookup lookup(snapshot);
    for (const Table table : kTables)
      for (const Column& column : object_type(table).columns)
        for (std::size_t row = 0; row < object_type(table).size(snapshot).value_or(0); ++row)
          EXPECT_NE(value_text(column.kind, column.value(lookup, row)).data(), nullptr);
  }
}

TEST(Columns, AreDerivedFromMembersOfMembers) {
  const auto& cgroups = object_type(Table::cgroups).columns;
  EXPECT_EQ(find_column(cgroups, "memory_bytes")->kind, Kind::bytes);
  EXPECT_EQ(find_column(cgroups, "memory"), find_column(cgroups, "memory_bytes"));
  EXPECT_NE(find_column(cgroups, "cpu_pressure_some_10"), nullptr);
  EXPECT_EQ(find_column(cgroups, "io"), nullptr) << "a list of objects";
  EXPECT_EQ(find_column(object_type(Table::processes).columns, "netns")->kind, Kind::number);
}

TEST(Columns, ArePickedAddedAndTakenAway) {
  const auto& columns = object_type(Table::processes).columns;
  EXPECT_EQ(names(*pick_columns(columns, "pid,comm", "")), "pid,comm");
  EXPECT_EQ(names(*pick_columns(columns, "pid,comm", "state,pid")), "state,pid");
  EXPECT_EQ(names(*pick_columns(columns, "pid,comm", "+state,-pid")), "comm,state");
  EXPECT_EQ(pick_columns(columns, "pid", "all")->size(), columns.size());
  EXPECT_NE(pick_columns(columns, "pid", "sate").error().hint.find("state"), std::string::npos);
  EXPECT_FALSE(pick_columns(columns, "pid", "-pid"));
}

TEST(Sort, GoesByKeysAndPutsNullLast) {
  const objects::Snapshot host = objects::sample_host();
  const ObjectType& type = object_type(Table::processes);
  const Lookup lookup(host);
  const auto pids = [&](std::string_view spec) {
    Query query;
    query.sort = *parse_sort(spec, type.columns);
    std::string text;
    for (const std::size_t row : select(type, lookup, query))
      text += fmt::format("{} ", host.processes->at(row).id.pid);
    return text;
  };
  EXPECT_EQ(pids("-pid"), "3001 3000 2000 1400 1201 1200 800 2 1 ");
  EXPECT_EQ(pids("effective_uid,-pid"), "3001 1400 1200 800 2 1 1201 2000 3000 ");
  EXPECT_EQ(pids("-effective_uid"), "2000 1201 1 2 800 1200 1400 3001 3000 ");
  EXPECT_FALSE(parse_sort("-nothing", type.columns));
}

TEST(TablesNeeded, AreThoseOfTheColumnsThatAreUsed) {
  const ObjectType& type = object_type(Table::processes);
  Query query;
  query.shown = *pick_columns(type.columns, "", "pid,comm");
  EXPECT_EQ(tables_needed(type, query), TableSet{Table::processes});
  query.filter = *Filter::parse("lives_in=web", type.columns);
  EXPECT_EQ(tables_needed(type, query), (TableSet{Table::processes, Table::containers}));
}

std::string tree_of(const objects::Snapshot& snapshot, const std::vector<std::size_t>& rows) {
  std::string text;
  for (const Branch& branch : tree(object_type(Table::processes), Lookup(snapshot), rows))
    text += std::string(branch.goes_on.size(), '.') +
            fmt::format("{} ", snapshot.processes->at(branch.row).id.pid);
  return text;
}

TEST(Tree, PutsEachBelowTheNearestThatIsShown) {
  const objects::Snapshot host = objects::sample_host();
  EXPECT_EQ(tree_of(host, {0, 1, 2, 3, 4, 5, 6, 7, 8}),
            "1 .800 ..1200 ...1201 ..1400 .2000 .3000 ..3001 2 ");
  EXPECT_EQ(tree_of(host, {0, 4, 8}), "1 .1201 .3001 ");
  EXPECT_EQ(tree_of(host, {8, 4, 0}), "1 .3001 .1201 ") << "siblings as they were sorted";
  EXPECT_EQ(tree_of(host, {}), "");
}

objects::Snapshot with_parents(const std::vector<std::uint32_t>& parents) {
  objects::Snapshot snapshot;
  snapshot.processes.emplace();
  for (std::uint32_t i = 0; i < parents.size(); ++i) {
    snapshot.processes->emplace_back();
    snapshot.processes->back().id = {i + 1, 1};
    snapshot.processes->back().parent_pid = parents[i];
  }
  return snapshot;
}

TEST(Tree, SurvivesCircles) {
  EXPECT_EQ(tree_of(with_parents({1}), {0}), "1 ");
  EXPECT_EQ(tree_of(with_parents({2, 1, 2}), {0, 1, 2}), "1 .2 ..3 ");
  EXPECT_EQ(tree_of(with_parents({2, 1, 2}), {2}), "3 ");
}

TEST(Tree, SurvivesALongChain) {
  std::vector<std::uint32_t> parents;
  std::vector<std::size_t> rows;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    parents.push_back(i);
    rows.push_back(i);
  }
  const objects::Snapshot chain = with_parents(parents);
  const auto branches = tree(object_type(Table::processes), Lookup(chain), rows);
  EXPECT_EQ(branches.size(), 20000U);
  EXPECT_EQ(branches.back().goes_on.size(), 64U);
}

} // namespace
} // namespace vitrine::query
