// SPDX-License-Identifier: Apache-2.0
#include "userspace/kernel/overlay_options.h"

#include <string_view>

namespace vitrine::kernel {
namespace {

std::optional<std::string_view> value_of(std::string_view option, std::string_view name) {
  if (!option.starts_with(name)) return std::nullopt;
  return option.substr(name.size());
}

/// ovl_unescape(): the kernel takes a backslash off every path but those of "lowerdir+" and
/// "datadir+".
std::string without_backslashes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

/// An empty name stands for "::": what comes after it is data only.
void add_lower_directories(std::string_view value, OverlayOptions& options) {
  std::string list(value);
  list.resize(split_lower_directories(list.data(), list.size()));
  bool data_only = false;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t end = rest.find('\0');
    const std::string_view directory = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    data_only |= directory.empty();
    if (directory.empty()) continue;
    options.lower.emplace_back(directory);
    options.data_only += data_only ? 1 : 0;
  }
}

} // namespace

OverlayOptions overlay_options_of(std::span<const std::string> options) {
  OverlayOptions overlay;
  for (const std::string& option : options) {
    if (const auto list = value_of(option, "lowerdir=")) add_lower_directories(*list, overlay);
    if (const auto lower = value_of(option, "lowerdir+=")) overlay.lower.emplace_back(*lower);
    if (const auto upper = value_of(option, "upperdir="))
      overlay.upper = without_backslashes(*upper);
    if (const auto work = value_of(option, "workdir=")) overlay.work = without_backslashes(*work);
    if (const auto data = value_of(option, "datadir+=")) {
      overlay.lower.emplace_back(*data);
      ++overlay.data_only;
    }
  }
  return overlay;
}

std::size_t split_lower_directories(char* text, std::size_t length) {
  std::size_t out = 0;
  for (std::size_t in = 0; in < length; ++in) {
    if (text[in] == '\\' && in + 1 < length)
      text[out++] = text[++in];
    else
      text[out++] = text[in] == ':' ? '\0' : text[in];
  }
  return out;
}

} // namespace vitrine::kernel
