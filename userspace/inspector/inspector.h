// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/objects/snapshot.h"
#include "userspace/sources/census/census.h"
#include "userspace/sources/cgroups/cgroups.h"
#include "userspace/sources/mounts/mounts.h"

#include <optional>
#include <string>

/// Asks the sources for what is on a host and joins what they saw.
namespace vitrine::inspector {

/// Which tables of a Snapshot are wanted.
struct Tables {
  bool processes = false;
  bool namespaces = false;
  bool mounts = false;
  bool cgroups = false;
  bool layers = false;
  bool containers = false;
  bool networks = false;
};

struct Options {
  std::string root; ///< "" on a live system; else a directory with a proc of files
  census::IteratorUse iterators = census::IteratorUse::automatic;
  bool statmount = true; ///< mounts::Options
};

class Inspector {
public:
  /// Opens the sources once, for all snapshots to come.
  static Result<Inspector> open(const Options& options);

  /// The host now. Tables that were not wanted have no value, though others may have needed what is
  /// in them. The Error: nothing can be seen at all. What only some of it is refused is counted in
  /// Snapshot::errors.
  Result<objects::Snapshot> take(const Tables& tables);

private:
  /// What the joined tables are made of.
  struct Look {
    census::Observations census;
    mounts::Readings mounts;
  };

  Inspector(Options options, census::Census census)
      : options_(std::move(options)), census_(std::move(census)) {}

  [[nodiscard]] std::string proc() const { return options_.root + "/proc"; }
  static Tables with_sources(Tables tables);
  static void leave_out(objects::Snapshot& snapshot, const Tables& tables);
  Result<Look> look(const Tables& tables);
  [[nodiscard]] std::vector<objects::Namespace> namespaces(const Look& look, const Tables& tables,
                                                           objects::Snapshot& snapshot);
  void add_cgroups(objects::Snapshot& snapshot);
  void add_networks(objects::Snapshot& snapshot) const;
  void add_containers(objects::Snapshot& snapshot, const Tables& tables) const;

  Options options_;
  census::Census census_;
  std::optional<cgroups::Cgroups> cgroups_; // once asked for
  bool details_ = false;                    // of processes: only when they are to be shown
};

} // namespace vitrine::inspector
