// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

namespace vitrine::story {
namespace {

/// The first line of an HTTP message, without its version: "POST /v1.41/containers/create".
std::string http_line(const events::Record& record, const ev_string& text) {
  std::string_view line = record.string(text).text;
  if (line.empty()) return record.string(text).unreadable() ? "unreadable" : "nothing";
  line = line.substr(0, line.find_first_of("\r\n"));
  if (line.starts_with("HTTP/1."))
    line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
  else if (const std::size_t version = line.rfind(" HTTP/1."); version != std::string_view::npos)
    line = line.substr(0, version);
  return escape_text(line);
}

} // namespace

namespace words {

Words network_connect(const events::Record& record, const ev_network_connect& call,
                      const WordsContext&) {
  Words words{.verb = "connect"};
  words.what = "to " + text_of(record, call.path);
  if (call.peer_pid != 0)
    words.what += fmt::format("  {} {} {}", kArrow, text_of(record, call.peer_comm), call.peer_pid);
  return words;
}

Words network_request(const events::Record& record, const ev_network_request& call,
                      const WordsContext&) {
  return {.verb = "request", .what = http_line(record, call.text)};
}

Words network_response(const events::Record& record, const ev_network_response& call,
                       const WordsContext&) {
  return {.verb = "response", .what = http_line(record, call.text)};
}

} // namespace words
} // namespace vitrine::story
