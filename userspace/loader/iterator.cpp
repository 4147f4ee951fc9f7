// SPDX-License-Identifier: Apache-2.0
#include "userspace/loader/iterator.h"

#include "userspace/base/unique_fd.h"
#include "userspace/loader/libbpf_error.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>

#include <unistd.h>

namespace vitrine::loader {
namespace {

constexpr std::size_t kChunk = std::size_t{64} << 10; // bytes read at once

} // namespace

void LinkDeleter::operator()(bpf_link* link) const {
  bpf_link__destroy(link);
}

Result<Link> attach_iterator(const bpf_program* program) {
  Link link(bpf_program__attach_iter(program, nullptr));
  if (!link) return libbpf_error(-errno, fmt::format("attach {}", bpf_program__name(program)));
  return link;
}

Result<void> run_iterator(const bpf_link* link, const std::string& name,
                          std::vector<std::byte>& bytes) {
  const UniqueFd run(bpf_iter_create(bpf_link__fd(link)));
  if (!run.valid()) return libbpf_error(-errno, fmt::format("run {}", name));
  std::size_t used = 0;
  bytes.resize(bytes.capacity());
  for (;;) {
    if (used + kChunk > bytes.size()) bytes.resize(2 * bytes.size() + kChunk);
    const ssize_t count = ::read(run.get(), bytes.data() + used, kChunk);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return os_error(errno, "read {}", name);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  bytes.resize(used);
  return {};
}

} // namespace vitrine::loader
