// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/facts.h"
#include "userspace/story/timeline.h"

#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace vitrine::story {

/// Whether it is known, not guessed, of which container an event is.
[[nodiscard]] inline bool is_sure(const events::Belonging& belonging) {
  return belonging.container != nullptr && !belonging.guessed && !belonging.container->id.empty();
}

/// Where a step is told.
struct Place {
  const Making& making;   ///< in the phase of this one
  unsigned container = 0; ///< 0: of none, or nobody knows of which
};

/// So many makings that are over are remembered: enough for whoever compares runs, and a trace may
/// go on for days.
constexpr std::size_t kKept = 100;

/// The containers in the making: which process works for which of them, and how far each has come.
class Makings {
public:
  Makings(ProcessTree& tree, Timeline& timeline) : tree_(tree), timeline_(timeline) {}

  void start(const events::StreamStart& start);
  /// Takes in that the event is known to be of a container with an id. Whoever starts a program for
  /// it works for it from then on. The making that came to its id or number, or null.
  Making* identify(const events::Record& record, Process& caller,
                   const events::Belonging& belonging, std::uint64_t time_ns);
  /// The first phase of a making that has none.
  void open(Making& making, std::uint64_t time_ns);
  /// The container that begins with the event, or null. `time_ns` is since the start.
  const Container* recognise(const events::Record& record, Process& caller, std::uint64_t time_ns);
  /// Takes in a process that an earlier one has made.
  void add_child(Process& child);
  /// The phase that the event shows.
  void advance(const events::Record& record, Process& caller, std::uint64_t time_ns);
  /// After the step was told: a program that has started runs.
  void advance_after(const events::Record& record, const ProcessKey& process,
                     std::uint64_t time_ns);
  /// Ends all phases.
  void end();
  /// Lets go of makings that nobody works for any more, when they are many: those that were heard
  /// of last stay.
  std::vector<Making> take_old();

  [[nodiscard]] Making& of(const Process& process) { return all_.at(process.making); }
  [[nodiscard]] Place place_of(const Process& caller, const events::Belonging& belonging);
  [[nodiscard]] MakingTable& all() { return all_; }
  /// Null when there is none.
  [[nodiscard]] Container* find_container(unsigned number);

private:
  void add_earlier(const events::EarlierProcess& process, const events::StreamStart& start);
  void keep_first_process(const Process& child);
  [[nodiscard]] bool is_daemon(const Process& process) const;
  [[nodiscard]] std::optional<std::size_t> making_of(std::string_view id) const;
  [[nodiscard]] bool is_free(const Process& caller) const;
  void join(Process& caller, std::size_t making);
  std::size_t begin_beside(Process& caller, bool works, std::uint64_t time_ns);
  void share_first(std::uint64_t time_ns);
  void set_number(Making& making);
  static void set_container(Making& making, unsigned number);
  void set_makers(Making& making, const Process& first);
  Container* begin_container(const events::Record& record, Process& caller, std::uint64_t time_ns);
  Container* enter_container(const events::Record& record, Process& caller, std::uint64_t time_ns);
  Container& become_container(Process& first, std::uint64_t time_ns);
  std::size_t begin(const ProcessKey& root);
  [[nodiscard]] std::set<std::size_t> in_use() const;
  void branch_off(Process& first);
  void add_past(Making& making, std::uint64_t time_ns);
  void separate(std::size_t making, const Process& other, std::uint64_t time_ns);
  std::size_t shared(std::uint64_t time_ns);
  [[nodiscard]] ProcessKey branch_of(const Process& first, const std::vector<ProcessKey>& taken);
  [[nodiscard]] bool comes_from(const Process& process, const ProcessKey& ancestor);
  void move_to(Making& making, Phase phase, std::uint64_t time_ns);
  void end_container(const events::Record& record, const Process& caller, std::uint64_t time_ns);
  [[nodiscard]] bool last_inside(const Process& process) const;

  ProcessTree& tree_;
  Timeline& timeline_;
  ev_namespaces host_ = {};
  events::Scope scope_ = events::Scope::command;
  std::uint64_t start_ns_ = 0;
  std::uint32_t command_pid_ = 0;
  MakingTable all_;
  std::size_t begun_ = 0;             ///< makings, ever
  std::size_t many_ = 0;              ///< makings: time to look for old ones
  std::optional<std::size_t> shared_; ///< what belongs to no single container
  unsigned containers_ = 0;
};

} // namespace vitrine::story
