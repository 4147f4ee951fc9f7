// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/objects/snapshot.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace vitrine::query {

/// The table that holds objects of that type, as a member of a snapshot.
template<class Object, class Snapshot>
[[nodiscard]] constexpr auto& table_of(Snapshot& snapshot) {
  using Objects = std::optional<std::vector<Object>>;
  std::conditional_t<std::is_const_v<Snapshot>, const Objects, Objects>* found = nullptr;
  objects::for_each_field<objects::Snapshot>([&](const auto& field) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(snapshot.*field.member)>, Objects>)
      found = &(snapshot.*field.member);
  });
  return *found;
}

/// How objects of one snapshot, which must outlive it, find each other. What is not there, or in a
/// table that was not asked for, is null.
class Lookup {
public:
  explicit Lookup(const objects::Snapshot& snapshot);

  [[nodiscard]] const objects::Snapshot& snapshot() const { return *snapshot_; }

  template<class Object>
  [[nodiscard]] const Object& row(std::size_t index) const {
    return (*table_of<Object>(*snapshot_))[index];
  }
  template<class Object, class Id>
  [[nodiscard]] const Object* find(const Id& id) const {
    return objects::find(table_of<Object>(*snapshot_), id);
  }
  /// The row of an object that one of these functions gave; nothing for null.
  template<class Object>
  [[nodiscard]] std::optional<std::size_t> index_of(const Object* object) const {
    if (object == nullptr) return std::nullopt;
    return static_cast<std::size_t>(object - table_of<Object>(*snapshot_)->data());
  }

  [[nodiscard]] const objects::Process* process(std::uint32_t pid) const;
  [[nodiscard]] const objects::Interface* interface(const objects::InterfaceId& id) const;
  /// The namespace of that kind that was made at boot.
  [[nodiscard]] const objects::Namespace* initial(objects::NamespaceKind kind) const;
  /// What people call it: its name, or the beginning of its id.
  [[nodiscard]] std::string container_name(const objects::ContainerId& id) const;
  /// "1234 (nginx)"; only the number of a process that is not known.
  [[nodiscard]] std::string process_name(const objects::ProcessId& id) const;

private:
  const objects::Snapshot* snapshot_;
  std::array<const objects::Namespace*, std::size(objects::kNamespaceKinds)> initial_{};
};

/// The beginning of a container's id that its engine shows.
[[nodiscard]] std::string short_id(const objects::ContainerId& id);

} // namespace vitrine::query
