// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/events/record_builder.h"
#include "userspace/sources/tracer/order.h"

#include <gtest/gtest.h>

#include <vector>

namespace vitrine::tracer {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kNow = 10'000 * kMillisecond;

template<class T>
events::Record event_at(std::uint64_t time_ns, std::uint32_t tid) {
  events::RecordBuilder<T> builder;
  builder->header.time_ns = time_ns;
  builder->header.tid = tid;
  return builder.record();
}

class OrderTest : public testing::Test {
protected:
  std::vector<std::uint64_t> released(std::uint64_t now) {
    std::vector<std::uint64_t> times;
    order_.release(now,
                   [&](const events::Record& record) { times.push_back(record.header().time_ns); });
    return times;
  }
  Order order_;
};

using Times = std::vector<std::uint64_t>;

TEST_F(OrderTest, SortsWhatCameFromSeveralCpus) {
  order_.add(event_at<ev_mount_chdir>(3, 1));
  order_.add(event_at<ev_mount_chdir>(1, 2));
  order_.add(event_at<ev_mount_chdir>(2, 3));
  EXPECT_EQ(released(kNow), (Times{1, 2, 3}));
  EXPECT_EQ(order_.late(), 0U);
}

TEST_F(OrderTest, KeepsWhatIsTooYoung) {
  order_.add(event_at<ev_mount_chdir>(kNow - kMillisecond, 1));
  EXPECT_EQ(released(kNow), Times{});
  EXPECT_EQ(released(kNow + 2 * kMillisecond), Times{kNow - kMillisecond});
}

TEST_F(OrderTest, WaitsForAnEarlierCallThatIsOpen) {
  const std::uint64_t entry = kNow - 500 * kMillisecond;
  order_.call_began({entry, 7, 0});
  order_.add(event_at<ev_mount_chdir>(kNow - 400 * kMillisecond, 1));
  EXPECT_EQ(released(kNow), Times{});
  order_.add(event_at<ev_mount_mount>(entry, 7));
  EXPECT_EQ(released(kNow), (Times{entry, kNow - 400 * kMillisecond}));
}

TEST_F(OrderTest, AKernelEventInsideACallDoesNotEndIt) {
  const std::uint64_t entry = kNow - 500 * kMillisecond;
  order_.call_began({entry, 7, 0});
  order_.add(event_at<ev_cgroup_attach>(entry + 1, 7));
  EXPECT_EQ(released(kNow), Times{});
}

TEST_F(OrderTest, ACallThatNeverEndsHoldsNothingForLong) {
  order_.call_began({kNow - 2 * Order::kPatience, 7, 0});
  order_.add(event_at<ev_mount_chdir>(5, 1));
  EXPECT_EQ(released(kNow), Times{5});
}

TEST_F(OrderTest, ACallThatEndsAfterItsTurnIsCountedAsLate) {
  order_.add(event_at<ev_mount_chdir>(9, 1));
  EXPECT_EQ(released(kNow), Times{9});
  order_.add(event_at<ev_process_vfork>(4, 2));
  EXPECT_EQ(released(kNow), Times{4});
  EXPECT_EQ(order_.late(), 1U);
}

TEST_F(OrderTest, DeathEndsTheCallOfTheThread) {
  order_.call_began({kNow - 500 * kMillisecond, 7, 0});
  order_.add(event_at<ev_process_exit>(kNow - 400 * kMillisecond, 7));
  EXPECT_EQ(released(kNow), Times{kNow - 400 * kMillisecond});
}

TEST_F(OrderTest, AnExecThatChangesTheThreadsIdEndsItsCall) {
  const std::uint64_t entry = kNow - 500 * kMillisecond;
  order_.call_began({entry, 8, 0}); // thread 8 of process 7 executes and becomes 7
  order_.add(event_at<ev_process_exec>(entry, 7));
  EXPECT_EQ(released(kNow), Times{entry});
}

TEST_F(OrderTest, ACallThatNoEventTellsOfHoldsNothingBackOnceItHasEnded) {
  order_.call_began({.time_ns = 1, .tid = 1, .call = 0});
  order_.add(event_at<ev_mount_chdir>(2, 2));
  EXPECT_EQ(released(kNow / 100), Times());
  order_.call_ended(1, 7);
  EXPECT_EQ(released(kNow / 100), Times()) << "that was another call";
  order_.call_ended(1, 1);
  EXPECT_EQ(released(kNow / 100), (Times{2}));
}

} // namespace
} // namespace vitrine::tracer
