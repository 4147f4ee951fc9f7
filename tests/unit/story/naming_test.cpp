// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/naming.h"

#include "tests/unit/story/heard.h"

#include <gtest/gtest.h>

namespace vitrine::story {
namespace {

constexpr std::string_view kLine = "docker container glass (020db9de639c) of image alpine:3";

Container in_cgroup(std::string path) {
  Container container;
  container.cgroups[2] = std::move(path);
  return container;
}

events::ContainerNote note_of(std::string id) {
  events::ContainerNote note;
  note.id = std::move(id);
  return note;
}

TEST(Naming, FindsALongIdAnywhereInACgroupPath) {
  const std::string id = glass_note().id;
  EXPECT_TRUE(tells_of(note_of(id), in_cgroup("/docker/" + id)));
  EXPECT_TRUE(tells_of(note_of(id), in_cgroup("/system.slice/docker-" + id + ".scope")));
  EXPECT_FALSE(tells_of(note_of(id), in_cgroup("/docker/" + id.substr(0, 63) + "f")));
}

TEST(Naming, FindsANameOnlyWhereItStandsAlone) {
  EXPECT_TRUE(tells_of(note_of("box"), in_cgroup("/default/box")));
  EXPECT_TRUE(tells_of(note_of("box"), in_cgroup("/lxc.payload.box")));
  EXPECT_FALSE(tells_of(note_of("box"), in_cgroup("/default/box2")));
  EXPECT_FALSE(tells_of(note_of("box"), in_cgroup("/default/jukebox")));
  EXPECT_FALSE(tells_of(note_of(""), in_cgroup("/")));
}

TEST(Naming, KnowsTheDirectoriesThatAreAContainersOwn) {
  Container container;
  container.root.emplace().directory = "/run/bundle/rootfs";
  events::ContainerNote note = note_of("x");
  note.directories = {"/run/bundle/"};
  EXPECT_TRUE(tells_of(note, container));
  note.directories = {"/run/bun", "/", ""};
  EXPECT_FALSE(tells_of(note, container));
}

TEST(Naming, AnIdThatIsKnownDecides) {
  Container container = in_cgroup("/default/box");
  container.note.id = "other";
  EXPECT_FALSE(tells_of(note_of("box"), container));
}

/// The story of container_trace() with the note before event `at`.
void tell_with_note(Heard& heard, std::size_t at, const events::ContainerNote& note) {
  const auto records = container_trace();
  Story story({}, heard);
  story.start(trace_start());
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i == at) story.container(note);
    story.event(records[i]);
  }
  story.end(trace_end(records));
}

TEST(Naming, ANoteIsAStepWheneverItComes) {
  for (const std::size_t at : {0U, 5U, 20U, 25U}) {
    Heard heard;
    tell_with_note(heard, at, glass_note());
    const Step* step = find_step(heard, kLine);
    ASSERT_NE(step, nullptr) << at;
    EXPECT_TRUE(step->actor.engine);
    EXPECT_EQ(step->events, 0U);
    EXPECT_EQ(heard.summary.containers.front().note.name, "glass") << at;
    EXPECT_EQ(heard.names[1], "glass");
    EXPECT_TRUE(std::is_sorted(heard.steps.begin(), heard.steps.end(),
                               [](const Step& a, const Step& b) { return a.time_ns < b.time_ns; }));
  }
}

TEST(Naming, FindsTheContainerByItsDirectoryToo) {
  events::ContainerNote note = glass_note();
  note.init_pid = 0;
  Heard heard;
  tell_with_note(heard, 3, note);
  EXPECT_EQ(heard.summary.containers.front().note.name, "glass");
}

TEST(Naming, ANoteOfAnotherContainerNamesNone) {
  events::ContainerNote note = glass_note();
  note.init_pid = 4711;
  note.directories = {"/somewhere/else"};
  Heard heard;
  tell_with_note(heard, 5, note);
  EXPECT_TRUE(heard.summary.containers.front().note.id.empty());
}

TEST(Naming, NotesAddToEachOtherAndRepeatNothing) {
  events::ContainerNote first = note_of(glass_note().id);
  first.engine = "docker";
  first.init_pid = 200;
  Heard heard;
  const auto records = container_trace();
  Story story({}, heard);
  story.start(trace_start());
  for (const events::Record& record : records) {
    story.event(record);
    story.container(first);
  }
  story.container(glass_note());
  story.end(trace_end(records));
  const Container& container = heard.summary.containers.front();
  EXPECT_EQ(container.note.image, "alpine:3");
  EXPECT_EQ(container.note.init_pid, 200U);
  EXPECT_EQ(std::count_if(heard.steps.begin(), heard.steps.end(),
                          [](const Step& step) { return step.actor.engine; }),
            2);
}

TEST(Naming, SaysWhyAnEngineDoesNotKnow) {
  events::ContainerNote note = note_of("box");
  note.engine = "podman";
  note.error = "it did not answer within 2 s\x1b";
  Heard heard;
  tell_with_note(heard, 5, note);
  EXPECT_NE(find_step(heard, "podman container box: it did not answer within 2 s\\e"), nullptr);
}

} // namespace
} // namespace vitrine::story
