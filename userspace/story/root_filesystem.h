// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/field.h"
#include "userspace/story/container.h"

namespace vitrine::story {

/// What mount, pivot_root, fsmount or move_mount told about a file system.
template<class Event>
[[nodiscard]] RootFilesystem root_filesystem_of(const events::Record& record, const Event& call) {
  RootFilesystem root;
  root.fstype = record.string(call.mount_fstype).text;
  root.source = record.string(call.mount_source).text;
  root.upper = record.string(call.overlay_upper).text;
  root.work = record.string(call.overlay_work).text;
  for (const std::string_view layer : events::split_strings(record.string(call.overlay_lower).text))
    root.lower.emplace_back(layer);
  return root;
}

/// "overlay (2 lower layers, upper /x/upper)"
[[nodiscard]] std::string root_filesystem_words(const RootFilesystem& root);

} // namespace vitrine::story
