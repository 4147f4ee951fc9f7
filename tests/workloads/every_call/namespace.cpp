// SPDX-License-Identifier: Apache-2.0
#include "child.h"
#include "subjects.h"
#include "truth.h"

#include <cstring>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>

namespace vitrine::workload {
namespace {

/// What a refused call left as it was is not told twice.
Json changed_namespaces(long value, const Json& before) {
  Json result = with(outcome(value), {{"before", before}});
  if (value == 0) result["after"] = namespaces();
  return result;
}

void unshare_one(const Flags& flags) {
  const Json before = namespaces();
  const long value = call(SYS_unshare, flags.bits);
  expect("namespace.unshare", {{"flags", flags.names}}, changed_namespaces(value, before));
}

/// A pid namespace has no name before its first process is there.
void unshare_pids() {
  const Flags flags = FLAGS(CLONE_NEWPID);
  const Json before = namespaces();
  const long value = call(SYS_unshare, flags.bits);
  must(value == 0, "unshare CLONE_NEWPID");
  Json waiting =
      line("namespace.unshare", {{"flags", flags.names}}, changed_namespaces(value, before));
  plain_child([] {}, {0, Json::array()}, &waiting).finish();
}

void unshares() {
  in_child([] {
    unshare_one(FLAGS(CLONE_NEWNS));
    unshare_one(FLAGS(CLONE_NEWUTS));
    unshare_one(FLAGS(CLONE_NEWIPC));
    unshare_one(FLAGS(CLONE_NEWNET));
    unshare_one(FLAGS(CLONE_NEWCGROUP));
    unshare_one(FLAGS(CLONE_NEWTIME));
    unshare_one(FLAGS(CLONE_NEWUTS | CLONE_NEWIPC));
    unshare_one(FLAGS(CLONE_FS | CLONE_FILES));
    unshare_one(FLAGS(CLONE_PARENT)); // none that can be unshared: EINVAL
    unshare_pids();
  });
  in_child([] { unshare_one(FLAGS(CLONE_NEWUSER | CLONE_NEWNS)); });
  // The same by clone(2).
  plain_child([] {}, FLAGS(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNET)).finish();
}

void enter(int fd, const Flags& flags, const Json& target) {
  const Json before = namespaces();
  const long value = call(SYS_setns, fd, flags.bits);
  expect("namespace.setns", with({{"fd", fd}, {"nstype", flags.names}}, target),
         changed_namespaces(value, before));
}

void setnses() {
  const Child other = plain_child([] {}, FLAGS(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS));
  const auto target = [&](const char* kind) -> Json {
    return {{"target_kind", kind}, {"target_inode", link_of(other.proc() + "/ns/" + kind).value()}};
  };
  in_child([&] {
    const int uts = open_proc(other.proc() + "/ns/uts", O_RDONLY);
    const int ipc = open_proc(other.proc() + "/ns/ipc", O_RDONLY);
    enter(uts, FLAGS(CLONE_NEWUTS), target("uts"));
    enter(ipc, FLAGS(0), target("ipc"));
    enter(uts, FLAGS(CLONE_NEWNET), target("uts"));                      // another kind: EINVAL
    enter(open_proc("self/status", O_RDONLY), FLAGS(0), Json::object()); // no namespace: EINVAL
    enter(1000, FLAGS(CLONE_NEWNS), Json::object());                     // EBADF
  });
  in_child([&] {
    const auto pidfd = static_cast<int>(call(SYS_pidfd_open, other.pid(), 0));
    enter(pidfd, FLAGS(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC), {{"target_pid", other.outer()}});
    enter(pidfd, FLAGS(CLONE_FS), {{"target_pid", other.outer()}}); // no namespace: EINVAL
  });
  Child(other).finish();
}

void rename_host(const std::string& name, std::size_t length) {
  const long value = call(SYS_sethostname, name.c_str(), length);
  char now[65] = {};
  must(::gethostname(now, sizeof now) == 0, "gethostname");
  Json event = line("namespace.sethostname", {{"name", name.substr(0, 64)}},
                    with(outcome(value), {{"nodename", now}, {"uts_inode", namespace_of("uts")}}));
  if (name.size() > 64) event["truncated"] = {"name"};
  write_line(event);
}

void rename_domain(const std::string& name, std::size_t length) {
  const long value = call(SYS_setdomainname, name.c_str(), length);
  char now[65] = {};
  must(::getdomainname(now, sizeof now) == 0, "getdomainname");
  Json event =
      line("namespace.setdomainname", {{"name", name.substr(0, 64)}},
           with(outcome(value), {{"domainname", now}, {"uts_inode", namespace_of("uts")}}));
  if (name.size() > 64) event["truncated"] = {"name"};
  write_line(event);
}

void names() {
  plain_child(
      [] {
        rename_host("glass case", 10);
        rename_host(std::string(65, 'x'), 65);
        rename_domain("vitrine.test", 12);
        rename_domain(std::string(65, 'y'), 65);
      },
      FLAGS(CLONE_NEWUTS))
      .finish();
}

} // namespace

void namespace_calls() {
  unshares();
  setnses();
  names();
}

} // namespace vitrine::workload
