// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/abi/control.h"
#include "userspace/base/error.h"
#include "userspace/events/stream.h"
#include "userspace/sources/tracer/tracefs.h"

#include <bitset>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

struct tracer_bpf;
struct bpf_link;
struct ring_buffer;

namespace vitrine::tracer {

/// The BPF programs in the kernel: loaded, attached, and gone with this object or this process.
class Programs {
public:
  /// Gets the bytes of each record that crosses the ring, in the order of the ring.
  using OnBytes = std::function<void(std::span<const std::byte>)>;

  /// What the programs are to do; fixed once they are loaded.
  struct Settings {
    std::bitset<VITRINE_EVENT_LIMIT> wanted; ///< by type
    std::size_t buffer_bytes = 0;            ///< a power of two
    bool everything = false;                 ///< follow every task but those marked never
    bool cgroups = false;                    ///< follow who comes into cgroups: follow_cgroups()
    bool iterators = false;                  ///< list_sockets() and mark_tasks() will be called
  };
  static Result<Programs> load(const Settings& settings);
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

  /// Every unix socket of every process (needs Settings::iterators).
  Result<std::vector<vitrine_socket>> list_sockets();
  /// Marks all threads of the given processes, by thread group id, adding to marks that they have,
  /// and tells every task there is (needs Settings::iterators).
  Result<std::vector<vitrine_task>> mark_tasks(const std::map<std::uint32_t, vitrine_mark>& marks);
  /// The circles that a connection to each address wakes (bpf/abi/control.h).
  Result<void> set_servers(const std::map<std::uint64_t, std::uint64_t>& circles_by_address);
  /// Follows those circles' daemons from now on.
  void wake(std::uint64_t circles);
  /// From now on whoever comes into one of these cgroups is followed (needs Settings::cgroups).
  Result<void> follow_cgroups(const std::vector<vitrine_cgroup_key>& cgroups);

  /// Tells the reader, through the ring, of the overlays behind the descriptors of this process.
  Result<void> meet_overlays();

  /// Whether this kernel gives overlay's lower directories as one string (joined_layers.h).
  [[nodiscard]] bool gives_joined_layers() const;

  /// A descriptor that becomes readable when much is waiting in the ring.
  [[nodiscard]] int ring_fd() const;
  /// What came of reading the ring.
  struct RingRead {
    std::size_t records = 0;
    bool whole = true; ///< all that had been written when the reading began was read
  };
  /// Hands over what waits in the ring.
  Result<RingRead> read_ring(const OnBytes& on_bytes);

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
