// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/error.h"

#include <cstring>

namespace vitrine {

std::string errno_name(int code) {
  const char* name = strerrorname_np(code);
  return name != nullptr ? name : fmt::format("errno {}", code);
}

std::string Error::message() const {
  if (code == 0) return what;
  const char* words = strerrordesc_np(code);
  return fmt::format("{}: {} ({})", what, words != nullptr ? words : "unknown error",
                     errno_name(code));
}

tl::unexpected<Error> with_hint(tl::unexpected<Error> error, std::string hint) {
  if (error.value().hint.empty()) error.value().hint = std::move(hint);
  return error;
}

} // namespace vitrine
