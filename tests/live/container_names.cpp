// SPDX-License-Identifier: Apache-2.0
// Prints what engines tell about containers, a JSON object a line, for the tests to compare.
//
//   container_names              all that files tell
//   container_names NAME         the one that NAME means
//   container_names -w ID SOCKET notes as they come in four seconds, as a tracer wants them
#include "userspace/events/json.h"
#include "userspace/sources/engines/engines.h"
#include "userspace/sources/engines/names.h"

#include <cstdio>
#include <string_view>

#include <nlohmann/json.hpp>
#include <poll.h>

namespace {

using namespace vitrine;

void print(const events::ContainerNote& note) {
  std::puts(events::container_json(note, {}).dump().c_str());
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n%s\n", error.message().c_str(), error.hint.c_str());
  return 1;
}

int want(const char* id, const char* socket) {
  constexpr int kMilliseconds = 4000;
  auto names = engines::Names::start();
  if (!names) return fail(names.error());
  events::ContainerHint hint;
  hint.id = id;
  hint.socket = socket;
  names->want(hint);
  pollfd ready{names->ready_fd(), POLLIN, 0};
  while (::poll(&ready, 1, kMilliseconds) > 0)
    for (const events::ContainerNote& note : names->take())
      print(note);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "-w") return want(argv[2], argv[3]);
  if (argc == 2) {
    const auto found = engines::find(argv[1]);
    if (!found) return fail(found.error());
    print(*found);
    return 0;
  }
  for (const events::ContainerNote& note : engines::all())
    print(note);
  return 0;
}
