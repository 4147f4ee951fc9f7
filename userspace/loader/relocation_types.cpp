// SPDX-License-Identifier: Apache-2.0
#include "userspace/loader/relocation_types.h"

#include <bpf/btf.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace vitrine::loader {
namespace {

using Names = std::set<std::string_view>;

/// "mount___old" stands for the kernel's "mount" (libbpf, "flavors").
std::string_view essential(std::string_view name) {
  return name.substr(0, name.find("___"));
}

/// What the object wants to know: names of its structs, unions and enums, and of their members.
std::unordered_map<std::string_view, Names> wanted_types(const btf* object) {
  std::unordered_map<std::string_view, Names> wanted;
  for (__u32 id = 1; id < btf__type_cnt(object); ++id) {
    const btf_type* type = btf__type_by_id(object, id);
    const std::string_view name = btf__name_by_offset(object, type->name_off);
    if (name.empty()) continue;
    if (btf_is_any_enum(type)) wanted[essential(name)];
    if (!btf_is_composite(type)) continue;
    Names& names = wanted[essential(name)];
    for (int i = 0; i < btf_vlen(type); ++i)
      names.insert(btf__name_by_offset(object, btf_members(type)[i].name_off));
  }
  return wanted;
}

class Extract {
public:
  Extract(const KernelBtf& kernel, const btf* object)
      : kernel_(kernel), wanted_(wanted_types(object)), out_(btf__new_empty()) {}

  Result<std::string> run() {
    if (!out_) return os_error(ENOMEM, "make type information");
    for (std::uint32_t id = kernel_.first_id(); id < kernel_.end_id(); ++id)
      if (is_composite(id) && wanted_.contains(kernel_.name(id))) mark_parts(id);
    for (std::uint32_t id = kernel_.first_id(); id < kernel_.end_id(); ++id) {
      if (!is_composite(id) && kernel_.kind(id) != BTF_KIND_ENUM) continue;
      if (wanted_.contains(kernel_.name(id))) copy(id);
    }
    __u32 size = 0;
    const void* bytes = failed_ == 0 ? btf__raw_data(out_.get(), &size) : nullptr;
    if (bytes == nullptr) return os_error(failed_ != 0 ? -failed_ : ENOMEM, "pick kernel types");
    return std::string(static_cast<const char*>(bytes), size);
  }

private:
  struct Deleter {
    void operator()(btf* types) const { btf__free(types); }
  };

  [[nodiscard]] bool is_composite(std::uint32_t id) const {
    return kernel_.kind(id) == BTF_KIND_STRUCT || kernel_.kind(id) == BTF_KIND_UNION;
  }

  /// A member without a name has members of its own that count as the composite's. Its type can
  /// have a name (-fms-extensions, Linux 6.19).
  void mark_parts(std::uint32_t id) {
    for (const BtfMember& member : kernel_.members(id)) {
      const std::uint32_t type = kernel_.resolve(member.type);
      if (member.name.empty() && is_composite(type) && parts_.insert(type).second) mark_parts(type);
    }
  }

  /// The new id; what libbpf refuses is remembered and ends run().
  int added(int id) {
    if (id < 0) failed_ = id;
    return id;
  }

  int copy(std::uint32_t id) {
    id = kernel_.resolve(id);
    if (const auto known = copies_.find(id); known != copies_.end()) return known->second;
    const int made = make(id);
    copies_[id] = made;
    return made;
  }

  int make(std::uint32_t id) {
    const std::string name(kernel_.name(id));
    switch (kernel_.kind(id)) {
    case BTF_KIND_INT: {
      std::uint32_t encoding = 0;
      std::memcpy(&encoding, kernel_.details(id), sizeof encoding);
      return added(btf__add_int(out_.get(), name.c_str(), kernel_.size_or_type(id),
                                static_cast<int>(BTF_INT_ENCODING(encoding))));
    }
    case BTF_KIND_ENUM:
      return make_enum(id, name);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return make_composite(id, name);
    case BTF_KIND_ARRAY: {
      struct btf_array array = {};
      std::memcpy(&array, kernel_.details(id), sizeof array);
      const int element = copy(array.type);
      return added(btf__add_array(out_.get(), copy(array.index_type), element, array.nelems));
    }
    // Relocations stop at a pointer: what it points to is no matter.
    default:
      return added(btf__add_ptr(out_.get(), 0));
    }
  }

  int make_enum(std::uint32_t id, const std::string& name) {
    const int made = added(btf__add_enum(out_.get(), name.c_str(), kernel_.size_or_type(id)));
    if (!wanted_.contains(name)) return made;
    const std::byte* at = kernel_.details(id);
    for (std::uint32_t i = 0; i < kernel_.count(id); ++i, at += sizeof(struct btf_enum)) {
      struct btf_enum value = {};
      std::memcpy(&value, at, sizeof value);
      added(btf__add_enum_value(out_.get(), std::string(kernel_.string_at(value.name_off)).c_str(),
                                value.val));
    }
    return made;
  }

  int make_composite(std::uint32_t id, const std::string& name) {
    // Members first: a type can only be added to while it is the newest.
    struct Copied {
      BtfMember member;
      int type;
    };
    std::vector<Copied> copied;
    const auto names = wanted_.find(name);
    for (const BtfMember& member : kernel_.members(id))
      if (name.empty() || parts_.contains(id) ||
          (names != wanted_.end() && (member.name.empty() || names->second.contains(member.name))))
        copied.push_back({member, copy(member.type)});
    const auto size = kernel_.size_or_type(id);
    const int made =
        added(kernel_.kind(id) == BTF_KIND_STRUCT ? btf__add_struct(out_.get(), name.c_str(), size)
                                                  : btf__add_union(out_.get(), name.c_str(), size));
    for (const auto& [member, type] : copied)
      added(btf__add_field(out_.get(), std::string(member.name).c_str(), type, member.bit_offset,
                           member.bit_size));
    return made;
  }

  const KernelBtf& kernel_;
  std::unordered_map<std::string_view, Names> wanted_;
  std::unique_ptr<btf, Deleter> out_;
  std::unordered_map<std::uint32_t, int> copies_;
  std::unordered_set<std::uint32_t> parts_; ///< types of members without a name
  int failed_ = 0;
};

} // namespace

Result<std::string> relocation_types(const KernelBtf& kernel, const btf* object) {
  return Extract(kernel, object).run();
}

} // namespace vitrine::loader
