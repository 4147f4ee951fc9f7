// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/lookup.h"

#include <algorithm>

namespace vitrine::query {
namespace {

constexpr std::size_t kDigestLength = 64; // sha256 in hexadecimal, which several engines use as id
constexpr std::size_t kShortLength = 12;

} // namespace

Lookup::Lookup(const objects::Snapshot& snapshot) : snapshot_(&snapshot) {
  if (!snapshot.namespaces) return;
  for (const objects::Namespace& space : *snapshot.namespaces)
    if (space.initial) initial_[static_cast<std::size_t>(space.id.kind)] = &space;
}

const objects::Process* Lookup::process(std::uint32_t pid) const {
  if (!snapshot_->processes) return nullptr;
  const auto found =
      std::ranges::lower_bound(*snapshot_->processes, pid, {},
                               [](const objects::Process& process) { return process.id.pid; });
  return found != snapshot_->processes->end() && found->id.pid == pid ? &*found : nullptr;
}

const objects::Interface* Lookup::interface(const objects::InterfaceId& id) const {
  const auto* network = find<objects::Network>(
      objects::NamespaceId{objects::NamespaceKind::net, id.network_namespace});
  if (network == nullptr) return nullptr;
  const auto found = std::ranges::find(network->interfaces, id, &objects::Interface::id);
  return found == network->interfaces.end() ? nullptr : &*found;
}

const objects::Namespace* Lookup::initial(objects::NamespaceKind kind) const {
  return initial_[static_cast<std::size_t>(kind)];
}

std::string Lookup::container_name(const objects::ContainerId& id) const {
  const auto* container = find<objects::Container>(id);
  return container != nullptr && container->name ? *container->name : short_id(id);
}

std::string Lookup::process_name(const objects::ProcessId& id) const {
  const auto* process = find<objects::Process>(id);
  if (process == nullptr) return fmt::format("{}", id.pid);
  return fmt::format("{} ({})", id.pid, process->comm);
}

std::string short_id(const objects::ContainerId& id) {
  return id.id.substr(0, id.id.size() == kDigestLength ? kShortLength : std::string::npos);
}

} // namespace vitrine::query
