// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/naming_sink.h"

#include "tests/unit/events/record_builder.h"
#include "tests/unit/sources/engines/host_tree.h"

#include <gtest/gtest.h>

#include <poll.h>

namespace vitrine::engines {
namespace {

/// Writes down what it was told.
class Journal : public events::Sink {
public:
  void start(const events::StreamStart&) override { calls.emplace_back("start"); }
  void event(const events::Record&) override { calls.emplace_back("event"); }
  void container(const events::ContainerNote& note) override {
    calls.push_back("container " + note.name);
  }
  void pause() override { calls.emplace_back("pause"); }
  void end(const events::StreamEnd&) override { calls.emplace_back("end"); }

  std::vector<std::string> calls;
};

events::Record any_record() {
  return events::AnyRecordBuilder(events::all_events()[0]).record();
}

TEST(NamingSink, PassesEveryCallOn) {
  const HostTree tree;
  Names names = Names::start(tree.root()).value();
  Journal journal;
  NamingSink sink(
      names, [](const events::Record&) { return std::vector<ContainerHint>(); }, journal);
  sink.start({});
  sink.event(any_record());
  ContainerNote note;
  note.name = "x";
  sink.container(note);
  sink.pause();
  sink.end({});
  EXPECT_EQ(journal.calls,
            (std::vector<std::string>{"start", "event", "container x", "pause", "end"}));
}

TEST(NamingSink, PutsInWhatBecameKnown) {
  HostTree tree;
  tree.copy_fixture();
  for (const bool at_pause : {true, false}) {
    Names names = Names::start(tree.root()).value();
    Journal journal;
    NamingSink sink(
        names, [](const events::Record&) { return std::vector{hint("docker", kWebDb)}; }, journal);
    sink.event(any_record());
    pollfd ready{names.ready_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    if (at_pause)
      sink.pause();
    else
      sink.event(any_record());
    EXPECT_EQ(journal.calls, (std::vector<std::string>{"event", "container web-db",
                                                       at_pause ? "pause" : "event"}));
  }
}

} // namespace
} // namespace vitrine::engines
