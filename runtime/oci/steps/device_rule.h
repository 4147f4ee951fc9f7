// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/config.h"
#include "userspace/base/error.h"

#include <string>
#include <vector>

#include <linux/bpf.h>

namespace vitrine::oci {

/// What a container may do with device nodes: nothing at first, then the rules of its configuration
/// in order, then what every container needs: /dev/null and the like, terminals, and making nodes,
/// which is harmless while they cannot be opened.
[[nodiscard]] std::vector<DeviceRule> effective_device_rules(const std::vector<DeviceRule>& own);

/// cgroup v1: the line for devices.allow or devices.deny, e.g. "c 1:3 rwm".
[[nodiscard]] std::string device_rule_line(const DeviceRule& rule);

/// cgroup v2 has no control file: a program decides (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE). The last
/// rule that fits wins; without one, the answer is no.
[[nodiscard]] std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules);

/// Loads the program and attaches it to the cgroup, for as long as that exists.
Result<void> attach_device_program(int cgroup, const std::vector<bpf_insn>& program);

} // namespace vitrine::oci
