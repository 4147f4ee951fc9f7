// SPDX-License-Identifier: Apache-2.0
/// Makes every call of the event table, well and badly, in namespaces and cgroups of its own, and
/// writes into a file the events that must be seen, as the kernel let it see them itself.
#include "expect.h"
#include "subjects.h"
#include "truth.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace vitrine::workload {
namespace {

void expect_own_exec(int argc, char** argv) {
  Json words = Json::array();
  for (int i = 0; i < argc; i++)
    words.push_back(argv[i]);
  expect(
      "process.exec",
      {{"filename", argv[0]}, {"argv", words}, {"dirfd", "AT_FDCWD"}, {"flags", Json::array()}},
      {{"value", 0}, {"executable", link_of("self/exe").value()}, {"credentials", credentials()}});
}

void expect_own_exit() {
  expect("process.exit", Json::object(), {{"exit_code", 0}, {"core_dumped", false}});
}

int make_every_call(int argc, char** argv) {
  const std::string statement = argv[2];
  if (link_of("self/ns/pid") != "pid:[4026531836]") {
    std::fprintf(stderr, "every_call: not in the initial pid namespace\n");
    return 77;
  }
  char room[] = "/tmp/every_call.XXXXXX";
  must(::mkdtemp(room) != nullptr, room);
  expect_own_exec(argc, argv);
  process_calls(statement);
  namespace_calls();
  mount_calls(room);
  mount_api_calls(room);
  network_calls(room);
  cgroup_calls();
  security_calls();
  must(::rmdir(room) == 0, room);
  expect_own_exit();
  return 0;
}

} // namespace
} // namespace vitrine::workload

int main(int argc, char** argv) {
  using namespace vitrine::workload;
  if (argc < 3 || (std::strcmp(argv[1], "--out") != 0 && std::strcmp(argv[1], "--executed") != 0)) {
    std::fprintf(stderr, "usage: every_call --out FILE    (by its absolute path, as root)\n");
    return 2;
  }
  open_truth();
  open_statement(argv[2]);
  if (std::strcmp(argv[1], "--executed") == 0) after_exec(argc, argv);
  return make_every_call(argc, argv);
}
