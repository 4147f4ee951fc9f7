// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/namespace_facts.h"

#include "userspace/base/unique_fd.h"
#include "userspace/sources/census/namespace_type.h"
#include "userspace/sources/census/open_files.h"
#include "userspace/sources/census/process_directory.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace vitrine::census {
namespace {

using objects::NamespaceFacts;
using objects::NamespaceId;
using objects::NamespaceKind;

// include/uapi/linux/nsfs.h of Linux 6.18: older headers lack it.
constexpr unsigned long kGetId = _IOR(NSIO, 13, std::uint64_t);

std::optional<NamespaceId> id_of(int nsfs_fd) {
  struct stat status = {};
  const auto kind = kind_of_type(::ioctl(nsfs_fd, NS_GET_NSTYPE));
  if (!kind || ::fstat(nsfs_fd, &status) != 0) return std::nullopt;
  return NamespaceId{.kind = *kind, .inode = static_cast<std::uint32_t>(status.st_ino)};
}

/// A namespace with descriptors of those above it.
struct Look {
  NamespaceFacts facts;
  UniqueFd parent, owner;
};

std::optional<Look> look_at(int nsfs_fd) {
  const auto id = id_of(nsfs_fd);
  if (!id) return std::nullopt;
  Look look;
  NamespaceFacts& facts = look.facts;
  facts.id = *id;
  facts.initial = is_initial(id->inode);
  std::uint64_t unique = 0;
  if (::ioctl(nsfs_fd, kGetId, &unique) == 0) facts.unique_id = objects::UniqueId{unique};
  // EPERM: it has none, or one out of this reader's sight.
  look.owner.reset(::ioctl(nsfs_fd, NS_GET_USERNS));
  if (look.owner.valid()) facts.owner = id_of(look.owner.get());
  if (id->kind == NamespaceKind::user || id->kind == NamespaceKind::pid)
    look.parent.reset(::ioctl(nsfs_fd, NS_GET_PARENT));
  if (look.parent.valid()) facts.parent = id_of(look.parent.get());
  uid_t uid = 0;
  if (id->kind == NamespaceKind::user && ::ioctl(nsfs_fd, NS_GET_OWNER_UID, &uid) == 0)
    facts.creator_uid = uid;
  return look;
}

struct NamedLink {
  NamespaceKind kind;
  const char* path;
  objects::NamespaceLinks::Link objects::NamespaceLinks::*link;
};

using Links = objects::NamespaceLinks;
constexpr NamedLink kLinks[] = {
    {NamespaceKind::cgroup, "/ns/cgroup", &Links::cgroup},
    {NamespaceKind::ipc, "/ns/ipc", &Links::ipc},
    {NamespaceKind::mnt, "/ns/mnt", &Links::mnt},
    {NamespaceKind::net, "/ns/net", &Links::net},
    {NamespaceKind::pid, "/ns/pid", &Links::pid},
    {NamespaceKind::pid, "/ns/pid_for_children", &Links::pid_for_children},
    {NamespaceKind::time, "/ns/time", &Links::time},
    {NamespaceKind::time, "/ns/time_for_children", &Links::time_for_children},
    {NamespaceKind::user, "/ns/user", &Links::user},
    {NamespaceKind::uts, "/ns/uts", &Links::uts},
};

} // namespace

Result<NamespaceFacts> facts_of(int nsfs_fd) {
  auto look = look_at(nsfs_fd);
  if (!look) return os_error(errno, "ask for a namespace");
  return look->facts;
}

void NamespaceTable::mention(const NamespaceId& id) {
  const auto [row, is_new] = table_.try_emplace(id);
  if (!is_new) return;
  row->second.id = id;
  row->second.initial = is_initial(id.inode);
}

void NamespaceTable::climb(int nsfs_fd) {
  auto look = look_at(nsfs_fd);
  if (!look) return;
  table_[look->facts.id] = look->facts;
  for (const auto& [above, fd] : {std::pair{look->facts.parent, look->parent.get()},
                                  std::pair{look->facts.owner, look->owner.get()}})
    if (above && !has(*above)) climb(fd);
}

void NamespaceTable::add_links(int proc, const std::string& directory, const Links& links) {
  for (const NamedLink& name : kLinks) {
    const auto& inode = links.*name.link;
    if (!inode || has({name.kind, *inode})) continue;
    const UniqueFd file(::openat(proc, (directory + name.path).c_str(), O_RDONLY | O_CLOEXEC));
    if (file.valid()) climb(file.get());
    mention({name.kind, *inode});
  }
}

/// Before 6.18 the first mount and network namespaces have inodes like any other's. Kernel threads
/// live in them.
void NamespaceTable::mark_initial(const objects::Process& kernel_thread) {
  for (const NamedLink& name : kLinks)
    if (const auto& inode = kernel_thread.namespaces.*name.link)
      table_.at({name.kind, *inode}).initial = true;
}

void NamespaceTable::add_all_of(int proc, const std::vector<objects::Process>& processes) {
  const Links* last = nullptr; // most live where the one before them does
  for (const objects::Process& process : processes) {
    const std::string directory = std::to_string(process.id.pid);
    if (last == nullptr || *last != process.namespaces)
      add_links(proc, directory, process.namespaces);
    last = &process.namespaces;
    for (const objects::Thread& thread : process.threads)
      add_links(proc, directory + "/task/" + std::to_string(thread.tid), thread.namespaces);
    if (!process.namespace_files) continue;
    for (const objects::NamespaceFile& file : *process.namespace_files) {
      if (has(file.namespace_id)) continue;
      const UniqueFd opened = open_namespace(proc, process.id, file);
      if (opened.valid()) climb(opened.get());
      mention(file.namespace_id);
    }
  }
  const auto kthreadd =
      std::ranges::find(processes, 2U, [](const auto& process) { return process.id.pid; });
  if (kthreadd == processes.end()) return;
  const auto directory = ProcessDirectory::open(proc, kthreadd->id);
  const auto stat = directory ? directory->stat() : std::nullopt;
  if (stat && stat->kernel_thread) mark_initial(*kthreadd);
}

bool NamespaceTable::has_all_of(const std::vector<objects::Process>& processes) const {
  const auto has_links = [&](const Links& links) {
    return std::ranges::all_of(kLinks, [&](const NamedLink& name) {
      const auto& inode = links.*name.link;
      return !inode || has({name.kind, *inode});
    });
  };
  const Links* last = nullptr;
  return std::ranges::all_of(processes, [&](const objects::Process& process) {
    const bool same = last != nullptr && *last == process.namespaces;
    last = &process.namespaces;
    return same || has_links(process.namespaces);
  });
}

std::vector<NamespaceFacts> NamespaceTable::list() const {
  std::vector<NamespaceFacts> all;
  all.reserve(table_.size());
  for (const auto& [id, facts] : table_)
    all.push_back(facts);
  return all;
}

} // namespace vitrine::census
