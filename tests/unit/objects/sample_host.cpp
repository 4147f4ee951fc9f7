// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects/sample_host.h"

#include "userspace/kernel/capability_sets.h"

namespace vitrine::objects {
namespace {

constexpr std::uint32_t kHostMnt = 4026531841;
constexpr std::uint32_t kHostNet = 4026531840;
constexpr std::uint32_t kWebMnt = 4026532201;
constexpr std::uint32_t kWebNet = 4026532206;
constexpr std::uint32_t kCiMnt = 4026532301;
constexpr std::uint32_t kDbMnt = 4026532401;
constexpr std::uint32_t kDbUser = 4026532400;
constexpr std::uint32_t kBlueNet = 4026532601;

const std::string kWebHash(64, 'a');
const ContainerId kWeb{"docker", kWebHash};
const ContainerId kCi{"docker", std::string(64, 'c')};
const ContainerId kDb{"podman", std::string(64, 'd')};
const ContainerId kEvil{"unshare", "3000:9000"};

NamespaceLinks host_links() {
  NamespaceLinks links;
  links.cgroup = 4026531835;
  links.ipc = 4026531839;
  links.mnt = kHostMnt;
  links.net = kHostNet;
  links.pid = links.pid_for_children = 4026531836;
  links.time = links.time_for_children = 4026531834;
  links.user = 4026531837;
  links.uts = 4026531838;
  return links;
}

NamespaceLinks web_links() {
  NamespaceLinks links = host_links();
  links.mnt = kWebMnt;
  links.uts = 4026532202;
  links.ipc = 4026532203;
  links.pid = links.pid_for_children = 4026532204;
  links.cgroup = 4026532205;
  links.net = kWebNet;
  return links;
}

NamespaceLinks ci_links() {
  NamespaceLinks links = host_links();
  links.mnt = kCiMnt;
  links.uts = 4026532302;
  return links;
}

NamespaceLinks db_links() {
  NamespaceLinks links = host_links();
  links.mnt = kDbMnt;
  links.user = kDbUser;
  links.pid = links.pid_for_children = 4026532402;
  links.net = kWebNet;
  return links;
}

Credentials credentials(std::uint32_t uid, std::uint64_t capabilities) {
  Credentials made;
  made.real_uid = made.effective_uid = made.saved_uid = made.filesystem_uid = uid;
  made.real_gid = made.effective_gid = made.saved_gid = made.filesystem_gid = uid;
  made.effective.bits = made.permitted.bits = uid == 33 ? 0 : capabilities;
  made.bounding.bits = capabilities;
  return made;
}

Process process(std::uint32_t pid, std::uint32_t parent, std::string comm,
                std::vector<std::string> command, NamespaceLinks links) {
  Process made;
  made.id = {pid, pid * 3ULL};
  made.parent_pid = parent;
  made.comm = std::move(comm);
  made.state = "S";
  made.namespace_pids = {pid};
  made.namespaces = links;
  made.credentials = credentials(0, kernel::kAllCapabilities);
  made.no_new_privs = false;
  made.seccomp = SeccompMode::disabled;
  made.seccomp_filters = 0;
  made.lsm_label = "unconfined";
  made.root = "/";
  made.command = std::move(command);
  if (!made.command->empty()) made.executable = made.command->front();
  made.cgroups = {{0, "/"}, {4, "/"}};
  return made;
}

Process confined(Process made, const ContainerId& container, std::uint32_t inner_pid,
                 std::uint64_t capabilities, std::string cgroup) {
  made.container = container;
  made.namespace_pids.push_back(inner_pid);
  made.credentials = credentials(0, capabilities);
  made.seccomp = SeccompMode::filter;
  made.seccomp_filters = 1;
  made.lsm_label = "docker-default (enforce)";
  made.cgroups = {{0, cgroup}, {4, cgroup}};
  return made;
}

std::vector<Process> processes() {
  std::vector<Process> all;
  all.push_back(process(1, 0, "systemd", {"/sbin/init"}, host_links()));
  all.push_back(process(2, 0, "kthreadd", {}, host_links()));
  all.push_back(process(800, 1, "dockerd", {"/usr/bin/dockerd", "-H", "fd://"}, host_links()));
  const std::string web = "/docker/" + kWebHash;
  all.push_back(confined(process(1200, 800, "nginx", {"nginx", "-g", "daemon off;"}, web_links()),
                         kWeb, 1, kernel::kDockerCapabilities, web));
  all.push_back(confined(process(1201, 1200, "nginx", {"nginx: worker process"}, web_links()), kWeb,
                         7, kernel::kDockerCapabilities, web));
  all.back().credentials = credentials(33, kernel::kDockerCapabilities);
  Process ci = process(1400, 800, "runner", {"/runner", "--all"}, ci_links());
  ci.container = kCi;
  all.push_back(ci);
  Process db = confined(process(2000, 1, "postgres", {"postgres"}, db_links()), kDb, 1,
                        kernel::kDockerCapabilities | (1ULL << kernel::kCAP_SYS_ADMIN), "/user/db");
  db.credentials->real_uid = db.credentials->effective_uid = 100000;
  db.no_new_privs = true;
  all.push_back(db);
  Process evil =
      process(3000, 1, "\x1b]0;x\x07\n", {"\x1b[2J\xff\xfe", "a\nb", long_name()}, host_links());
  evil.id.start_ticks = 9000;
  evil.container = kEvil;
  evil.namespaces.uts = 4026532501;
  evil.credentials = std::nullopt;
  evil.seccomp = std::nullopt;
  evil.no_new_privs = std::nullopt;
  all.push_back(evil);
  Process wide = process(3001, 3000, "漢字", {"漢字漢字", "ü\u202e"}, host_links());
  wide.namespace_files = {{5, {NamespaceKind::net, kBlueNet}, true, true}};
  wide.threads = {{3002, 9100, "thread", host_links()}};
  all.push_back(wide);
  return all;
}

Namespace space(NamespaceKind kind, std::uint32_t inode, std::uint32_t pid,
                std::vector<ContainerId> containers) {
  Namespace made;
  made.id = {kind, inode};
  made.unique_id = UniqueId{inode - 4026531000ULL};
  made.initial = inode < 4026532000;
  if (kind != NamespaceKind::user || !made.initial)
    made.owner = NamespaceId{NamespaceKind::user, 4026531837};
  if (kind == NamespaceKind::pid && !made.initial)
    made.parent = NamespaceId{NamespaceKind::pid, 4026531836};
  made.containers = std::move(containers);
  if (pid == 0) return made;
  made.oldest = ProcessId{pid, pid == 3000 ? 9000ULL : pid * 3ULL};
  made.processes = made.initial ? 6 : 1;
  Holder holder;
  holder.kind = HolderKind::process;
  holder.process = made.oldest;
  holder.release = fmt::format("kill {}", pid);
  if (!made.initial) made.kept_alive_by.push_back(holder);
  return made;
}

std::vector<Namespace> namespaces() {
  std::vector<Namespace> all;
  const NamespaceLinks host = host_links();
  for (const NamespaceKind kind : kNamespaceKinds)
    all.push_back(space(kind, *host.of(kind), 1, {}));
  const NamespaceLinks web = web_links();
  for (const NamespaceKind kind : kNamespaceKinds)
    if (web.of(kind) != host.of(kind)) all.push_back(space(kind, *web.of(kind), 1200, {kWeb}));
  all.push_back(space(NamespaceKind::mnt, kCiMnt, 1400, {kCi}));
  all.push_back(space(NamespaceKind::uts, 4026532302, 1400, {kCi}));
  Namespace user = space(NamespaceKind::user, kDbUser, 2000, {kDb});
  user.parent = user.owner;
  user.creator_uid = 1000;
  user.uid_map = {{0, 1000, 1}, {1, 100000, 65536}};
  user.gid_map = {{0, 1000, 1}};
  all.push_back(user);
  all.push_back(space(NamespaceKind::mnt, kDbMnt, 2000, {kDb}));
  all.back().owner = user.id;
  all.push_back(space(NamespaceKind::pid, 4026532402, 2000, {kDb}));
  all.back().owner = user.id;
  Namespace evil = space(NamespaceKind::uts, 4026532501, 3000, {kEvil});
  evil.hostname = "\x1b[31mred";
  all.push_back(evil);
  Namespace blue = space(NamespaceKind::net, kBlueNet, 0, {});
  blue.references = 2;
  Holder mount;
  mount.kind = HolderKind::bind_mount;
  mount.mount = MountId{kHostMnt, 60};
  mount.path = "/run/netns/blue";
  mount.release = "umount /run/netns/blue";
  Holder flight;
  flight.kind = HolderKind::in_flight;
  flight.process = ProcessId{3001, 9003};
  flight.fd = 5;
  flight.release = "kill 3001";
  blue.kept_alive_by = {mount, flight};
  all.push_back(blue);
  for (Namespace& one : all)
    if (one.id.inode == kWebNet) {
      one.containers = {kWeb, kDb};
      one.processes = 3;
    }
  return all;
}

Cgroup cgroup(CgroupId id, std::string path, std::optional<CgroupId> parent) {
  Cgroup made;
  made.id = id;
  made.path = std::move(path);
  made.hierarchy = id.hierarchy == 0 ? "v2" : "memory";
  made.parent = parent;
  made.controllers = id.hierarchy == 0 ? std::vector<std::string>{"cpu", "pids"}
                                       : std::vector<std::string>{"memory"};
  return made;
}

std::vector<Cgroup> cgroups() {
  std::vector<Cgroup> all;
  all.push_back(cgroup({0, 1}, "/", std::nullopt));
  all.push_back(cgroup({0, 20}, "/docker", CgroupId{0, 1}));
  Cgroup web = cgroup({0, 21}, "/docker/" + kWebHash, CgroupId{0, 20});
  web.processes = 2;
  web.container = kWeb;
  web.type = "domain";
  web.state.cpu_usage_usec = 1'530'000;
  web.state.cpu_quota_usec = Limit{50'000};
  web.state.cpu_period_usec = 100'000;
  web.state.cpu_periods = 100;
  web.state.cpu_throttled_periods = 3;
  web.state.pids = 2;
  web.state.pids_max = Limit{100};
  web.state.cpu_pressure.emplace().some_10 = 1.25;
  web.state.io = {{8, 1, 4096, 1'048'576, 1, 9}};
  web.state.frozen = false;
  all.push_back(web);
  Cgroup evil = cgroup({0, 30}, "/ev\x1b[1m\nil", CgroupId{0, 1});
  evil.state.pids = 1;
  evil.state.pids_max = Limit{};
  evil.state.frozen = true;
  all.push_back(evil);
  all.push_back(cgroup({4, 1}, "/", std::nullopt));
  Cgroup memory = cgroup({4, 21}, web.path, CgroupId{4, 1});
  memory.processes = 2;
  memory.container = kWeb;
  memory.state.memory_bytes = 12'900'000;
  memory.state.memory_peak_bytes = 20 << 20;
  memory.state.memory_max_bytes = Limit{64 << 20};
  memory.state.oom_kills = 1;
  all.push_back(memory);
  Cgroup ci = cgroup({4, 22}, "/docker/" + kCi.id, CgroupId{4, 1});
  ci.processes = 1;
  ci.container = kCi;
  ci.state.memory_bytes = 3ULL << 30;
  ci.state.memory_max_bytes = Limit{};
  all.push_back(ci);
  return all;
}

Mount mount(std::uint32_t mount_namespace, std::uint32_t id, std::string point, std::string type,
            std::uint32_t minor) {
  Mount made;
  made.id = {mount_namespace, id};
  made.mount_point = std::move(point);
  made.root = "/";
  made.source = made.type = std::move(type);
  made.device_minor = minor;
  made.options = {"rw", "relatime"};
  made.super_options = {"rw"};
  if (mount_namespace == kWebMnt) made.container = kWeb;
  if (mount_namespace == kCiMnt) made.container = kCi;
  return made;
}

Mount of_disk(Mount made, std::string root) {
  made.device_major = 8;
  made.device_minor = 1;
  made.source = "/dev/sda1";
  made.root = std::move(root);
  return made;
}

Mount below(Mount made, std::uint32_t parent) {
  made.parent = MountId{made.id.mount_namespace, parent};
  return made;
}

std::vector<Mount> mounts() {
  std::vector<Mount> all;
  Mount host_root = of_disk(mount(kHostMnt, 29, "/", "ext4", 0), "/");
  host_root.peer_group = 1;
  all.push_back(host_root);
  all.push_back(below(mount(kHostMnt, 30, "/run", "tmpfs", 25), 29));
  all.push_back(below(mount(kHostMnt, 60, "/run/netns/blue", "nsfs", 4), 30));
  all.back().root = "net:[4026532601]";
  all.back().namespace_file = NamespaceId{NamespaceKind::net, kBlueNet};
  all.push_back(below(mount(kHostMnt, 61, "/mnt/\x1b[2Jx", "tmpfs", 26), 29));
  Mount web_root = mount(kWebMnt, 300, "/", "overlay", 50);
  OverlayDirectories& overlay = web_root.overlay.emplace();
  overlay.lower = {"/var/lib/docker/overlay2/l2/diff", "/var/lib/docker/overlay2/l1/diff"};
  overlay.upper = "/var/lib/docker/overlay2/web/diff";
  overlay.work = "/var/lib/docker/overlay2/web/work";
  overlay.lower_layers = {{8, 1, 1002}, {8, 1, 1001}};
  overlay.upper_layer = LayerId{8, 1, 2001};
  all.push_back(web_root);
  all.push_back(below(mount(kWebMnt, 301, "/proc", "proc", 51), 300));
  all.push_back(below(mount(kWebMnt, 302, "/proc/sys", "proc", 51), 301));
  all.back().options = {"ro"};
  all.push_back(below(
      of_disk(mount(kWebMnt, 303, "/etc/hosts", "ext4", 0), "/var/lib/docker/containers/a/hosts"),
      300));
  all.push_back(below(of_disk(mount(kWebMnt, 304, "/srv", "ext4", 0), "/srv/www"), 300));
  all.back().options = {"ro"};
  Mount ci_root = mount(kCiMnt, 400, "/", "overlay", 52);
  ci_root.overlay.emplace().lower = {"/var/lib/docker/overlay2/l1/diff"};
  ci_root.overlay->upper = "/var/lib/docker/overlay2/ci/diff";
  ci_root.overlay->lower_layers = {{8, 1, 1001}};
  ci_root.overlay->upper_layer = LayerId{8, 1, 2002};
  all.push_back(ci_root);
  all.push_back(below(mount(kCiMnt, 401, "/proc", "proc", 51), 400));
  all.push_back(below(mount(kCiMnt, 402, "/var/run/docker.sock", "tmpfs", 25), 400));
  all.back().root = "/docker.sock";
  all.push_back(below(of_disk(mount(kCiMnt, 403, "/host", "ext4", 0), "/"), 400));
  return all;
}

Layer layer(std::uint64_t inode, std::string path, std::optional<std::string> name,
            std::uint64_t bytes) {
  Layer made;
  made.id = {8, 1, inode};
  made.path = std::move(path);
  made.name = std::move(name);
  made.bytes = bytes;
  made.files = bytes / 4096;
  return made;
}

std::vector<Layer> layers() {
  const MountId web{kWebMnt, 300};
  const MountId ci{kCiMnt, 400};
  std::vector<Layer> all;
  all.push_back(layer(1001, "/var/lib/docker/overlay2/l1/diff", "nginx:1 layer 1", 78 << 20));
  all.back().lower_of = {web, ci};
  all.back().containers = {kWeb, kCi};
  all.back().digest = "sha256:0d31";
  all.push_back(layer(1002, "/var/lib/docker/overlay2/l2/diff", "nginx:1 layer 2", 112 << 20));
  all.back().lower_of = {web};
  all.back().containers = {kWeb};
  all.push_back(layer(2001, "/var/lib/docker/overlay2/web/diff", std::nullopt, 20480));
  all.back().upper_of = {web};
  all.back().containers = {kWeb};
  all.back().changes = {{ChangeKind::added, "/etc/\x1b[5m", 12},
                        {ChangeKind::deleted, "/etc/motd", 0}};
  all.push_back(layer(2002, "/var/lib/docker/overlay2/ci/diff", std::nullopt, 0));
  all.back().bytes = std::nullopt;
  all.back().upper_of = {ci};
  all.back().containers = {kCi};
  return all;
}

std::vector<ContainerNamespace> shared(const NamespaceLinks& links, const ContainerId& other) {
  std::vector<ContainerNamespace> all;
  const NamespaceLinks host = host_links();
  for (const NamespaceKind kind : kNamespaceKinds) {
    ContainerNamespace made{{kind, *links.of(kind)}, Sharing::own, {}};
    if (links.of(kind) == host.of(kind)) made.sharing = Sharing::host;
    if (made.id.inode == kWebNet) {
      made.sharing = Sharing::container;
      made.shared_with = {other};
    }
    all.push_back(made);
  }
  return all;
}

std::vector<Container> containers() {
  Container web;
  web.id = kWeb;
  web.engine = "docker";
  web.name = "web";
  web.image = "nginx:1";
  web.init = ProcessId{1200, 3600};
  web.processes = 2;
  web.namespaces = shared(web_links(), kDb);
  web.cgroups = {{0, 21}, {4, 21}};
  web.root = MountId{kWebMnt, 300};
  web.labels = {{"com.docker.compose.project", "shop"}};
  web.sources = {"cgroup", "processes", "socket"};
  Container ci = web;
  ci.id = kCi;
  ci.name = "ci-runner";
  ci.image = "runner";
  ci.init = ProcessId{1400, 4200};
  ci.processes = 1;
  ci.namespaces = shared(ci_links(), kWeb);
  ci.cgroups = {{4, 22}};
  ci.root = MountId{kCiMnt, 400};
  ci.labels = {};
  ci.disagreements = {"docker says paused, its cgroup is not frozen"};
  Container db;
  db.id = kDb;
  db.engine = "podman";
  db.name = "db";
  db.image = "postgres";
  db.status = ContainerStatus::paused;
  db.init = ProcessId{2000, 6000};
  db.processes = 1;
  db.namespaces = shared(db_links(), kWeb);
  db.sources = {"processes"};
  Container evil;
  evil.id = kEvil;
  evil.engine = "unshare";
  evil.init = ProcessId{3000, 9000};
  evil.processes = 1;
  NamespaceLinks links = host_links();
  links.uts = 4026532501;
  evil.namespaces = shared(links, kWeb);
  evil.sources = {"processes"};
  Container stopped;
  stopped.id = {"docker", std::string(64, 'e')};
  stopped.engine = "docker";
  stopped.name = "old\x1b]0;\x07";
  stopped.status = ContainerStatus::stopped;
  stopped.sources = {"files"};
  return {web, ci, db, evil, stopped};
}

Interface interface(std::uint32_t net, std::uint32_t index, std::string name,
                    std::optional<std::string> kind, std::vector<std::string> addresses) {
  Interface made;
  made.id = {net, index};
  made.name = std::move(name);
  made.kind = std::move(kind);
  made.up = true;
  made.mtu = 1500;
  made.addresses = std::move(addresses);
  return made;
}

std::vector<Network> networks() {
  Network host;
  host.id = {NamespaceKind::net, kHostNet};
  host.interfaces = {interface(kHostNet, 1, "lo", std::nullopt, {"127.0.0.1/8"}),
                     interface(kHostNet, 2, "eth0", std::nullopt, {"192.0.2.7/24"}),
                     interface(kHostNet, 3, "docker0", "bridge", {"172.17.0.1/16"}),
                     interface(kHostNet, 9, "veth12", "veth", {})};
  host.interfaces[3].peer = InterfaceId{kWebNet, 2};
  host.interfaces[3].master = InterfaceId{kHostNet, 3};
  host.routes = {{"default", "192.0.2.1", "eth0", std::nullopt, 254, 100}};
  host.listeners = {{"tcp", "0.0.0.0", 22, 77, std::nullopt, std::nullopt}};
  host.nftables_rules = 31;
  host.iptables_rules = 0;
  Network web;
  web.id = {NamespaceKind::net, kWebNet};
  web.containers = {kWeb, kDb};
  web.interfaces = {interface(kWebNet, 1, "lo", std::nullopt, {"127.0.0.1/8"}),
                    interface(kWebNet, 2, "eth0", "veth", {"172.17.0.2/16"})};
  web.interfaces[1].peer = InterfaceId{kHostNet, 9};
  web.routes = {{"default", "172.17.0.1", "eth0", std::nullopt, 254, 0}};
  web.listeners = {{"tcp", "0.0.0.0", 80, 99, ProcessId{1200, 3600}, kWeb},
                   {"tcp", "0.0.0.0", 5432, 98, ProcessId{2000, 6000}, kDb}};
  web.nftables_rules = 0;
  Network blue;
  blue.id = {NamespaceKind::net, kBlueNet};
  blue.interfaces = {interface(kBlueNet, 1, "e\x1b[7m\n", "dummy", {})};
  return {host, web, blue};
}

} // namespace

std::string long_name() {
  return std::string(4096, 'L');
}

Snapshot sample_host() {
  Snapshot snapshot;
  snapshot.generated_at = "2026-01-02T03:04:05.000000006Z";
  snapshot.host = {"box", "6.18.0", "3b7e2a52-0000-4000-8000-000000000001", "x86_64", "hybrid"};
  snapshot.sources = {"/proc", "docker"};
  snapshot.errors = {{"/proc/PID/fd", "EACCES", 3}, {"podman\x1b[2J", "no answer", 1}};
  snapshot.processes = processes();
  snapshot.namespaces = namespaces();
  snapshot.cgroups = cgroups();
  snapshot.mounts = mounts();
  snapshot.layers = layers();
  snapshot.containers = containers();
  snapshot.networks = networks();
  sort_tables(snapshot);
  return snapshot;
}

} // namespace vitrine::objects
