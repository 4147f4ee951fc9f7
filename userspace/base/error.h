// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace vitrine {

/// Why an expected failure happened: a value, not an exception.
struct Error {
  /// errno, or 0 when the kernel was not asked.
  int code = 0;
  /// The step in words with its object, outermost context first: "open /proc/42/ns/mnt".
  std::string what;
  /// How to mend it, or empty.
  std::string hint;

  /// One line for a person: what, then the errno's own words. Foreign text in `what` must have been
  /// escaped by whoever put it there (text_escape.h).
  [[nodiscard]] std::string message() const;
};

/// The symbolic name of an errno ("ENOENT"), or "errno 531" for a number that has none.
[[nodiscard]] std::string errno_name(int code);

/// A value or the reason why there is none. Dropping one is a compile error.
template<class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
  using tl::expected<T, Error>::expected;
};

/// An Error for a refused system call. Capture errno first: formatting may change it.
template<class... Args>
[[nodiscard]] tl::unexpected<Error> os_error(int code, fmt::format_string<Args...> format,
                                             Args&&... args) {
  return tl::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...), {}});
}

/// An Error that no system call caused: bad input, a broken file, a missing feature.
template<class... Args>
[[nodiscard]] tl::unexpected<Error> failure(fmt::format_string<Args...> format, Args&&... args) {
  return os_error(0, format, std::forward<Args>(args)...);
}

/// `error` with what was being attempted put in front of it.
template<class... Args>
[[nodiscard]] tl::unexpected<Error> context(Error error, fmt::format_string<Args...> format,
                                            Args&&... args) {
  error.what = fmt::format(format, std::forward<Args>(args)...) + ": " + error.what;
  return tl::unexpected(std::move(error));
}

/// `error` with a way out of it. An inner hint, nearer to the cause, is kept.
[[nodiscard]] tl::unexpected<Error> with_hint(tl::unexpected<Error> error, std::string hint);

} // namespace vitrine
