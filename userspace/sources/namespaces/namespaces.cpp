// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/namespaces/namespaces.h"

#include "userspace/kernel/nsfs.h"
#include "userspace/kernel/own_thread.h"
#include "userspace/sources/namespaces/id_map.h"
#include "userspace/sources/namespaces/open.h"

#include <cerrno>

#include <fcntl.h>
#include <sched.h>
#include <sys/utsname.h>

namespace vitrine::namespaces {
namespace {

using Errors = std::vector<objects::SourceError>;

bool vanished(int code) {
  return code == ENOENT || code == ESRCH;
}

void count(Errors& errors, std::string_view source, int code) {
  if (!vanished(code)) objects::count_error(errors, source, errno_name(code));
}

/// The file `name` of the process, as long as it lives in that user namespace.
std::optional<std::vector<objects::IdMapping>>
read_map(const objects::Namespace& row, const char* name, const std::string& proc, Errors& errors) {
  const std::string process = fmt::format("{}/{}", proc, row.oldest->pid);
  const auto text = read_file_at(AT_FDCWD, process + "/" + name);
  const auto still = kernel::open_namespace_file(process + "/ns/user", row.id.inode);
  if (!text || !still) {
    count(errors, fmt::format("/proc/PID/{}", name), (text ? still.error() : text.error()).code);
    return std::nullopt;
  }
  return id_map_of(*text);
}

std::optional<std::string> nodename() {
  utsname names = {};
  if (::uname(&names) != 0) return std::nullopt;
  return names.nodename;
}

void read_hostname(objects::Namespace& row, const std::string& proc, Errors& errors) {
  const auto file = open(row, proc);
  if (!file) return count(errors, "hostname", file.error().code);
  if (::setns(file->get(), CLONE_NEWUTS) != 0) return count(errors, "hostname", errno);
  row.hostname = nodename();
}

} // namespace

Errors describe(std::vector<objects::Namespace>& rows, const std::string& proc) {
  Errors errors;
  std::vector<objects::Namespace*> elsewhere;
  for (objects::Namespace& row : rows) {
    if (row.id.kind == objects::NamespaceKind::user && row.oldest) {
      row.uid_map = read_map(row, "uid_map", proc, errors);
      row.gid_map = read_map(row, "gid_map", proc, errors);
    }
    if (row.id.kind != objects::NamespaceKind::uts) continue;
    if (kernel::open_namespace_file(proc + "/self/ns/uts", row.id.inode))
      row.hostname = nodename();
    else
      elsewhere.push_back(&row);
  }
  if (elsewhere.empty()) return errors;
  const auto went = kernel::in_own_thread([&] {
    for (objects::Namespace* row : elsewhere)
      read_hostname(*row, proc, errors);
  });
  if (!went)
    objects::count_error(errors, "hostname", errno_name(went.error().code), elsewhere.size());
  return errors;
}

} // namespace vitrine::namespaces
