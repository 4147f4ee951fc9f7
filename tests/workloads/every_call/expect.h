// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cerrno>
#include <string>
#include <string_view>
#include <type_traits>

#include <unistd.h>

/// The traced program states the truth: what it is about to be seen doing, as it saw it itself.
///
/// A line of the file is {"type", "process", "args", "result"} of one event. Lines of a process are
/// in the order of its calls. "*" stands for a value that the program cannot know; an object with a
/// key that begins with "@" says how to compare (tests/live/expectations.py).
namespace vitrine::workload {

using Json = nlohmann::json;

/// Where lines go, from now on and in children. The file is not kept across an exec.
void open_statement(const std::string& path);

[[nodiscard]] Json line(std::string_view type, Json args, Json result);
void write_line(const Json& line);

/// The current process does this.
void expect(std::string_view type, Json args, Json result);

/// A system call as the kernel answers it: its value, or -errno.
template<class... Args>
long call(long number, Args... args) {
  [[maybe_unused]] const auto word = [](auto value) {
    if constexpr (std::is_pointer_v<decltype(value)>)
      return reinterpret_cast<long>(value);
    else if constexpr (std::is_null_pointer_v<decltype(value)>)
      return 0L;
    else
      return static_cast<long>(value);
  };
  const long value = ::syscall(number, word(args)...);
  return value == -1 ? -static_cast<long>(errno) : value;
}

/// {"value"} and, of a failure, {"errno"}.
[[nodiscard]] Json outcome(long value);

/// `base` with the members of `more`.
[[nodiscard]] Json with(Json base, const Json& more);

/// Flags by value and by name.
struct Flags {
  unsigned long bits;
  Json names;
};
[[nodiscard]] Flags flags(unsigned long bits, std::string_view source);
#define FLAGS(...) ::vitrine::workload::flags(static_cast<unsigned long>(__VA_ARGS__), #__VA_ARGS__)

[[nodiscard]] std::string hex(unsigned long value);

/// Ends the program: what it stands on is not there.
[[noreturn]] void give_up(std::string_view what);
void must(bool done, std::string_view what);

} // namespace vitrine::workload
