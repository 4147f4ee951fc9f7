// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include "truth.h"

#include <csignal>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace vitrine::workload {
namespace {

int parent_socket = -1;

void send_byte(int socket) {
  must(::send(socket, "", 1, MSG_NOSIGNAL) == 1, "meet");
}

void receive_byte(int socket) {
  char byte;
  must(::recv(socket, &byte, 1, 0) == 1, "meet");
}

[[noreturn]] void live(int socket, const Child::Body& body) {
  parent_socket = socket;
  const pid_t self = outer_pid();
  must(::send(socket, &self, sizeof self, MSG_NOSIGNAL) == sizeof self, "say who I am");
  receive_byte(socket);
  body();
  std::_Exit(0);
}

} // namespace

Child::Child(std::string_view type, const Json& args, const std::function<long()>& birth,
             const Body& body, Json* waiting) {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
  Json before = namespaces();
  const long value = birth();
  if (value == 0) {
    ::close(ends[0]);
    live(ends[1], body);
  }
  ::close(ends[1]);
  must(value > 0, type);
  socket_ = ends[0];
  pid_ = static_cast<pid_t>(value);
  must(::recv(socket_, &outer_, sizeof outer_, 0) == sizeof outer_, "hear of the child");

  const Json after = namespaces(proc());
  if (before["pid"].is_null()) before["pid"] = after["pid"];
  if (waiting != nullptr) {
    (*waiting)["result"]["after"]["pid"] = after["pid"];
    write_line(*waiting);
  }
  const std::string status = read_proc(proc() + "/status");
  const std::size_t at = status.find("NSpid:");
  const std::string ns_pids = status.substr(at, status.find('\n', at) - at);
  const int ns_pid = std::stoi(ns_pids.substr(ns_pids.rfind('\t')));
  expect(type, args,
         {
             {"value", value},
             {"child_pid", outer_},
             {"child_ns_pid", ns_pid},
             {"child_start_ns", start_of(proc())},
             {"before", before},
             {"after", after},
         });
  const Json self = this_process();
  process_ = with(self, {{"pid", outer_}, {"tid", outer_}, {"ns_pid", ns_pid}, {"comm", "*"}});
  process_["parent_pid"] = self["pid"];
}

void Child::await() const {
  receive_byte(socket_);
}

void Child::proceed() const {
  send_byte(socket_);
}

void Child::finish() {
  proceed();
  int status = 0;
  must(::waitpid(pid_, &status, __WALL) == pid_, "wait");
  must(!WIFEXITED(status) || WEXITSTATUS(status) != 99, "child");
  expect_exit(process_, status);
  ::close(socket_);
}

void meet_parent() {
  send_byte(parent_socket);
  receive_byte(parent_socket);
}

Child plain_child(const Child::Body& body, const Flags& flags, Json* waiting) {
  return Child(
      "process.clone", {{"flags", flags.names}, {"exit_signal", "SIGCHLD"}},
      [&] { return call(SYS_clone, flags.bits | SIGCHLD, 0, 0, 0, 0); }, body, waiting);
}

void in_child(const Child::Body& body) {
  plain_child(body).finish();
}

void expect_exit(const Json& process, int status) {
  Json result = {{"core_dumped", false}};
  if (WIFSIGNALED(status)) {
    result["exit_signal"] = std::string("SIG") + ::sigabbrev_np(WTERMSIG(status));
    result["core_dumped"] = WCOREDUMP(status) != 0;
  } else {
    result["exit_code"] = WEXITSTATUS(status);
  }
  write_line({{"type", "process.exit"},
              {"process", process},
              {"args", Json::object()},
              {"result", result}});
}

} // namespace vitrine::workload
