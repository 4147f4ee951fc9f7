// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expect.h"

#include <optional>
#include <vector>

#include <sys/types.h>

/// What the kernel itself says: /proc, mountinfo, statx, cgroupfs. Reading makes no event.
namespace vitrine::workload {

/// Keeps the /proc of the initial pid namespace at hand, whatever root or namespace comes later.
void open_truth();

/// Files and links of that /proc: "self/status".
[[nodiscard]] std::string read_proc(const std::string& path);
[[nodiscard]] std::optional<std::string> link_of(const std::string& path);
/// open(2) there; closed by the end of the process.
[[nodiscard]] int open_proc(const std::string& path, int flags);

[[nodiscard]] std::string read_file(const std::string& path);

/// This process's id in the initial pid namespace.
[[nodiscard]] pid_t outer_pid();

/// The "process" of this process's events.
[[nodiscard]] Json this_process();

/// "ns/KIND" of a process; pid and time are those of children. null: there is none to be read.
[[nodiscard]] Json namespaces(const std::string& who = "self");
[[nodiscard]] Json namespace_of(const char* kind);

/// When a process began, to be compared in the clock ticks that /proc counts.
[[nodiscard]] Json start_of(const std::string& who);

/// Only in the initial user namespace: elsewhere /proc shows other ids than the tracer.
[[nodiscard]] Json credentials();
[[nodiscard]] Json capability_names(unsigned long set);
[[nodiscard]] unsigned long capability_set(const char* field);
[[nodiscard]] std::string status_field(const std::string& name);

/// What is mounted at `path`: the members of a result that describe it, `role` naming the mount.
[[nodiscard]] Json mounted_at(const std::string& path, const char* role, bool with_mountpoint,
                              bool with_layers = true);
/// The mount that a descriptor holds, attached nowhere.
[[nodiscard]] Json detached_mount(int fd, const char* fstype, const char* source);

} // namespace vitrine::workload
