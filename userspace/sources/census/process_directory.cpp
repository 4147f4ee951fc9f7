// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/process_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace vitrine::census {
namespace {

constexpr std::size_t kReadLimit = std::size_t{16} << 20; // command lines end at 6 MiB: execve(2)

tl::unexpected<Error> refused() {
  return tl::unexpected(Error{errno, {}, {}});
}

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

} // namespace

Result<ProcessDirectory> ProcessDirectory::open(int directory, const std::string& path) {
  UniqueFd fd(::openat(directory, path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return refused();
  return ProcessDirectory(std::move(fd));
}

std::optional<ProcessDirectory> ProcessDirectory::open(int proc, const objects::ProcessId& id) {
  auto directory = open(proc, std::to_string(id.pid));
  if (!directory) return std::nullopt;
  const auto now = directory->stat();
  if (!now || now->start_ticks != id.start_ticks) return std::nullopt;
  return std::move(*directory);
}

Result<std::string> ProcessDirectory::read(const std::string& name) const {
  const auto file = open_file(name, O_RDONLY);
  if (!file) return tl::unexpected(file.error());
  std::string text;
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t count = ::read(file->get(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refused();
    if (count == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(count));
    if (text.size() > kReadLimit) return tl::unexpected(Error{EFBIG, {}, {}});
  }
}

Result<std::string> ProcessDirectory::read_link(const std::string& name) const {
  std::array<char, PATH_MAX + 64> target; // longer than any link of /proc
  const ssize_t size = ::readlinkat(fd(), name.c_str(), target.data(), target.size());
  if (size < 0) return refused();
  return std::string(target.data(), static_cast<std::size_t>(size));
}

Result<UniqueFd> ProcessDirectory::open_file(const std::string& name, int flags) const {
  UniqueFd file(::openat(fd(), name.c_str(), flags | O_CLOEXEC));
  if (!file.valid()) return refused();
  return file;
}

std::optional<Stat> ProcessDirectory::stat() const {
  const auto text = read("stat");
  return text ? parse_stat(*text) : std::nullopt;
}

Result<std::vector<std::uint32_t>> ProcessDirectory::numbers(const std::string& name) const {
  return number_names(fd(), name);
}

Result<std::vector<std::uint32_t>> number_names(int directory, const std::string& path) {
  UniqueFd fd(::openat(directory, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return refused();
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(fd.get()));
  if (!stream) return refused();
  static_cast<void>(fd.release()); // the stream closes it
  std::vector<std::uint32_t> numbers;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name(entry->d_name);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

} // namespace vitrine::census
