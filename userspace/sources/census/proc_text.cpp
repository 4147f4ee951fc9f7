// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/census/proc_text.h"

#include <algorithm>
#include <charconv>

namespace vitrine::census {
namespace {

constexpr std::uint32_t kKernelThread = 0x00200000; // PF_KTHREAD, include/linux/sched.h
constexpr std::size_t kCommLength = 15;             // TASK_COMM_LEN without its NUL

template<class Number>
bool parse_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

/// Takes the text before `separator` off `rest`, and the separator.
std::string_view take(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  return part;
}

/// Takes the next word off `rest`; empty at its end.
std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" \t")));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

bool parse_numbers(std::string_view text, std::vector<std::uint32_t>& numbers) {
  for (auto word = take_word(text); !word.empty(); word = take_word(text))
    if (!parse_number(word, numbers.emplace_back())) return false;
  return true;
}

/// /proc adds to the names of kernel threads what they are at, or the part that is too long for the
/// kernel's other interfaces ("kworker/0:1-events"): a name that changes all the time.
std::string kernel_thread_name(std::string_view comm) {
  if (comm.starts_with("kworker/") && !comm.starts_with("kworker/R"))
    comm = comm.substr(0, comm.find_first_of("+-"));
  return std::string(comm.substr(0, kCommLength));
}

struct Ids {
  std::uint32_t real = 0, effective = 0, saved = 0, filesystem = 0;
};

bool parse_ids(std::string_view text, Ids& ids) {
  for (std::uint32_t* id : {&ids.real, &ids.effective, &ids.saved, &ids.filesystem})
    if (!parse_number(take_word(text), *id)) return false;
  return true;
}

bool parse_capabilities(std::string_view text, objects::CapabilitySet& set) {
  return parse_number(take_word(text), set.bits, 16);
}

objects::CapabilitySet* capability_set_of(objects::Credentials& credentials, std::string_view key) {
  if (key == "CapInh") return &credentials.inheritable;
  if (key == "CapPrm") return &credentials.permitted;
  if (key == "CapEff") return &credentials.effective;
  if (key == "CapBnd") return &credentials.bounding;
  if (key == "CapAmb") return &credentials.ambient;
  return nullptr;
}

bool parse_security(std::string_view key, std::string_view value, objects::Credentials& credentials,
                    objects::Process& process) {
  Ids ids;
  if (key == "Uid") {
    if (!parse_ids(value, ids)) return false;
    credentials.real_uid = ids.real;
    credentials.effective_uid = ids.effective;
    credentials.saved_uid = ids.saved;
    credentials.filesystem_uid = ids.filesystem;
  } else if (key == "Gid") {
    if (!parse_ids(value, ids)) return false;
    credentials.real_gid = ids.real;
    credentials.effective_gid = ids.effective;
    credentials.saved_gid = ids.saved;
    credentials.filesystem_gid = ids.filesystem;
  } else if (key == "Groups") {
    if (!parse_numbers(value, credentials.groups)) return false;
    std::ranges::sort(credentials.groups);
  } else if (objects::CapabilitySet* set = capability_set_of(credentials, key)) {
    return parse_capabilities(value, *set);
  } else if (key == "NoNewPrivs") {
    process.no_new_privs = take_word(value) == "1";
  } else if (key == "Seccomp") {
    std::uint8_t mode = 0;
    if (!parse_number(take_word(value), mode)) return false;
    if (mode <= 2) process.seccomp = static_cast<objects::SeccompMode>(mode);
  } else if (key == "Seccomp_filters") {
    return parse_number(take_word(value), process.seccomp_filters.emplace());
  }
  return true;
}

} // namespace

/// proc_pid_stat(5). The name may hold parentheses, spaces and newlines: its end is the last ')'.
std::optional<Stat> parse_stat(std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  Stat stat;
  std::string_view rest = text.substr(close + 1, text.find_last_not_of('\n') - close);
  stat.state = take_word(rest);
  std::uint32_t flags = 0;
  if (stat.state.size() != 1 || !parse_number(take_word(rest), stat.parent_pid)) return {};
  constexpr int kFlags = 9;
  constexpr int kStart = 22;
  for (int field = 5; field < kStart; ++field) {
    const std::string_view word = take_word(rest);
    if (field == kFlags && !parse_number(word, flags)) return {};
  }
  // Other fields follow: without a word behind it the number may be cut.
  if (!parse_number(take_word(rest), stat.start_ticks) || rest.empty()) return {};
  stat.kernel_thread = (flags & kKernelThread) != 0;
  const std::string_view comm = text.substr(open + 1, close - open - 1);
  stat.comm = stat.kernel_thread ? kernel_thread_name(comm) : std::string(comm);
  return stat;
}

/// proc_pid_status(5). Newlines in the name are escaped there.
bool parse_status(std::string_view text, bool security, objects::Process& process) {
  objects::Credentials credentials;
  bool has_ids = false;
  bool has_capabilities = false;
  while (!text.empty()) {
    std::string_view value = take(text, '\n');
    const std::string_view key = take(value, ':');
    if (key == "NSpid" && !parse_numbers(value, process.namespace_pids)) return false;
    if (!security) continue;
    has_ids |= key == "Gid";
    has_capabilities |= key == "CapAmb";
    if (!parse_security(key, value, credentials, process)) return false;
  }
  if (process.namespace_pids.empty() || (security && !(has_ids && has_capabilities))) return false;
  if (security) process.credentials = std::move(credentials);
  return true;
}

/// cgroups(7): "hierarchy-ID:controller-list:cgroup-path", a line each. A cgroup's name has no
/// newline.
std::vector<objects::CgroupPlace> parse_cgroups(std::string_view text) {
  std::vector<objects::CgroupPlace> places;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    objects::CgroupPlace place;
    if (!parse_number(take(line, ':'), place.hierarchy)) continue;
    take(line, ':');
    if (line.empty()) continue;
    place.path = line;
    places.push_back(std::move(place));
  }
  std::ranges::sort(places, {}, &objects::CgroupPlace::hierarchy);
  return places;
}

std::vector<std::string> parse_command(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty())
    arguments.emplace_back(take(text, '\0'));
  return arguments;
}

} // namespace vitrine::census
