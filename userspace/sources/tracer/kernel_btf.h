// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"
#include "userspace/base/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::tracer {

/// The kernel's own type information in its raw form (Documentation/bpf/btf.rst), scanned once:
/// a few milliseconds where a full parse takes tens. Only what is asked for is ever looked at.
class KernelBtf {
public:
  /// The kernel's: /sys/kernel/btf/vmlinux. An error has the mend in its hint.
  static Result<KernelBtf> open_kernel();
  /// A loaded module's, whose types build upon `kernel`'s. Nothing when it is not loaded.
  static std::optional<KernelBtf> open_module(const KernelBtf& kernel, const std::string& name);

  /// Byte offset of `member` in struct `type`, or nothing. Members of anonymous structs inside
  /// count.
  [[nodiscard]] std::optional<std::uint32_t> member_offset(std::string_view type,
                                                           std::string_view member) const;

private:
  struct Member;
  KernelBtf() = default;
  Result<void> index();
  [[nodiscard]] std::string_view name_at(std::uint32_t offset) const;
  [[nodiscard]] const std::byte* type_at(std::uint32_t id) const;
  [[nodiscard]] std::optional<std::uint32_t> find_member(std::uint32_t id, std::string_view member,
                                                         int depth) const;

  const KernelBtf* base_ = nullptr; ///< of a module: the kernel's; outlives it
  std::string raw_;
  std::string_view types_;
  std::string_view strings_;
  std::uint32_t first_id_ = 1;         ///< of a module: ids go on after the kernel's
  std::uint32_t first_string_ = 0;     ///< likewise
  std::vector<std::uint32_t> offsets_; ///< of each type in types_
};

/// Where struct ovl_fs has what we read. Unknown members, or a kernel without overlay: offsets
/// unknown.
vitrine_overlay_layout overlay_layout(const KernelBtf& kernel);

} // namespace vitrine::tracer
