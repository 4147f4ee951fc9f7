// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/directory.h"

#include "userspace/base/in_root.h"
#include "userspace/base/text_escape.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine::engines {
namespace {

constexpr std::string_view kOthers =
    ".+-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
constexpr std::string_view kFirst = kOthers.substr(3);
constexpr std::size_t kLineLimit = 65536;
constexpr std::size_t kNamesLimit = 8192;

Result<std::string> read_all(int fd, const std::string& path, std::size_t limit) {
  std::string text;
  std::array<char, 16384> block;
  for (;;) {
    const ssize_t count = ::read(fd, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os_error(errno, "read {}", escape_text(path));
    if (count == 0) return text;
    if (text.size() + static_cast<std::size_t>(count) > limit)
      return failure("read {}: larger than {} bytes", escape_text(path), limit);
    text.append(block.data(), static_cast<std::size_t>(count));
  }
}

} // namespace

bool is_plain_name(std::string_view text) {
  if (text.empty() || text.size() > NAME_MAX) return false;
  return kFirst.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of(kOthers) == std::string_view::npos;
}

bool is_whole_id(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Directory> Directory::open(int root, const std::string& path) {
  UniqueFd descriptor(open_in_root(root, path.c_str(), O_PATH | O_DIRECTORY));
  if (!descriptor.valid()) return os_error(errno, "open {}", escape_text(path));
  return Directory(path, std::move(descriptor));
}

Result<std::string> Directory::read(const std::string& name, std::size_t limit) const {
  const std::string whole = path_ + "/" + name;
  // A FIFO or a terminal in the file's place must not be waited for.
  const UniqueFd file(
      open_in_root(descriptor_.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return os_error(errno, "open {}", escape_text(whole));
  struct stat status {};
  if (::fstat(file.get(), &status) < 0) return os_error(errno, "stat {}", escape_text(whole));
  if (!S_ISREG(status.st_mode)) return failure("{} is no regular file", escape_text(whole));
  return read_all(file.get(), whole, limit);
}

std::string Directory::first_line(const std::string& name) const {
  const auto text = read(name, kLineLimit);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

std::string Directory::link(const std::string& name) const {
  std::array<char, PATH_MAX> target;
  const ssize_t length =
      ::readlinkat(descriptor_.get(), name.c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : std::string();
}

std::vector<std::string> Directory::names(const std::string& name) const {
  std::vector<std::string> names;
  const int directory = open_in_root(descriptor_.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
  if (directory < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory), ::closedir);
  if (stream == nullptr) {
    ::close(directory);
    return names;
  }
  while (const dirent* entry = ::readdir(stream.get()))
    if (is_plain_name(entry->d_name) && names.size() < kNamesLimit)
      names.emplace_back(entry->d_name);
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> Directory::names_for(const std::string& word,
                                              const std::string& name) const {
  if (is_plain_name(word)) {
    const UniqueFd one(
        open_in_root(descriptor_.get(), (name + "/" + word).c_str(), O_PATH | O_NOFOLLOW));
    if (one.valid()) return {word};
    if (is_whole_id(word)) return {};
  }
  return names(name);
}

} // namespace vitrine::engines
