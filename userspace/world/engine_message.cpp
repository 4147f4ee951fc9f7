// SPDX-License-Identifier: Apache-2.0
#include "userspace/world/engine_message.h"

#include "userspace/world/path_parts.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrine::world {
namespace {

using Subject = EngineRequest::Subject;

/// Paths of the API without the version. "*" is any part; "**" the rest. The first that fits
/// counts.
struct Route {
  std::string_view path;
  Subject subject;
};
constexpr Route kRoutes[] = {
    {"containers/create", Subject::create},
    {"containers/json", Subject::other},
    {"containers/stats", Subject::other},
    {"containers/showmounted", Subject::other},
    {"containers/prune", Subject::many},
    {"containers/*/wait", Subject::wait},
    {"containers/*/exec", Subject::make_exec},
    {"containers/*", Subject::container},
    {"containers/*/*", Subject::container},
    {"exec/*/*", Subject::exec},
    {"images/load", Subject::transfer},
    {"images/create", Subject::transfer},
    {"images/pull", Subject::transfer},
    {"images/import", Subject::transfer},
    {"commit", Subject::transfer},
    {"build", Subject::many},
    {"session", Subject::many},
    {"grpc", Subject::many},
    {"pods/**", Subject::many},
    {"play/**", Subject::many},
    {"kube/**", Subject::many},
};

constexpr std::size_t kMostParts = 4;

struct Parts {
  std::array<std::string_view, kMostParts> part;
  std::size_t count = 0;
};

/// "v1.41", "v4.3.1".
bool is_version(std::string_view part) {
  return part.size() > 1 && part[0] == 'v' &&
         part.find_first_not_of("0123456789.", 1) == std::string_view::npos;
}

bool fits(std::string_view route, const Parts& parts) {
  PathParts wanted(route);
  for (std::size_t at = 0;; ++at) {
    const auto want = wanted.next();
    if (!want) return at == parts.count;
    if (*want == "**") return true;
    if (at == parts.count || (*want != "*" && *want != parts.part[at])) return false;
  }
}

/// The value of a parameter that holds nothing in need of decoding: no name does.
std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      return one.substr(name.size() + 1);
  }
  return {};
}

std::string_view name_or_nothing(std::string_view text) {
  return is_container_name(text) ? text : std::string_view();
}

/// The word before the next blank, which is taken away.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

std::string_view body_of(std::string_view text) {
  constexpr std::string_view kBlankLine = "\r\n\r\n";
  const std::size_t head = text.find(kBlankLine);
  return head == std::string_view::npos ? std::string_view()
                                        : text.substr(head + kBlankLine.size());
}

/// {"Id":"0d31…","Warnings":…: Go writes members in the order of the struct, without blanks.
void read_body(std::string_view body, EngineResponse& response) {
  constexpr std::string_view kId = R"({"Id":")";
  constexpr std::string_view kWarnings = R"(","Warnings":)";
  constexpr std::size_t kIdLength = 64;
  if (!body.starts_with(kId)) return;
  const std::string_view id = body.substr(kId.size(), kIdLength);
  const std::string_view rest = body.substr(kId.size() + id.size());
  if (!is_full_id(id) || !rest.starts_with('"')) return;
  response.id = id;
  response.created_container = rest.starts_with(kWarnings);
}

} // namespace

std::optional<EngineRequest> engine_request(std::string_view text) {
  std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  const std::string_view method = take_word(line);
  const std::string_view target = take_word(line);
  // The text is cut after some hundred bytes: a long query may have lost the version.
  if (method.empty() || !target.starts_with('/')) return std::nullopt;
  const std::size_t question = std::min(target.find('?'), target.size());
  PathParts path(target.substr(0, question));
  EngineRequest request;
  request.changes = method != "GET" && method != "HEAD";
  Parts parts;
  while (const auto part = path.next()) {
    if (parts.count == 0 && is_version(*part)) continue;
    if (parts.count == 0 && *part == "libpod") {
      request.container.engine = "podman";
      continue;
    }
    if (parts.count == kMostParts) break;
    parts.part[parts.count++] = *part;
  }
  for (const Route& route : kRoutes) {
    if (!fits(route.path, parts)) continue;
    request.subject = route.subject;
    break;
  }
  if (request.subject == Subject::create && question < target.size())
    request.container.id = name_or_nothing(parameter(target.substr(question + 1), "name"));
  else if (request.subject == Subject::exec)
    request.exec_id = name_or_nothing(parts.part[1]);
  else if (request.subject != Subject::create && parts.part[0] == "containers" &&
           request.subject != Subject::other && request.subject != Subject::many)
    request.container.id = name_or_nothing(parts.part[1]);
  return request;
}

std::optional<EngineResponse> engine_response(std::string_view text) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusDigits = 3;
  if (!text.starts_with(kVersion)) return std::nullopt;
  EngineResponse response;
  read_body(body_of(text), response);
  (void)take_word(text);
  const std::string_view status = text.substr(0, kStatusDigits);
  const auto [end, error] =
      std::from_chars(status.data(), status.data() + status.size(), response.status);
  if (error != std::errc() || status.size() != kStatusDigits ||
      end != status.data() + status.size())
    return std::nullopt;
  return response;
}

} // namespace vitrine::world
