// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/holder_words.h"

namespace vitrine::query {
namespace {

using objects::Holder;
using objects::HolderKind;

std::string process_words(const Holder& holder, const Lookup& lookup) {
  if (!holder.process) return "an unknown process";
  return "process " + lookup.process_name(*holder.process);
}

std::string number(const std::optional<std::uint32_t>& value) {
  return value ? fmt::format("{}", *value) : "?";
}

std::string namespace_words(const Holder& holder) {
  return holder.namespace_id ? to_text(*holder.namespace_id) : "a namespace";
}

} // namespace

std::string holder_words(const Holder& holder, const Lookup& lookup) {
  switch (holder.kind) {
  case HolderKind::process:
    return process_words(holder, lookup);
  case HolderKind::thread:
    return fmt::format("thread {} of {}", number(holder.thread), process_words(holder, lookup));
  case HolderKind::for_children:
    return "children to come of " + process_words(holder, lookup);
  case HolderKind::fd:
    return fmt::format("fd {} of {}", number(holder.fd), process_words(holder, lookup));
  case HolderKind::socket:
    return fmt::format("socket {} of {}", number(holder.fd), process_words(holder, lookup));
  case HolderKind::in_flight:
    return fmt::format("a file in flight to socket {} of {}", number(holder.fd),
                       process_words(holder, lookup));
  case HolderKind::bind_mount:
    return "mount " + holder.path.value_or("somewhere");
  case HolderKind::child:
    return "child " + namespace_words(holder);
  case HolderKind::owned:
    return "owned " + namespace_words(holder);
  case HolderKind::unknown:
    break;
  }
  return "references of unknown origin";
}

} // namespace vitrine::query
