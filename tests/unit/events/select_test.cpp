// SPDX-License-Identifier: Apache-2.0
#include "userspace/events/select.h"

#include <gtest/gtest.h>

namespace vitrine::events {
namespace {

EventSet types(std::initializer_list<vitrine_event> list) {
  EventSet set;
  for (const vitrine_event type : list)
    set.set(type);
  return set;
}

TEST(SelectEvents, TakesCategoriesAndFullNames) {
  EXPECT_EQ(*select_events("process.exec,mount.umount2"),
            types({VITRINE_EVENT_process_exec, VITRINE_EVENT_mount_umount2}));
  EXPECT_EQ(*select_events("namespace"),
            types({VITRINE_EVENT_namespace_unshare, VITRINE_EVENT_namespace_setns,
                   VITRINE_EVENT_namespace_sethostname, VITRINE_EVENT_namespace_setdomainname}));
}

TEST(SelectEvents, MountIsTheCategoryAndMountMountTheCall) {
  EXPECT_GT(select_events("mount")->count(), 5U);
  EXPECT_EQ(*select_events("mount.mount"), types({VITRINE_EVENT_mount_mount}));
}

TEST(SelectEvents, ExclamationMarkTakesAwayInOrder) {
  const EventSet mount = *select_events("mount,!mount.chdir");
  EXPECT_EQ(mount.count(), select_events("mount")->count() - 1);
  EXPECT_FALSE(mount[VITRINE_EVENT_mount_chdir]);
  EXPECT_EQ(*select_events("!mount"), every_event() & ~*select_events("mount"));
  EXPECT_TRUE((*select_events("!mount,mount.mount"))[VITRINE_EVENT_mount_mount]);
}

TEST(SelectEvents, UnknownNameSuggestsTheNearestAndListsCategories) {
  const auto wrong = select_events("mont");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().message(), "no event or category is called \"mont\"");
  EXPECT_EQ(wrong.error().hint, "did you mean mount? Categories: process, namespace, mount, "
                                "cgroup, security, network, overlay");
  const auto hint = [](std::string_view list) {
    const std::string all = select_events(list).error().hint;
    return all.substr(0, all.find('?'));
  };
  EXPECT_EQ(hint("exec"), "did you mean process.exec");
  EXPECT_EQ(hint("mount,security.sethostname"), "did you mean namespace.sethostname");
  EXPECT_EQ(hint("!pivotroot"), "did you mean mount.pivot_root");
}

TEST(SelectEvents, EmptyNamesAreErrorsAndForeignTextIsEscaped) {
  EXPECT_FALSE(select_events("").has_value());
  EXPECT_FALSE(select_events("mount,").has_value());
  EXPECT_EQ(select_events("\x1b[2J").error().message(),
            "no event or category is called \"\\e[2J\"");
}

} // namespace
} // namespace vitrine::events
