// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/unpack.h"

#include "runtime/image/sha256.h"
#include "userspace/base/directory_tree.h"
#include "userspace/base/in_root.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace vitrine::image {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

struct CloseArchive {
  void operator()(archive* reader) const { ::archive_read_free(reader); }
};
using Archive = std::unique_ptr<archive, CloseArchive>;

/// Feeds libarchive from a descriptor and hashes what it reads.
class HashedFile {
public:
  explicit HashedFile(UniqueFd file) : file_(std::move(file)) {}

  static la_ssize_t read(archive* reader, void* self, const void** block) noexcept {
    auto& file = *static_cast<HashedFile*>(self);
    const ssize_t count = file.read_block();
    if (count < 0) ::archive_set_error(reader, errno, "cannot read");
    *block = file.block_.data();
    return count;
  }

  /// The rest too: a tar ends before its file does.
  Result<std::string> finish() {
    ssize_t count = 0;
    while ((count = read_block()) > 0) {
    }
    if (count < 0) return os_error(errno, "read");
    return hash_.finish();
  }

private:
  ssize_t read_block() noexcept {
    ssize_t count = 0;
    do
      count = ::read(file_.get(), block_.data(), block_.size());
    while (count < 0 && errno == EINTR);
    if (count > 0) hash_.add(std::span(block_).first(static_cast<std::size_t>(count)));
    return count;
  }

  UniqueFd file_;
  Sha256 hash_;
  std::vector<std::byte> block_ = std::vector<std::byte>(std::size_t{256} << 10);
};

tl::unexpected<Error> archive_failure(archive* reader) {
  const char* words = ::archive_error_string(reader);
  return failure("tar: {}", escape_text(words != nullptr ? words : "broken"));
}

/// "./a//b/" as "a/b"; nothing for the top itself. ".." is refused: no layer needs it.
Result<std::string> clean_path(std::string_view path) {
  std::string clean;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") return failure("tar: an entry's path holds \"..\"");
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  return clean;
}

timespec time_of(archive_entry* entry) {
  return {::archive_entry_mtime(entry), ::archive_entry_mtime_nsec(entry)};
}

/// Times of directories are set last: what is unpacked into one changes them.
struct DirectoryTime {
  std::string path;
  timespec modified;
};

class Unpacker {
public:
  Unpacker(archive* reader, int target, const UnpackOptions& options)
      : reader_(reader), target_(target), options_(options) {}

  Result<void> unpack(archive_entry* entry) {
    const char* name = ::archive_entry_pathname(entry);
    const auto path = clean_path(name != nullptr ? name : "");
    if (!path) return tl::unexpected(path.error());
    const Parent parent = open_parent_in_root(target_, path->c_str(), RESOLVE_NO_SYMLINKS);
    const UniqueFd directory(parent.directory);
    if (!directory.valid()) return os_error(errno, "open the directory of {}", escape_text(*path));
    auto done = unpack_at(entry, directory.get(), path->empty() ? "." : parent.name, *path);
    if (!done) return context(std::move(done).error(), "{}", escape_text(*path));
    return {};
  }

  Result<void> finish() const {
    for (auto entry = times_.rbegin(); entry != times_.rend(); ++entry) {
      const UniqueFd directory(
          open_in_root(target_, entry->path.c_str(), O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
      const timespec times[2] = {{0, UTIME_OMIT}, entry->modified};
      if (!directory.valid() || ::futimens(directory.get(), times) < 0)
        return os_error(errno, "set the time of {}", escape_text(entry->path));
    }
    return {};
  }

private:
  Result<void> unpack_at(archive_entry* entry, int directory, const std::string& name,
                         const std::string& path) {
    if (name == kOpaque) return mark_opaque(directory);
    if (name.starts_with(kWhiteout)) return make_whiteout(directory, name.substr(kWhiteout.size()));
    if (const char* target = ::archive_entry_hardlink(entry); target != nullptr)
      return make_hard_link(target, directory, name);
    const mode_t type = ::archive_entry_filetype(entry);
    if (type == AE_IFDIR) return make_directory(entry, directory, name, path);
    if (auto done = remove_tree(directory, name); !done) return done; // a later entry wins
    if (type == AE_IFREG) return make_file(entry, directory, name);
    if (type == AE_IFLNK) {
      if (::symlinkat(::archive_entry_symlink(entry), directory, name.c_str()) < 0)
        return os_error(errno, "symlink");
    } else if (auto done = make_node(entry, type, directory, name); !done) {
      return done;
    }
    return set_attributes(entry, directory, name, type);
  }

  Result<void> make_directory(archive_entry* entry, int directory, const std::string& name,
                              const std::string& path) {
    struct stat info {};
    const bool exists = ::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && !S_ISDIR(info.st_mode))
      if (auto done = remove_tree(directory, name); !done) return done;
    if (::mkdirat(directory, name.c_str(), 0755) < 0 && errno != EEXIST)
      return os_error(errno, "mkdir");
    times_.push_back({path, time_of(entry)});
    return set_attributes(entry, directory, name, AE_IFDIR);
  }

  Result<void> make_file(archive_entry* entry, int directory, const std::string& name) {
    const auto file = open_at(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!file) return tl::unexpected(file.error());
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    int status = 0;
    while ((status = ::archive_read_data_block(reader_, &block, &size, &offset)) == ARCHIVE_OK)
      if (auto done = write_block(file->get(), block, size, offset); !done) return done;
    if (status != ARCHIVE_EOF) return archive_failure(reader_);
    if (::ftruncate(file->get(), ::archive_entry_size(entry)) < 0) // a hole at the end
      return os_error(errno, "ftruncate");
    return set_attributes(entry, directory, name, AE_IFREG);
  }

  Result<void> write_block(int file, const void* block, std::size_t size, la_int64_t offset) const {
    const char* bytes = static_cast<const char*>(block);
    while (size > 0) {
      const ssize_t count = ::pwrite(file, bytes, size, offset);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return os_error(errno, "write");
      bytes += count;
      offset += count;
      size -= static_cast<std::size_t>(count);
    }
    return {};
  }

  /// The target must lie in the layer, and no symbolic link may lead to it: O_PATH and the empty
  /// path link exactly what was opened.
  Result<void> make_hard_link(const char* target, int directory, const std::string& name) {
    const auto clean = clean_path(target);
    if (!clean) return tl::unexpected(clean.error());
    const Parent parent = open_parent_in_root(target_, clean->c_str(), RESOLVE_NO_SYMLINKS);
    const UniqueFd source(parent.directory);
    if (!source.valid()) return os_error(errno, "open the directory of {}", escape_text(*clean));
    if (auto done = remove_tree(directory, name); !done) return done;
    if (::linkat(source.get(), parent.name, directory, name.c_str(), 0) < 0)
      return os_error(errno, "link to {}", escape_text(*clean));
    return {};
  }

  Result<void> make_node(archive_entry* entry, mode_t type, int directory,
                         const std::string& name) const {
    if (type != AE_IFCHR && type != AE_IFBLK && type != AE_IFIFO)
      return failure("tar: an entry of unknown type {:#o}", type);
    if (options_.unprivileged && type != AE_IFIFO)
      return with_hint(failure("a device node needs root"), "run as root");
    if (::mknodat(directory, name.c_str(), type | 0600, ::archive_entry_rdev(entry)) < 0)
      return os_error(errno, "mknod");
    return {};
  }

  Result<void> make_whiteout(int directory, const std::string& name) const {
    if (name.empty() || name == "." || name == "..")
      return failure("tar: a whiteout without a name");
    if (auto done = remove_tree(directory, name); !done) return done;
    if (::mknodat(directory, name.c_str(), S_IFCHR, ::makedev(0, 0)) < 0)
      return os_error(errno, "mknod of a whiteout");
    return {};
  }

  Result<void> mark_opaque(int directory) const {
    const char* attribute =
        options_.unprivileged ? "user.overlay.opaque" : "trusted.overlay.opaque";
    const UniqueFd readable(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!readable.valid()) return os_error(errno, "open");
    if (::fsetxattr(readable.get(), attribute, "y", 1, 0) < 0)
      return os_error(errno, "set {}", attribute);
    return {};
  }

  Result<void> set_attributes(archive_entry* entry, int directory, const std::string& name,
                              mode_t type) const {
    if (auto done = set_owner(entry, directory, name); !done) return done;
    if (type == AE_IFLNK) return set_time(entry, directory, name);
    // Opening a device node could do anything: only files and directories get attributes.
    if (type == AE_IFREG || type == AE_IFDIR)
      if (auto done = set_extended_attributes(entry, directory, name); !done) return done;
    // After the owner: chown(2) clears set-user-ID.
    if (::fchmodat(directory, name.c_str(), ::archive_entry_perm(entry), 0) < 0)
      return os_error(errno, "chmod");
    return set_time(entry, directory, name);
  }

  Result<void> set_owner(archive_entry* entry, int directory, const std::string& name) const {
    if (options_.unprivileged) return {};
    const auto uid = static_cast<uid_t>(::archive_entry_uid(entry)) + options_.id_shift;
    const auto gid = static_cast<gid_t>(::archive_entry_gid(entry)) + options_.id_shift;
    if (::fchownat(directory, name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
      return os_error(errno, "chown to {}:{}", uid, gid);
    return {};
  }

  Result<void> set_time(archive_entry* entry, int directory, const std::string& name) const {
    const timespec times[2] = {{0, UTIME_OMIT}, time_of(entry)};
    if (::utimensat(directory, name.c_str(), times, AT_SYMLINK_NOFOLLOW) < 0)
      return os_error(errno, "set the time");
    return {};
  }

  /// Not the ones that are overlayfs's own: an image could hide or redirect what is below with
  /// them.
  Result<void> set_extended_attributes(archive_entry* entry, int directory,
                                       const std::string& name) const {
    const char* attribute = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    ::archive_entry_xattr_reset(entry);
    while (::archive_entry_xattr_next(entry, &attribute, &value, &size) == ARCHIVE_OK) {
      const std::string_view text = attribute;
      if (text.starts_with("trusted.") || text.starts_with("user.overlay.")) continue;
      const auto file = open_at(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if (!file) return tl::unexpected(file.error());
      if (::fsetxattr(file->get(), attribute, value, size, 0) < 0 && errno != ENOTSUP &&
          !(options_.unprivileged && errno == EPERM))
        return os_error(errno, "set {}", escape_text(text));
    }
    return {};
  }

  archive* reader_;
  int target_;
  const UnpackOptions& options_;
  std::vector<DirectoryTime> times_;
};

} // namespace

Result<std::string> unpack_layer(const std::string& tar, int target, const UnpackOptions& options) {
  auto opened = open_at(AT_FDCWD, tar, O_RDONLY);
  if (!opened) return tl::unexpected(std::move(opened).error());
  HashedFile file(std::move(*opened));
  const Archive reader(::archive_read_new());
  ::archive_read_support_format_tar(reader.get());
  if (::archive_read_open(reader.get(), &file, nullptr, HashedFile::read, nullptr) != ARCHIVE_OK)
    return archive_failure(reader.get());

  Unpacker unpacker(reader.get(), target, options);
  archive_entry* entry = nullptr;
  for (;;) {
    const int status = ::archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return archive_failure(reader.get());
    if (auto done = unpacker.unpack(entry); !done) return tl::unexpected(std::move(done).error());
  }
  if (auto done = unpacker.finish(); !done) return tl::unexpected(std::move(done).error());
  return file.finish();
}

} // namespace vitrine::image
