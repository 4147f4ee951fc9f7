// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/store.h"

#include "userspace/base/directory_tree.h"
#include "userspace/base/in_root.h"
#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine::image {
namespace {

constexpr const char* kLayers = "/layers/sha256";

/// One at a time: a second caller finds the layer made.
Result<UniqueFd> lock(int directory) {
  auto file = open_at(directory, ".lock", O_RDWR | O_CREAT, 0600);
  if (!file) return file;
  int done = 0;
  do
    done = ::flock(file->get(), LOCK_EX);
  while (done < 0 && errno == EINTR);
  if (done < 0) return os_error(errno, "lock the layers");
  return file;
}

std::string directory_name(const std::string& hex, const UnpackOptions& options) {
  if (options.unprivileged) return fmt::format("{}-uid{}", hex, ::geteuid());
  return options.id_shift == 0 ? hex : fmt::format("{}+{}", hex, options.id_shift);
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

} // namespace

Result<std::vector<std::string>> Store::layers(const Image& image, const std::string& source,
                                               const UnpackOptions& options) const {
  std::vector<std::string> directories;
  for (const std::string& digest : image.layers) {
    const std::string hex = digest.substr(digest.find(':') + 1);
    const std::string name = directory_name(hex, options);
    directories.push_back(directory_ + kLayers + "/" + name);
    if (exists(directories.back())) continue;
    if (auto done = unpack(hex, name, source, options); !done)
      return context(std::move(done).error(), "unpack layer {}", hex.substr(0, 12));
  }
  return directories;
}

Result<void> Store::unpack(const std::string& hex, const std::string& name,
                           const std::string& source, const UnpackOptions& options) const {
  if (auto done = make_directories(directory_ + kLayers, 0755); !done) return done;
  const auto layers = open_at(AT_FDCWD, directory_ + kLayers, O_RDONLY | O_DIRECTORY);
  if (!layers) return tl::unexpected(layers.error());
  const auto locked = lock(layers->get());
  if (!locked) return tl::unexpected(locked.error());
  if (exists(directory_ + kLayers + "/" + name)) return {};

  const std::string partial = ".partial-" + name; // of an earlier try that was cut short, too
  if (auto done = remove_tree(layers->get(), partial); !done) return done;
  const UniqueFd target(make_directory_in_root(layers->get(), partial.c_str()));
  if (!target.valid()) return os_error(errno, "mkdir {}", partial);
  const auto digest = unpack_layer(fmt::format("{}/{}.tar", source, hex), target.get(), options);
  if (!digest || *digest != hex) {
    (void)remove_tree(layers->get(), partial);
    if (!digest) return tl::unexpected(digest.error());
    return failure("the file's SHA-256 is {}", *digest);
  }
  // What the name promises must survive a crash as well.
  if (::syncfs(layers->get()) < 0) return os_error(errno, "syncfs");
  if (::renameat(layers->get(), partial.c_str(), layers->get(), name.c_str()) < 0)
    return os_error(errno, "rename {}", partial);
  return {};
}

} // namespace vitrine::image
