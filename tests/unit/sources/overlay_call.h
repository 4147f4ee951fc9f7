// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"
#include "userspace/sources/tracer/overlay_notice.h"

#include <string>

#include <sys/stat.h>

namespace vitrine::tracer {

constexpr std::uint32_t kOverlay = 1;
constexpr std::uint32_t kThread = 7;

/// The notice of a call that worked.
inline OverlayCall overlay_call(vitrine_call number, std::uint32_t tid = kThread) {
  OverlayCall call;
  call.call.call = number;
  call.call.header.tid = tid;
  call.call.opened_layer = VITRINE_LAYER_UNKNOWN;
  return call;
}

inline Sighting sighting(vitrine_overlay_sighting what, const std::string& path,
                         std::uint32_t mode = S_IFREG | 0644) {
  Sighting seen;
  seen.path = path;
  seen.what.what = static_cast<__u16>(what);
  seen.what.mode = mode;
  seen.what.layer = VITRINE_LAYER_UNKNOWN;
  seen.what.overlay = kOverlay;
  seen.what.inode = 1000 + path.size();
  seen.what.size = 100;
  return seen;
}

} // namespace vitrine::tracer
