// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/steps/terminal.h"

#include "runtime/oci/child_channel.h"
#include "runtime/oci/steps/mount.h"
#include "userspace/base/in_root.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <unistd.h>

namespace vitrine::oci {
namespace {

int open_pty(int root) noexcept {
  const int pty =
      open_in_root(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, RESOLVE_NO_SYMLINKS);
  struct statfs info {};
  if (pty < 0 || (::fstatfs(pty, &info) == 0 && info.f_type == DEVPTS_SUPER_MAGIC)) return pty;
  ::close(pty);
  errno = ENOTTY;
  return -1;
}

Outcome bind_console(int root, int terminal) noexcept {
  const Parent parent = open_parent_in_root(root, "dev/console", RESOLVE_NO_SYMLINKS);
  const UniqueFd directory(parent.directory);
  if (!directory.valid()) return refused("openat2");
  UniqueFd target(::openat(directory.get(), parent.name,
                           O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600));
  if (!target.valid() && errno == EEXIST)
    target.reset(::openat(directory.get(), parent.name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!target.valid()) return refused("openat(/dev/console)");
  const UniqueFd mount = clone_mount(terminal, "", false);
  return mount.valid() ? attach_mount(mount.get(), target.get()) : refused("open_tree");
}

} // namespace

Outcome open_terminal(int root, const Process& process, int channel) noexcept {
  const UniqueFd pty(open_pty(root));
  if (!pty.valid()) return refused("open(/dev/pts/ptmx)");
  int unlocked = 0;
  if (::ioctl(pty.get(), TIOCSPTLCK, &unlocked) < 0) return refused("TIOCSPTLCK");
  const UniqueFd terminal(::ioctl(pty.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) return refused("TIOCGPTPEER");

  if (process.console_size) {
    winsize size{};
    size.ws_row = process.console_size->height;
    size.ws_col = process.console_size->width;
    if (::ioctl(terminal.get(), TIOCSWINSZ, &size) < 0) return refused("TIOCSWINSZ");
  }
  if (::fchown(terminal.get(), process.user.uid, static_cast<gid_t>(-1)) < 0)
    return refused("fchown");
  if (Outcome o = bind_console(root, terminal.get()); !o.ok()) return o;
  if (Outcome o = send_terminal(channel, pty.get()); !o.ok()) return o;
  if (::ioctl(terminal.get(), TIOCSCTTY, 0) < 0) return refused("TIOCSCTTY");
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::dup2(terminal.get(), stream) < 0) return refused("dup2");
  return {};
}

} // namespace vitrine::oci
