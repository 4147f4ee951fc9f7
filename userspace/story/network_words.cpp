// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"
#include "userspace/story/naming.h"
#include "userspace/story/text.h"
#include "userspace/story/words.h"

#include <fmt/format.h>

namespace vitrine::story {
namespace {

constexpr std::size_t kQueryShown = 32;

/// The message as it came, when it is not what it should be.
std::string first_line_words(const events::Record& record, const ev_string& text) {
  const events::RecordString bytes = record.string(text);
  if (bytes.unreadable()) return "unreadable";
  if (bytes.text.empty()) return "nothing";
  return escape_text(bytes.text.substr(0, bytes.text.find_first_of("\r\n")));
}

/// Who called listen(2): he may have ended since, and left nothing but his number.
std::string listener_words(const events::Record& record, const ev_network_connect& call) {
  const std::string comm = text_of(record, call.peer_comm);
  if (!comm.empty()) return fmt::format("{} {}", comm, call.peer_pid);
  return fmt::format("pid {}{}", call.peer_pid, call.peer_start_ns == 0 ? ", which has ended" : "");
}

std::string query_words(std::string_view query) {
  if (query.empty()) return {};
  const std::string shortened = with_short_ids(query, "");
  std::string words = "?" + escape_text(shortened.substr(0, kQueryShown));
  if (shortened.size() > kQueryShown) words += kEllipsis;
  return words;
}

} // namespace

namespace words {

Words network_connect(const events::Record& record, const ev_network_connect& call,
                      const WordsContext&) {
  Words words{.verb = "connect"};
  words.what = "to " + text_of(record, call.path);
  if (call.peer_pid != 0) words.what += fmt::format(" {} {}", kArrow, listener_words(record, call));
  // The C library looks for a cache of names before it reads its files.
  if (record.string(call.path).text.starts_with("/var/run/nscd/")) words.weight = Weight::detail;
  return words;
}

Words network_request(const events::Record& record, const ev_network_request& call,
                      const WordsContext& context) {
  Words words{.verb = "request"};
  const HttpRequest request = http_request(record.string(call.text).text);
  if (is_greeting(request)) words.weight = Weight::detail;
  if (context.in_full || request.method.empty())
    words.what = first_line_words(record, call.text);
  else
    words.what =
        fmt::format("{} {}{}", escape_text(request.method),
                    escape_text(with_short_ids(request.path, "")), query_words(request.query));
  return words;
}

Words network_response(const events::Record& record, const ev_network_response& call,
                       const WordsContext& context) {
  Words words{.verb = "response"};
  const HttpResponse response = http_response(record.string(call.text).text);
  if (context.requests.greeting(call.socket)) words.weight = Weight::detail;
  words.what =
      response.status.empty() ? first_line_words(record, call.text) : escape_text(response.status);
  if (!response.id.empty())
    words.what += fmt::format("  id {}", context.in_full ? response.id : short_id(response.id));
  return words;
}

} // namespace words
} // namespace vitrine::story
