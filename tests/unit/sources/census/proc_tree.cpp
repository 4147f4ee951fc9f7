// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sources/census/proc_tree.h"

#include <fmt/format.h>

#include <fstream>

#include <stdlib.h> // mkdtemp

namespace vitrine::census {

ProcTree::ProcTree() {
  std::string name = std::filesystem::temp_directory_path() / "vitrine-proc-XXXXXX";
  if (::mkdtemp(name.data()) != nullptr) root_ = name;
}

ProcTree::~ProcTree() {
  std::error_code ignored;
  if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
}

void ProcTree::write(const std::string& path, std::string_view text) const {
  std::filesystem::create_directories((root_ / path).parent_path());
  std::ofstream(root_ / path, std::ios::binary) << text;
}

void ProcTree::link(const std::string& path, const std::string& target) const {
  std::filesystem::create_directories((root_ / path).parent_path());
  std::filesystem::remove(root_ / path);
  std::filesystem::create_symlink(target, root_ / path);
}

void ProcTree::remove(const std::string& path) const {
  std::filesystem::remove_all(root_ / path);
}

std::string stat_text(std::uint32_t number, std::string_view comm, char state,
                      std::uint32_t flags) {
  return fmt::format("{} ({}) {} 1 {} {} 0 -1 {} 10 0 0 0 1 2 0 0 20 0 1 0 {} 4096 25 0\n", number,
                     comm, state, number, number, flags, start_of(number));
}

void ProcTree::add_task(const std::string& path, std::uint32_t number, std::string_view comm,
                        char state, std::uint32_t flags) const {
  write(path + "/stat", stat_text(number, comm, state, flags));
  write(path + "/status", fmt::format("Name:\twhatever\n"
                                      "NSpid:\t{}\t7\n"
                                      "Uid:\t1000\t1001\t1002\t1003\n"
                                      "Gid:\t2000\t2001\t2002\t2003\n"
                                      "Groups:\t4 24 7 \n"
                                      "CapInh:\t0000000000000001\n"
                                      "CapPrm:\t0000000000000002\n"
                                      "CapEff:\t0000000000000004\n"
                                      "CapBnd:\t000001ffffffffff\n"
                                      "CapAmb:\t0000000000000010\n"
                                      "NoNewPrivs:\t1\n"
                                      "Seccomp:\t2\n"
                                      "Seccomp_filters:\t3\n",
                                      number));
  write(path + "/cgroup", "4:memory:/a:b\n1:name=systemd:/\n0::/user.slice\n");
  write(path + "/cmdline", std::string_view("run\0--fast\0", 11));
  link(path + "/root", "/");
  link(path + "/exe", "/usr/bin/run");
  std::uint32_t inode = 4026532000;
  for (const char* kind : {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"})
    link(path + "/ns/" + kind, fmt::format("{}:[{}]", kind, ++inode));
  link(path + "/ns/pid_for_children", "pid:[4026532100]");
  link(path + "/ns/time_for_children", "time:[4026532101]");
  std::filesystem::create_directories(root_ / path / "fd");
}

} // namespace vitrine::census
