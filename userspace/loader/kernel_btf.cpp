// SPDX-License-Identifier: Apache-2.0
#include "userspace/loader/kernel_btf.h"

#include "userspace/base/unique_fd.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/btf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine::loader {
namespace {

constexpr int kNesting = 8; // of anonymous structs, and of typedefs
// Kinds that the headers of older systems lack.
constexpr int kDeclTag = 17;
constexpr int kTypeTag = 18;
constexpr int kEnum64 = 19;
constexpr std::size_t kDeclTagSize = 4;
constexpr std::size_t kEnum64Size = 12;

template<class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Bytes of a type's own data behind its btf_type.
std::optional<std::size_t> details_size(const btf_type& type) {
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
  case kEnum64:
    return count * kEnum64Size;
  case BTF_KIND_FUNC_PROTO:
    return count * sizeof(btf_param);
  case BTF_KIND_VAR:
    return sizeof(btf_var);
  case BTF_KIND_DATASEC:
    return count * sizeof(btf_var_secinfo);
  case kDeclTag:
    return kDeclTagSize;
  case BTF_KIND_PTR:
  case BTF_KIND_FWD:
  case BTF_KIND_TYPEDEF:
  case BTF_KIND_VOLATILE:
  case BTF_KIND_CONST:
  case BTF_KIND_RESTRICT:
  case BTF_KIND_FUNC:
  case BTF_KIND_FLOAT:
  case kTypeTag:
    return 0;
  default:
    return std::nullopt;
  }
}

} // namespace

/// The file's bytes: mapped where the kernel allows it (6.16 and newer), else read.
struct KernelBtf::Bytes {
  void* at = MAP_FAILED;
  std::size_t size = 0;
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  Bytes(Bytes&&) = delete;
  Bytes& operator=(Bytes&&) = delete;
  ~Bytes() {
    if (at != MAP_FAILED) ::munmap(at, size);
  }

  static Result<std::shared_ptr<const Bytes>> of(const std::string& path) {
    auto file = open_at(AT_FDCWD, path, O_RDONLY);
    if (!file) return tl::unexpected(std::move(file).error());
    struct stat status = {};
    if (::fstat(file->get(), &status) != 0) return os_error(errno, "look at {}", path);
    auto bytes = std::make_shared<Bytes>();
    bytes->size = static_cast<std::size_t>(status.st_size);
    bytes->at = ::mmap(nullptr, bytes->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file->get(), 0);
    if (bytes->at != MAP_FAILED) return std::shared_ptr<const Bytes>(std::move(bytes));
    bytes->at = ::mmap(nullptr, bytes->size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bytes->at == MAP_FAILED) return os_error(errno, "find memory for {}", path);
    for (std::size_t filled = 0; filled < bytes->size;) {
      const ssize_t count =
          ::read(file->get(), static_cast<char*>(bytes->at) + filled, bytes->size - filled);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return os_error(count < 0 ? errno : 0, "read {}", path);
      filled += static_cast<std::size_t>(count);
    }
    return std::shared_ptr<const Bytes>(std::move(bytes));
  }
};

Result<KernelBtf> KernelBtf::open_kernel() {
  KernelBtf btf;
  auto bytes = Bytes::of("/sys/kernel/btf/vmlinux");
  if (!bytes)
    return with_hint(tl::unexpected(std::move(bytes).error()),
                     "tracing needs a kernel with type information (CONFIG_DEBUG_INFO_BTF=y), as "
                     "all current distributions have");
  btf.bytes_ = std::move(*bytes);
  if (auto indexed = btf.index(); !indexed) return tl::unexpected(std::move(indexed).error());
  return btf;
}

std::optional<KernelBtf> KernelBtf::open_module(const KernelBtf& kernel, const std::string& name) {
  KernelBtf btf;
  auto bytes = Bytes::of("/sys/kernel/btf/" + name);
  if (!bytes) return std::nullopt;
  btf.bytes_ = std::move(*bytes);
  btf.base_ = &kernel;
  btf.first_id_ = kernel.end_id();
  btf.first_string_ = static_cast<std::uint32_t>(kernel.strings_.size());
  if (!btf.index()) return std::nullopt;
  return btf;
}

Result<void> KernelBtf::index() {
  const std::string_view raw(static_cast<const char*>(bytes_->at), bytes_->size);
  if (raw.size() < sizeof(btf_header)) return failure("kernel type information is cut short");
  const auto header = load<btf_header>(static_cast<const std::byte*>(bytes_->at));
  const std::size_t types = std::size_t{header.hdr_len} + header.type_off;
  const std::size_t strings = std::size_t{header.hdr_len} + header.str_off;
  if (header.magic != BTF_MAGIC || types + header.type_len > raw.size() ||
      strings + header.str_len > raw.size())
    return failure("kernel type information has no BTF header");
  types_ = raw.substr(types, header.type_len);
  strings_ = raw.substr(strings, header.str_len);
  offsets_.reserve(types_.size() / 24);
  for (std::size_t at = 0; at + sizeof(btf_type) <= types_.size();) {
    const auto type = load<btf_type>(reinterpret_cast<const std::byte*>(types_.data()) + at);
    const auto details = details_size(type);
    if (!details)
      return failure("kernel type information has a kind that this program does not know: {}",
                     BTF_INFO_KIND(type.info));
    offsets_.push_back(static_cast<std::uint32_t>(at));
    at += sizeof(btf_type) + *details;
    if (at > types_.size()) return failure("kernel type information is cut short");
  }
  return {};
}

std::uint32_t KernelBtf::end_id() const {
  return first_id_ + static_cast<std::uint32_t>(offsets_.size());
}

const std::byte* KernelBtf::type_at(std::uint32_t id) const {
  if (base_ != nullptr && id < first_id_) return base_->type_at(id);
  if (id < first_id_ || id >= end_id()) return nullptr;
  return reinterpret_cast<const std::byte*>(types_.data()) + offsets_[id - first_id_];
}

std::string_view KernelBtf::string_at(std::uint32_t offset) const {
  if (base_ != nullptr && offset < first_string_) return base_->string_at(offset);
  offset -= first_string_;
  if (offset >= strings_.size()) return {};
  const std::string_view rest = strings_.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

int KernelBtf::kind(std::uint32_t id) const {
  const std::byte* at = type_at(id);
  return at == nullptr ? 0 : static_cast<int>(BTF_INFO_KIND(load<btf_type>(at).info));
}

std::string_view KernelBtf::name(std::uint32_t id) const {
  const std::byte* at = type_at(id);
  return at == nullptr ? std::string_view() : string_at(load<btf_type>(at).name_off);
}

std::uint32_t KernelBtf::size_or_type(std::uint32_t id) const {
  const std::byte* at = type_at(id);
  return at == nullptr ? 0 : load<btf_type>(at).size;
}

std::uint32_t KernelBtf::count(std::uint32_t id) const {
  const std::byte* at = type_at(id);
  return at == nullptr ? 0 : BTF_INFO_VLEN(load<btf_type>(at).info);
}

const std::byte* KernelBtf::details(std::uint32_t id) const {
  const std::byte* at = type_at(id);
  return at == nullptr ? nullptr : at + sizeof(btf_type);
}

std::uint32_t KernelBtf::resolve(std::uint32_t id) const {
  for (int depth = 0; depth < kNesting; ++depth) {
    switch (kind(id)) {
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_CONST:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_RESTRICT:
    case kTypeTag:
      id = size_or_type(id);
      break;
    default:
      return id;
    }
  }
  return id;
}

std::vector<BtfMember> KernelBtf::members(std::uint32_t id) const {
  std::vector<BtfMember> all;
  const std::byte* at = type_at(id);
  const int what = kind(id);
  if (what != BTF_KIND_STRUCT && what != BTF_KIND_UNION) return all;
  const bool has_bit_sizes = BTF_INFO_KFLAG(load<btf_type>(at).info);
  at += sizeof(btf_type);
  all.resize(count(id));
  for (BtfMember& member : all) {
    const auto raw = load<btf_member>(at);
    at += sizeof(btf_member);
    member.name = string_at(raw.name_off);
    member.type = raw.type;
    member.bit_offset = has_bit_sizes ? BTF_MEMBER_BIT_OFFSET(raw.offset) : raw.offset;
    member.bit_size = has_bit_sizes ? BTF_MEMBER_BITFIELD_SIZE(raw.offset) : 0;
  }
  return all;
}

std::optional<std::uint32_t> KernelBtf::find(int wanted, std::string_view wanted_name) const {
  for (std::uint32_t id = first_id_; id < end_id(); ++id)
    if (kind(id) == wanted && name(id) == wanted_name) return id;
  return std::nullopt;
}

std::optional<std::uint32_t> KernelBtf::find_member(std::uint32_t id, std::string_view member,
                                                    int depth) const {
  if (depth > kNesting) return std::nullopt;
  for (const BtfMember& field : members(resolve(id))) {
    if (field.name == member) return field.bit_offset / 8;
    if (!field.name.empty()) continue;
    if (const auto inner = find_member(field.type, member, depth + 1))
      return field.bit_offset / 8 + *inner;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> KernelBtf::member_offset(std::string_view type,
                                                      std::string_view member) const {
  const auto id = find(BTF_KIND_STRUCT, type);
  return id ? find_member(*id, member, 0) : std::nullopt;
}

} // namespace vitrine::loader
