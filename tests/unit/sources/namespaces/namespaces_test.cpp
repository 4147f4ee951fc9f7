// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/namespaces/namespaces.h"

#include "userspace/sources/namespaces/id_map.h"
#include "userspace/sources/namespaces/open.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace vitrine::namespaces {
namespace {

using objects::IdMapping;
using objects::NamespaceKind;

TEST(IdMap, HasALineEach) {
  const auto map =
      id_map_of("         0     100000      65536\n     65536          0 4294967295\n");
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(*map, (std::vector<IdMapping>{{0, 100000, 65536}, {65536, 0, 4294967295}}));
  EXPECT_EQ(id_map_of(""), std::vector<IdMapping>());
}

TEST(IdMap, IsNothingElse) {
  for (const char* text :
       {"\n", "0 0\n", "0 0 1", "0 0 4294967296\n", "a 0 1\n", "0 0 1 1\n", "   "})
    EXPECT_FALSE(id_map_of(text).has_value()) << text;
}

std::uint32_t own(const char* link) {
  struct stat status = {};
  EXPECT_EQ(::stat(link, &status), 0) << link;
  return static_cast<std::uint32_t>(status.st_ino);
}

objects::Namespace own_namespace(NamespaceKind kind) {
  objects::Namespace row;
  row.id = {kind, own(("/proc/self/ns/" + std::string(namespace_kind_name(kind))).c_str())};
  row.oldest = objects::ProcessId{static_cast<std::uint32_t>(::getpid()), 0};
  return row;
}

TEST(Describe, TellsOfTheReadersOwnWithoutPrivilege) {
  std::vector<objects::Namespace> rows{own_namespace(NamespaceKind::user),
                                       own_namespace(NamespaceKind::uts)};
  EXPECT_TRUE(describe(rows).empty());
  utsname names = {};
  ::uname(&names);
  EXPECT_EQ(rows[1].hostname, names.nodename);
  ASSERT_TRUE(rows[0].uid_map.has_value());
  EXPECT_FALSE(rows[0].uid_map->empty());
  EXPECT_TRUE(rows[0].gid_map.has_value());
  EXPECT_EQ(rows[0].hostname, std::nullopt);
}

TEST(Describe, WhatHasGoneIsNoError) {
  std::vector<objects::Namespace> rows{own_namespace(NamespaceKind::user),
                                       own_namespace(NamespaceKind::uts)};
  for (objects::Namespace& row : rows)
    row.id.inode = 1;
  EXPECT_TRUE(describe(rows).empty());
  EXPECT_EQ(rows[0].uid_map, std::nullopt);
  EXPECT_EQ(rows[1].hostname, std::nullopt);
}

TEST(OpenNamespace, GoesByWhoHoldsIt) {
  objects::Namespace row = own_namespace(NamespaceKind::net);
  row.oldest.reset();
  EXPECT_FALSE(open(row).has_value());
  objects::Holder by;
  by.kind = objects::HolderKind::bind_mount;
  by.path = "/proc/self/ns/uts"; // another namespace
  row.kept_alive_by = {by};
  EXPECT_FALSE(open(row).has_value());
  by.path = "/proc/self/ns/net";
  row.kept_alive_by.push_back(by);
  const auto file = open(row);
  ASSERT_TRUE(file.has_value()) << file.error().message();
  struct stat status = {};
  EXPECT_EQ(::fstat(file->get(), &status), 0);
  EXPECT_EQ(status.st_ino, row.id.inode);
}

} // namespace
} // namespace vitrine::namespaces
