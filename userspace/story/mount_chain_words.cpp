// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/mount_chain.h"

#include <fmt/format.h>

#include <string_view>

namespace vitrine::story {
namespace {

/// The overlay's words tell them already.
bool names_layer(std::string_view setting) {
  for (const std::string_view key : {"lowerdir=", "lowerdir+=", "upperdir=", "workdir="})
    if (setting.starts_with(key)) return true;
  return false;
}

std::string setting_words(const MountChain& chain) {
  std::vector<std::string_view> told;
  for (const std::string& setting : chain.settings)
    if (chain.lower.empty() || !names_layer(setting)) told.push_back(setting);
  return fmt::format("{}", fmt::join(told, ","));
}

/// What mount(8) would give as source and options.
std::string details(const MountChain& chain) {
  std::string words;
  const char* separator = "  ";
  if (!chain.layers.empty()) {
    words = separator + chain.layers;
    separator = ", ";
  } else if (!chain.source.empty() && chain.source != chain.fstype && chain.source != "none") {
    words = " from " + chain.source;
  }
  for (const std::string& options : {chain.attributes, setting_words(chain)})
    if (!options.empty()) words += separator + options;
  return words;
}

bool is_mask(const MountChain& chain) {
  return chain.fstype == "tmpfs" && chain.read_only;
}

ChainPart file_system_words(const MountChain& chain, bool over) {
  const std::string fstype = chain.fstype.empty() ? "unknown" : chain.fstype;
  if (!chain.target.empty() && is_mask(chain))
    return {.verb = "mount",
            .what = fmt::format("mask {} with an empty tmpfs", chain.target),
            .group = {GroupKind::mask, "", chain.target}};
  if (!chain.target.empty())
    return {.verb = "mount",
            .what = fmt::format("{} on {}{}", fstype, chain.target, details(chain))};
  if (chain.mount)
    return {.verb = "fsmount",
            .what = fmt::format("a detached {} mount{}{}", fstype, over ? ", never attached" : "",
                                details(chain))};
  return {.verb = "fsopen", .what = fmt::format("configure a new {}{}", fstype, details(chain))};
}

ChainPart reconfigure_words(const MountChain& chain) {
  std::string words = "reconfigure the file system at " + chain.source;
  if (const std::string settings = setting_words(chain); !settings.empty())
    words += "  " + settings;
  return {.verb = "fspick", .what = std::move(words)};
}

ChainPart copy_words(const MountChain& chain, bool over) {
  std::string more = chain.recursive ? " recursively" : "";
  if (!chain.settings.empty()) more += fmt::format("  {}", fmt::join(chain.settings, ", "));
  if (chain.target.empty())
    return {.verb = "open_tree",
            .what = fmt::format("a detached copy of {}{}{}", chain.source,
                                over ? ", never attached" : "", more)};
  if (chain.source == "/dev/null")
    return {.verb = "mount",
            .what = fmt::format("mask {} with /dev/null", chain.target),
            .group = {GroupKind::mask, "", chain.target}};
  if (chain.source == chain.target)
    return {.verb = "mount",
            .what = fmt::format("bind {} onto itself{}", chain.target, more),
            .group = {chain.settings.empty() ? GroupKind::bind_self : GroupKind::none, "",
                      chain.target}};
  return {.verb = "mount",
          .what = fmt::format("bind {} on {}{}", chain.source, chain.target, more)};
}

} // namespace

ChainPart chain_words(const MountChain& chain, bool over) {
  ChainPart part;
  switch (chain.kind) {
  case MountChain::Kind::file_system:
    part = file_system_words(chain, over);
    break;
  case MountChain::Kind::reconfigure:
    part = reconfigure_words(chain);
    break;
  case MountChain::Kind::copy:
    part = copy_words(chain, over);
  }
  part.chain = chain.number;
  return part;
}

} // namespace vitrine::story
