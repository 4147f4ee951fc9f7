// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>

namespace vitrine::query {

/// The tables of a snapshot.
enum class Table : std::uint8_t {
  processes,
  namespaces,
  cgroups,
  mounts,
  layers,
  containers,
  networks,
};
inline constexpr Table kTables[] = {Table::processes, Table::namespaces, Table::cgroups,
                                    Table::mounts,    Table::layers,     Table::containers,
                                    Table::networks};

/// Some of them: what has to be looked at.
class TableSet {
public:
  constexpr TableSet() = default;
  constexpr TableSet(std::initializer_list<Table> tables) {
    for (const Table table : tables)
      bits_ |= bit(table);
  }
  [[nodiscard]] constexpr bool has(Table table) const { return (bits_ & bit(table)) != 0; }
  constexpr TableSet& operator|=(TableSet other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend bool operator==(TableSet, TableSet) = default;

private:
  static constexpr unsigned bit(Table table) { return 1U << static_cast<unsigned>(table); }
  unsigned bits_ = 0;
};

inline constexpr TableSet kEveryTable = {Table::processes, Table::namespaces, Table::cgroups,
                                         Table::mounts,    Table::layers,     Table::containers,
                                         Table::networks};

} // namespace vitrine::query
