// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expect.h"

#include <functional>

namespace vitrine::workload {

/// A process that this one made and whose birth and death it states.
class Child {
public:
  using Body = std::function<void()>;

  /// Makes a child by `birth`, a call that returns 0 in it; it then waits for proceed(), runs
  /// `body` and exits with 0. The parent states the call: `type` with `args`. `waiting` is a line
  /// that comes before it and could not be written yet: the pid namespace of children has no name
  /// until the first of them is there.
  Child(std::string_view type, const Json& args, const std::function<long()>& birth,
        const Body& body, Json* waiting = nullptr);

  /// Child and parent meet: in the child's body, meet_parent() returns after await() and proceed().
  void await() const;
  void proceed() const;

  /// Lets it run, waits for its end and states that.
  void finish();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string proc() const { return std::to_string(outer_); }
  [[nodiscard]] pid_t outer() const { return outer_; }

private:
  pid_t pid_ = 0;
  pid_t outer_ = 0;
  int socket_ = -1;
  Json process_;
};

void meet_parent();

/// A plain child by clone(2) that runs `body` to its end.
void in_child(const Child::Body& body);

/// clone(2) with nothing but SIGCHLD, or with flags for new namespaces.
[[nodiscard]] Child plain_child(const Child::Body& body, const Flags& flags = {0, Json::array()},
                                Json* waiting = nullptr);

/// The exit line of a child by what wait(2) said.
void expect_exit(const Json& process, int status);

} // namespace vitrine::workload
