// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/engines.h"

#include "userspace/base/edit_distance.h"
#include "userspace/base/text_escape.h"
#include "userspace/sources/engines/engine_api.h"
#include "userspace/sources/engines/look_up.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include <fcntl.h>

namespace vitrine::engines {
namespace {

constexpr std::size_t kSuggestions = 3;

std::vector<ContainerNote> all_on(const Host& host) {
  std::vector<ContainerNote> notes = look_up(host, {}).notes;
  std::ranges::sort(notes, [](const ContainerNote& a, const ContainerNote& b) {
    return std::tie(a.engine, a.id) < std::tie(b.engine, b.id);
  });
  return notes;
}

/// "docker web (522ba7c586fa)".
std::string described(const ContainerNote& note) {
  const std::string id = escape_text(note.id.substr(0, kShortIdLength));
  if (note.name.empty() || note.name == note.id) return fmt::format("{} {}", note.engine, id);
  return fmt::format("{} {} ({})", note.engine, escape_text(note.name), id);
}

/// How to go on after `word` was not found: what looks like it, else what there is.
std::string suggestion(const std::string& word, std::vector<ContainerNote> notes) {
  if (notes.empty()) return "no engine here knows any container";
  const auto distance = [&](const ContainerNote& note) {
    return std::min(edit_distance(word, note.name),
                    edit_distance(word, note.id.substr(0, word.size())));
  };
  std::ranges::stable_sort(notes, {}, distance);
  const bool is_near = distance(notes.front()) <= word.size() / 2;
  if (is_near)
    std::erase_if(notes, [&](const auto& note) { return distance(note) > word.size() / 2; });
  std::vector<std::string> texts;
  for (const ContainerNote& note : notes)
    if (texts.size() < kSuggestions) texts.push_back(described(note));
  return is_near ? fmt::format("did you mean {}?", fmt::join(texts, ", "))
                 : fmt::format("there is {}", fmt::join(texts, ", "));
}

Result<ContainerNote> only_one(const std::string& word, std::vector<ContainerNote> found) {
  if (found.size() == 1) return std::move(found.front());
  std::vector<std::string> texts;
  for (const ContainerNote& note : found)
    texts.push_back(described(note));
  return with_hint(failure("\"{}\" means more than one container: {}", escape_text(word),
                           fmt::join(texts, ", ")),
                   "give more of the id");
}

/// What the API of the daemons that run tells about `word`.
std::vector<ContainerNote> ask_daemons(const Host& host, const std::string& word,
                                       const std::string& root) {
  std::vector<ContainerNote> found;
  auto api = EngineApi::open(root);
  if (!api) return found;
  for (const std::string& socket : api_sockets(host))
    api->ask({socket, socket, word, {}});
  while (!api->is_idle())
    for (EngineApi::Answer& answer : api->run(std::chrono::seconds(1)))
      if (answer.note) found.push_back(*std::move(answer.note));
  for (ContainerNote& note : found)
    note.init_pid = living_pid(host, note.init_pid, note.id);
  return found;
}

} // namespace

std::vector<ContainerNote> all(const std::string& root) {
  const auto directory = open_at(AT_FDCWD, root, O_PATH | O_DIRECTORY);
  return directory ? all_on(look_around(directory->get())) : std::vector<ContainerNote>();
}

Result<ContainerNote> find(const std::string& word, const std::string& root) {
  if (word.empty()) return failure("a container needs a name");
  const auto directory = open_at(AT_FDCWD, root, O_PATH | O_DIRECTORY);
  if (!directory) return tl::unexpected(directory.error());
  const Host host = look_around(directory->get());
  const std::vector<ContainerNote> notes = all_on(host);
  std::vector<ContainerNote> found = named(notes, word);
  if (found.empty()) found = ask_daemons(host, word, root);
  if (found.empty())
    return with_hint(failure("no container is called \"{}\"", escape_text(word)),
                     suggestion(word, notes));
  return only_one(word, std::move(found));
}

} // namespace vitrine::engines
