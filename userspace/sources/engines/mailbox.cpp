// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/mailbox.h"

#include "userspace/sources/engines/note.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include <sys/eventfd.h>

namespace vitrine::engines {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kFresh(1);
constexpr std::size_t kHintsLimit = 1024;
constexpr std::size_t kNotesLimit = 2048;

std::string key_of(const ContainerHint& hint) {
  std::string key = hint.engine + '\0' + hint.id + '\0' + hint.socket + '\0';
  for (const std::string& directory : hint.directories)
    key += directory + '\0';
  return key;
}

std::uint64_t boot_time_ns() {
  timespec time = {};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

ContainerNote refusal(const ContainerHint& hint) {
  ContainerNote note;
  note.engine = hint.engine;
  note.id = hint.id;
  note.error = "too many containers at once: it was not looked for";
  return note;
}

} // namespace

Result<void> Mailbox::open() {
  ready_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!ready_.valid()) return os_error(errno, "make an eventfd");
  return {};
}

bool Mailbox::put_hint(ContainerHint hint) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (hints_.size() >= kHintsLimit) {
    put_note_locked(refusal(hint));
    return false;
  }
  if (recent_.size() >= kHintsLimit)
    std::erase_if(recent_, [&](const auto& entry) { return entry.second + kFresh < now; });
  if (recent_.size() >= kHintsLimit) recent_.clear();
  const auto [entry, is_new] = recent_.try_emplace(key_of(hint), now);
  if (!is_new && entry->second + kFresh > now) return false;
  entry->second = now;
  hints_.push_back(std::move(hint));
  return true;
}

std::vector<ContainerHint> Mailbox::take_hints() {
  const std::lock_guard lock(mutex_);
  return std::exchange(hints_, {});
}

void Mailbox::put_note(const ContainerNote& note) {
  const std::lock_guard lock(mutex_);
  put_note_locked(note);
}

void Mailbox::put_refusal(const ContainerHint& hint) {
  const std::lock_guard lock(mutex_);
  put_note_locked(refusal(hint));
}

void Mailbox::put_note_locked(ContainerNote note) {
  note.time_ns = boot_time_ns();
  const auto older = std::ranges::find_if(
      notes_, [&](const ContainerNote& other) { return is_same_container(other, note); });
  if (older != notes_.end())
    *older = std::move(note);
  else if (notes_.size() < kNotesLimit)
    notes_.push_back(std::move(note));
  has_notes_ = true;
  ::eventfd_write(ready_.get(), 1);
}

std::vector<ContainerNote> Mailbox::take_notes() {
  if (!has_notes_) return {};
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  ::eventfd_read(ready_.get(), &count);
  has_notes_ = false;
  return std::exchange(notes_, {});
}

} // namespace vitrine::engines
