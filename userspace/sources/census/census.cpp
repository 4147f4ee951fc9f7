// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/census.h"

#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/sources/census/error_counts.h"
#include "userspace/sources/census/iterated.h"
#include "userspace/sources/census/iterators.h"
#include "userspace/sources/census/namespace_facts.h"
#include "userspace/sources/census/open_files.h"
#include "userspace/sources/census/proc_processes.h"
#include "userspace/sources/census/process_directory.h"

#include <optional>
#include <set>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace vitrine::census {
namespace {

/// Iterators show the pid namespace of who runs them. A proc can be another one's: then it gives
/// this process several pids, or one that is not its own.
bool is_own_proc(int proc) {
  const auto self = ProcessDirectory::open(proc, "self");
  const auto status = self ? self->read("status") : Result<std::string>(std::string());
  objects::Process process;
  return status && parse_status(*status, false, process) &&
         process.namespace_pids == std::vector{static_cast<std::uint32_t>(::getpid())};
}

std::string reason_of(const Error& error) {
  return error.code != 0 ? errno_name(error.code) : "not on this kernel";
}

using Processes = std::vector<objects::Process>;
using Sources = std::set<std::string>;

Result<Processes> iterate(Iterators& iterators, int proc, const Wanted& wanted, ErrorCounts& errors,
                          Sources& sources) {
  auto seen = iterate_processes(iterators, proc, wanted, errors);
  if (!seen) return tl::unexpected(std::move(seen).error());
  if (wanted.files)
    if (auto read = iterate_files(iterators, proc, *seen, errors); !read)
      return tl::unexpected(std::move(read).error());
  sources.insert("iter/task");
  if (wanted.files) sources.insert("iter/task_file");
  if (!seen->hidden.empty()) sources.insert("/proc");
  return std::move(seen->processes);
}

Result<Processes> read(int proc, const Wanted& wanted, ErrorCounts& errors, Sources& sources) {
  auto processes = read_processes(proc, wanted, errors);
  if (!processes) return processes;
  sources.insert("/proc");
  if (wanted.files)
    for (objects::Process& process : *processes)
      read_files(proc, process, errors);
  return processes;
}

} // namespace

struct Census::Handle {
  UniqueFd proc;
  std::optional<Iterators> iterators;
  std::string refused; ///< why there are none
  bool required = false;
};

Census::Census(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Census::Census(Census&&) noexcept = default;
Census& Census::operator=(Census&&) noexcept = default;
Census::~Census() = default;

Result<Census> Census::open(const Options& options) {
  auto handle = std::make_unique<Handle>();
  auto proc = open_at(AT_FDCWD, options.proc, O_RDONLY | O_DIRECTORY);
  if (!proc) return tl::unexpected(std::move(proc).error());
  handle->proc = std::move(*proc);
  handle->required = options.iterators == IteratorUse::required;
  if (options.iterators == IteratorUse::never) return Census(std::move(handle));
  if (options.proc != "/proc" || !is_own_proc(handle->proc.get())) {
    if (!handle->required) return Census(std::move(handle));
    return failure("{} is not of this process's pid namespace: BPF iterators know nothing of it",
                   escape_text(options.proc));
  }
  auto iterators = Iterators::load();
  if (!iterators && handle->required) return tl::unexpected(std::move(iterators).error());
  if (iterators)
    handle->iterators = std::move(*iterators);
  else
    handle->refused = reason_of(iterators.error());
  return Census(std::move(handle));
}

Result<Observations> Census::take(const Wanted& wanted) {
  const int proc = handle_->proc.get();
  auto& iterators = handle_->iterators;
  ErrorCounts errors;
  Sources sources;
  Result<Processes> processes;
  std::string refused = handle_->refused;
  if (iterators) {
    processes = iterate(*iterators, proc, wanted, errors, sources);
    if (!processes && handle_->required) return tl::unexpected(std::move(processes).error());
    if (!processes) {
      refused = reason_of(processes.error());
      errors = {};
    }
  }
  if (!refused.empty()) errors.add("iter/task", std::move(refused));
  if (!iterators || !processes) processes = read(proc, wanted, errors, sources);
  if (!processes) return tl::unexpected(std::move(processes).error());
  Observations seen;
  seen.processes = std::move(*processes);
  if (wanted.namespaces) {
    NamespaceTable table;
    const bool listed = iterators && iterate_namespaces(*iterators, seen.processes, table);
    sources.insert(listed ? "namespace lists" : "ioctl_ns");
    table.add_all_of(proc, seen.processes);
    seen.namespaces = table.list();
  }
  seen.sources.assign(sources.begin(), sources.end());
  seen.errors = errors.list();
  return seen;
}

} // namespace vitrine::census
