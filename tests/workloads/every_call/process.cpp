// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "subjects.h"
#include "truth.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace vitrine::workload {
namespace {

/// Enough of struct clone_args for every kernel that has clone3(2).
struct Clone3 {
  unsigned long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  unsigned long set_tid, set_tid_size, cgroup;
};

Json clone3_args(const Flags& flags, const Json& more = Json::object()) {
  return with({{"flags", flags.names}, {"exit_signal", "SIGCHLD"}}, more);
}

std::atomic<long> thread_id = 0;

int thread_body(void*) {
  const long tid = call(SYS_gettid);
  (void)call(SYS_chdir, "/");
  thread_id = tid;
  return 0;
}

/// The thread's own chdir(2) shows its id; its end is none of the process.
void a_thread() {
  static char stack[256 << 10] __attribute__((aligned(16)));
  const Flags flags =
      FLAGS(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM);
  const Json before = namespaces();
  const int tid = ::clone(thread_body, stack + sizeof stack, static_cast<int>(flags.bits), nullptr);
  must(tid > 0, "clone a thread");
  while (thread_id == 0)
    ::usleep(1000);
  while (link_of("self/task/" + std::to_string(tid) + "/cwd"))
    ::usleep(1000);
  const Json self = this_process();
  expect("process.clone", {{"flags", flags.names}},
         {
             {"value", tid},
             {"child_pid", tid},
             {"child_ns_pid", tid},
             {"child_start_ns", start_of("self")},
             {"before", before},
             {"after", before},
         });
  Json chdir = line("mount.chdir", {{"path", "/"}}, {{"value", 0}, {"cwd", "/"}});
  chdir["process"]["tid"] = tid;
  write_line(chdir);
}

void clones() {
  in_child([] {});
  plain_child([] {}, FLAGS(CLONE_IO | CLONE_SYSVSEM)).finish();
  in_child(a_thread);

  const Flags wrong = FLAGS(CLONE_THREAD); // without CLONE_SIGHAND
  const Json before = namespaces();
  const long value = call(SYS_clone, wrong.bits, 0, 0, 0, 0);
  expect("process.clone", {{"flags", wrong.names}}, with(outcome(value), {{"before", before}}));
}

void clone3s() {
  int pidfd = -1;
  Clone3 arguments = {};
  const Flags with_pidfd = FLAGS(CLONE_PIDFD);
  arguments.flags = with_pidfd.bits;
  arguments.pidfd = reinterpret_cast<unsigned long>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  Child(
      "process.clone3", clone3_args(with_pidfd),
      [&] { return call(SYS_clone3, &arguments, sizeof arguments); }, [] {})
      .finish();
  ::close(pidfd);

  const pid_t wanted[] = {1};
  const Flags new_pids = FLAGS(CLONE_NEWPID);
  arguments = {};
  arguments.flags = new_pids.bits;
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<unsigned long>(wanted);
  arguments.set_tid_size = std::size(wanted);
  Child(
      "process.clone3", clone3_args(new_pids, {{"set_tid", {1}}}),
      [&] { return call(SYS_clone3, &arguments, sizeof arguments); },
      [] {
        // Process 1 of the new namespace makes a process 2.
        in_child([] {});
      })
      .finish();

  const Flags wrong = FLAGS(CLONE_NEWNS | CLONE_FS);
  arguments = {};
  arguments.flags = wrong.bits;
  arguments.exit_signal = SIGCHLD;
  const Json before = namespaces();
  const long value = call(SYS_clone3, &arguments, sizeof arguments);
  expect("process.clone3", clone3_args(wrong), with(outcome(value), {{"before", before}}));
}

/// Of a child that has ended, until it is reaped: all that a parent may know that cannot meet it.
void expect_short_life(std::string_view type, pid_t pid, const Json& before) {
  siginfo_t info = {};
  must(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0, "waitid");
  const Json start = start_of(std::to_string(pid));
  expect(type, Json::object(),
         {
             {"value", pid},
             {"child_pid", pid},
             {"child_ns_pid", pid},
             {"child_start_ns", start},
             {"before", before},
             {"after", before},
         });
  const Json self = this_process();
  Json process = with(self, {{"pid", pid}, {"tid", pid}, {"ns_pid", pid}});
  process["parent_pid"] = self["pid"];
  int status = 0;
  must(::waitpid(pid, &status, 0) == pid, "wait");
  expect_exit(process, status);
}

void forks() {
#ifdef SYS_fork
  Child(
      "process.fork", Json::object(), [] { return call(SYS_fork); }, [] { std::_Exit(3); })
      .finish();
#endif
#ifdef SYS_vfork // glibc makes it of this call, where the architecture has it
  const Json before = namespaces();
  const pid_t pid = ::vfork();
  if (pid == 0) ::_exit(4);
  must(pid > 0, "vfork");
  expect_short_life("process.vfork", pid, before);
#endif
}

void deaths() {
  in_child([] { std::_Exit(255); });
  in_child([] { ::kill(::getpid(), SIGTERM); });
  in_child([] { ::kill(::getpid(), SIGKILL); });
}

void expect_no_exec(const std::string& filename, const Json& argv, long value,
                    const Json& more = Json::object()) {
  const Json args = {
      {"filename", filename}, {"argv", argv}, {"dirfd", "AT_FDCWD"}, {"flags", Json::array()}};
  expect("process.exec", with(args, more), outcome(value));
}

void failing_execs() {
  const char* argv[] = {"program", "two words", "", nullptr};
  const char* const* nothing = argv + 3;
  const Json words = {"program", "two words", ""};
  const std::string absent = "/nonexistent/program";
  expect_no_exec(absent, words, call(SYS_execve, absent.c_str(), argv, nothing));
  const std::string directory = "/proc";
  expect_no_exec(directory, words, call(SYS_execve, directory.c_str(), argv, nothing));
  const int here = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const Flags flags = FLAGS(AT_SYMLINK_NOFOLLOW);
  expect_no_exec("nonexistent", words,
                 call(SYS_execveat, here, "nonexistent", argv, nothing, flags.bits),
                 {{"dirfd", here}, {"flags", flags.names}});
}

/// Executes this program again, as `how` does; what it started states the rest.
void exec_ourselves(const std::string& statement, const Json& args,
                    const std::function<long(char* const*)>& how) {
  in_child([&] {
    std::string text = args.dump();
    std::vector<std::string> words = {"every_call", "--executed", statement, text};
    std::vector<char*> argv;
    for (std::string& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    how(argv.data());
    give_up("exec");
  });
}

void execs(const std::string& statement) {
  char* nothing[] = {nullptr};
  const std::string self = link_of("self/exe").value();
  exec_ourselves(statement, {{"filename", self}},
                 [&](char* const* argv) { return call(SYS_execve, self.c_str(), argv, nothing); });
  const int fd = ::open(self.c_str(), O_PATH | O_CLOEXEC);
  const Flags flags = FLAGS(AT_EMPTY_PATH);
  exec_ourselves(
      statement, {{"filename", ""}, {"dirfd", fd}, {"flags", flags.names}},
      [&](char* const* argv) { return call(SYS_execveat, fd, "", argv, nothing, flags.bits); });
  const std::string by_fd = "/proc/self/fd/" + std::to_string(fd);
  exec_ourselves(statement, {{"filename", by_fd}, {"filename_fd_path", self}},
                 [&](char* const* argv) { return call(SYS_execve, by_fd.c_str(), argv, nothing); });
}

} // namespace

void after_exec(int argc, char** argv) {
  Json args = {{"dirfd", "AT_FDCWD"}, {"flags", Json::array()}, {"argv", Json::array()}};
  for (int i = 0; i < argc; i++)
    args["argv"].push_back(argv[i]);
  expect("process.exec", with(args, Json::parse(argv[3])),
         {
             {"value", 0},
             {"executable", link_of("self/exe").value()},
             {"credentials", credentials()},
         });
  std::_Exit(7);
}

void process_calls(const std::string& statement) {
  clones();
  clone3s();
  forks();
  deaths();
  in_child(failing_execs);
  execs(statement);
}

} // namespace vitrine::workload
