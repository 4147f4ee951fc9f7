// SPDX-License-Identifier: Apache-2.0
//
// PID 1 of a test guest. `run` packs it, static, into the guest's initramfs beside:
//   /modules/*.ko   the modules that reaching the root file system takes, in load order
//   /plan           what to set up, a verb and its operand a line (see `verbs`)
//   /argv /environ  the command, NUL-separated as in /proc/PID/cmdline
// It carries out the plan on top of the host's files, runs the command, passes its output and its
// status to the host through virtio-serial ports and resets the machine. It is one program because
// each fork and exec costs some 60 ms under software emulation.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARE_OPTIONS "trans=virtio,version=9p2000.L,msize=512000"
#define KERNEL_ROOT "/run/kernel" // what modprobe -d gets: lib/modules is below it
#define MODPROBE KERNEL_ROOT "/modprobe"

enum { kPathSize = 4096, kTries = 250, kTryEveryMicroseconds = 20000 };

// ---- Failing ----

// A reset ends QEMU (-no-reboot) sooner than a power-off through ACPI does.
static void __attribute__((noreturn)) reset_machine(void) {
  sync();
  reboot(RB_AUTOBOOT);
  for (;;)
    pause();
}

// Says on the console what failed and gives up; `run` shows the console when no status arrives.
static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char* format, ...) {
  const int error = errno;
  va_list arguments;
  va_start(arguments, format);
  dprintf(STDERR_FILENO, "init: ");
  vdprintf(STDERR_FILENO, format, arguments);
  dprintf(STDERR_FILENO, ": %s\n", strerror(error));
  va_end(arguments);
  reset_machine();
}

// ---- Files ----

// The whole file as a NUL-terminated string, never freed. `size` may be NULL.
static char* read_file(const char* path, size_t* size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) fail("open %s", path);
  // Files of sysfs and cgroup2 claim sizes they don't have; all that are read here fit into a page.
  const size_t room = status.st_size > kPathSize ? (size_t)status.st_size : kPathSize;
  char* text = calloc(1, room + 1);
  size_t filled = 0;
  ssize_t got;
  while (filled < room && (got = read(fd, text + filled, room - filled)) > 0)
    filled += (size_t)got;
  close(fd);
  if (size != NULL) *size = filled;
  return text;
}

static bool write_file(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  const bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  if (fd >= 0) close(fd);
  return written;
}

// mkdir -p. What is wrong shows when the directory is used.
static void make_directories(const char* path) {
  char prefix[kPathSize];
  snprintf(prefix, sizeof prefix, "%s", path);
  for (char* slash = strchr(prefix + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    mkdir(prefix, 0755);
    *slash = '/';
  }
  mkdir(prefix, 0755);
}

static void must_mount(const char* source, const char* target, const char* type,
                       unsigned long flags, const char* options) {
  if (mount(source, target, type, flags, options) != 0) fail("mount %s on %s", source, target);
}

// The strings of a NUL-separated file as an array that NULL ends, never freed.
static char** read_words(const char* path) {
  size_t size = 0;
  char* text = read_file(path, &size);
  size_t count = 0;
  for (size_t i = 0; i < size; i++)
    count += text[i] == '\0';
  char** words = calloc(count + 1, sizeof *words);
  for (size_t i = 0; i < count; i++, text += strlen(text) + 1)
    words[i] = text;
  return words;
}

// ---- Reaching the root file system ----

static void load_modules(const char* directory) {
  struct dirent** entries;
  const int count = scandir(directory, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    if (entries[i]->d_name[0] == '.') continue;
    char path[kPathSize];
    snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST) fail("load %s", path);
    close(fd);
  }
}

// Devices appear some time after their drivers load, hence the tries.
static void mount_share(const char* tag, const char* target, unsigned long flags,
                        const char* options) {
  for (int i = 0; i < kTries; i++) {
    if (mount(tag, target, "9p", flags, options) == 0) return;
    usleep(kTryEveryMicroseconds);
  }
  fail("mount the share %s on %s", tag, target);
}

// switch_root(8) by hand; the initramfs stays below, unreachable, and is small.
static void enter_root(void) {
  mkdir("/root", 0755);
  // The host doesn't change its programs under a guest, so the guest may cache all it reads.
  mount_share("root", "/root", MS_RDONLY, SHARE_OPTIONS ",cache=loose");
  must_mount("/dev", "/root/dev", NULL, MS_MOVE, NULL);
  must_mount("/proc", "/root/proc", NULL, MS_MOVE, NULL);
  must_mount("/sys", "/root/sys", NULL, MS_MOVE, NULL);
  if (chdir("/root") != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 ||
      chdir("/") != 0)
    fail("switch to the shared root");
}

// ---- What every guest has ----

static void mount_kernel_filesystems(void) {
  static const char* const device_directories[] = {"/dev/pts", "/dev/shm", "/dev/mqueue"};
  for (size_t i = 0; i < sizeof device_directories / sizeof *device_directories; i++)
    mkdir(device_directories[i], 0755);
  must_mount("devpts", "/dev/pts", "devpts", 0, "gid=5,mode=620,ptmxmode=666");
  must_mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
  must_mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL);
  must_mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, "nsdelegate");
  must_mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=700");
  must_mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
  must_mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
  must_mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
  must_mount("tmpfs", "/run", "tmpfs", 0, "mode=755");
}

static void link_standard_streams(void) {
  static const char* const links[][2] = {{"/proc/self/fd", "/dev/fd"},
                                         {"/proc/self/fd/0", "/dev/stdin"},
                                         {"/proc/self/fd/1", "/dev/stdout"},
                                         {"/proc/self/fd/2", "/dev/stderr"}};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    if (symlink(links[i][0], links[i][1]) != 0) fail("link %s", links[i][1]);
}

// A child cgroup only has the controllers that its parent passes on.
static void delegate_controllers(void) {
  char* controllers = read_file("/sys/fs/cgroup/cgroup.controllers", NULL);
  for (char* name = strtok(controllers, " \n"); name != NULL; name = strtok(NULL, " \n")) {
    char enable[64];
    snprintf(enable, sizeof enable, "+%s", name);
    if (!write_file("/sys/fs/cgroup/cgroup.subtree_control", enable))
      fail("enable the controller %s", name);
  }
}

static void bring_up_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) fail("bring up lo");
  close(fd);
}

// BPF programs and maps count as locked memory up to 5.10.
static void lift_limits(void) {
  const struct rlimit memory = {RLIM_INFINITY, RLIM_INFINITY};
  const struct rlimit files = {65536, 1 << 20};
  if (setrlimit(RLIMIT_MEMLOCK, &memory) != 0 || setrlimit(RLIMIT_NOFILE, &files) != 0)
    fail("set limits");
}

// ---- The plan ----

// modules DIR: DIR holds this kernel's modules, for `module` and for those that the kernel itself
// asks for.
static void plan_modules(const char* directory) {
  make_directories(KERNEL_ROOT "/lib/modules");
  must_mount(directory, KERNEL_ROOT "/lib/modules", NULL, MS_BIND, NULL);
  if (!write_file(MODPROBE, "#!/bin/sh\nexec modprobe -d " KERNEL_ROOT " \"$@\"\n") ||
      !write_file("/proc/sys/kernel/modprobe", MODPROBE))
    fail("set up modprobe");
}

// module NAME: load it with all that it needs.
static void plan_module(const char* name) {
  const pid_t child = fork();
  if (child == 0) {
    execlp("modprobe", "modprobe", "-d", KERNEL_ROOT, name, NULL);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  errno = ENOENT;
  if (status != 0) fail("load the module %s", name);
}

// keep DIR: have DIR at hand, below /run/keep, before a `tmpfs` hides it.
static void plan_keep(const char* directory) {
  char kept[kPathSize];
  snprintf(kept, sizeof kept, "/run/keep%s", directory);
  make_directories(kept);
  must_mount(directory, kept, NULL, MS_BIND, NULL);
}

// show DIR: make a kept DIR visible again at its place.
static void plan_show(const char* directory) {
  char kept[kPathSize];
  snprintf(kept, sizeof kept, "/run/keep%s", directory);
  make_directories(directory);
  must_mount(kept, directory, NULL, MS_BIND, NULL);
}

// tmpfs DIR: an empty, writable DIR.
static void plan_tmpfs(const char* directory) {
  must_mount("tmpfs", directory, "tmpfs", 0, "mode=1777");
}

// share DIR: the host's DIR, writable. Uncached, so that both sides see the same.
static void plan_share(const char* directory) {
  static int count = 0; // `run` names the shares in the plan's order
  char tag[16];
  snprintf(tag, sizeof tag, "share%d", count++);
  make_directories(directory);
  mount_share(tag, directory, 0, SHARE_OPTIONS);
}

// enter DIR: where the command starts.
static void plan_enter(const char* directory) {
  if (chdir(directory) != 0) fail("enter %s", directory);
}

static const struct {
  const char* name;
  void (*carry_out)(const char* operand);
} verbs[] = {
    {"modules", plan_modules}, {"module", plan_module}, {"keep", plan_keep},   {"show", plan_show},
    {"tmpfs", plan_tmpfs},     {"share", plan_share},   {"enter", plan_enter},
};

// One line of the plan: a verb, a space and its operand, which may hold spaces itself.
static void carry_out(char* line) {
  char* operand = strchr(line, ' ');
  if (operand != NULL) *operand++ = '\0';
  for (size_t i = 0; operand != NULL && i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(verbs[i].name, line) == 0) {
      verbs[i].carry_out(operand);
      return;
    }
  errno = EINVAL;
  fail("plan: %s", line);
}

// ---- The command ----

// Opens the virtio-serial port that `run` called `name`: /sys/class/virtio-ports/PORT/name has it,
// some time after the driver loaded.
static int open_port(const char* name) {
  for (int i = 0; i < kTries; i++) {
    DIR* ports = opendir("/sys/class/virtio-ports");
    for (struct dirent* entry; ports != NULL && (entry = readdir(ports)) != NULL;) {
      if (entry->d_name[0] == '.') continue;
      char path[kPathSize];
      snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
      if (access(path, R_OK) != 0) continue;
      char* found = read_file(path, NULL);
      found[strcspn(found, "\n")] = '\0';
      const bool same = strcmp(found, name) == 0;
      free(found);
      if (!same) continue;
      snprintf(path, sizeof path, "/dev/%s", entry->d_name);
      closedir(ports);
      return open(path, O_WRONLY | O_CLOEXEC);
    }
    if (ports != NULL) closedir(ports);
    usleep(kTryEveryMicroseconds);
  }
  fail("find the port %s", name);
}

// What the command writes comes through a pipe: unlike the port behind it, a pipe can be opened
// again, as /dev/stdout, and behaves as programs expect.
struct stream {
  int pipe_read;
  int pipe_write;
  int port;
};

static struct stream open_stream(const char* port_name) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) fail("make a pipe");
  return (struct stream){.pipe_read = ends[0], .pipe_write = ends[1], .port = open_port(port_name)};
}

// Passes on all that waits in the pipe.
static void drain(const struct stream* stream) {
  char buffer[1 << 16];
  ssize_t got;
  while ((got = read(stream->pipe_read, buffer, sizeof buffer)) > 0)
    for (ssize_t done = 0; done < got;) {
      const ssize_t wrote = write(stream->port, buffer + done, (size_t)(got - done));
      if (wrote < 0) fail("write to the host");
      done += wrote;
    }
}

static pid_t start(char** argv, char** environment, const struct stream* out,
                   const struct stream* err) {
  const pid_t child = fork();
  if (child != 0) return child;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(out->pipe_write, STDOUT_FILENO);
  dup2(err->pipe_write, STDERR_FILENO);
  execvpe(argv[0], argv, environment);
  const bool absent = errno == ENOENT;
  dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
  _exit(absent ? 127 : 126); // as a shell does
}

// Reaps all that has ended; true with the exit status, as a shell gives it, once `command` has.
static bool reap(pid_t command, int* exit_status) {
  bool ended = false;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != command) continue;
    ended = true;
    *exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return ended;
}

// Runs the command and passes its output on until it ends; what it left running in the background
// ends with the machine.
static int run_command(char** argv, char** environment) {
  const struct stream out = open_stream("out");
  const struct stream err = open_stream("err");
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, NULL);
  const int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  const pid_t command = start(argv, environment, &out, &err);

  int exit_status = 0;
  for (bool ended = false; !ended;) {
    struct pollfd ready[] = {{.fd = out.pipe_read, .events = POLLIN},
                             {.fd = err.pipe_read, .events = POLLIN},
                             {.fd = signals, .events = POLLIN}};
    if (poll(ready, 3, -1) < 0) continue;
    struct signalfd_siginfo ignored;
    while (read(signals, &ignored, sizeof ignored) > 0)
      continue;
    ended =
        reap(command, &exit_status); // before the drain, so that it passes on the last words too
    drain(&out);
    drain(&err);
  }
  return exit_status;
}

int main(void) {
  if (getpid() != 1) return 1;
  mkdir("/proc", 0755);
  mkdir("/sys", 0755);
  must_mount("proc", "/proc", "proc", 0, NULL);
  must_mount("sysfs", "/sys", "sysfs", 0, NULL);
  must_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  load_modules("/modules");

  char* plan = read_file("/plan", NULL);
  char** argv = read_words("/argv");
  char** environment = read_words("/environ");
  for (char** variable = environment; *variable != NULL; variable++)
    putenv(*variable);

  enter_root();
  mount_kernel_filesystems();
  link_standard_streams();
  delegate_controllers();
  bring_up_loopback();
  lift_limits();
  if (sethostname("guest", strlen("guest")) != 0) fail("set the host name");
  char* rest = plan;
  for (char* line; (line = strsep(&rest, "\n")) != NULL;)
    if (*line != '\0') carry_out(line);

  const int status = open_port("status");
  dprintf(status, "%d\n", run_command(argv, environment));
  reset_machine();
}
