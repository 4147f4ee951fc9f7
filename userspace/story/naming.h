// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/story/container.h"

#include <string>
#include <string_view>

/// Containers by the names that their engines give them. Words are escaped.
namespace vitrine::story {

/// Whether the note is about this container: by id, by its cgroup or by a directory that is only
/// its own. Processes are for the caller to compare.
[[nodiscard]] bool tells_of(const events::ContainerNote& note, const Container& container);

/// Adds what the note tells to what others of the same container told.
void take_note(events::ContainerNote& known, const events::ContainerNote& note);

/// The first 12 digits of a long id, which is what engines show; other ids whole.
[[nodiscard]] std::string_view short_id(std::string_view id);

/// Whether the path lies in one of the directories that only the container of the note uses.
[[nodiscard]] bool owns_directory(const events::ContainerNote& note, std::string_view path);

/// The text with the long ids in it cut to what engines show of them, each followed by `mark`.
[[nodiscard]] std::string with_short_ids(std::string_view text, std::string_view mark);

/// "glass", or the short id. Empty: no engine has told either.
[[nodiscard]] std::string name_of(const events::ContainerNote& note);

/// "glass", "exec in glass", "exec in container 1". Empty: a container without a name.
[[nodiscard]] std::string container_label(const Container& container);

/// "container glass (0d3138bded3d) of image alpine:3"
[[nodiscard]] std::string note_words(const events::ContainerNote& note);

/// What the engine calls the layer in this directory. Empty: it did not tell.
[[nodiscard]] std::string layer_name(const Container& container, std::string_view directory);

} // namespace vitrine::story
