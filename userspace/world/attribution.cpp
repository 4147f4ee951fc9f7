// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/attribution.h"

#include "userspace/events/field.h"
#include "userspace/world/birth.h"
#include "userspace/world/container_command.h"
#include "userspace/world/container_path.h"

#include <linux/sched.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace vitrine::world {
namespace {

using events::Belonging;
using events::Record;
using Pointer = KnownContainers::Pointer;

constexpr std::size_t kMostProcesses = 65536;
constexpr std::size_t kMostEnded = 4096;
/// Events of a call that began before its process ended come up to this much later.
constexpr std::uint64_t kGraceNs = 2'000'000'000;

/// Recordings from before there were daemons do not say.
bool is_traced(std::uint32_t followed) {
  return followed == 0 || (followed & VITRINE_FOLLOWED_TARGET) != 0;
}

/// The process in "/proc/PID/…"; 0: it is no such path.
std::uint32_t pid_in(std::string_view path) {
  constexpr std::string_view kProc = "/proc/";
  if (!path.starts_with(kProc)) return 0;
  path.remove_prefix(kProc.size());
  const std::size_t digits = path.find('/');
  if (digits == std::string_view::npos) return 0;
  std::uint32_t pid = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + digits, pid);
  return error == std::errc() && end == path.data() + digits ? pid : 0;
}

/// "/proc/PID/ns/net", "/proc/PID/task/TID/ns/net".
bool is_namespace_file(std::string_view path) {
  return pid_in(path) != 0 && path.find("/ns/") != std::string_view::npos;
}

/// Of a path that is one of a cgroup.
std::optional<std::uint32_t> hierarchy_of(const Record& record, const events::FieldSchema& field) {
  if (field.name == "cgroup_path") return 0; // clone3(2) knows version 2 only
  if (record.schema().category != "cgroup") return std::nullopt;
  const events::FieldSchema* hierarchy = events::find_field(record.schema(), "hierarchy");
  if (hierarchy == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(events::integer_of(record, *hierarchy));
}

bool is_ours(const KnownContainer& container) {
  return container.ours || container.open_requests != 0;
}

std::string_view text_of(const Record& record, std::string_view name) {
  const events::FieldSchema* field = events::find_field(record.schema(), name);
  return field != nullptr && field->is_string ? events::string_of(record, *field).text
                                              : std::string_view();
}

} // namespace

void Attribution::start(const events::StreamStart& start) {
  hides_ = start.follow_daemons == events::FollowDaemons::automatic;
  for (const events::CgroupHierarchy& hierarchy : start.hierarchies)
    own_cgroups_[hierarchy.number] = hierarchy.path;
  std::vector<const events::EarlierProcess*> by_age;
  for (const events::EarlierProcess& earlier : start.processes)
    by_age.push_back(&earlier);
  std::ranges::stable_sort(by_age, {}, &events::EarlierProcess::start_ns); // parents first
  for (const events::EarlierProcess* earlier : by_age)
    add_earlier(*earlier);
}

void Attribution::add_earlier(const events::EarlierProcess& earlier) {
  Process& process = insert(earlier.pid, earlier.start_ns);
  process.traced = (earlier.followed & VITRINE_FOLLOWED_TARGET) != 0;
  const std::vector<std::string_view> arguments(earlier.argv.begin(), earlier.argv.end());
  const auto command = container_command(arguments);
  process.runtime = command && command->role == ContainerCommand::Role::runtime;
  if (process.runtime) assign(process, come_up(command->container));
  for (const events::CgroupHierarchy& place : earlier.cgroups)
    if (!process.container) assign(process, in_cgroup(place.number, place.path));
  const Process* parent = find(earlier.parent_pid);
  if (!process.container && parent != nullptr) assign(process, parent->container);
  process.daemon = !process.traced && !process.container;
}

bool Attribution::learn(const events::ContainerNote& note) {
  const Pointer container = containers_.of({note.engine, note.id});
  if (!container) return true;
  events::ContainerLabel& label = container->label;
  if (!note.engine.empty()) label.engine = note.engine;
  if (!note.name.empty()) label.name = note.name;
  if (!note.image.empty()) label.image = note.image;
  for (const std::string& directory : note.directories)
    containers_.add_directory(container, directory);
  if (Process* init = find(note.init_pid); init != nullptr && !init->container && !init->daemon)
    assign(*init, container);
  const bool asked_for = requests_.learn(container);
  return asked_for || !hides_ || is_ours(*container) || may_be_ours(*container);
}

Belonging Attribution::of(const Record& record) {
  const ev_header& header = record.header();
  forget_ended(header.time_ns);
  if (header.pid == 0) processes_.erase(0); // a look of the tracer's own: each is by itself
  Process& caller = process_of(record);
  const Pointer named = learn(record, caller);
  if (named && !caller.container && !caller.daemon && !caller.traced) {
    assign(caller, named);
    caller.runtime = true; // it works for an engine
  }
  Belonging belonging = judge(record, caller, (caller.container ? caller.container : named).get());
  if (!selected_.test(record.schema().type)) {
    belonging.shown = false;
    ++left_out_;
  } else if (!belonging.shown) {
    ++hidden_[record.schema().type];
  }
  if (record.as<ev_process_exit>() != nullptr) end(header.pid, caller, header.time_ns);
  return belonging;
}

events::StreamEnd Attribution::selected_counts(const events::StreamEnd& end) const {
  events::StreamEnd counts = end;
  for (std::size_t type = 0; type < selected_.size(); ++type)
    if (!selected_.test(type)) counts.emitted[type] = counts.lost[type] = 0;
  counts.received -= std::min(left_out_, counts.received);
  return counts;
}

events::EventSet Attribution::needs() {
  events::EventSet needs;
  for (const events::EventSchema& event : events::all_events())
    if (event.category == "process" || event.category == "network") needs.set(event.type);
  needs.set(VITRINE_EVENT_cgroup_attach);
  needs.set(VITRINE_EVENT_mount_pivot_root);
  return needs;
}

Belonging Attribution::judge(const Record& record, const Process& caller,
                             const KnownContainer* container) {
  const auto* response = record.as<ev_network_response>();
  const bool answers_us = response != nullptr && requests_.knows(response->socket);
  const bool traced = answers_us || is_traced_here(record, caller);
  if (container != nullptr) {
    const bool ours = is_ours(*container);
    const bool doubtful = !ours && may_be_ours(*container);
    return {.container = &container->label,
            .guessed = !traced && doubtful,
            .shown = traced || !hides_ || ours || doubtful};
  }
  if (traced) return {};
  if (response != nullptr || requests_.open() == 0) return {.shown = !hides_};
  const KnownContainer* only = requests_.only();
  return {.container = only != nullptr ? &only->label : nullptr, .guessed = true};
}

bool Attribution::may_be_ours(const KnownContainer& container) const {
  return container.doubt != 0 && container.doubt == requests_.doubt_number();
}

/// An outsider who moves a process into a cgroup does it to that one.
bool Attribution::is_traced_here(const Record& record, const Process& caller) {
  const auto* attach = record.as<ev_cgroup_attach>();
  if (attach == nullptr || record.header().followed != 0) return caller.traced;
  const Process* target = find(attach->target_pid);
  return target == nullptr || target->traced;
}

Attribution::Process* Attribution::find(std::uint32_t pid) {
  const auto found = processes_.find(pid);
  return found == processes_.end() ? nullptr : &found->second;
}

/// In place of whoever had the pid before.
Attribution::Process& Attribution::insert(std::uint32_t pid, std::uint64_t start_ns) {
  if (processes_.size() >= kMostProcesses) {
    leave(processes_.begin()->second);
    processes_.erase(processes_.begin());
  }
  Process& process = processes_[pid];
  leave(process);
  process = {};
  process.start_ns = start_ns;
  return process;
}

/// The process of the header; one that was never heard of belongs where its parent does.
Attribution::Process& Attribution::process_of(const Record& record) {
  const ev_header& header = record.header();
  Process* process = find(header.pid);
  if (process == nullptr || process->start_ns != header.start_ns) {
    process = &insert(header.pid, header.start_ns);
    const Process* parent = find(header.parent_pid);
    if (parent != nullptr && parent != process) inherit(*process, *parent);
    process->daemon = parent == nullptr && !is_traced(header.followed);
  }
  process->traced = is_traced(header.followed);
  return *process;
}

void Attribution::inherit(Process& child, const Process& parent) {
  child.traced = parent.traced;
  child.runtime = parent.runtime;
  assign(child, parent.container);
}

/// Null changes nothing.
void Attribution::assign(Process& process, const Pointer& container) {
  if (!container || process.container == container) return;
  leave(process);
  process.container = container;
  process.daemon = false;
  if (process.traced) container->ours = true;
  if (process.ended) return;
  ++container->living;
  container->ended = false;
}

void Attribution::leave(Process& process) {
  const Pointer container = std::exchange(process.container, nullptr);
  if (!container || process.ended || --container->living != 0) return;
  container->ended = true;
  requests_.update();
}

void Attribution::end(std::uint32_t pid, Process& process, std::uint64_t time_ns) {
  const Pointer container = process.container;
  leave(process);
  process.ended = true;
  process.container = container; // for what comes late
  if (process.client) requests_.client_ended(pid);
  ended_.push_back({time_ns, pid, process.start_ns});
}

void Attribution::forget_ended(std::uint64_t now_ns) {
  while (!ended_.empty() &&
         (ended_.size() > kMostEnded || ended_.front().time_ns + kGraceNs < now_ns)) {
    const auto found = processes_.find(ended_.front().pid);
    if (found != processes_.end() && found->second.start_ns == ended_.front().start_ns)
      processes_.erase(found);
    ended_.pop_front();
  }
}

/// Takes from the record what it tells of processes and containers. The container that it names.
Pointer Attribution::learn(const Record& record, Process& caller) {
  if (const auto* request = record.as<ev_network_request>()) return asked(record, *request, caller);
  if (const auto* response = record.as<ev_network_response>()) return answered(record, *response);
  if (events::is_failure(record)) return named_by(record, caller);
  if (const auto* exec = record.as<ev_process_exec>()) return executed(record, *exec, caller);
  if (const auto* attach = record.as<ev_cgroup_attach>()) return moved(record, *attach);
  if (const auto birth = new_process(record)) born(record, *birth, caller);
  if (const auto* connect = record.as<ev_network_connect>(); connect != nullptr && caller.traced) {
    caller.client = true;
    requests_.connected(connect->socket, record.header().pid,
                        record.string(connect->peer_comm).text, caller.named);
  }
  if (caller.container && caller.runtime) learn_directories(record, caller);
  Pointer named = named_by(record, caller);
  if (const auto* mount = record.as<ev_mount_mount>();
      named && mount != nullptr && is_namespace_file(record.string(mount->source).text))
    containers_.add_directory(named, record.string(mount->target).text);
  return named;
}

Pointer Attribution::asked(const Record& record, const ev_network_request& call, Process& caller) {
  const auto request = engine_request(record.string(call.text).text);
  if (!request || !caller.traced) return nullptr;
  caller.client = true;
  return requests_.asked(call.socket, record.header().pid, *request);
}

Pointer Attribution::answered(const Record& record, const ev_network_response& call) {
  const auto response = engine_response(record.string(call.text).text);
  return response ? requests_.answered(call.socket, *response) : nullptr;
}

Pointer Attribution::executed(const Record& record, const ev_process_exec& exec, Process& caller) {
  const events::RecordString argv = record.string(exec.argv);
  const auto command = container_command(argv.text, argv.truncated());
  caller.named = nullptr;
  const bool believed = !caller.container || caller.runtime;
  if (!believed) return nullptr;
  caller.runtime = command && command->role == ContainerCommand::Role::runtime;
  if (!command) return executed_other(argv.text, caller);
  const Pointer container = come_up(command->container);
  if (!container) return nullptr;
  using Doubt = OpenRequests::Doubt;
  if (requests_.doubt() == Doubt::any) container->doubt = requests_.doubt_number();
  if (requests_.doubt() == Doubt::created) container->doubt = 0; // programs run in this one
  if (container->label.name.empty()) container->label.name = command->name;
  containers_.add_directory(container, command->bundle);
  const bool for_ours = caller.container && caller.container->ours;
  if (caller.traced || for_ours) container->ours = true;
  if (caller.runtime)
    assign(caller, container);
  else
    caller.named = container;
  if (requests_.doubt() == Doubt::any && !container->ours) requests_.learn(container);
  return container;
}

/// A program that is no runtime: an engine is a daemon by itself, another one may tell a container
/// by its arguments.
Pointer Attribution::executed_other(std::string_view argv, Process& caller) {
  if (caller.container) return nullptr;
  const std::string_view program = argv.substr(0, argv.find('\0'));
  caller.daemon = !caller.traced && is_engine(program.substr(program.rfind('/') + 1));
  while (!argv.empty()) {
    const std::string_view argument = argv.substr(0, argv.find('\0'));
    argv.remove_prefix(std::min(argv.size(), argument.size() + 1));
    if (Pointer container = at_path(argument)) return container;
  }
  return nullptr;
}

void Attribution::born(const Record& record, const NewProcess& birth, const Process& parent) {
  if (birth.thread() || birth.pid == 0) return;
  Process* child = find(birth.pid);
  if (child == nullptr && processes_.size() >= kMostProcesses) return; // its own calls tell of it
  // A birth may come late, after the child's own first events.
  if (child == nullptr || child->start_ns != birth.start_ns)
    child = &insert(birth.pid, birth.start_ns);
  child->daemon = false;
  if (child->container) return;
  inherit(*child, parent);
  if (const auto* clone = record.as<ev_process_clone3>(); clone != nullptr && !child->container)
    assign(*child, in_cgroup(0, record.string(clone->cgroup_path).text));
}

Pointer Attribution::moved(const Record& record, const ev_cgroup_attach& attach) {
  Pointer container = in_cgroup(attach.hierarchy, record.string(attach.path).text);
  Process* target = find(attach.target_pid);
  if (target == nullptr) return container;
  if (!target->container && !target->daemon) assign(*target, container);
  return target->container ? target->container : container;
}

/// What a container's runtime mounts for it is the container's alone. Its root file system's paths
/// are those of the host until pivot_root(2).
void Attribution::learn_directories(const Record& record, Process& caller) {
  if (record.schema().category != "mount") return;
  if (const std::string_view upper = text_of(record, "overlay_upper"); !upper.empty()) {
    containers_.add_directory(caller.container, upper);
    containers_.add_directory(caller.container, text_of(record, "overlay_work"));
    containers_.add_directory(caller.container, text_of(record, "mountpoint"));
  }
  if (record.as<ev_mount_pivot_root>() != nullptr) caller.runtime = false;
}

/// The container that a call names by a process, a cgroup or a directory. Of a process that belongs
/// to one it is of no interest.
Pointer Attribution::named_by(const Record& record, const Process& caller) {
  if (caller.container) return nullptr;
  for (const events::FieldSchema& field : record.schema().fields) {
    Pointer container;
    if (field.kind == events::Kind::path_) {
      const std::string_view path = events::string_of(record, field).text;
      const auto hierarchy = hierarchy_of(record, field);
      container = hierarchy ? in_cgroup(*hierarchy, path) : at_path(path);
    } else if (field.name == "target_pid" || field.name == "peer_pid") {
      const Process* process = find(static_cast<std::uint32_t>(events::integer_of(record, field)));
      if (process != nullptr) container = process->container;
    }
    if (container) return container;
  }
  return nullptr;
}

/// Of a file, or of a socket in the abstract namespace.
Pointer Attribution::at_path(std::string_view path) {
  if (!path.starts_with('/') && !path.starts_with('@')) return nullptr;
  if (Pointer container = containers_.by_path(path)) return container;
  if (const auto mention = container_of_path(path)) return come_up(*mention);
  const Process* process = find(pid_in(path));
  return process != nullptr ? process->container : nullptr;
}

Pointer Attribution::in_cgroup(std::uint32_t hierarchy, std::string_view path) {
  const auto own = own_cgroups_.find(hierarchy);
  const auto mention = container_of_cgroup(
      path, own == own_cgroups_.end() ? std::string_view() : std::string_view(own->second));
  return mention ? come_up(*mention) : nullptr;
}

/// Null when the mention is none.
Pointer Attribution::come_up(const ContainerMention& mention) {
  const std::size_t before = containers_.size();
  Pointer container = containers_.of(mention);
  const bool created = requests_.doubt() == OpenRequests::Doubt::created;
  if (container && containers_.size() > before && !(created && mention.started))
    container->doubt = requests_.doubt_number();
  return container;
}

} // namespace vitrine::world
