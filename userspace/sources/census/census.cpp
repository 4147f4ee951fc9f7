// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/census.h"

#include "userspace/base/text_escape.h"
#include "userspace/base/unique_fd.h"
#include "userspace/sources/census/error_counts.h"
#include "userspace/sources/census/namespace_facts.h"
#include "userspace/sources/census/open_files.h"
#include "userspace/sources/census/proc_processes.h"

#include <fcntl.h>

namespace vitrine::census {

struct Census::Handle {
  UniqueFd proc;
};

Census::Census(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Census::Census(Census&&) noexcept = default;
Census& Census::operator=(Census&&) noexcept = default;
Census::~Census() = default;

Result<Census> Census::open(const Options& options) {
  if (options.iterators == Iterators::required && options.proc != "/proc")
    return failure("{} is not this host's /proc: BPF iterators know nothing of it",
                   escape_text(options.proc));
  auto handle = std::make_unique<Handle>();
  auto proc = open_at(AT_FDCWD, options.proc, O_RDONLY | O_DIRECTORY);
  if (!proc) return tl::unexpected(std::move(proc).error());
  handle->proc = std::move(*proc);
  return Census(std::move(handle));
}

Result<Observations> Census::take(const Wanted& wanted) {
  const int proc = handle_->proc.get();
  ErrorCounts errors;
  Observations seen;
  auto processes = read_processes(proc, wanted, errors);
  if (!processes) return tl::unexpected(std::move(processes).error());
  seen.processes = std::move(*processes);
  if (wanted.files) read_files(proc, seen.processes, errors);
  if (wanted.namespaces) {
    NamespaceTable table;
    table.add_all_of(proc, seen.processes);
    seen.namespaces = table.list();
  }
  seen.sources = {"/proc"};
  seen.errors = errors.list();
  return seen;
}

} // namespace vitrine::census
