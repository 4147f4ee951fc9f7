// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/facts.h"
#include "userspace/story/timeline.h"

#include <optional>
#include <vector>

namespace vitrine::story {

/// The containers in the making: which process works for which of them, and how far each has come.
class Makings {
public:
  Makings(ProcessTree& tree, Timeline& timeline) : tree_(tree), timeline_(timeline) {}

  void start(const events::StreamStart& start);
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

  [[nodiscard]] Making& of(const Process& process) { return all_[process.making]; }
  /// The one in whose phase an event of `caller` is told.
  [[nodiscard]] const Making& told_of(const Process& caller, const events::Belonging& belonging);
  [[nodiscard]] std::vector<Making>& all() { return all_; }
  /// Null when there is none.
  [[nodiscard]] Container* find_container(unsigned number);
  /// The number of the container that an event of `caller` is of; 0: of none, or nobody knows.
  [[nodiscard]] unsigned number_of(const Process& caller, const Making& told);

private:
  void add_earlier(const events::EarlierProcess& process);
  void keep_first_process(const Process& child);
  [[nodiscard]] bool is_daemon(const Process& process) const;
  Container* begin_container(const events::Record& record, Process& caller, std::uint64_t time_ns);
  Container* enter_container(const events::Record& record, Process& caller, std::uint64_t time_ns);
  Container& become_container(Process& first, std::uint64_t time_ns);
  std::size_t begin(const ProcessKey& root);
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
  std::vector<Making> all_;
  std::optional<std::size_t> shared_; ///< what belongs to no single container
  unsigned containers_ = 0;
};

} // namespace vitrine::story
