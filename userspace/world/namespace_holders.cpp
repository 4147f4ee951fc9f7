// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/namespace_holders.h"

#include "userspace/world/release_words.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace vitrine::world {
namespace {

using objects::Holder;
using objects::HolderKind;
using objects::Namespace;
using objects::NamespaceId;
using objects::NamespaceKind;

/// The two kinds where the next child lives elsewhere: namespaces(7).
struct ForChildren {
  NamespaceKind kind;
  objects::NamespaceLinks::Link objects::NamespaceLinks::*link;
};
constexpr ForChildren kForChildren[] = {
    {NamespaceKind::pid, &objects::NamespaceLinks::pid_for_children},
    {NamespaceKind::time, &objects::NamespaceLinks::time_for_children}};

class Holders {
public:
  Holders(NamespaceTable& table, std::span<const objects::Process> processes,
          std::span<const objects::Mount> mounts)
      : table_(table), processes_(processes), mounts_(mounts) {}

  void add() {
    add_processes();
    for (const objects::Process& process : processes_)
      add_threads(process);
    for (const objects::Process& process : processes_)
      add_for_children(process);
    for (const HolderKind kind : {HolderKind::fd, HolderKind::socket, HolderKind::in_flight})
      for (const objects::Process& process : processes_)
        add_files(process, kind);
    for (const objects::Mount& mount : mounts_)
      add_mount(mount);
    add_below(HolderKind::child, &Namespace::parent, release_of_child);
    add_below(HolderKind::owned, &Namespace::owner, release_of_owned);
    if (all_was_seen())
      for (Namespace& row : table_.rows())
        add_unknown(row);
  }

private:
  /// The kernel keeps the initial ones, whoever else is in them.
  void hold(const NamespaceId& id, Holder holder) {
    Namespace& row = table_.row(id);
    if (!row.initial) row.kept_alive_by.push_back(std::move(holder));
  }

  static Holder holder(HolderKind kind, const objects::Process& process) {
    Holder holder;
    holder.kind = kind;
    holder.process = process.id;
    return holder;
  }

  void add_processes() {
    std::unordered_map<std::uint32_t, const objects::Process*> by_pid;
    for (const objects::Process& process : processes_)
      by_pid.emplace(process.id.pid, &process);
    for (Namespace& row : table_.rows()) {
      if (row.initial || !row.oldest) continue;
      const objects::Process& oldest = *by_pid.at(row.oldest->pid);
      Holder by = holder(HolderKind::process, oldest);
      by.release = release_of_processes(row, oldest);
      row.kept_alive_by.push_back(std::move(by));
    }
  }

  void add_threads(const objects::Process& process) {
    for (const objects::Thread& thread : process.threads)
      for (const NamespaceKind kind : objects::kNamespaceKinds) {
        const auto& inode = thread.namespaces.of(kind);
        if (!inode || inode == process.namespaces.of(kind)) continue;
        Holder by = holder(HolderKind::thread, process);
        by.thread = thread.tid;
        by.release = release_of_thread(process, thread.tid);
        hold({kind, *inode}, std::move(by));
      }
  }

  void add_for_children(const objects::Process& process) {
    for (const ForChildren& row : kForChildren) {
      const auto& main = process.namespaces.*row.link;
      if (main && main != process.namespaces.of(row.kind))
        add_for_children(process, row, *main, {});
      for (const objects::Thread& thread : process.threads) {
        const auto& inode = thread.namespaces.*row.link;
        if (inode && inode != thread.namespaces.of(row.kind) && inode != main)
          add_for_children(process, row, *inode, thread.tid);
      }
    }
  }

  void add_for_children(const objects::Process& process, const ForChildren& row,
                        std::uint32_t inode, std::optional<std::uint32_t> tid) {
    Holder by = holder(HolderKind::for_children, process);
    by.thread = tid;
    by.release = release_for_children(process, tid);
    hold({row.kind, inode}, std::move(by));
  }

  static HolderKind kind_of(const objects::NamespaceFile& file) {
    if (file.in_flight) return HolderKind::in_flight;
    return file.socket ? HolderKind::socket : HolderKind::fd;
  }

  void add_files(const objects::Process& process, HolderKind kind) {
    if (!process.namespace_files) return;
    for (const objects::NamespaceFile& file : *process.namespace_files) {
      if (kind_of(file) != kind) continue;
      if (kind == HolderKind::socket && process.namespaces.net == file.namespace_id.inode) continue;
      Holder by = holder(kind, process);
      by.fd = file.fd;
      by.release = release_of_file(process, file);
      hold(file.namespace_id, std::move(by));
    }
  }

  void add_mount(const objects::Mount& mount) {
    if (!mount.namespace_file) return;
    Holder by;
    by.kind = HolderKind::bind_mount;
    by.mount = mount.id;
    by.path = mount.mount_point;
    by.release =
        release_of_mount(mount, table_.row({NamespaceKind::mnt, mount.id.mount_namespace}));
    hold(*mount.namespace_file, std::move(by));
  }

  void add_below(HolderKind kind, std::optional<NamespaceId> Namespace::*above,
                 std::string (*release)(const NamespaceId&)) {
    for (std::size_t i = 0; i < table_.rows().size(); ++i) {
      const Namespace& row = table_.rows()[i];
      if (!(row.*above) || row.*above == row.id) continue;
      Holder by;
      by.kind = kind;
      by.namespace_id = row.id;
      by.release = release(row.id);
      hold(*(row.*above), std::move(by));
    }
  }

  /// Whatever could hold a namespace was looked at: the reader sees the initial pid namespace, the
  /// files of all processes and the mounts of all mount namespaces.
  [[nodiscard]] bool all_was_seen() {
    std::unordered_set<std::uint32_t> read;
    for (const objects::Mount& mount : mounts_)
      read.insert(mount.id.mount_namespace);
    const auto has_files = [](const objects::Process& process) {
      return process.namespace_files.has_value();
    };
    const auto is_read = [&](const Namespace& row) {
      return row.id.kind != NamespaceKind::mnt || read.contains(row.id.inode);
    };
    const auto is_all = [](const Namespace& row) {
      return row.id.kind == NamespaceKind::pid && row.initial && row.processes > 0;
    };
    return std::ranges::all_of(processes_, has_files) &&
           std::ranges::all_of(table_.rows(), is_read) &&
           std::ranges::any_of(table_.rows(), is_all);
  }

  /// As many references as what was found can have at most. Nothing where that is not known: tasks
  /// share theirs, and user and pid namespaces are referred to from all over the kernel (cred,
  /// pid).
  static std::optional<std::size_t> most_references(const Namespace& row) {
    if (row.kept_alive_by.empty()) return 0;
    if (row.id.kind == NamespaceKind::user || row.id.kind == NamespaceKind::pid)
      return std::nullopt;
    std::size_t references = 0;
    bool file =
        false; // all open and mounted files of one namespace share an inode, and that counts
    for (const Holder& by : row.kept_alive_by) {
      if (by.kind <= HolderKind::for_children) return std::nullopt;
      if (by.kind == HolderKind::fd || by.kind == HolderKind::bind_mount)
        file = true;
      else
        ++references;
    }
    return references + (file ? 1 : 0);
  }

  static void add_unknown(Namespace& row) {
    const auto most = most_references(row);
    if (row.initial || !row.references || !most || *row.references <= *most) return;
    Holder by;
    by.kind = HolderKind::unknown;
    by.release = fmt::format("not known: the kernel counts {} references, and {} were found",
                             *row.references, *most);
    row.kept_alive_by.push_back(std::move(by));
  }

  NamespaceTable& table_;
  std::span<const objects::Process> processes_;
  std::span<const objects::Mount> mounts_;
};

} // namespace

void add_holders(NamespaceTable& table, std::span<const objects::Process> processes,
                 std::span<const objects::Mount> mounts) {
  Holders(table, processes, mounts).add();
}

} // namespace vitrine::world
