// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/ids.h"

#include <cstdint>
#include <optional>

namespace vitrine::objects {

/// What the kernel itself says about one namespace, whoever has it open: ioctl_ns(2), or its own
/// list. What it did not say, or to this reader would not, has no value.
struct NamespaceFacts {
  NamespaceId id;
  std::optional<UniqueId> unique_id;        ///< NS_GET_ID, Linux 6.18
  std::optional<NamespaceId> parent;        ///< of user and pid namespaces
  std::optional<NamespaceId> owner;         ///< user namespace
  std::optional<std::uint32_t> creator_uid; ///< of user namespaces
  std::optional<std::uint32_t> references;
  bool initial = false; ///< made at boot
  friend bool operator==(const NamespaceFacts&, const NamespaceFacts&) = default;
};

} // namespace vitrine::objects
