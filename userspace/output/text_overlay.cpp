// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/text_overlay.h"

#include "userspace/base/text_escape.h"
#include "userspace/story/naming.h"

#include <fmt/format.h>

namespace vitrine::output {
namespace {

void add_layer(TextBlock& block, std::string_view key, const std::string& directory,
               const story::LayerState* state, const std::string& name = {}) {
  const TextStyle& style = block.style();
  std::vector<Run> runs{{Ink::plain, shown(style, escape_text(directory))}};
  if (!name.empty()) runs.push_back({Ink::bold, "  " + shown(style, name)});
  if (state != nullptr)
    runs.push_back({state->changed != 0 ? Ink::bad
                    : state->complete   ? Ink::good
                                        : Ink::dim,
                    "  " + shown(style, story::layer_state_words(*state))});
  block.field(key, std::move(runs));
}

} // namespace

void add_overlay(TextBlock& block, const story::Container& container,
                 const story::OverlayUse* use) {
  const story::RootFilesystem& overlay = *container.root;
  for (std::size_t number = overlay.lower.size(); number > 0; --number) {
    const std::string& directory = overlay.lower[number - 1];
    const story::LayerState* state = nullptr;
    if (use != nullptr)
      if (const auto known = use->layers.find(directory); known != use->layers.end())
        state = &known->second;
    add_layer(block, fmt::format("  lower {}", number), directory, state,
              story::layer_name(container, directory));
  }
  if (overlay.upper.empty())
    block.field("  upper", "none: read-only");
  else
    add_layer(block, "  upper", overlay.upper, nullptr,
              story::layer_name(container, overlay.upper));
  if (!overlay.work.empty()) add_layer(block, "  work", overlay.work, nullptr);
  if (use != nullptr && !overlay.upper.empty())
    block.field("copy on write", story::use_words(*use));
}

void add_overlay_use(TextBlock& block, const story::Container& owner, const std::string& upper,
                     const story::OverlayUse& use) {
  const std::string label = shown(block.style(), container_label(owner));
  block.title(label.empty() ? "overlay" : "overlay of " + label);
  for (const auto& [directory, state] : use.layers)
    add_layer(block, "  lower", directory, &state, story::layer_name(owner, directory));
  add_layer(block, "  upper", upper, nullptr, story::layer_name(owner, upper));
  block.field("copy on write", story::use_words(use));
}

} // namespace vitrine::output
