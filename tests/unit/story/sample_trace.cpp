// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/story/sample_trace.h"

#include <cerrno>

namespace vitrine::story {
namespace {

constexpr std::string_view kNul("\0", 1);
constexpr std::uint64_t kUniqueMount = 0x80000000;
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
                         const ev_namespaces& after, const ev_namespaces& before) {
  auto record = call<ev_process_clone>(who, pid);
  record->child_pid = pid;
  record->child_ns_pid = inside;
  record->child_start_ns = pid;
  record->before = before;
  record->after = after;
  add(record);
}

void TraceBuilder::fsopen(const Who& who, std::string_view fstype, std::int32_t fd) {
  auto record = call<ev_mount_fsopen>(who, fd);
  add(record.string(&ev_mount_fsopen::fstype, fstype));
}

void TraceBuilder::fspick(const Who& who, std::string_view path, std::int32_t fd) {
  auto record = call<ev_mount_fspick>(who, fd);
  add(record.string(&ev_mount_fspick::path, path));
}

void TraceBuilder::fsconfig(const Who& who, std::int32_t fd, std::uint32_t command,
                            std::string_view key, std::string_view value, std::int64_t result,
                            std::string_view message) {
  auto record = call<ev_mount_fsconfig>(who, result);
  record->fd = fd;
  record->command = command;
  if (!message.empty()) record.string(&ev_mount_fsconfig::message, message);
  add(record.string(&ev_mount_fsconfig::key, key).string(&ev_mount_fsconfig::value, value));
}

void TraceBuilder::fsmount(const Who& who, std::int32_t fd, std::int32_t mount_fd, std::uint32_t id,
                           std::string_view fstype, std::uint32_t attributes) {
  auto record = call<ev_mount_fsmount>(who, mount_fd);
  record->fd = fd;
  record->attr_flags = attributes;
  record->new_mount.id = id;
  record->new_mount.unique_id = unique_mount_ids ? kUniqueMount + id : 0;
  record.string(&ev_mount_fsmount::mount_fstype, fstype);
  if (fstype == "overlay")
    record.string(&ev_mount_fsmount::overlay_lower, list({"/layers/b", "/layers/a"}))
        .string(&ev_mount_fsmount::overlay_upper, "/run/box/upper");
  add(record);
}

void TraceBuilder::open_tree(const Who& who, std::string_view path, std::int32_t fd,
                             std::uint32_t id) {
  auto record = call<ev_mount_open_tree>(who, fd);
  record->flags = OPEN_TREE_CLONE;
  record->new_mount.id = id;
  record->new_mount.unique_id = unique_mount_ids ? kUniqueMount + id : 0;
  add(record.string(&ev_mount_open_tree::path, path));
}

void TraceBuilder::move_mount(const Who& who, std::int32_t fd, std::uint32_t id,
                              std::string_view target, std::int64_t result) {
  auto record = call<ev_mount_move_mount>(who, result);
  record->from_dirfd = fd;
  record.string(&ev_mount_move_mount::to_path, target);
  if (result == 0) {
    record->new_mount.id = id;
    record->new_mount.unique_id = unique_mount_ids ? kUniqueMount + id : 0;
    record.string(&ev_mount_move_mount::mountpoint, target);
  }
  add(record);
}

void TraceBuilder::setns(const Who& who, const ev_namespaces& before, const ev_namespaces& after) {
  auto record = call<ev_namespace_setns>(who);
  record->before = before;
  record->after = after;
  add(record);
}

void TraceBuilder::attach(const Who& who, std::uint32_t pid, std::string_view path) {
  auto record = call<ev_cgroup_attach>(who);
  record->hierarchy = 2;
  record->target_pid = pid;
  record->threadgroup = 1;
  add(record.string(&ev_cgroup_attach::path, path));
}

void TraceBuilder::request(const Who& who, std::uint32_t socket, std::string_view text) {
  auto record = call<ev_network_request>(who, static_cast<std::int64_t>(text.size()));
  record->socket = socket;
  add(record.string(&ev_network_request::text, text));
}

void TraceBuilder::response(const Who& who, std::uint32_t socket, std::string_view text) {
  auto record = call<ev_network_response>(who, static_cast<std::int64_t>(text.size()));
  record->socket = socket;
  add(record.string(&ev_network_response::text, text));
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

events::ContainerNote glass_note() {
  events::ContainerNote note;
  note.engine = "docker";
  note.id = "020db9de639c0e4d5c3b2a19080706050403020100ffeeddccbbaa9988776655";
  note.name = "glass";
  note.image = "alpine:3";
  note.init_pid = 200;
  note.directories = {"/run/box/upper"};
  note.layers = {{"/layers/b", "sha256:0d3138bded3d"}};
  return note;
}

events::StreamStart trace_start() {
  events::StreamStart start;
  start.follow_daemons = events::FollowDaemons::all; // what is hidden is another matter
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

std::vector<events::Record> engine_trace() {
  constexpr ev_namespaces kSecond = {3001, 3002, 3003, 3004, 3005, 1006, 1007, 1008};
  const std::string id = glass_note().id;
  TraceBuilder trace;
  const Who client{.comm = "docker"};
  const Who daemon{.pid = 900, .comm = "dockerd", .daemon = true};
  const Who shim{.pid = 150, .comm = "containerd-shim", .parent_pid = 900, .daemon = true};
  const Who inside{200, "runc:[2:INIT]", 1, 150, true};
  const Who program{200, "sh", 1, 150, true};
  const Who visitor{300, "runc:[2:INIT]", 7, 150, true};
  const Who second{400, "runc:[2:INIT]", 1, 160, true};
  trace.exec(client, "/usr/bin/docker");
  auto connect = trace.call<ev_network_connect>(client);
  connect->peer_pid = 900;
  trace.add(connect.string(&ev_network_connect::path, "/run/docker.sock")
                .string(&ev_network_connect::peer_comm, "dockerd"));
  trace.request(client, 77, "HEAD /_ping HTTP/1.1\r\n\r\n");
  trace.response(daemon, 77, "HTTP/1.1 200 OK\r\n\r\n");
  trace.request(client, 77, "POST /v1.41/containers/create?name=glass HTTP/1.1\r\n\r\n");
  trace.response(daemon, 77, "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"" + id + "\"}");
  trace.request(client, 78, "POST /v1.41/containers/" + id + "/start HTTP/1.1\r\n\r\n");
  trace.clone(daemon, 150, 150, kHost);
  trace.clone(shim, 200, 1, kOwn);
  trace.attach(shim, 200, "/docker/" + id);
  trace.fsopen(inside, "overlay", 5);
  trace.fsconfig(inside, 5, FSCONFIG_SET_STRING, "lowerdir+", "/layers/b");
  trace.fsconfig(inside, 5, FSCONFIG_SET_STRING, "upperdir", "/run/box/upper");
  trace.fsconfig(inside, 5, FSCONFIG_CMD_CREATE);
  trace.fsmount(inside, 5, 6, 30, "overlay");
  trace.move_mount(inside, 6, 30, "/run/box/rootfs");
  trace.fsopen(inside, "proc", 5);
  trace.fsconfig(inside, 5, FSCONFIG_CMD_CREATE);
  trace.fsmount(inside, 5, 6, 31, "proc", MOUNT_ATTR_NOSUID);
  trace.move_mount(inside, 6, 31, "/run/box/rootfs/proc");
  trace.fsopen(inside, "tmpfs", 5);
  trace.fsconfig(inside, 5, FSCONFIG_SET_STRING, "size", "lots", -EINVAL,
                 "tmpfs: Bad value for 'size'");
  auto pivot = trace.call<ev_mount_pivot_root>(inside);
  trace.add(pivot.string(&ev_mount_pivot_root::new_root, "/run/box/rootfs")
                .string(&ev_mount_pivot_root::put_old, ".")
                .string(&ev_mount_pivot_root::mount_fstype, "overlay")
                .string(&ev_mount_pivot_root::overlay_lower, list({"/layers/b", "/layers/a"}))
                .string(&ev_mount_pivot_root::overlay_upper, "/run/box/upper"));
  trace.prctl(inside, PR_SET_NO_NEW_PRIVS, 1);
  trace.exec(program, "/bin/sh");
  trace.setns(visitor, kHost, kOwn);
  trace.prctl(visitor, PR_SET_NO_NEW_PRIVS, 1);
  trace.exec({300, "ls", 7, 150, true}, "/bin/ls");
  trace.clone(daemon, 160, 160, kHost);
  trace.clone({.pid = 160, .comm = "containerd-shim", .parent_pid = 900, .daemon = true}, 400, 1,
              kSecond);
  trace.mount(second, "proc", "/run/other/proc", "proc", 0);
  trace.exit({300, "ls", 7, 150, true});
  trace.exec({400, "true", 1, 160, true}, "/bin/true");
  trace.exit({400, "true", 1, 160, true});
  trace.exit(program);
  trace.response(daemon, 78, "HTTP/1.1 204 No Content\r\n\r\n");
  trace.exit(client);
  return trace.records();
}

} // namespace vitrine::story
