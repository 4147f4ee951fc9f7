// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "subjects.h"
#include "truth.h"

#include <csignal>
#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace vitrine::workload {
namespace {

/// The lines of a map as this process, in the initial user namespace, reads them.
Json id_map(const std::string& path) {
  Json lines = Json::array();
  std::istringstream stream(read_proc(path));
  unsigned long inside = 0, outside = 0, count = 0;
  while (stream >> inside >> outside >> count)
    lines.push_back({{"inside", inside}, {"outside", outside}, {"count", count}});
  return lines;
}

long write_proc(const std::string& path, const std::string& text) {
  const int fd = open_proc(path, O_WRONLY);
  const long value = call(SYS_write, fd, text.data(), text.size());
  ::close(fd);
  return value;
}

void write_map(const Child& child, const std::string& file, const std::string& text) {
  const std::string path = child.proc() + "/" + file;
  const long value = write_proc(path, text);
  const Json now = id_map(path);
  expect("security." + file, {{"target_pid", child.outer()}, {"text", text}},
         with(outcome(value), {
                                  {"user_inode", link_of(child.proc() + "/ns/user").value()},
                                  {"extents", now.size()},
                                  {"in_force", now},
                              }));
}

void write_setgroups(const Child& child, const std::string& text) {
  const std::string path = child.proc() + "/setgroups";
  const long value = write_proc(path, text);
  expect("security.setgroups", {{"target_pid", child.outer()}, {"text", text}},
         with(outcome(value), {
                                  {"user_inode", link_of(child.proc() + "/ns/user").value()},
                                  {"allowed", read_proc(path) == "allow\n"},
                              }));
}

void set_groups(std::size_t size, const std::vector<unsigned>& groups) {
  const long value = call(SYS_setgroups, size, groups.data());
  expect("security.setgroups", {{"size", size}, {"groups", groups}},
         with(outcome(value), {
                                  {"user_inode", namespace_of("user")},
                                  {"allowed", read_proc("self/setgroups") == "allow\n"},
                              }));
}

void user_namespace() {
  Child child = plain_child(
      [] {
        meet_parent();
        set_groups(1, {0}); // denied there: EPERM
      },
      FLAGS(CLONE_NEWUSER));
  child.proceed();
  child.await();
  write_setgroups(child, "nonsense"); // EINVAL
  write_setgroups(child, "deny");
  write_map(child, "uid_map", "0 100000 65536\n100000 200000 10\n");
  write_map(child, "uid_map", "0 0 1"); // once only: EPERM
  write_map(child, "gid_map", "0 100000 65536");
  child.finish();

  // More lines than the kernel keeps inside the namespace's own struct.
  Child many = plain_child([] { meet_parent(); }, FLAGS(CLONE_NEWUSER));
  many.proceed();
  many.await();
  std::string lines;
  for (int i = 0; i < 8; i++)
    lines += std::to_string(i * 10) + " " + std::to_string(100000 + i * 10) + " 5\n";
  write_map(many, "uid_map", lines);
  write_map(many, "gid_map", "not a map"); // EINVAL
  many.finish();
}

void groups() {
  set_groups(3, {10, 20, 30});
  const long none = call(SYS_setgroups, 0, nullptr);
  expect("security.setgroups", {{"size", 0}},
         with(outcome(none), {{"user_inode", namespace_of("user")}, {"allowed", true}}));
}

void oom_score(const std::string& text) {
  const long value = write_proc("self/oom_score_adj", text);
  expect("security.oom_score_adj", {{"target_pid", outer_pid()}, {"text", text}},
         with(outcome(value), {{"in_force", std::stoi(read_proc("self/oom_score_adj"))}}));
}

void oom_scores() {
  oom_score("500");
  oom_score("1001");     // EINVAL
  oom_score("nonsense"); // EINVAL
}

template<class... Ids>
void change_ids(const char* name, long number, std::initializer_list<const char*> names,
                Ids... ids) {
  const long value = call(number, ids...);
  Json args = Json::object();
  auto word = names.begin();
  ((args[*word++] = ids), ...);
  expect(std::string("security.") + name, args,
         with(outcome(value), {{"credentials", credentials()}}));
}

void ids() {
  change_ids("setfsuid", SYS_setfsuid, {"fsuid"}, 1000);
  change_ids("setfsgid", SYS_setfsgid, {"fsgid"}, 1000);
  change_ids("setfsuid", SYS_setfsuid, {"fsuid"}, 0);
  change_ids("setresgid", SYS_setresgid, {"rgid", "egid", "sgid"}, 1, 2, 3);
  change_ids("setresgid", SYS_setresgid, {"rgid", "egid", "sgid"}, -1, -1, 4);
  change_ids("setregid", SYS_setregid, {"rgid", "egid"}, -1, 5);
  change_ids("setgid", SYS_setgid, {"gid"}, 1000);
  change_ids("setresuid", SYS_setresuid, {"ruid", "euid", "suid"}, 1000, -1, 0);
  change_ids("setreuid", SYS_setreuid, {"ruid", "euid"}, 1001, -1);
  change_ids("setuid", SYS_setuid, {"uid"}, 1000);
  // Nobody's now: each of these is refused.
  change_ids("setuid", SYS_setuid, {"uid"}, 0);
  change_ids("setgid", SYS_setgid, {"gid"}, 0);
  change_ids("setreuid", SYS_setreuid, {"ruid", "euid"}, 0, 0);
  change_ids("setregid", SYS_setregid, {"rgid", "egid"}, 0, 0);
  change_ids("setresuid", SYS_setresuid, {"ruid", "euid", "suid"}, 0, 0, 0);
  change_ids("setresgid", SYS_setresgid, {"rgid", "egid", "sgid"}, 0, 0, 0);
  change_ids("setfsuid", SYS_setfsuid, {"fsuid"}, 0);
  change_ids("setfsgid", SYS_setfsgid, {"fsgid"}, 0);
}

void set_capabilities(unsigned version, int pid, unsigned long effective, unsigned long permitted,
                      unsigned long inheritable) {
  __user_cap_header_struct header = {version, pid};
  __user_cap_data_struct data[2] = {};
  for (int i = 0; i < 2; i++) {
    data[i].effective = static_cast<unsigned>(effective >> (32 * i));
    data[i].permitted = static_cast<unsigned>(permitted >> (32 * i));
    data[i].inheritable = static_cast<unsigned>(inheritable >> (32 * i));
  }
  const long value = call(SYS_capset, &header, data);
  Json args = {
      {"version", hex(version)},
      {"effective", capability_names(effective)},
      {"permitted", capability_names(permitted)},
      {"inheritable", capability_names(inheritable)},
  };
  if (pid != 0) args["target_pid"] = pid;
  expect("security.capset", args, with(outcome(value), {{"credentials", credentials()}}));
}

void capabilities() {
  const unsigned long all = capability_set("CapPrm");
  const unsigned long bind = 1UL << CAP_NET_BIND_SERVICE;
  set_capabilities(_LINUX_CAPABILITY_VERSION_3, 0, all, all, bind);
  set_capabilities(_LINUX_CAPABILITY_VERSION_3, 1, all, all, 0); // another process: EPERM
  set_capabilities(_LINUX_CAPABILITY_VERSION_3, 0, bind, bind | 1UL << CAP_KILL, bind);
  set_capabilities(_LINUX_CAPABILITY_VERSION_3, 0, all, all, 0); // no way back: EPERM
}

/// `arg3` is shown as a number, or as `arg3_name` when that is one.
void control(const char* name, int option, unsigned long arg2, unsigned long arg3 = 0,
             const Json& more = Json::object()) {
  const long value = call(SYS_prctl, option, arg2, arg3, 0, 0);
  const Json args = {
      {"option", name}, {"arg2", hex(arg2)}, {"arg3", hex(arg3)}, {"instructions", 0}};
  int subreaper = 0;
  must(::prctl(PR_GET_CHILD_SUBREAPER, &subreaper) == 0, "prctl");
  expect("security.prctl", with(args, more),
         with(outcome(value), {
                                  {"dumpable", ::prctl(PR_GET_DUMPABLE)},
                                  {"child_subreaper", subreaper != 0},
                                  {"credentials", credentials()},
                              }));
}
#define CONTROL(option, ...) control(#option, option, __VA_ARGS__)

void controls() {
  CONTROL(PR_SET_PDEATHSIG, SIGKILL, 0, {{"arg2_name", "SIGKILL"}});
  CONTROL(PR_SET_DUMPABLE, 0);
  CONTROL(PR_SET_DUMPABLE, 1);
  CONTROL(PR_SET_DUMPABLE, 7); // EINVAL
  CONTROL(PR_SET_CHILD_SUBREAPER, 1);
  CONTROL(PR_SET_KEEPCAPS, 1);
  CONTROL(PR_SET_SECUREBITS, 0x1 << 6, 0, {{"arg2_name", "SECBIT_NO_CAP_AMBIENT_RAISE"}});
  CONTROL(PR_SET_SECUREBITS, 0, 0, {{"arg2_name", "0"}});
  CONTROL(PR_CAPBSET_DROP, CAP_WAKE_ALARM, 0, {{"arg2_name", "CAP_WAKE_ALARM"}});
  CONTROL(PR_CAPBSET_DROP, 63, 0, {{"arg2_name", "63"}}); // EINVAL
  const unsigned long all = capability_set("CapPrm");
  set_capabilities(_LINUX_CAPABILITY_VERSION_3, 0, all, all, 1UL << CAP_NET_RAW);
  CONTROL(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW,
          {{"arg2_name", "PR_CAP_AMBIENT_RAISE"}, {"arg3_name", "CAP_NET_RAW"}});
  CONTROL(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, // not inheritable: EPERM
          {{"arg2_name", "PR_CAP_AMBIENT_RAISE"}, {"arg3_name", "CAP_KILL"}});
  CONTROL(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, {{"arg2_name", "PR_CAP_AMBIENT_CLEAR_ALL"}});
  CONTROL(PR_SET_NO_NEW_PRIVS, 0); // cannot be unset: EINVAL
  CONTROL(PR_SET_NO_NEW_PRIVS, 1);
}

void filter(unsigned operation, const char* name, const Flags& flags, const sock_fprog* program) {
  const long value = call(SYS_seccomp, operation, flags.bits, program);
  static constexpr const char* kModes[] = {"SECCOMP_MODE_DISABLED", "SECCOMP_MODE_STRICT",
                                           "SECCOMP_MODE_FILTER"};
  const bool installs = operation == SECCOMP_SET_MODE_FILTER && program != nullptr;
  expect("security.seccomp",
         {
             {"operation", name},
             {"flags", flags.names},
             {"instructions", installs ? program->len : 0},
         },
         with(outcome(value), {
                                  {"mode", kModes[std::stoul(status_field("Seccomp"))]},
                                  {"filters", std::stoul(status_field("Seccomp_filters"))},
                              }));
}

void filters() {
  sock_filter allow[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {static_cast<unsigned short>(std::size(allow)), allow};
  const sock_fprog empty = {0, allow};
  filter(SECCOMP_SET_MODE_FILTER, "SECCOMP_SET_MODE_FILTER", FLAGS(SECCOMP_FILTER_FLAG_LOG),
         &program);
  filter(SECCOMP_SET_MODE_FILTER, "SECCOMP_SET_MODE_FILTER", FLAGS(0), &empty);  // EINVAL
  filter(SECCOMP_SET_MODE_FILTER, "SECCOMP_SET_MODE_FILTER", FLAGS(0), nullptr); // EFAULT
  CONTROL(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, reinterpret_cast<unsigned long>(&program),
          {{"arg2_name", "SECCOMP_MODE_FILTER"}, {"instructions", program.len}});
}

} // namespace

void security_calls() {
  in_child(user_namespace);
  in_child(groups);
  in_child(oom_scores);
  in_child(ids);
  in_child(capabilities);
  in_child(controls);
  in_child(filters);
}

} // namespace vitrine::workload
