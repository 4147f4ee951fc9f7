// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/release_words.h"

#include <fmt/format.h>

namespace vitrine::world {
namespace {

std::string named(const objects::Process& process) {
  return fmt::format("{} ({})", process.id.pid, process.comm);
}

/// As a shell reads one word.
std::string quoted(const std::string& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789/._-+:@%,=";
  if (path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string word = "'";
  for (const char c : path)
    word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// A pid namespace ends with its first process.
bool ends_with(const objects::Namespace& row, const objects::Process& process) {
  return row.id.kind == objects::NamespaceKind::pid && !process.namespace_pids.empty() &&
         process.namespace_pids.back() == 1;
}

} // namespace

std::string release_of_processes(const objects::Namespace& row, const objects::Process& oldest) {
  std::string words = "kill " + named(oldest);
  if (row.processes > 1 && !ends_with(row, oldest))
    words += fmt::format(" and {} more", row.processes - 1);
  return words;
}

std::string release_of_thread(const objects::Process& process, std::uint32_t tid) {
  return fmt::format("end thread {} of {}", tid, named(process));
}

std::string release_for_children(const objects::Process& process,
                                 std::optional<std::uint32_t> tid) {
  const std::string who = tid ? release_of_thread(process, *tid) : "kill " + named(process);
  return who + ", whose children would live in it";
}

std::string release_of_file(const objects::Process& process, const objects::NamespaceFile& file) {
  if (file.in_flight)
    return fmt::format("receive from or close the socket fd {} of {}", file.fd, named(process));
  return fmt::format("close {} {} of {}", file.socket ? "the socket fd" : "fd", file.fd,
                     named(process));
}

std::string release_of_mount(const objects::Mount& mount, const objects::Namespace& where) {
  std::string words = "umount " + quoted(mount.mount_point);
  if (!where.initial && where.oldest)
    words = fmt::format("nsenter -t {} -m {}", where.oldest->pid, words);
  if (!where.initial && !where.oldest) words += " in " + to_text(where.id);
  if (mount.covered) words += ", after what is mounted over it";
  return words;
}

std::string release_of_child(const objects::NamespaceId& child) {
  return fmt::format("end {}, which is its child", to_text(child));
}

std::string release_of_owned(const objects::NamespaceId& owned) {
  return fmt::format("end {}, which belongs to it", to_text(owned));
}

} // namespace vitrine::world
