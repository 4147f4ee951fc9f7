// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/overlay_notice.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace vitrine::tracer {
namespace {

/// The bytes that a program would send.
template<class T>
class Notice {
public:
  explicit Notice(vitrine_notice type) { fixed_.header.type = static_cast<__u16>(type); }
  T* operator->() { return &fixed_; }
  void string(ev_string T::*field, std::string_view text) {
    fixed_.*field = {static_cast<__u16>(sizeof(T) + tail_.size()), static_cast<__u16>(text.size()),
                     0, 0};
    tail_.append(text);
  }
  std::vector<std::byte> bytes() {
    fixed_.header.size = static_cast<__u32>(sizeof(T) + tail_.size());
    std::vector<std::byte> out(fixed_.header.size);
    std::memcpy(out.data(), &fixed_, sizeof fixed_);
    std::memcpy(out.data() + sizeof fixed_, tail_.data(), tail_.size());
    return out;
  }

private:
  T fixed_ = {};
  std::string tail_;
};

std::string sighting_bytes(const std::string& path) {
  ev_overlay_sighting sighting = {};
  sighting.inode = 42;
  sighting.length = static_cast<__u16>(path.size());
  return std::string(reinterpret_cast<const char*>(&sighting), sizeof sighting) + path;
}

TEST(OverlayNotice, TellsNoticesFromEvents) {
  Notice<ev_overlay_call> notice(VITRINE_NOTICE_OVERLAY_CALL);
  EXPECT_EQ(notice_type(notice.bytes()), VITRINE_NOTICE_OVERLAY_CALL);
  notice->header.type = VITRINE_EVENT_overlay_copy_up;
  EXPECT_EQ(notice_type(notice.bytes()), std::nullopt);
  EXPECT_EQ(notice_type({}), std::nullopt);
}

TEST(OverlayNotice, ReadsWhatACallDid) {
  Notice<ev_overlay_call> notice(VITRINE_NOTICE_OVERLAY_CALL);
  notice.string(&ev_overlay_call::sightings, sighting_bytes("/a") + sighting_bytes("/b/c"));
  notice.string(&ev_overlay_call::from, "../x/./y");
  notice.string(&ev_overlay_call::from_directory, "/d/e");
  notice.string(&ev_overlay_call::to, "/../z");
  const auto call = decode_call(notice.bytes());
  ASSERT_TRUE(call.has_value());
  ASSERT_EQ(call->sightings.size(), 2U);
  EXPECT_EQ(call->sightings[1].path, "/b/c");
  EXPECT_EQ(call->sightings[1].what.inode, 42U);
  EXPECT_EQ(call->from, "/d/x/y");
  EXPECT_EQ(call->to, "") << "where it starts is not known";
}

TEST(OverlayNotice, ReadsAMountInEitherForm) {
  Notice<ev_overlay_mount> notice(VITRINE_NOTICE_OVERLAY_MOUNT);
  notice->overlay = 3;
  notice.string(&ev_overlay_mount::lower, std::string_view("/top\0/bottom\0", 13));
  notice.string(&ev_overlay_mount::upper, "/upper");
  const auto mount = decode_mount(notice.bytes(), false);
  EXPECT_EQ(mount->lower, (std::vector<std::string>{"/top", "/bottom"}));
  EXPECT_EQ(mount->upper, "/upper");
  Notice<ev_overlay_mount> older(VITRINE_NOTICE_OVERLAY_MOUNT);
  older.string(&ev_overlay_mount::lower, "/t\\:op:/bottom");
  EXPECT_EQ(decode_mount(older.bytes(), true)->lower,
            (std::vector<std::string>{"/t:op", "/bottom"}));
}

TEST(OverlayNotice, SurvivesWhateverBytesCome) {
  std::mt19937 random(20240229); // the same bytes each time
  for (int i = 0; i < 20'000; ++i) {
    Notice<ev_overlay_call> notice(VITRINE_NOTICE_OVERLAY_CALL);
    notice.string(&ev_overlay_call::sightings, sighting_bytes("/a"));
    notice.string(&ev_overlay_call::to, "/b");
    auto bytes = notice.bytes();
    for (std::size_t n = random() % 24; n > 0; --n)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    for (const bool joined : {false, true})
      static_cast<void>(decode_mount(bytes, joined));
    static_cast<void>(decode_layer(bytes));
    static_cast<void>(decode_call(bytes));
    static_cast<void>(notice_type(bytes));
  }
}

} // namespace
} // namespace vitrine::tracer
