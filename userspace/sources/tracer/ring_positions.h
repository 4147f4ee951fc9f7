// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <cstddef>
#include <memory>

namespace vitrine::tracer {

/// How far a BPF ring buffer was written and read, in bytes since it was made: the first words of
/// its first two pages (kernel/bpf/ringbuf.c, struct bpf_ringbuf).
class RingPositions {
public:
  /// `ring_fd` is borrowed, and needed only here.
  static Result<RingPositions> map(int ring_fd);

  [[nodiscard]] unsigned long written() const { return load(producer_); }
  [[nodiscard]] unsigned long read() const { return load(consumer_); }

private:
  struct Unmap {
    void operator()(const unsigned long* page) const;
  };
  using Page = std::unique_ptr<const unsigned long, Unmap>;
  static Page map_page(int ring_fd, std::size_t number);
  static unsigned long load(const Page& page) {
    return __atomic_load_n(page.get(), __ATOMIC_ACQUIRE);
  }

  Page consumer_;
  Page producer_;
};

} // namespace vitrine::tracer
