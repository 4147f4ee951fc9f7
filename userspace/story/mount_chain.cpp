// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/mount_chain.h"

#include "userspace/events/field.h"
#include "userspace/story/mount_api_words.h"
#include "userspace/story/mount_kind.h"
#include "userspace/story/option_words.h"
#include "userspace/story/root_filesystem.h"
#include "userspace/story/text.h"

#include <fmt/format.h>

#include <algorithm>

#include <linux/mount.h>

namespace vitrine::story {
namespace {

using events::Record;

bool same_mount(const ev_mount& a, const ev_mount& b) {
  if (a.unique_id != 0 || b.unique_id != 0) return a.unique_id == b.unique_id;
  return a.id != 0 && a.id == b.id;
}

/// Where a call names a descriptor alone, no path from it.
bool without_path(const Record& record, const ev_string& path) {
  return record.string(path).text.empty();
}

template<class Event>
void learn_layers(MountChain& chain, const Record& record, const Event& call) {
  RootFilesystem made = root_filesystem_of(record, call);
  if (made.lower.empty()) return;
  chain.layers = layer_words(made);
  chain.lower = std::move(made.lower);
}

void learn_setting(MountChain& chain, const Record& record, const ev_mount_fsconfig& call) {
  const std::string key = text_of(record, call.key);
  const std::string value = fsconfig_value_words(record, call);
  if (key == "source")
    chain.source = value;
  else
    chain.settings.push_back(call.command == FSCONFIG_SET_FLAG ? key
                                                               : fmt::format("{}={}", key, value));
}

/// Options for a mount that a bind has made.
bool changes_bind(const Record& record) {
  const auto* call = record.as<ev_mount_mount>();
  const MountKind kind = mount_kind(record);
  return call != nullptr && (kind == MountKind::propagation ||
                             (kind == MountKind::remount && (call->flags & MS_BIND) != 0));
}

/// Whether the chain is whole with this part.
bool learn(MountChain& chain, const Record& record) {
  if (const auto* call = record.as<ev_mount_fsconfig>()) {
    if (call->command == FSCONFIG_CMD_RECONFIGURE) return true;
    if (!creates(*call)) learn_setting(chain, record, *call);
    return false;
  }
  if (const auto* call = record.as<ev_mount_fsmount>()) {
    chain.fd = record.header().result;
    chain.mount = call->new_mount;
    chain.attributes = attribute_words(call->attr_flags);
    chain.read_only = (call->attr_flags & MOUNT_ATTR_RDONLY) != 0;
    learn_layers(chain, record, *call);
    return false;
  }
  if (const auto* call = record.as<ev_mount_mount_setattr>())
    chain.settings.push_back(attribute_change_words(*call));
  else if (const auto* change = record.as<ev_mount_mount>())
    chain.settings.push_back(mount_kind(record) == MountKind::propagation
                                 ? propagation_words(change->flags)
                                 : mount_option_words(change->flags));
  if (const auto* call = record.as<ev_mount_move_mount>()) {
    chain.target = move_target(record, *call);
    learn_layers(chain, record, *call);
    return true;
  }
  return false;
}

} // namespace

std::vector<ChainPart> MountChains::ended_by(const Record& record, const ProcessKey& caller) {
  const bool exits = record.as<ev_process_exit>() != nullptr;
  const bool opens = record.schema().returns == events::Returns::fd && !events::is_failure(record);
  std::vector<ChainPart> parts;
  const MountChain* own = find(record, caller);
  std::erase_if(chains_, [&](const MountChain& chain) {
    if (chain.owner != caller || &chain == own) return false;
    const bool ended = exits || (opens && chain.fd == record.header().result) ||
                       chain.thread == record.header().tid;
    if (ended) parts.push_back(chain_words(chain, true));
    return ended;
  });
  return parts;
}

ChainPart MountChains::follow(const Record& record, const ProcessKey& caller) {
  if (MountChain* chain = begin(record, caller)) {
    ChainPart part = chain_words(*chain, false);
    part.first = true;
    return part;
  }
  MountChain* chain = find(record, caller);
  if (chain == nullptr) return {};
  if (events::is_failure(record)) return {.chain = chain->number};
  const bool whole = learn(*chain, record);
  ChainPart part = chain_words(*chain, false);
  part.whole = whole;
  if (whole) chains_.erase(chains_.begin() + (chain - chains_.data()));
  return part;
}

std::vector<ChainPart> MountChains::end() {
  std::vector<ChainPart> parts;
  for (const MountChain& chain : chains_)
    parts.push_back(chain_words(chain, true));
  chains_.clear();
  return parts;
}

MountChain* MountChains::begin(const Record& record, const ProcessKey& caller) {
  if (events::is_failure(record)) return nullptr;
  MountChain chain;
  chain.owner = caller;
  chain.fd = record.header().result;
  if (const auto* call = record.as<ev_mount_fsopen>()) {
    chain.fstype = text_of(record, call->fstype);
  } else if (const auto* pick = record.as<ev_mount_fspick>()) {
    chain.kind = MountChain::Kind::reconfigure;
    chain.source = place_of(record, pick->dirfd_path, pick->path, pick->path_fd_path);
  } else if (const auto* copy = record.as<ev_mount_open_tree>();
             copy != nullptr && (copy->flags & OPEN_TREE_CLONE) != 0) {
    chain.kind = MountChain::Kind::copy;
    chain.source = place_of(record, copy->dirfd_path, copy->path, copy->path_fd_path);
    chain.recursive = (copy->flags & kAtRecursive) != 0;
    chain.mount = copy->new_mount;
  } else if (const auto* bind = record.as<ev_mount_mount>();
             bind != nullptr && mount_kind(record) == MountKind::bind) {
    chain.kind = MountChain::Kind::copy;
    chain.fd = -1;
    chain.thread = record.header().tid;
    chain.source = mount_source(record, *bind);
    chain.target = mount_target(record, *bind);
    chain.recursive = (bind->flags & MS_REC) != 0;
  } else {
    return nullptr;
  }
  chain.number = ++last_;
  return &chains_.emplace_back(std::move(chain));
}

MountChain* MountChains::find(const Record& record, const ProcessKey& caller) {
  if (const auto* call = record.as<ev_mount_fsconfig>())
    return by_descriptor(caller, call->fd, false);
  if (const auto* call = record.as<ev_mount_fsmount>())
    return by_descriptor(caller, call->fd, false);
  if (const auto* call = record.as<ev_mount_mount_setattr>())
    return without_path(record, call->path) ? by_descriptor(caller, call->dirfd, true) : nullptr;
  if (changes_bind(record))
    return by_target(caller, mount_target(record, *record.as<ev_mount_mount>()));
  const auto* call = record.as<ev_mount_move_mount>();
  if (call == nullptr) return nullptr;
  if (MountChain* chain = by_mount(call->new_mount)) return chain;
  return without_path(record, call->from_path) ? by_descriptor(caller, call->from_dirfd, true)
                                               : nullptr;
}

MountChain* MountChains::by_descriptor(const ProcessKey& caller, std::int64_t fd, bool mounted) {
  const auto found = std::find_if(chains_.begin(), chains_.end(), [&](const MountChain& chain) {
    return chain.owner == caller && chain.thread == 0 && chain.fd == fd &&
           chain.mount.has_value() == mounted;
  });
  return found == chains_.end() ? nullptr : &*found;
}

MountChain* MountChains::by_target(const ProcessKey& caller, const std::string& target) {
  const auto found = std::find_if(chains_.begin(), chains_.end(), [&](const MountChain& chain) {
    return chain.owner == caller && chain.thread != 0 && chain.target == target;
  });
  return found == chains_.end() ? nullptr : &*found;
}

/// The youngest one: without unique ids a mount's number is used again.
MountChain* MountChains::by_mount(const ev_mount& mount) {
  const auto found = std::find_if(chains_.rbegin(), chains_.rend(), [&](const MountChain& chain) {
    return chain.mount && same_mount(*chain.mount, mount);
  });
  return found == chains_.rend() ? nullptr : &*found;
}

} // namespace vitrine::story
