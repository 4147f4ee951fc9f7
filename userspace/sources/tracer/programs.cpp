// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/tracer/programs.h"

#include "userspace/loader/attach_ids.h"
#include "userspace/loader/iterator.h"
#include "userspace/loader/kernel_btf.h"
#include "userspace/loader/kernel_types.h"
#include "userspace/loader/libbpf_error.h"
#include "userspace/sources/tracer/keeper.h"
#include "userspace/sources/tracer/overlay_layout.h"
#include "userspace/sources/tracer/ring_positions.h"
#include "userspace/sources/tracer/syscall_tracepoints.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/btf.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tracer.skel.h>

namespace vitrine::tracer {

using loader::libbpf_error;
using loader::Link;

namespace {

// What a program is for when it is not the entry or exit of calls: attached when its event is
// wanted.
struct KernelEvent {
  const char* program;
  vitrine_event event;            ///< VITRINE_EVENT_NONE: needed always
  const char* function = nullptr; ///< of fentry, which not every kernel allows: fine without
};

const KernelEvent kKernelEvents[] = {
    {"follow_child", VITRINE_EVENT_NONE},
    {"report_exit", VITRINE_EVENT_NONE}, // gives slots of killed threads back, too
    {"report_mkdir", VITRINE_EVENT_cgroup_mkdir},
    {"report_rmdir", VITRINE_EVENT_cgroup_rmdir},
    {"report_attach", VITRINE_EVENT_cgroup_attach},
    {"report_copy_up", VITRINE_EVENT_overlay_copy_up, "security_inode_copy_up"},
};

constexpr const char* kIterators[] = {"list_sockets", "mark_tasks"};

// FIXED_MAX of bpf/emit.bpf.h: what the programs clear before they fill it.
#define EVENT(id, category, name, returns, doc)                                                    \
  static_assert(sizeof(ev_##category##_##name) <= 256);
#define ARG(type, name, kind, doc)
#define ARG_STRING(name, kind, doc)
#define RESULT(type, name, kind, doc)
#define RESULT_STRING(name, kind, doc)
#define END_EVENT(category, name)
#include "bpf/abi/events.inc"
#undef EVENT
#undef ARG
#undef ARG_STRING
#undef RESULT
#undef RESULT_STRING
#undef END_EVENT

constexpr unsigned kWriterPause = 100; // microseconds
constexpr int kMostWaits = 200;
constexpr unsigned kGracePeriod = 50'000; // microseconds: far longer than any program runs

struct SkeletonDeleter {
  void operator()(tracer_bpf* skeleton) const { tracer_bpf__destroy(skeleton); }
};
struct RingDeleter {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

/// Whether the kernel takes programs on the entry of its function: loads one that does nothing.
bool allows_fentry(const loader::KernelBtf& kernel, const char* function) {
  const auto id = loader::AttachIds::find(kernel, BPF_TRACE_FENTRY, function);
  if (!id) return false;
  const bpf_insn instructions[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  bpf_prog_load_opts options = {};
  options.sz = sizeof options;
  options.expected_attach_type = BPF_TRACE_FENTRY;
  options.attach_btf_id = *id;
  const UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_TRACING, "vitrine_probe", "GPL", instructions,
                                       std::size(instructions), &options));
  const UniqueFd link(program.valid() ? bpf_raw_tracepoint_open(nullptr, program.get()) : -1);
  return link.valid();
}

bool is_wanted(const KernelEvent& entry, const std::bitset<VITRINE_EVENT_LIMIT>& wanted) {
  return entry.event == VITRINE_EVENT_NONE || wanted.test(entry.event);
}

int forward(void* context, void* data, std::size_t size) noexcept {
  const auto& on_bytes = *static_cast<const Programs::OnBytes*>(context);
  on_bytes({static_cast<const std::byte*>(data), size});
  return 0;
}

} // namespace

/// Programs attached to system calls, with the keeper that lets them go.
struct CallAttachments {
  UniqueFd keeper_leash; ///< first here, so closed last: then only the keeper has copies
  std::vector<Link> links;
};

struct Programs::Handle {
  std::bitset<VITRINE_EVENT_LIMIT> wanted;
  std::unique_ptr<tracer_bpf, SkeletonDeleter> skeleton;
  std::vector<Link> kernel_events;
  CallAttachments calls;
  OnBytes on_bytes; ///< of the read_ring under way: the ring keeps a pointer to it
  std::unique_ptr<ring_buffer, RingDeleter> ring;
  std::optional<RingPositions> positions; ///< of the ring

  [[nodiscard]] bpf_program* program(const std::string& name) const {
    return bpf_object__find_program_by_name(skeleton->obj, name.c_str());
  }
  [[nodiscard]] Result<CallAttachments> attach_calls(std::vector<TracepointEvent> events) const;
  [[nodiscard]] Result<void> fill_program_arrays() const;
  template<class T>
  [[nodiscard]] Result<std::vector<T>> run_iterator(const char* name) const {
    return loader::run_iterator<T>(program(name), name);
  }
  template<class Key, class Value>
  static Result<void> put(const bpf_map* map, const Key& key, const Value& value);
};

Result<CallAttachments> Programs::Handle::attach_calls(std::vector<TracepointEvent> events) const {
  CallAttachments attached;
  std::vector<int> kept;
  for (TracepointEvent& point : events) {
    bpf_perf_event_opts options = {};
    options.sz = sizeof options;
    options.bpf_cookie = point.call;
    bpf_link* link =
        bpf_program__attach_perf_event_opts(program(point.program), point.event.get(), &options);
    if (link == nullptr) return libbpf_error(-errno, fmt::format("attach {}", point.program));
    attached.links.emplace_back(link);
    kept.push_back(bpf_link__fd(link));
    kept.push_back(point.event.release()); // the link closes it from here on
  }
  for (const Link& link : kernel_events)
    kept.push_back(bpf_link__fd(link.get()));
  auto leash = start_keeper(std::move(kept));
  if (!leash) return tl::unexpected(std::move(leash).error());
  attached.keeper_leash = std::move(*leash);
  return attached;
}

/// So that the programs on every call find those of the watched ones.
Result<void> Programs::Handle::fill_program_arrays() const {
  for (const WatchedCall& call : watched_calls(wanted)) {
    if (call.number < 0) continue;
    const std::string subject = call.subject;
    const __u32 key = call.call;
    for (const auto& [map, side] : {std::pair{skeleton->maps.entry_programs, "_enter"},
                                    std::pair{skeleton->maps.exit_programs, "_exit"}}) {
      const int fd = bpf_program__fd(program(subject + side));
      if (const int error = bpf_map__update_elem(map, &key, sizeof key, &fd, sizeof fd, BPF_ANY))
        return libbpf_error(error, fmt::format("connect {}{}", subject, side));
    }
  }
  return {};
}

Programs::Programs(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Programs::Programs(Programs&&) noexcept = default;
Programs& Programs::operator=(Programs&&) noexcept = default;
Programs::~Programs() = default;

Result<Programs> Programs::load(const Settings& asked) {
  const std::bitset<VITRINE_EVENT_LIMIT>& wanted = asked.wanted;
  const std::size_t buffer_bytes = asked.buffer_bytes;
  loader::listen_to_libbpf();
  auto kernel = loader::KernelBtf::open_kernel();
  if (!kernel) return tl::unexpected(std::move(kernel).error());
  auto handle = std::make_unique<Handle>();
  handle->wanted = wanted;
  const loader::AttachIds attach_ids(*kernel); // for the open and the load below
  const loader::KernelTypes types;
  const bpf_object_open_opts options = types.open_options();
  handle->skeleton.reset(tracer_bpf__open_opts(&options));
  if (!handle->skeleton) return libbpf_error(-errno, "open the built-in BPF programs");
  if (auto filled = types.fill(*kernel, handle->skeleton->obj); !filled)
    return tl::unexpected(std::move(filled).error());

  vitrine_settings& settings = handle->skeleton->rodata->settings;
  settings.overlay = overlay_layout(*kernel);
  settings.wakeup_bytes = static_cast<std::uint32_t>(buffer_bytes / 4);
  settings.everything = asked.everything;
  settings.follows_cgroups = asked.cgroups;
  for (std::size_t type = 0; type < wanted.size(); ++type)
    settings.wanted[type] = wanted[type];
  for (const WatchedCall& call : watched_calls(wanted))
    if (call.number >= 0) settings.call_of_number[call.number] = call.call;
  for (const KernelEvent& entry : kKernelEvents)
    bpf_program__set_autoload(handle->program(entry.program),
                              is_wanted(entry, wanted) && (entry.function == nullptr ||
                                                           allows_fentry(*kernel, entry.function)));
  for (const char* iterator : kIterators)
    bpf_program__set_autoload(handle->program(iterator), asked.iterators);
  bpf_program__set_autoload(handle->skeleton->progs.meet_overlays, wants_overlays(wanted));
  if (const int error =
          bpf_map__set_max_entries(handle->skeleton->maps.ring, static_cast<__u32>(buffer_bytes)))
    return libbpf_error(error, fmt::format("size the ring to {} bytes", buffer_bytes));

  if (const int error = tracer_bpf__load(handle->skeleton.get()))
    return libbpf_error(error, "load the BPF programs into the kernel");
  if (auto filled = handle->fill_program_arrays(); !filled)
    return tl::unexpected(std::move(filled).error());
  handle->ring.reset(ring_buffer__new(bpf_map__fd(handle->skeleton->maps.ring), forward,
                                      &handle->on_bytes, nullptr));
  if (!handle->ring) return libbpf_error(-errno, "map the ring");
  auto positions = RingPositions::map(bpf_map__fd(handle->skeleton->maps.ring));
  if (!positions) return tl::unexpected(std::move(positions).error());
  handle->positions.emplace(*std::move(positions));
  return Programs(std::move(handle));
}

Result<void> Programs::attach(const Tracefs& tracefs) {
  for (const KernelEvent& entry : kKernelEvents) {
    if (!bpf_program__autoload(handle_->program(entry.program))) continue;
    bpf_link* link = bpf_program__attach_trace(handle_->program(entry.program));
    if (link == nullptr) return libbpf_error(-errno, fmt::format("attach {}", entry.program));
    handle_->kernel_events.emplace_back(link);
  }
  auto events = open_every_call(tracefs);
  if (!events) return tl::unexpected(std::move(events).error());
  auto attached = handle_->attach_calls(std::move(*events));
  if (!attached) return tl::unexpected(std::move(attached).error());
  handle_->calls = std::move(*attached);
  return {};
}

Result<void> Programs::change_to_each_call(const Tracefs& tracefs) {
  auto events = open_each_call(tracefs, watched_calls(handle_->wanted));
  if (!events) return tl::unexpected(std::move(events).error());
  auto attached = handle_->attach_calls(std::move(*events));
  if (!attached) return tl::unexpected(std::move(attached).error());
  // Both answer for a moment, the older first: whichever of them sees the change, one takes the
  // call.
  handle_->skeleton->bss->each_call = 1;
  handle_->calls =
      std::move(*attached); // the older keeper now ends, and with it the older programs
  return {};
}

Result<void> Programs::follow(int pidfd) {
  const vitrine_follow mark = {
      .exit_seen = 0, .slot = 0, .followed = VITRINE_FOLLOWED_TARGET, .circles = 0};
  const bpf_map* map = handle_->skeleton->maps.followed;
  if (const int error =
          bpf_map__update_elem(map, &pidfd, sizeof pidfd, &mark, sizeof mark, BPF_NOEXIST))
    return libbpf_error(error, "mark the command to be followed");
  return {};
}

template<class Key, class Value>
Result<void> Programs::Handle::put(const bpf_map* map, const Key& key, const Value& value) {
  if (const int error = bpf_map__update_elem(map, &key, sizeof key, &value, sizeof value, BPF_ANY))
    return libbpf_error(error, fmt::format("fill the map {}", bpf_map__name(map)));
  return {};
}

Result<std::vector<vitrine_socket>> Programs::list_sockets() {
  return handle_->run_iterator<vitrine_socket>("list_sockets");
}

Result<std::vector<vitrine_task>>
Programs::mark_tasks(const std::map<std::uint32_t, vitrine_mark>& marks) {
  const bpf_map* map = handle_->skeleton->maps.marks;
  for (const auto& [tgid, mark] : marks)
    if (auto done = Handle::put(map, tgid, mark); !done)
      return tl::unexpected(std::move(done).error());
  auto tasks = handle_->run_iterator<vitrine_task>("mark_tasks");
  // Later processes may get the same ids.
  for (const auto& [tgid, mark] : marks)
    bpf_map__delete_elem(map, &tgid, sizeof tgid, 0);
  return tasks;
}

Result<void>
Programs::set_servers(const std::map<std::uint64_t, std::uint64_t>& circles_by_address) {
  for (const auto& [address, circles] : circles_by_address)
    if (auto done = Handle::put(handle_->skeleton->maps.servers, address, vitrine_server{circles});
        !done)
      return done;
  return {};
}

void Programs::wake(std::uint64_t circles) {
  __atomic_or_fetch(&handle_->skeleton->bss->awake_circles, circles, __ATOMIC_RELAXED);
}

Result<void> Programs::follow_cgroups(const std::vector<vitrine_cgroup_key>& cgroups) {
  for (const vitrine_cgroup_key& cgroup : cgroups)
    if (auto done = Handle::put(handle_->skeleton->maps.followed_cgroups, cgroup, std::uint32_t{1});
        !done)
      return done;
  return {};
}

Result<void> Programs::meet_overlays() {
  if (!bpf_program__autoload(handle_->skeleton->progs.meet_overlays)) return {};
  const auto told = handle_->run_iterator<char>("meet_overlays"); // nothing: it speaks by the ring
  if (!told) return tl::unexpected(told.error());
  return {};
}

bool Programs::gives_joined_layers() const {
  return handle_->skeleton->rodata->settings.overlay.lowerdirs == VITRINE_OFFSET_UNKNOWN;
}

int Programs::ring_fd() const {
  return ring_buffer__epoll_fd(handle_->ring.get());
}

/// A record that is still being written stands before all that came after it. Its writer may have
/// been taken off its CPU for as long as others wish.
Result<Programs::RingRead> Programs::read_ring(const OnBytes& on_bytes) {
  handle_->on_bytes = on_bytes;
  const unsigned long written = handle_->positions->written();
  RingRead read;
  for (int waits = 0;; ++waits) {
    const int count = ring_buffer__consume(handle_->ring.get());
    if (count < 0) return libbpf_error(count, "read the ring");
    read.records += static_cast<std::size_t>(count);
    read.whole = static_cast<long>(written - handle_->positions->read()) <= 0;
    if (read.whole || waits == kMostWaits) return read;
    ::usleep(kWriterPause);
  }
}

void Programs::stop() {
  handle_->skeleton->bss->stopped = 1;
  // Programs run without being preempted: when an RCU grace period has passed, each that had begun
  // before the mark was set has ended.
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
    ::usleep(kGracePeriod); // refused where CPUs run without a timer tick (nohz_full)
}

Result<void> Programs::count(events::StreamEnd& end) const {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) return libbpf_error(cpus, "count the CPUs");
  std::vector<vitrine_counters> counters(static_cast<std::size_t>(cpus));
  const __u32 key = 0;
  if (const int error =
          bpf_map__lookup_elem(handle_->skeleton->maps.counters, &key, sizeof key, counters.data(),
                               counters.size() * sizeof(vitrine_counters), 0))
    return libbpf_error(error, "read the event counters");
  for (const vitrine_counters& cpu : counters) {
    for (std::size_t type = 0; type < VITRINE_EVENT_LIMIT; ++type) {
      end.emitted[type] += cpu.emitted[type];
      end.lost[type] += cpu.lost[type];
    }
    end.untracked += cpu.untracked_children + cpu.untracked_calls;
  }
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, handle_->skeleton->obj) {
    bpf_prog_info info = {};
    __u32 size = sizeof info;
    const int fd = bpf_program__fd(program);
    if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
      end.missed_probes += info.recursion_misses;
  }
  return {};
}

} // namespace vitrine::tracer
