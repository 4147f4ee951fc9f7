// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/nsfs.h"

#include "userspace/base/text_escape.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace vitrine::kernel {
namespace {

constexpr long kNsfsMagic = 0x6e736673; ///< linux/magic.h

bool stands_for(int file, std::uint32_t inode) {
  struct stat status = {};
  struct statfs system = {};
  return ::fstat(file, &status) == 0 && ::fstatfs(file, &system) == 0 &&
         system.f_type == kNsfsMagic && status.st_ino == inode;
}

/// linux/nsfs.h of Linux 6.18: struct nsfs_file_handle, FILEID_NSFS, and of linux/fcntl.h
/// FD_NSFS_ROOT.
struct NsfsHandle {
  std::uint64_t id;
  std::uint32_t type, inode;
};
constexpr int kFileIdNsfs = 0xf1;
constexpr int kNsfsRoot = -10003;

} // namespace

Result<UniqueFd> open_namespace_file(const std::string& path, std::uint32_t inode) {
  const auto seen = open_at(AT_FDCWD, path, O_PATH);
  if (!seen) return tl::unexpected(seen.error());
  if (!stands_for(seen->get(), inode))
    return os_error(ESRCH, "open {}: not the namespace {}", escape_text(path), inode);
  auto file = open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
  if (file && !stands_for(file->get(), inode))
    return os_error(ESRCH, "open {}: not the namespace {} any more", escape_text(path), inode);
  return file;
}

Result<UniqueFd> open_namespace(std::uint64_t unique_id, std::uint32_t clone_flag,
                                std::uint32_t inode) {
  alignas(file_handle) std::byte buffer[sizeof(file_handle) + sizeof(NsfsHandle)] = {};
  auto* handle = reinterpret_cast<file_handle*>(buffer);
  const NsfsHandle wanted{unique_id, clone_flag, inode};
  handle->handle_bytes = sizeof wanted;
  handle->handle_type = kFileIdNsfs;
  std::memcpy(handle->f_handle, &wanted, sizeof wanted);
  UniqueFd file(::open_by_handle_at(kNsfsRoot, handle, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return os_error(errno, "open the namespace {} by its id", inode);
  return file;
}

} // namespace vitrine::kernel
