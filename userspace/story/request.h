// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/events/record.h"

#include <map>
#include <string_view>

/// HTTP/1 as engines speak it: what the first bytes of a message say. Text is as it came,
/// unescaped, and points into what was given.
namespace vitrine::story {

struct HttpRequest {
  std::string_view method;
  std::string_view path; ///< without the API's version: "/containers/create"
  std::string_view query;
};
/// All empty when the text is no request.
[[nodiscard]] HttpRequest http_request(std::string_view text);

struct HttpResponse {
  std::string_view status; ///< "201 Created"
  std::string_view id;     ///< of what was made; hexadecimal digits
};
/// All empty when the text is no response.
[[nodiscard]] HttpResponse http_response(std::string_view text);

/// Whether clients send it before they do anything: is the engine there, and which one is it.
[[nodiscard]] bool is_greeting(const HttpRequest& request);

/// The requests that wait for an answer.
class OpenRequests {
public:
  void learn(const events::Record& record);
  /// Whether the next answer on the connection is to a greeting.
  [[nodiscard]] bool greeting(std::uint32_t socket) const;

private:
  std::map<std::uint32_t, bool> greetings_; ///< by the inode of the client's socket
};

} // namespace vitrine::story
