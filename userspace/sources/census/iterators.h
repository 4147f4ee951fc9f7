// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/census.h"
#include "userspace/base/error.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace vitrine::census {

/// The census's BPF iterators, loaded as far as this kernel and the privileges allow.
class Iterators {
public:
  /// An error when not even tasks and files can be listed by them.
  static Result<Iterators> load();
  Iterators(Iterators&&) noexcept;
  Iterators& operator=(Iterators&&) noexcept;
  Iterators(const Iterators&) = delete;
  Iterators& operator=(const Iterators&) = delete;
  ~Iterators();

  /// Records of tasks and of their cgroups, each beginning with vitrine_census_record; whole ones
  /// only. Valid until the next call.
  Result<std::span<const std::byte>> tasks(bool threads, bool security);
  Result<std::vector<vitrine_census_file>> files();
  /// Every namespace of one kind (CLONE_NEW*). Nothing where the kernel has no list of them.
  std::optional<std::vector<vitrine_census_namespace>> namespaces(std::uint32_t type);

private:
  struct Handle;
  explicit Iterators(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

} // namespace vitrine::census
