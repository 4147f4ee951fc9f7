// SPDX-License-Identifier: Apache-2.0
#include "userspace/loader/libbpf_error.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace vitrine::loader {
namespace {

/// libbpf's last words of a failed load, for the error's text: it only speaks through a callback.
std::string& last_words() {
  static std::string words;
  return words;
}

int keep_last_words(libbpf_print_level level, const char* format, va_list arguments) noexcept {
  if (level != LIBBPF_WARN) return 0;
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  std::string_view text = line;
  while (!text.empty() && text.back() == '\n')
    text.remove_suffix(1);
  if (text.find("BEGIN PROG LOAD LOG") == std::string_view::npos) last_words() = text;
  return 0;
}

} // namespace

void listen_to_libbpf() {
  libbpf_set_print(keep_last_words);
}

tl::unexpected<Error> libbpf_error(int negative_errno, const std::string& step) {
  Error error{-negative_errno, step, {}};
  if (error.code == EPERM || error.code == EACCES)
    error.hint = "tracing needs root with CAP_BPF and CAP_PERFMON, outside of kernel lockdown";
  else if (!last_words().empty())
    error.hint = "libbpf says: " + last_words();
  return tl::unexpected(std::move(error));
}

} // namespace vitrine::loader
