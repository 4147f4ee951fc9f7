// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace vitrine::tracer {

/// Kernels before 6.5 keep an overlay mount's lower directories as the one string that was given:
/// "upper:lower", with "\:" for a colon that belongs to a name. Makes of it, in a whole record, the
/// list that newer kernels have. Records of other events stay as they are.
void split_joined_layers(std::vector<std::byte>& record);

} // namespace vitrine::tracer
