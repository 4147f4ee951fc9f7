// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/unique_fd.h"
#include "userspace/sources/engines/host.h"
#include "userspace/sources/engines/note.h"

#include <string>
#include <string_view>

namespace vitrine::engines {

/// What tests/data/engines holds: files of containers that ran at once on one machine, as docker
/// 20.10, podman 4.3, containerd 1.6, runc 1.1, crun 1.8, lxc 5.0, systemd-nspawn 252 and vitrine
/// had written them, at their default places; large parts that nobody reads left out.
inline const std::string kWeb = "b4ae0b91e1360a3b98c47f0cc0d45986eeccf79c7195021db66aaaf81715dc9a";
inline const std::string kWebDb =
    "03c15463a34970d0d19ba03f81bdaff6590a34c5e0c3471cb8c42509d8036b95";
inline const std::string kPod = "ecef32917ba444227ff06d78bc749c71b3d7846ec9df217098bdd2a2bf8686e6";

/// A host's root directory for one test, removed with it.
class HostTree {
public:
  HostTree();
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;
  HostTree(HostTree&&) = delete;
  HostTree& operator=(HostTree&&) = delete;
  ~HostTree();

  /// With a copy of tests/data/engines in it.
  void copy_fixture() const;
  /// Paths are below the root; missing directories are made.
  void write(const std::string& path, std::string_view text) const;
  [[nodiscard]] std::string read(const std::string& path) const;
  void replace(const std::string& path, std::string_view old, std::string_view with) const;
  void remove(const std::string& path) const;
  void move(const std::string& from, const std::string& to) const;
  void link(const std::string& target, const std::string& path) const;
  void make_fifo(const std::string& path) const;

  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] Host host() const { return look_around(descriptor()); }

private:
  std::string root_;
  UniqueFd descriptor_;
};

/// A hint that says this much.
[[nodiscard]] inline ContainerHint hint(std::string engine, std::string id) {
  ContainerHint hint;
  hint.engine = std::move(engine);
  hint.id = std::move(id);
  return hint;
}

} // namespace vitrine::engines
