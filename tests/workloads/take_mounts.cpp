// SPDX-License-Identifier: Apache-2.0
/// take_mounts [mountinfo] PID…: prints, as a snapshot in JSON, all mounts that these processes
/// lead to and that the kernel lists ("mountinfo": without its list), and mount, user and uts
/// namespaces.
#include "userspace/objects/snapshot_json.h"
#include "userspace/sources/mounts/mounts.h"
#include "userspace/sources/namespaces/namespaces.h"
#include "userspace/world/namespaces.h"

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string_view>

namespace {

using namespace vitrine;
namespace fs = std::filesystem;

std::optional<objects::NamespaceId> namespace_of(const fs::path& link) {
  std::error_code gone;
  objects::NamespaceId id;
  if (!from_text(fs::read_symlink(link, gone).native(), id)) return std::nullopt;
  return id;
}

std::optional<std::uint32_t> inode_of(const fs::path& link) {
  const auto id = namespace_of(link);
  return id ? std::optional(id->inode) : std::nullopt;
}

/// As much of a process as mounts and namespaces are found by.
objects::Process process_of(std::uint32_t pid) {
  const fs::path directory = "/proc/" + std::to_string(pid);
  objects::Process process;
  process.id.pid = pid;
  process.namespaces.mnt = inode_of(directory / "ns/mnt");
  process.namespaces.user = inode_of(directory / "ns/user");
  process.namespaces.uts = inode_of(directory / "ns/uts");
  process.namespace_files.emplace();
  std::error_code gone;
  for (const auto& file : fs::directory_iterator(directory / "fd", gone))
    if (const auto id = namespace_of(file.path()))
      process.namespace_files->push_back(
          {static_cast<std::uint32_t>(std::stoul(file.path().filename())), *id});
  return process;
}

} // namespace

int main(int count, char** arguments) {
  mounts::Options options;
  std::vector<objects::Process> processes;
  for (const std::string_view word :
       std::span(arguments, static_cast<std::size_t>(count)).subspan(1)) {
    std::uint32_t pid = 0;
    if (word == "mountinfo")
      options.statmount = false;
    else if (std::from_chars(word.data(), word.data() + word.size(), pid).ec == std::errc())
      processes.push_back(process_of(pid));
  }
  auto read = mounts::read(processes, options);
  if (!read) {
    std::fprintf(stderr, "take_mounts: %s\n", read.error().message().c_str());
    return 1;
  }
  objects::Snapshot snapshot;
  snapshot.namespaces = world::namespaces_of(processes, {}, read->mounts);
  snapshot.sources = std::move(read->sources);
  snapshot.errors = std::move(read->errors);
  for (const auto& error : namespaces::describe(*snapshot.namespaces))
    objects::count_error(snapshot.errors, error.source, error.error, error.count);
  snapshot.mounts = std::move(read->mounts);
  std::puts(objects::snapshot_json(snapshot).dump().c_str());
  return 0;
}
