// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/mounts/statmount.h"

#include "userspace/base/unique_fd.h"
#include "userspace/sources/mounts/mount_namespace.h"
#include "userspace/sources/mounts/statmount_abi.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::mounts {
namespace {

using Namespaces = std::map<std::uint32_t, std::vector<objects::Mount>>;

struct FlagWord {
  std::uint64_t flag;
  std::string_view word;
};
/// In the order of fs/proc_namespace.c.
constexpr FlagWord kMountWords[] = {{MOUNT_ATTR_NOSUID, "nosuid"},
                                    {MOUNT_ATTR_NODEV, "nodev"},
                                    {MOUNT_ATTR_NOEXEC, "noexec"},
                                    {MOUNT_ATTR_NOATIME, "noatime"},
                                    {MOUNT_ATTR_NODIRATIME, "nodiratime"}};
constexpr FlagWord kLateMountWords[] = {{MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
                                        {MOUNT_ATTR_IDMAP, "idmapped"}};
constexpr FlagWord kSuperWords[] = {{MS_SYNCHRONOUS, "sync"},
                                    {MS_DIRSYNC, "dirsync"},
                                    {MS_MANDLOCK, "mand"},
                                    {std::uint64_t{1} << 25, "lazytime"}};

void add_words(std::span<const FlagWord> words, std::uint64_t flags,
               std::vector<std::string>& options) {
  for (const FlagWord& row : words)
    if ((flags & row.flag) != 0) options.emplace_back(row.word);
}

std::vector<std::string> mount_options(std::uint64_t attributes) {
  std::vector<std::string> options{(attributes & MOUNT_ATTR_RDONLY) != 0 ? "ro" : "rw"};
  add_words(kMountWords, attributes, options);
  if ((attributes & MOUNT_ATTR__ATIME) == MOUNT_ATTR_RELATIME) options.emplace_back("relatime");
  add_words(kLateMountWords, attributes, options);
  return options;
}

/// What statmount(2) told about one mount, in a buffer that grows with the longest answer.
class Answer {
public:
  /// False: it has gone, or may not be seen.
  bool ask(std::uint64_t mount, std::uint64_t mount_namespace) {
    abi::MountIdRequest request;
    request.mount_id = mount;
    request.parameter = abi::kWanted;
    request.mount_namespace_id = mount_namespace;
    for (; buffer_.size() <= kLimit; buffer_.resize(buffer_.size() * 4)) {
      if (::syscall(abi::kStatmountCall, &request, buffer_.data(), buffer_.size(), 0) == 0) {
        std::memcpy(&fixed_, buffer_.data(), sizeof fixed_);
        return true;
      }
      if (errno != EOVERFLOW) return false;
    }
    return false;
  }

  [[nodiscard]] const abi::StatMount& fixed() const { return fixed_; }
  [[nodiscard]] bool complete() const {
    return (fixed_.supported_mask & abi::kWanted) == abi::kWanted;
  }

  /// Empty when it has none.
  [[nodiscard]] std::string text(std::uint64_t mask, std::uint32_t offset) const {
    return (fixed_.mask & mask) == 0 ? std::string() : std::string(at(offset));
  }

  void add_texts(std::uint64_t mask, std::uint32_t count, std::uint32_t offset,
                 std::vector<std::string>& list) const {
    if ((fixed_.mask & mask) == 0) return;
    for (; count > 0; --count) {
      list.emplace_back(at(offset));
      offset += static_cast<std::uint32_t>(list.back().size() + 1);
    }
  }

private:
  static constexpr std::size_t kLimit = std::size_t{4} << 20;

  [[nodiscard]] std::string_view at(std::uint32_t offset) const {
    const std::size_t start = sizeof fixed_ + offset;
    if (start >= buffer_.size()) return {};
    return {buffer_.data() + start, ::strnlen(buffer_.data() + start, buffer_.size() - start)};
  }

  std::vector<char> buffer_ = std::vector<char>(std::size_t{16} << 10);
  abi::StatMount fixed_ = {};
};

std::optional<std::uint64_t> known(std::uint64_t group) {
  return group == 0 ? std::nullopt : std::optional(group);
}

objects::Mount mount_of(std::uint32_t mount_namespace, const Answer& answer) {
  const abi::StatMount& told = answer.fixed();
  objects::Mount mount;
  mount.id = {mount_namespace, told.old_id};
  mount.unique_id = objects::UniqueId{told.id};
  mount.parent = {mount_namespace, told.old_parent_id};
  mount.mount_point = answer.text(abi::kMountPoint, told.mount_point);
  mount.root = answer.text(abi::kMountRoot, told.root);
  mount.type = answer.text(abi::kFsType, told.type);
  if (const std::string subtype = answer.text(abi::kFsSubtype, told.subtype); !subtype.empty())
    mount.type.append(".").append(subtype);
  mount.source = answer.text(abi::kSbSource, told.source);
  if (mount.source.empty()) mount.source = "none";
  mount.device_major = told.device_major;
  mount.device_minor = told.device_minor;
  mount.options = mount_options(told.attributes);
  mount.super_options.emplace_back((told.super_flags & MS_RDONLY) != 0 ? "ro" : "rw");
  add_words(kSuperWords, told.super_flags, mount.super_options);
  answer.add_texts(abi::kSecurityArray, told.security_count, told.security, mount.super_options);
  answer.add_texts(abi::kOptionArray, told.option_count, told.options, mount.super_options);
  mount.peer_group = known(told.peer_group);
  mount.master_group = known(told.master_group);
  mount.unbindable = (told.propagation & MS_UNBINDABLE) != 0;
  return mount;
}

/// Nothing: the list could not be had, or not all that is wanted of a mount.
std::optional<std::vector<objects::Mount>> mounts_in(std::uint32_t inode, std::uint64_t id,
                                                     Answer& answer) {
  std::vector<objects::Mount> mounts;
  std::array<std::uint64_t, 512> ids = {};
  abi::MountIdRequest request;
  request.mount_namespace_id = id;
  for (;;) {
    const long count = ::syscall(abi::kListmountCall, &request, ids.data(), ids.size(), 0);
    if (count < 0) return std::nullopt;
    for (const std::uint64_t mount : std::span(ids).first(static_cast<std::size_t>(count))) {
      if (!answer.ask(mount, id)) continue;
      if (!answer.complete()) return std::nullopt;
      mounts.push_back(mount_of(inode, answer));
    }
    if (static_cast<std::size_t>(count) < ids.size()) break;
    request.parameter = ids.back();
  }
  leave_out_first_root(mounts);
  finish(mounts);
  return mounts;
}

/// The namespaces after or before `start` in the kernel's order.
void walk(int start, unsigned long direction, Answer& answer, Namespaces& namespaces) {
  UniqueFd here;
  for (int at = start;;) {
    abi::MountNamespaceInfo info;
    UniqueFd next(::ioctl(at, direction, &info));
    struct stat status = {};
    if (!next.valid() || ::fstat(next.get(), &status) != 0) return;
    const auto inode = static_cast<std::uint32_t>(status.st_ino);
    if (auto mounts = mounts_in(inode, info.id, answer))
      namespaces.emplace(inode, *std::move(mounts));
    here = std::move(next);
    at = here.get();
  }
}

} // namespace

Namespaces read_statmount(const std::string& proc) {
  Namespaces namespaces;
  const auto own = open_at(AT_FDCWD, proc + "/self/ns/mnt", O_RDONLY);
  abi::MountNamespaceInfo info;
  struct stat status = {};
  if (!own || ::ioctl(own->get(), abi::kNamespaceInfo, &info) != 0 ||
      ::fstat(own->get(), &status) != 0)
    return namespaces;
  Answer answer;
  const auto inode = static_cast<std::uint32_t>(status.st_ino);
  auto mounts = mounts_in(inode, info.id, answer);
  if (!mounts) return namespaces;
  namespaces.emplace(inode, *std::move(mounts));
  walk(own->get(), abi::kNextNamespace, answer, namespaces);
  walk(own->get(), abi::kPreviousNamespace, answer, namespaces);
  return namespaces;
}

} // namespace vitrine::mounts
