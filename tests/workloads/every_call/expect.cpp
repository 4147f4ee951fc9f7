// SPDX-License-Identifier: Apache-2.0
#include "expect.h"

#include "truth.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>

namespace vitrine::workload {
namespace {

int statement = -1;

} // namespace

void open_statement(const std::string& path) {
  statement = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  must(statement >= 0, path);
}

Json line(std::string_view type, Json args, Json result) {
  return {{"type", type},
          {"process", this_process()},
          {"args", std::move(args)},
          {"result", std::move(result)}};
}

void write_line(const Json& line) {
  const std::string text = line.dump() + "\n";
  must(::write(statement, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
       "write what is expected");
}

void expect(std::string_view type, Json args, Json result) {
  write_line(line(type, std::move(args), std::move(result)));
}

Json outcome(long value) {
  Json result = {{"value", value}};
  if (value < 0 && value >= -4095) result["errno"] = ::strerrorname_np(static_cast<int>(-value));
  return result;
}

Json with(Json base, const Json& more) {
  base.update(more);
  return base;
}

Flags flags(unsigned long bits, std::string_view source) {
  Json names = Json::array();
  if (bits == 0) return {bits, names};
  while (!source.empty()) {
    const std::size_t end = std::min(source.find('|'), source.size());
    std::string_view name = source.substr(0, end);
    source.remove_prefix(std::min(end + 1, source.size()));
    while (name.starts_with(' '))
      name.remove_prefix(1);
    while (name.ends_with(' '))
      name.remove_suffix(1);
    names.push_back(name);
  }
  return {bits, names};
}

std::string hex(unsigned long value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%lx", value);
  return text;
}

void give_up(std::string_view what) {
  std::fprintf(stderr, "every_call: %.*s: %s\n", static_cast<int>(what.size()), what.data(),
               std::strerror(errno));
  std::_Exit(99);
}

void must(bool done, std::string_view what) {
  if (!done) give_up(what);
}

} // namespace vitrine::workload
