// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/networks/socket_owners.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <dirent.h>
#include <unistd.h>

namespace vitrine::networks {
namespace {

using Listeners = std::unordered_map<std::uint64_t, std::vector<objects::Listener*>>; // by inode

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// The inode in "socket:[4711]".
std::optional<std::uint64_t> socket_inode(std::string_view link) {
  constexpr std::string_view kBegin = "socket:[";
  if (!link.starts_with(kBegin)) return std::nullopt;
  std::uint64_t inode = 0;
  const char* const end = link.data() + link.size();
  const auto [stop, error] = std::from_chars(link.data() + kBegin.size(), end, inode);
  if (error != std::errc() || stop == end || *stop != ']') return std::nullopt;
  return inode;
}

void claim(objects::Listener& listener, const objects::ProcessId& id) {
  const auto age = [](const objects::ProcessId& process) {
    return std::pair(process.start_ticks, process.pid);
  };
  if (!listener.process || age(id) < age(*listener.process)) listener.process = id;
}

/// 0, or why the descriptors cannot be read. A process that has gone has none.
int look_through(const objects::Process& process, const std::string& proc, Listeners& listeners) {
  const std::string path = fmt::format("{}/{}/fd", proc, process.id.pid);
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) return errno == ENOENT || errno == ESRCH ? 0 : errno;
  while (const dirent* entry = ::readdir(directory.get())) {
    char link[64];
    const ssize_t length = ::readlinkat(::dirfd(directory.get()), entry->d_name, link, sizeof link);
    if (length <= 0) continue;
    const auto inode = socket_inode({link, static_cast<std::size_t>(length)});
    if (!inode) continue;
    const auto those = listeners.find(*inode);
    if (those == listeners.end()) continue;
    for (objects::Listener* listener : those->second)
      claim(*listener, process.id);
  }
  return 0;
}

} // namespace

std::vector<objects::SourceError> find_owners(std::vector<objects::Network>& networks,
                                              std::span<const objects::Process> processes,
                                              const std::string& proc) {
  Listeners listeners;
  for (objects::Network& network : networks)
    for (objects::Listener& listener : network.listeners)
      listeners[listener.inode].push_back(&listener);
  std::vector<objects::SourceError> errors;
  if (listeners.empty()) return errors;
  for (const objects::Process& process : processes)
    if (const int error = look_through(process, proc, listeners); error != 0)
      objects::count_error(errors, "/proc/PID/fd", ::strerrorname_np(error));
  return errors;
}

} // namespace vitrine::networks
