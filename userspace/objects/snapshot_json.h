// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/json_value.h"
#include "userspace/objects/snapshot.h"

#include <string>
#include <string_view>

namespace vitrine::objects {

inline constexpr std::string_view kSnapshotSchema = "vitrine.snapshot";
inline constexpr std::string_view kSnapshotVersion = "1.0";

/// The document that `vitrine export` writes: docs/schemas/snapshot.schema.json.
[[nodiscard]] Json snapshot_json(const Snapshot& snapshot);

/// Reads such a document, which may be anybody's. The Error says what is wrong and where.
[[nodiscard]] Result<Snapshot> read_snapshot(std::string_view text);

/// Its JSON Schema.
[[nodiscard]] Json snapshot_schema();

} // namespace vitrine::objects
