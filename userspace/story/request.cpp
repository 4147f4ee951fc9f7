// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/request.h"

#include <algorithm>
#include <array>

namespace vitrine::story {
namespace {

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

/// "/v1.41/containers/create" without "/v1.41".
std::string_view without_version(std::string_view path) {
  if (!path.starts_with("/v") || path.size() < 3 || path[2] < '0' || path[2] > '9') return path;
  const std::size_t end = path.find_first_not_of("0123456789.", 2);
  return end != std::string_view::npos && path[end] == '/' ? path.substr(end) : path;
}

/// The value of the first such key that holds a string. The bytes are the beginning of a document
/// at best, so they are searched, not parsed.
std::string_view json_string(std::string_view body, std::string_view key) {
  const std::size_t at = body.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view rest = body.substr(at + key.size());
  const std::size_t quote = rest.find_first_not_of(" :");
  if (quote == std::string_view::npos || rest[quote] != '"') return {};
  rest.remove_prefix(quote + 1);
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '"')
    end += rest[end] == '\\' ? 2 : 1;
  return rest.substr(0, end);
}

bool is_hexadecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

HttpRequest http_request(std::string_view text) {
  const std::string_view line = first_line(text);
  const std::size_t method = line.find(' ');
  const std::size_t version = line.rfind(" HTTP/1.");
  if (method == std::string_view::npos || version == std::string_view::npos || version <= method)
    return {};
  const std::string_view target = line.substr(method + 1, version - method - 1);
  const std::size_t query = target.find('?');
  HttpRequest request{.method = line.substr(0, method),
                      .path = without_version(target.substr(0, query)),
                      .query = {}};
  if (query != std::string_view::npos) request.query = target.substr(query + 1);
  return request;
}

HttpResponse http_response(std::string_view text) {
  const std::string_view line = first_line(text);
  const std::size_t status = line.find(' ');
  if (!line.starts_with("HTTP/1.") || status == std::string_view::npos) return {};
  HttpResponse response{.status = line.substr(status + 1), .id = {}};
  const std::size_t body = text.find("\r\n\r\n");
  if (body == std::string_view::npos) return response;
  const std::string_view rest = text.substr(body + 4);
  const std::string_view id = json_string(rest, "\"Id\"");
  if (is_hexadecimal(id)) response.id = id;
  return response;
}

bool is_greeting(const HttpRequest& request) {
  constexpr std::array<std::string_view, 5> kPaths = {"/_ping", "/version", "/info",
                                                      "/libpod/_ping", "/libpod/version"};
  return std::find(kPaths.begin(), kPaths.end(), request.path) != kPaths.end();
}

void OpenRequests::learn(const events::Record& record) {
  if (const auto* request = record.as<ev_network_request>())
    greetings_[request->socket] = is_greeting(http_request(record.string(request->text).text));
  else if (const auto* response = record.as<ev_network_response>())
    greetings_.erase(response->socket);
}

bool OpenRequests::greeting(std::uint32_t socket) const {
  const auto found = greetings_.find(socket);
  return found != greetings_.end() && found->second;
}

} // namespace vitrine::story
