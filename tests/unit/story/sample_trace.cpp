// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/story/sample_trace.h"

#include <cerrno>

namespace vitrine::story {
namespace {

constexpr std::string_view kNul("\0", 1);
constexpr std::uint64_t kAllCapabilities = (std::uint64_t{1} << 41) - 1;

std::string list(std::initializer_list<std::string_view> items) {
  std::string text;
  for (const std::string_view item : items)
    text.append(item).append(kNul);
  return text;
}

ev_credentials confined() {
  ev_credentials has = {};
  has.effective = has.permitted = 0x20; // CAP_KILL
  has.bounding = kAllCapabilities & ~std::uint64_t{7};
  has.no_new_privs = 1;
  has.seccomp_mode = 2;
  has.seccomp_filters = 1;
  return has;
}

void make_cgroups(TraceBuilder& trace, const Who& runtime) {
  for (const std::uint32_t hierarchy : {2U, 3U}) {
    auto made = trace.call<ev_cgroup_mkdir>(runtime);
    made->hierarchy = hierarchy;
    trace.add(made.string(&ev_cgroup_mkdir::path, "/box"));
    auto joined = trace.call<ev_cgroup_attach>(runtime);
    joined->hierarchy = hierarchy;
    joined->target_pid = 200;
    joined->threadgroup = 1;
    trace.add(joined.string(&ev_cgroup_attach::path, "/box")
                  .string(&ev_cgroup_attach::target_comm, "runtime"));
  }
  auto limit = trace.call<ev_cgroup_write>(runtime, 8);
  limit->hierarchy = 2;
  limit->in_force = {33554432, 0, VITRINE_CGROUP_VALUE_BYTES, 0};
  trace.add(limit.string(&ev_cgroup_write::path, "/box")
                .string(&ev_cgroup_write::file, "memory.limit_in_bytes")
                .string(&ev_cgroup_write::text, "33554433\n"));
}

void make_root(TraceBuilder& trace, const Who& inside) {
  trace.mount(inside, "none", "/", "", MS_REC | MS_PRIVATE);
  auto overlay = trace.call<ev_mount_mount>(inside);
  trace.add(overlay.string(&ev_mount_mount::source, "overlay")
                .string(&ev_mount_mount::target, "/run/box/rootfs")
                .string(&ev_mount_mount::fstype, "overlay")
                .string(&ev_mount_mount::mount_fstype, "overlay")
                .string(&ev_mount_mount::overlay_lower, list({"/layers/b", "/layers/a"}))
                .string(&ev_mount_mount::overlay_upper, "/run/box/upper"));
  trace.mount(inside, "proc", "/run/box/rootfs/proc", "proc", MS_NOSUID | MS_NODEV);
  auto enter = trace.call<ev_mount_chdir>(inside);
  trace.add(enter.string(&ev_mount_chdir::path, "/run/box/rootfs")
                .string(&ev_mount_chdir::cwd, "/run/box/rootfs"));
  auto pivot = trace.call<ev_mount_pivot_root>(inside);
  trace.add(pivot.string(&ev_mount_pivot_root::new_root, ".")
                .string(&ev_mount_pivot_root::put_old, ".")
                .string(&ev_mount_pivot_root::mount_fstype, "overlay")
                .string(&ev_mount_pivot_root::overlay_lower, list({"/layers/b", "/layers/a"}))
                .string(&ev_mount_pivot_root::overlay_upper, "/run/box/upper"));
}

} // namespace

void TraceBuilder::exec(const Who& who, std::string_view file, std::int64_t result) {
  auto record = call<ev_process_exec>(who, result);
  const std::string_view name = file.substr(file.rfind('/') + 1);
  record.string(&ev_process_exec::filename, file)
      .string(&ev_process_exec::argv, list({name, "-x"}));
  if (result == 0) record.string(&ev_process_exec::executable, file);
  record->credentials = who.ns_pid == 1 ? confined() : ev_credentials{};
  add(record);
}

void TraceBuilder::clone(const Who& who, std::uint32_t pid, std::uint32_t inside,
                         const ev_namespaces& after) {
  auto record = call<ev_process_clone>(who, pid);
  record->child_pid = pid;
  record->child_ns_pid = inside;
  record->child_start_ns = pid;
  record->before = kHost;
  record->after = after;
  add(record);
}

void TraceBuilder::exit(const Who& who, int status, int signal) {
  auto record = call<ev_process_exit>(who);
  record.header().duration_ns = 0;
  record->exit_code = status;
  record->exit_signal = signal;
  add(record);
}

void TraceBuilder::mount(const Who& who, std::string_view source, std::string_view target,
                         std::string_view fstype, std::uint64_t flags, std::int64_t result) {
  auto record = call<ev_mount_mount>(who, result);
  record->flags = flags;
  add(record.string(&ev_mount_mount::source, source)
          .string(&ev_mount_mount::target, target)
          .string(&ev_mount_mount::fstype, fstype));
}

void TraceBuilder::prctl(const Who& who, std::uint32_t option, std::uint64_t argument,
                         std::uint64_t bounding, std::int64_t result) {
  auto record = call<ev_security_prctl>(who, result);
  record->option = option;
  record->arg2 = argument;
  record->credentials.bounding = bounding;
  add(record);
}

events::StreamStart trace_start() {
  events::StreamStart start;
  start.time_ns = kStart;
  start.hostname = "host";
  start.kernel_release = "6.1.0";
  start.architecture = "x86_64";
  start.cgroup_mode = "v1";
  start.command = {"runtime", "run", "box"};
  start.target_pid = 100;
  start.host_namespaces = kHost;
  start.hierarchies = {{2, "memory", "/"}, {3, "pids", "/"}};
  return start;
}

events::StreamEnd trace_end(const std::vector<events::Record>& records) {
  events::StreamEnd end;
  end.time_ns = kStart + kMillisecond * (records.size() + 1);
  for (const events::Record& record : records)
    ++end.emitted[static_cast<std::size_t>(record.schema().type)];
  end.received = records.size();
  return end;
}

std::vector<events::Record> container_trace() {
  TraceBuilder trace;
  const Who runtime{};
  const Who inside{200, "runtime", 1, 100};
  const Who program{200, "true", 1, 100};
  trace.exec({.comm = "vitrine"}, "/usr/local/bin/runtime", -ENOENT);
  trace.exec({.comm = "vitrine"}, "/usr/bin/runtime", -ENOENT);
  trace.exec(runtime, "/bin/runtime");
  trace.clone(runtime, 200, 1, kOwn);
  make_cgroups(trace, runtime);
  auto map = trace.call<ev_security_uid_map>(runtime, 10);
  map->target_pid = 200;
  map->extents = 1;
  trace.add(
      map.string(&ev_security_uid_map::text, "0 100000 65536\n")
          .values(&ev_security_uid_map::in_force, std::vector<ev_id_extent>{{0, 100000, 65536}}));
  make_root(trace, inside);
  trace.mount(inside, "/dev/null", "/proc/kcore", "", MS_BIND);
  trace.mount(inside, "/dev/null", "/proc/keys", "", MS_BIND);
  trace.mount(inside, "/dev/null", "/proc/sched_debug", "", MS_BIND, -ENOENT);
  trace.mount(inside, "tmpfs", "/secret", "tmpfs", 0, -EPERM);
  for (const std::uint64_t capability : {0U, 1U, 2U})
    trace.prctl(inside, PR_CAPBSET_DROP, capability, kAllCapabilities >> (capability + 1));
  trace.prctl(inside, PR_SET_NO_NEW_PRIVS, 1);
  trace.exec(program, "/bin/true");
  trace.exit(program, 3);
  trace.exit(runtime, 3);
  return trace.records();
}

} // namespace vitrine::story
