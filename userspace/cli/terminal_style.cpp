// SPDX-License-Identifier: Apache-2.0
#include "userspace/cli/terminal_style.h"

#include <cstdlib>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace vitrine::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool wants_colour(bool terminal, std::string_view when) {
  if (when != "auto") return when == "always";
  return terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

std::size_t width_of(int fd) {
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return size.ws_col;
}

} // namespace

output::TextStyle terminal_style(int fd, std::string_view when) {
  const bool terminal = ::isatty(fd) == 1;
  return {.unicode = std::string_view(::nl_langinfo(CODESET)) == "UTF-8",
          .colour = wants_colour(terminal, when),
          .width = terminal ? width_of(fd) : 0};
}

} // namespace vitrine::cli
