// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/naming.h"

#include "userspace/base/text_escape.h"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::story {
namespace {

constexpr std::size_t kShortId = 12;
constexpr std::size_t kLeastLongId = 32;
constexpr std::size_t kWholeId = 64;
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_long_id(std::string_view id) {
  return id.size() >= kLeastLongId && id.find_first_not_of(kDigits) == std::string_view::npos;
}

/// A long id is found in "docker-ID.scope" as well; a name only where it stands alone, for it may
/// be part of another one.
bool names_in_path(std::string_view path, std::string_view id) {
  if (id.empty()) return false;
  if (is_long_id(id)) return path.find(id) != std::string_view::npos;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (part == id || (part.starts_with("lxc.payload.") && part.substr(12) == id)) return true;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return false;
}

std::string_view without_slash(std::string_view directory) {
  while (directory.size() > 1 && directory.ends_with('/'))
    directory.remove_suffix(1);
  return directory;
}

bool is_beneath(std::string_view path, std::string_view directory) {
  directory = without_slash(directory);
  return directory.size() > 1 && path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

template<class Value>
void take(Value& known, const Value& told) {
  if (!told.empty()) known = told;
}

} // namespace

bool owns_directory(const events::ContainerNote& note, std::string_view path) {
  return std::ranges::any_of(
      note.directories, [&](const std::string& directory) { return is_beneath(path, directory); });
}

bool tells_of(const events::ContainerNote& note, const Container& container) {
  if (!note.id.empty() && !container.note.id.empty()) return note.id == container.note.id;
  for (const auto& [hierarchy, path] : container.cgroups)
    if (names_in_path(path, note.id)) return true;
  return container.root && (owns_directory(note, container.root->upper) ||
                            owns_directory(note, container.root->directory));
}

void take_note(events::ContainerNote& known, const events::ContainerNote& note) {
  take(known.engine, note.engine);
  take(known.id, note.id);
  take(known.name, note.name);
  take(known.image, note.image);
  if (note.init_pid != 0) known.init_pid = note.init_pid;
  take(known.directories, note.directories);
  take(known.layers, note.layers);
  known.error = note.error;
}

std::string_view short_id(std::string_view id) {
  return is_long_id(id) ? id.substr(0, kShortId) : id;
}

std::string with_short_ids(std::string_view text, std::string_view mark) {
  std::string out;
  while (!text.empty()) {
    const std::string_view digits = text.substr(0, text.find_first_not_of(kDigits));
    const bool id = digits.size() == kWholeId;
    out.append(id ? short_id(digits) : digits).append(id ? mark : "");
    text.remove_prefix(digits.size());
    const std::string_view others = text.substr(0, text.find_first_of(kDigits));
    out += others;
    text.remove_prefix(others.size());
  }
  return out;
}

std::string name_of(const events::ContainerNote& note) {
  return escape_text(note.name.empty() ? short_id(note.id) : note.name);
}

std::string container_label(const Container& container) {
  const std::string name = name_of(container.note);
  if (!container.entered) return name;
  if (!name.empty()) return "exec in " + name;
  return container.entered_container == 0
             ? "exec in a container"
             : fmt::format("exec in container {}", container.entered_container);
}

std::string note_words(const events::ContainerNote& note) {
  const std::string id = escape_text(short_id(note.id));
  std::string words = "container ";
  if (note.name.empty() || note.name == note.id)
    words += id.empty() ? "unknown" : id;
  else
    words += escape_text(note.name) + (id.empty() ? "" : " (" + id + ")");
  if (!note.image.empty()) words += " of image " + escape_text(note.image);
  if (!note.error.empty()) words += ": " + escape_text(note.error);
  return words;
}

std::string layer_name(const Container& container, std::string_view directory) {
  for (const events::LayerName& layer : container.note.layers)
    if (without_slash(layer.directory) == without_slash(directory)) return escape_text(layer.name);
  return {};
}

} // namespace vitrine::story
