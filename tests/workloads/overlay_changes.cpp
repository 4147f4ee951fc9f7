// SPDX-License-Identifier: Apache-2.0
// Changes an overlay in every way and states what each change must be seen as, a JSON object a
// line.
//
// usage: overlay_changes steps|race MERGED STATEMENT
//
// MERGED is what tests/live/trace_overlay.py makes: files of 100 bytes in two lower layers, "top"
// and "bottom". System calls are made directly: which one it was is part of the statement.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace {

constexpr int kRenameExchange = 2; // RENAME_EXCHANGE
constexpr long kBytes = 100;
constexpr int kRacers = 8;
constexpr int kRaceFiles = 25;

FILE* statement = nullptr;

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "overlay_changes: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

long made(long result, const char* what) {
  if (result < 0) die(what);
  return result;
}

#define CALL(name, ...) made(::syscall(SYS_##name, __VA_ARGS__), #name)

void state(const std::string& fields) {
  std::fprintf(statement, "{\"pid\":%d,%s}\n", ::getpid(), fields.c_str());
}

std::string quoted(const char* key, const std::string& value) {
  return "\"" + std::string(key) + "\":\"" + value + "\"";
}

void copy_up(const char* call, const std::string& path, long bytes = kBytes,
             const char* lower = "bottom", bool directory = false) {
  state(quoted("type", "overlay.copy_up") + "," + quoted("call", call) + "," +
        quoted("path", path) + "," + quoted("lower", lower) +
        ",\"bytes\":" + std::to_string(bytes) + ",\"directory\":" + (directory ? "true" : "false"));
}

void copy_up_directory(const char* call, const std::string& path, const char* lower = "bottom") {
  copy_up(call, path, 0, lower, true);
}

void hidden(const char* type, const char* call, const std::string& path) {
  state(quoted("type", type) + "," + quoted("call", call) + "," + quoted("path", path) + "," +
        quoted("lower", "bottom"));
}

void moved(const char* call, const std::string& from, const std::string& path) {
  state(quoted("type", "overlay.rename") + "," + quoted("call", call) + "," + quoted("from", from) +
        "," + quoted("path", path) + ",\"directory\":false");
}

void close_file(long fd) {
  ::close(static_cast<int>(fd));
}

void write_over_files() {
  long fd = CALL(openat, AT_FDCWD, "append", O_WRONLY | O_APPEND);
  made(::write(static_cast<int>(fd), "more", 4), "write");
  close_file(fd);
  copy_up("openat", "/append");
  fd = CALL(openat, AT_FDCWD, "append", O_WRONLY | O_APPEND); // it is up already
  made(::write(static_cast<int>(fd), "more", 4), "write");
  close_file(fd);

  close_file(CALL(openat, AT_FDCWD, "emptied", O_WRONLY | O_TRUNC));
  copy_up("openat", "/emptied", 0); // no use copying what is thrown away
  close_file(CALL(openat, AT_FDCWD, "emptied", O_WRONLY | O_TRUNC));

  close_file(CALL(openat, AT_FDCWD, "created", O_RDWR | O_CREAT, 0644)); // there is one
  copy_up("openat", "/created");
  close_file(CALL(openat, AT_FDCWD, "new", O_RDWR | O_CREAT, 0644)); // there is none
  CALL(unlinkat, AT_FDCWD, "new", 0);

  close_file(CALL(openat, AT_FDCWD, "in_top", O_RDWR));
  copy_up("openat", "/in_top", kBytes, "top");
  close_file(CALL(openat, AT_FDCWD, "read", O_RDONLY));
  if (::syscall(SYS_openat, AT_FDCWD, "deep", O_WRONLY) >= 0 || errno != EISDIR) die("EISDIR");

  CALL(truncate, "truncated", 10L);
  copy_up("truncate", "/truncated");
}

void change_attributes() {
  CALL(fchmodat, AT_FDCWD, "mode", 0600);
  copy_up("fchmodat", "/mode");
  CALL(fchmodat, AT_FDCWD, "mode", 0644);
  CALL(fchownat, AT_FDCWD, "owner", 1, 1, 0);
  copy_up("fchownat", "/owner");
  CALL(fchownat, AT_FDCWD, "link_to_read", 1, 1, AT_SYMLINK_NOFOLLOW);
  copy_up("fchownat", "/link_to_read", 0);
  CALL(setxattr, "attribute", "trusted.test", "1", 1L, 0);
  copy_up("setxattr", "/attribute");
  CALL(utimensat, AT_FDCWD, "time", nullptr, 0);
  copy_up("utimensat", "/time");

  const long fd = CALL(openat, AT_FDCWD, "mode_by_fd", O_RDONLY);
  CALL(fchmod, fd, 0600);
  copy_up("fchmod", "/mode_by_fd");
  close_file(fd);
}

void move_and_link() {
  CALL(renameat2, AT_FDCWD, "from", AT_FDCWD, "to", 0);
  copy_up("renameat2", "/from");
  moved("renameat2", "/from", "/to");
  hidden("overlay.whiteout", "renameat2", "/from");
  CALL(renameat2, AT_FDCWD, "to", AT_FDCWD, "to2", 0);
  moved("renameat2", "/to", "/to2");
  CALL(renameat2, AT_FDCWD, "to2", AT_FDCWD, "replaced", 0);
  moved("renameat2", "/to2", "/replaced");
  CALL(renameat2, AT_FDCWD, "left", AT_FDCWD, "right", kRenameExchange);
  copy_up("renameat2", "/left");
  copy_up("renameat2", "/right");
  moved("renameat2", "/left", "/right");
  CALL(linkat, AT_FDCWD, "linked", AT_FDCWD, "linked2", 0);
  copy_up("linkat", "/linked");
  CALL(linkat, AT_FDCWD, "linked", AT_FDCWD, "linked3", 0);
}

void remove_files() {
  CALL(unlinkat, AT_FDCWD, "gone", 0);
  hidden("overlay.whiteout", "unlinkat", "/gone");
  CALL(unlinkat, AT_FDCWD, "again", 0);
  hidden("overlay.whiteout", "unlinkat", "/again");
  close_file(CALL(openat, AT_FDCWD, "again", O_RDWR | O_CREAT, 0644)); // over the whiteout
  CALL(unlinkat, AT_FDCWD, "append", 0);                               // copied up before
  hidden("overlay.whiteout", "unlinkat", "/append");
  CALL(unlinkat, AT_FDCWD, "empty", AT_REMOVEDIR);
  hidden("overlay.whiteout", "unlinkat", "/empty");
  CALL(mkdirat, AT_FDCWD, "empty", 0755);
  hidden("overlay.opaque", "mkdirat", "/empty");
  CALL(mkdirat, AT_FDCWD, "fresh", 0755); // hides nothing
}

void go_deep() {
  CALL(mkdirat, AT_FDCWD, "deep/a/b/new", 0755);
  for (const char* path : {"/deep", "/deep/a", "/deep/a/b"})
    copy_up_directory("mkdirat", path);
  close_file(CALL(openat, AT_FDCWD, "deep/a/b/file", O_RDWR));
  copy_up("openat", "/deep/a/b/file");
  CALL(symlinkat, "x", AT_FDCWD, "both/link");
  copy_up_directory("symlinkat", "/both", "top");

  const long directory = CALL(openat, AT_FDCWD, "relative", O_RDONLY | O_DIRECTORY);
  CALL(renameat2, directory, "../relative/one", directory, "two", 0);
  copy_up_directory("renameat2", "/relative");
  copy_up("renameat2", "/relative/one");
  moved("renameat2", "/relative/one", "/relative/two");
  hidden("overlay.whiteout", "renameat2", "/relative/one");
  close_file(directory);

  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "socket/s");
  const long socket = CALL(socket, AF_UNIX, SOCK_STREAM, 0);
  CALL(bind, socket, &address, sizeof address);
  copy_up_directory("bind", "/socket");
  close_file(socket);
}

/// Many processes at once, each with files of its own: who did what?
void race() {
  CALL(fchmodat, AT_FDCWD, "race", 0700);
  copy_up_directory("fchmodat", "/race");
  std::fflush(statement);
  for (int racer = 0; racer < kRacers; ++racer) {
    const pid_t child = ::fork();
    if (child < 0) die("fork");
    if (child > 0) continue;
    for (int file = 0; file < kRaceFiles; ++file) {
      const std::string name = "race/" + std::to_string(racer) + "_" + std::to_string(file);
      CALL(fchmodat, AT_FDCWD, name.c_str(), 0600);
      copy_up("fchmodat", "/" + name);
    }
    std::fflush(statement);
    ::_exit(0);
  }
  while (::wait(nullptr) > 0) {
  }
}

} // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  statement = std::fopen(arguments[3], "ae");
  if (statement == nullptr) die(arguments[3]);
  if (::chdir(arguments[2]) != 0) die(arguments[2]);
  if (std::strcmp(arguments[1], "race") == 0) {
    race();
    return 0;
  }
  write_over_files();
  change_attributes();
  move_and_link();
  remove_files();
  go_deep();
  return std::fclose(statement) == 0 ? 0 : 1;
}
