// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/kernel_btf.h"

#include "userspace/base/unique_fd.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/btf.h>
#include <sys/mount.h>
#include <unistd.h>

namespace vitrine::tracer {
namespace {

constexpr int kNesting = 8; // of anonymous structs
constexpr std::size_t kLargest = std::size_t{256} << 20;
constexpr int kKindEnum64 = 19; // linux/btf.h of 6.0; older headers lack the name
constexpr int kKindDeclTag = 17;
constexpr std::size_t kEnum64Size = 12;
constexpr std::size_t kDeclTagSize = 4;

template<class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Bytes of a type's own data behind its btf_type.
std::optional<std::size_t> extra_size(const btf_type& type) {
  const std::size_t count = BTF_INFO_VLEN(type.info);
  switch (BTF_INFO_KIND(type.info)) {
  case BTF_KIND_INT:
    return sizeof(std::uint32_t);
  case BTF_KIND_ARRAY:
    return sizeof(btf_array);
  case BTF_KIND_STRUCT:
  case BTF_KIND_UNION:
    return count * sizeof(btf_member);
  case BTF_KIND_ENUM:
    return count * sizeof(btf_enum);
  case kKindEnum64:
    return count * kEnum64Size;
  case BTF_KIND_FUNC_PROTO:
    return count * sizeof(btf_param);
  case BTF_KIND_VAR:
    return sizeof(btf_var);
  case BTF_KIND_DATASEC:
    return count * sizeof(btf_var_secinfo);
  case kKindDeclTag:
    return kDeclTagSize;
  case BTF_KIND_PTR:
  case BTF_KIND_FWD:
  case BTF_KIND_TYPEDEF:
  case BTF_KIND_VOLATILE:
  case BTF_KIND_CONST:
  case BTF_KIND_RESTRICT:
  case BTF_KIND_FUNC:
  case BTF_KIND_FLOAT:
  case 18:
    return 0; // BTF_KIND_TYPE_TAG
  default:
    return std::nullopt;
  }
}

} // namespace

Result<KernelBtf> KernelBtf::open_kernel() {
  KernelBtf btf;
  auto raw = read_file_at(AT_FDCWD, "/sys/kernel/btf/vmlinux", kLargest);
  if (!raw)
    return with_hint(tl::unexpected(std::move(raw).error()),
                     "tracing needs a kernel with type information (CONFIG_DEBUG_INFO_BTF=y), as "
                     "all current distributions have");
  btf.raw_ = std::move(*raw);
  if (auto indexed = btf.index(); !indexed) return tl::unexpected(std::move(indexed).error());
  return btf;
}

std::optional<KernelBtf> KernelBtf::open_module(const KernelBtf& kernel, const std::string& name) {
  KernelBtf btf;
  auto raw = read_file_at(AT_FDCWD, "/sys/kernel/btf/" + name, kLargest);
  if (!raw) return std::nullopt;
  btf.raw_ = std::move(*raw);
  btf.base_ = &kernel;
  btf.first_id_ = static_cast<std::uint32_t>(kernel.offsets_.size()) + 1;
  btf.first_string_ = static_cast<std::uint32_t>(kernel.strings_.size());
  if (!btf.index()) return std::nullopt;
  return btf;
}

Result<void> KernelBtf::index() {
  const auto* bytes = reinterpret_cast<const std::byte*>(raw_.data());
  if (raw_.size() < sizeof(btf_header)) return failure("kernel type information is cut short");
  const auto header = load<btf_header>(bytes);
  const std::size_t types = std::size_t{header.hdr_len} + header.type_off;
  const std::size_t strings = std::size_t{header.hdr_len} + header.str_off;
  if (header.magic != BTF_MAGIC || types + header.type_len > raw_.size() ||
      strings + header.str_len > raw_.size())
    return failure("kernel type information has no BTF header");
  types_ = std::string_view(raw_).substr(types, header.type_len);
  strings_ = std::string_view(raw_).substr(strings, header.str_len);
  offsets_.reserve(types_.size() / 32);
  for (std::size_t at = 0; at + sizeof(btf_type) <= types_.size();) {
    const auto type = load<btf_type>(reinterpret_cast<const std::byte*>(types_.data()) + at);
    const auto extra = extra_size(type);
    if (!extra)
      return failure("kernel type information has a kind that this program does not know: {}",
                     BTF_INFO_KIND(type.info));
    offsets_.push_back(static_cast<std::uint32_t>(at));
    at += sizeof(btf_type) + *extra;
    if (at > types_.size()) return failure("kernel type information is cut short");
  }
  return {};
}

std::string_view KernelBtf::name_at(std::uint32_t offset) const {
  if (base_ != nullptr && offset < first_string_) return base_->name_at(offset);
  offset -= first_string_;
  if (offset >= strings_.size()) return {};
  const std::string_view rest = strings_.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

const std::byte* KernelBtf::type_at(std::uint32_t id) const {
  if (base_ != nullptr && id < first_id_) return base_->type_at(id);
  if (id < first_id_ || id - first_id_ >= offsets_.size()) return nullptr;
  return reinterpret_cast<const std::byte*>(types_.data()) + offsets_[id - first_id_];
}

std::optional<std::uint32_t> KernelBtf::find_member(std::uint32_t id, std::string_view member,
                                                    int depth) const {
  const std::byte* at = type_at(id);
  if (at == nullptr || depth > kNesting) return std::nullopt;
  const auto type = load<btf_type>(at);
  const auto kind = BTF_INFO_KIND(type.info);
  if (kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE)
    return find_member(type.type, member, depth + 1);
  if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION) return std::nullopt;
  at += sizeof(btf_type);
  for (std::uint32_t i = 0; i < BTF_INFO_VLEN(type.info); ++i, at += sizeof(btf_member)) {
    const auto field = load<btf_member>(at);
    const std::uint32_t bits =
        BTF_INFO_KFLAG(type.info) ? BTF_MEMBER_BIT_OFFSET(field.offset) : field.offset;
    const std::string_view name = name_at(field.name_off);
    if (name == member) return bits / 8;
    if (!name.empty()) continue;
    if (const auto inner = find_member(field.type, member, depth + 1)) return bits / 8 + *inner;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> KernelBtf::member_offset(std::string_view type,
                                                      std::string_view member) const {
  for (std::uint32_t i = 0; i < offsets_.size(); ++i) {
    const auto candidate =
        load<btf_type>(reinterpret_cast<const std::byte*>(types_.data()) + offsets_[i]);
    if (BTF_INFO_KIND(candidate.info) == BTF_KIND_STRUCT && name_at(candidate.name_off) == type)
      return find_member(first_id_ + i, member, 0);
  }
  return std::nullopt;
}

vitrine_overlay_layout overlay_layout(const KernelBtf& kernel) {
  // Overlay is a module on many systems. Asking for it loads it, as the first overlay mount of the
  // command would; a kernel without it refuses, which is no failure of ours.
  const UniqueFd loads_module(::fsopen("overlay", FSOPEN_CLOEXEC));
  const auto module = KernelBtf::open_module(kernel, "overlay");
  const KernelBtf& source = module ? *module : kernel;
  const auto offset = [&](std::string_view member) {
    return source.member_offset("ovl_fs", member).value_or(VITRINE_OFFSET_UNKNOWN);
  };
  const auto in_config = [&](std::string_view member) {
    const auto config = source.member_offset("ovl_fs", "config");
    const auto inner = source.member_offset("ovl_config", member);
    return config && inner ? *config + *inner : VITRINE_OFFSET_UNKNOWN;
  };
  vitrine_overlay_layout layout = {};
  layout.numlayer = offset("numlayer");
  layout.upperdir = in_config("upperdir");
  layout.workdir = in_config("workdir");
  layout.lowerdirs = in_config("lowerdirs");
  layout.lowerdir = in_config("lowerdir");
  return layout;
}

} // namespace vitrine::tracer
