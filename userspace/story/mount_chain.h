// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"
#include "userspace/story/container.h"
#include "userspace/story/group.h"

#include <optional>
#include <string>
#include <vector>

namespace vitrine::story {

/// What one call adds to a chain: different calls that bring one object into being.
struct ChainPart {
  std::uint64_t chain = 0; ///< never used again; 0: the call is no part of a chain
  bool first = false;
  bool whole = false; ///< nothing more can come
  std::string verb = {};
  std::string what = {}; ///< the chain as far as it has come, in words
  GroupTag group = {};   ///< to which the whole belongs
};

/// A mount on its way: fsopen(2) or open_tree(2), options, fsmount(2), move_mount(2). Or a file
/// system that is reconfigured: fspick(2), options. Or a bind by mount(2), which takes its options
/// in calls of their own, since the first one ignores them. Text is escaped.
struct MountChain {
  enum class Kind : std::uint8_t { file_system, reconfigure, copy };

  std::uint64_t number = 0;
  Kind kind = Kind::file_system;
  ProcessKey owner;
  std::int64_t fd = -1;          ///< of the context, then of the mount; -1: mount(2)
  std::uint32_t thread = 0;      ///< mount(2): until it does something else
  std::optional<ev_mount> mount; ///< once there is one; detached
  std::string fstype;
  std::string source;                ///< path or word; of a copy: what it is a copy of
  std::vector<std::string> settings; ///< "size=64k"
  std::string attributes;            ///< "ro,nosuid"
  bool read_only = false;
  bool recursive = false;
  std::vector<std::string> lower; ///< overlay: topmost first
  std::string layers;             ///< overlay: in words
  std::string target;             ///< empty: not attached
};

/// The chain as far as it has come. `over`: it will come no further.
[[nodiscard]] ChainPart chain_words(const MountChain& chain, bool over);

/// Follows mounts from the call that begins them to the one that attaches them: by the descriptor
/// of the process that has it, then by the mount itself, whoever attaches it. A descriptor that was
/// duplicated or inherited is not known: its calls are no parts of a chain.
class MountChains {
public:
  /// The chains that `record` ends without having a part in them: their process has ended or goes
  /// on to something else, or their descriptor was closed, for another file has its number.
  [[nodiscard]] std::vector<ChainPart> ended_by(const events::Record& record,
                                                const ProcessKey& caller);

  /// What `record` adds. A failure adds nothing, but it belongs to its chain.
  [[nodiscard]] ChainPart follow(const events::Record& record, const ProcessKey& caller);

  /// What was never finished.
  [[nodiscard]] std::vector<ChainPart> end();

private:
  [[nodiscard]] MountChain* begin(const events::Record& record, const ProcessKey& caller);
  [[nodiscard]] MountChain* find(const events::Record& record, const ProcessKey& caller);
  [[nodiscard]] MountChain* by_descriptor(const ProcessKey& caller, std::int64_t fd, bool mounted);
  [[nodiscard]] MountChain* by_target(const ProcessKey& caller, const std::string& target);
  [[nodiscard]] MountChain* by_mount(const ev_mount& mount);

  std::vector<MountChain> chains_; ///< that are not whole
  std::uint64_t last_ = 0;
};

} // namespace vitrine::story
