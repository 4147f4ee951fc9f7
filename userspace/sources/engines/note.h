// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/container.h"

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::engines {

using events::ContainerHint;
using events::ContainerNote;

/// Adds what `other` tells of the same container to `note`. Where the two differ, `note` stays and
/// its error says what `whose` ("its socket") has instead. Returns whether `note` has changed.
bool merge(ContainerNote& note, const ContainerNote& other, std::string_view whose);

/// The same with what is newer: where the two differ, it takes the place of what `note` had.
bool update(ContainerNote& note, const ContainerNote& newer);

/// The same as a whole container: two sources that speak of one.
[[nodiscard]] bool is_same_container(const ContainerNote& a, const ContainerNote& b);

/// Adds `what`, in words for a person, to the errors of `note`. Returns whether it is new.
bool add_error(ContainerNote& note, std::string_view what);

/// Those of `notes` that people mean by `word`: with that id; else with that name; else whose id,
/// made of 64 digits, begins so. All for an empty word.
[[nodiscard]] std::vector<ContainerNote> named(const std::vector<ContainerNote>& notes,
                                               std::string_view word);

/// "alpine:3 layer 2 (0bc5d8b2c0d8)": the `number`th layer of an image, counted from below.
[[nodiscard]] std::string image_layer_name(std::string_view image, std::size_t number,
                                           std::string_view digest);

/// What stands before the last "/`name`/" or a final "/`name`" of `path`; empty when it has none.
[[nodiscard]] std::string part_before(std::string_view path, std::string_view name);

/// Puts `text` at the end when it is neither empty nor there already.
void add_once(std::vector<std::string>& texts, std::string text);

} // namespace vitrine::engines
