// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

struct bpf_link;
struct bpf_program;

namespace vitrine::loader {

struct LinkDeleter {
  void operator()(bpf_link* link) const;
};
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

/// Attaches an iterator (bpf_iter(7) of the kernel's Documentation/bpf): it can run many times.
Result<Link> attach_iterator(const bpf_program* program);

/// Runs an attached iterator once and gives all that it wrote. `bytes` keeps its memory from one
/// run to the next.
Result<void> run_iterator(const bpf_link* link, const std::string& name,
                          std::vector<std::byte>& bytes);

/// Attaches and runs an iterator once: its records, each a T.
template<class T>
Result<std::vector<T>> run_iterator(const bpf_program* program, const std::string& name) {
  const auto link = attach_iterator(program);
  if (!link) return tl::unexpected(link.error());
  std::vector<std::byte> bytes;
  if (auto done = run_iterator(link->get(), name, bytes); !done)
    return tl::unexpected(std::move(done).error());
  std::vector<T> records(bytes.size() / sizeof(T));
  std::memcpy(records.data(), bytes.data(), records.size() * sizeof(T));
  return records;
}

} // namespace vitrine::loader
