// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/oci/container.h"
#include "runtime/oci/signals.h"

namespace vitrine::oci {

/// Stays with the container until its first process ends: signals go in, and bytes between our
/// stdin and stdout and its terminal, if `terminal` is one. Returns the exit status.
Result<int> supervise(const InitProcess& init, UniqueFd terminal, SignalForwarder& signals);

} // namespace vitrine::oci
