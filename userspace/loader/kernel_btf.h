// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::loader {

/// One member of a struct or union as BTF has it.
struct BtfMember {
  std::string_view name; ///< empty: an anonymous struct or union
  std::uint32_t type = 0;
  std::uint32_t bit_offset = 0;
  std::uint32_t bit_size = 0; ///< of a bit field, else 0
};

/// Type information of the kernel or of a module in its raw form (Documentation/bpf/btf.rst),
/// walked once: some milliseconds, where a full parse takes tens and twice the memory.
class KernelBtf {
public:
  /// The kernel's: /sys/kernel/btf/vmlinux. An error has the mend in its hint.
  static Result<KernelBtf> open_kernel();
  /// A loaded module's, whose types build upon `kernel`'s, which must outlive it. Nothing when no
  /// such module is loaded.
  static std::optional<KernelBtf> open_module(const KernelBtf& kernel, const std::string& name);

  /// Ids of this file's own types; those of a module begin after the kernel's.
  [[nodiscard]] std::uint32_t first_id() const { return first_id_; }
  [[nodiscard]] std::uint32_t end_id() const;

  /// BTF_KIND_*; 0 (unknown) for an id that is not there.
  [[nodiscard]] int kind(std::uint32_t id) const;
  [[nodiscard]] std::string_view name(std::uint32_t id) const;
  /// The type's size in bytes, or the type that it refers to, as its kind has it.
  [[nodiscard]] std::uint32_t size_or_type(std::uint32_t id) const;
  /// Past typedef, const, volatile, restrict and type tags.
  [[nodiscard]] std::uint32_t resolve(std::uint32_t id) const;
  /// Of a struct or union.
  [[nodiscard]] std::vector<BtfMember> members(std::uint32_t id) const;
  /// The bytes behind the type's common part; `size` of them must belong to it.
  [[nodiscard]] const std::byte* details(std::uint32_t id) const;
  /// Members, values or parameters that the type has.
  [[nodiscard]] std::uint32_t count(std::uint32_t id) const;
  [[nodiscard]] std::string_view string_at(std::uint32_t offset) const;

  /// The id of the type with this kind and name, or nothing.
  [[nodiscard]] std::optional<std::uint32_t> find(int kind, std::string_view name) const;
  /// Byte offset of a member of struct `type`, or nothing. Members of anonymous parts count.
  [[nodiscard]] std::optional<std::uint32_t> member_offset(std::string_view type,
                                                           std::string_view member) const;

private:
  struct Bytes;
  KernelBtf() = default;
  Result<void> index();
  [[nodiscard]] const std::byte* type_at(std::uint32_t id) const;
  [[nodiscard]] std::optional<std::uint32_t> find_member(std::uint32_t id, std::string_view member,
                                                         int depth) const;

  const KernelBtf* base_ = nullptr; ///< of a module: the kernel's
  std::shared_ptr<const Bytes> bytes_;
  std::string_view types_;
  std::string_view strings_;
  std::uint32_t first_id_ = 1;
  std::uint32_t first_string_ = 0;     ///< a module's strings begin after the kernel's
  std::vector<std::uint32_t> offsets_; ///< of each type in types_
};

} // namespace vitrine::loader
