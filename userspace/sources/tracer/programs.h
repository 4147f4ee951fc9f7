// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/stream.h"
#include "userspace/sources/tracer/tracefs.h"

#include <bitset>
#include <functional>
#include <memory>
#include <span>

struct vitrine_bpf;
struct bpf_link;
struct ring_buffer;

namespace vitrine::tracer {

/// The BPF programs in the kernel: loaded, attached, and gone with this object or this process.
class Programs {
public:
  /// Gets the bytes of each record that crosses the ring, in the order of the ring.
  using OnBytes = std::function<void(std::span<const std::byte>)>;

  /// Loads what the wanted events need. `buffer_bytes` is a power of two.
  static Result<Programs> load(const std::bitset<VITRINE_EVENT_LIMIT>& wanted,
                               std::size_t buffer_bytes);
  Programs(Programs&&) noexcept;
  Programs& operator=(Programs&&) noexcept;
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;
  ~Programs();

  /// Attaches what a trace begins with: the kernel's events, and two programs on every system call
  /// of the host. Nothing comes and goes faster, but each call of each process pays a little.
  Result<void> attach(const Tracefs& tracefs);
  /// Changes to programs on just the watched calls, which cost the host almost nothing, and misses
  /// no call on the way. Going takes them long (keeper.h): not for the first moments of a trace.
  Result<void> change_to_each_call(const Tracefs& tracefs);

  /// From now on the process behind the pidfd and all its future children are followed.
  Result<void> follow(int pidfd);

  /// Whether this kernel gives overlay's lower directories as one string (joined_layers.h).
  [[nodiscard]] bool gives_joined_layers() const;

  /// A descriptor that becomes readable when much is waiting in the ring.
  [[nodiscard]] int ring_fd() const;
  /// Hands over all that waits in the ring. Returns the number of records.
  Result<std::size_t> read_ring(const OnBytes& on_bytes);

  /// No program does anything any more when this returns; what was sent can still be read.
  void stop();
  /// Adds the kernel's counters to `end`. Exact only after stop().
  Result<void> count(events::StreamEnd& end) const;

private:
  struct Handle;
  explicit Programs(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

} // namespace vitrine::tracer
