// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/iterators.h"

#include "userspace/loader/attach_ids.h"
#include "userspace/loader/iterator.h"
#include "userspace/loader/kernel_btf.h"
#include "userspace/loader/kernel_types.h"
#include "userspace/loader/libbpf_error.h"

#include <bpf/libbpf.h>

#include <cstring>

#include <census.skel.h>

namespace vitrine::census {
namespace {

struct SkeletonDeleter {
  void operator()(census_bpf* skeleton) const { census_bpf__destroy(skeleton); }
};
using Skeleton = std::unique_ptr<census_bpf, SkeletonDeleter>;

/// Linux 6.18 keeps all namespaces in lists.
bool has_namespace_lists(const loader::KernelBtf& kernel) {
  return kernel.member_offset("ns_common", "ns_id").has_value();
}

/// Which of the programs: those for Linux 5.17 and newer, or those for older ones.
struct Choice {
  bool loops = false;      ///< bpf_loop()
  bool namespaces = false; ///< list_namespaces, too
};

Result<Skeleton> load_programs(const loader::KernelBtf& kernel, const Choice& choice) {
  const loader::AttachIds attach_ids(kernel);
  const loader::KernelTypes types;
  const bpf_object_open_opts options = types.open_options();
  Skeleton skeleton(census_bpf__open_opts(&options));
  if (!skeleton) return loader::libbpf_error(-errno, "open the built-in BPF iterators");
  if (auto filled = types.fill(kernel, skeleton->obj); !filled)
    return tl::unexpected(std::move(filled).error());
  const auto& programs = skeleton->progs;
  bpf_program__set_autoload(programs.list_tasks, choice.loops);
  bpf_program__set_autoload(programs.list_files, choice.loops);
  bpf_program__set_autoload(programs.list_tasks_bounded, !choice.loops);
  bpf_program__set_autoload(programs.list_files_bounded, !choice.loops);
  bpf_program__set_autoload(programs.list_namespaces, choice.namespaces);
  if (const int error = census_bpf__load(skeleton.get()))
    return loader::libbpf_error(error, "load the BPF iterators into the kernel");
  return skeleton;
}

/// The most that this kernel takes.
Result<Skeleton> load_best(const loader::KernelBtf& kernel) {
  Result<Skeleton> skeleton = failure("this kernel takes no BPF iterators");
  for (const Choice& choice :
       {Choice{.loops = true, .namespaces = true}, Choice{.loops = true}, Choice{}}) {
    if (choice.namespaces && !has_namespace_lists(kernel)) continue;
    skeleton = load_programs(kernel, choice);
    if (skeleton || skeleton.error().code == EPERM) break;
  }
  return skeleton;
}

} // namespace

struct Iterators::Handle {
  Skeleton skeleton;
  loader::Link tasks, files, namespaces;
  std::vector<std::byte> bytes; ///< of the last run
};

Iterators::Iterators(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Iterators::Iterators(Iterators&&) noexcept = default;
Iterators& Iterators::operator=(Iterators&&) noexcept = default;
Iterators::~Iterators() = default;

Result<Iterators> Iterators::load() {
  loader::listen_to_libbpf();
  const auto kernel = loader::KernelBtf::open_kernel();
  if (!kernel) return tl::unexpected(kernel.error());
  auto skeleton = load_best(*kernel);
  if (!skeleton) return tl::unexpected(std::move(skeleton).error());
  auto handle = std::make_unique<Handle>();
  handle->skeleton = std::move(*skeleton);
  const auto& programs = handle->skeleton->progs;
  for (const auto& [program, link] : {std::pair{programs.list_tasks, &handle->tasks},
                                      std::pair{programs.list_tasks_bounded, &handle->tasks},
                                      std::pair{programs.list_files, &handle->files},
                                      std::pair{programs.list_files_bounded, &handle->files},
                                      std::pair{programs.list_namespaces, &handle->namespaces}}) {
    if (bpf_program__fd(program) < 0) continue;
    auto attached = loader::attach_iterator(program);
    if (!attached) return tl::unexpected(std::move(attached).error());
    *link = std::move(*attached);
  }
  return Iterators(std::move(handle));
}

Result<std::span<const std::byte>> Iterators::tasks(bool threads, bool security) {
  auto& settings = *handle_->skeleton->bss;
  settings.wanted.threads = threads;
  settings.wanted.security = security;
  std::memset(settings.seen_sets, 0, sizeof settings.seen_sets);
  if (auto run = loader::run_iterator(handle_->tasks.get(), "iter/task", handle_->bytes); !run)
    return tl::unexpected(std::move(run).error());
  return std::span<const std::byte>(handle_->bytes);
}

Result<std::vector<vitrine_census_file>> Iterators::files() {
  if (auto run = loader::run_iterator(handle_->files.get(), "iter/task_file", handle_->bytes); !run)
    return tl::unexpected(std::move(run).error());
  std::vector<vitrine_census_file> files(handle_->bytes.size() / sizeof(vitrine_census_file));
  std::memcpy(files.data(), handle_->bytes.data(), files.size() * sizeof(vitrine_census_file));
  return files;
}

std::optional<std::vector<vitrine_census_namespace>> Iterators::namespaces(std::uint32_t type) {
  if (!handle_->namespaces) return std::nullopt;
  std::vector<vitrine_census_namespace> all;
  auto& walk = handle_->skeleton->bss->walk;
  walk.type = type;
  walk.place = 0;
  std::size_t count = 0;
  do { // as many as fit, at a time
    if (!loader::run_iterator(handle_->namespaces.get(), "iter/bpf_prog", handle_->bytes))
      return std::nullopt;
    count = handle_->bytes.size() / sizeof(vitrine_census_namespace);
    const std::size_t before = all.size();
    all.resize(before + count);
    std::memcpy(all.data() + before, handle_->bytes.data(),
                count * sizeof(vitrine_census_namespace));
    if (count > 0) walk.place = all.back().place + 1;
  } while (count == VITRINE_CENSUS_NAMESPACES && walk.place != 0);
  return all;
}

} // namespace vitrine::census
