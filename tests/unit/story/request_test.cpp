// SPDX-License-Identifier: Apache-2.0
#include "userspace/story/request.h"

#include "tests/unit/story/heard.h"

#include <gtest/gtest.h>

namespace vitrine::story {
namespace {

constexpr std::string_view kId = "020db9de639c0e4d5c3b2a19080706050403020100ffeeddccbbaa9988776655";
const Who kClient{.pid = 110, .comm = "docker"};
const Who kDaemon{.pid = 900, .comm = "dockerd", .daemon = true};

TEST(HttpRequest, LeavesTheVersionOut) {
  const HttpRequest request =
      http_request("POST /v1.41/containers/create?name=glass HTTP/1.1\r\nHost: docker\r\n");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/containers/create");
  EXPECT_EQ(request.query, "name=glass");
  EXPECT_EQ(http_request("GET /v4.0.0/libpod/info HTTP/1.1\r\n").path, "/libpod/info");
  EXPECT_EQ(http_request("GET /volumes HTTP/1.1\r\n").path, "/volumes");
}

TEST(HttpRequest, IsEmptyWhenItIsNone) {
  for (const std::string_view text :
       {"", " ", "\r\n", "GET", "GET / ", " HTTP/1.1", "\x16\x03\x01"})
    EXPECT_TRUE(http_request(text).method.empty()) << text;
}

TEST(HttpResponse, FindsWhatWasMade) {
  const std::string made = "HTTP/1.1 201 Created\r\nApi-Version: 1.41\r\n\r\n{\"Id\":\"" +
                           std::string(kId) + "\",\"Warnings\":[]}\n";
  EXPECT_EQ(http_response(made).status, "201 Created");
  EXPECT_EQ(http_response(made).id, kId);
}

TEST(HttpResponse, BelievesNoIdThatIsNone) {
  EXPECT_TRUE(http_response("HTTP/1.1 200 OK\r\n\r\n{\"Id\":\"../x\"}").id.empty());
  EXPECT_TRUE(http_response("HTTP/1.1 200 OK\r\n\r\n{\"Id\":12}").id.empty());
  EXPECT_TRUE(http_response("HTTP/1.1 200 OK\r\n\r\n{\"Id\":\"").id.empty());
}

TEST(Connections, SayWhatIsKnownOfWhoListens) {
  TraceBuilder trace;
  for (const auto& [comm, start_ns] :
       {std::pair{"dockerd", 5U}, std::pair{"", 5U}, std::pair{"", 0U}}) {
    auto connect = trace.call<ev_network_connect>(kClient);
    connect->peer_pid = 900;
    connect->peer_start_ns = start_ns;
    trace.add(connect.string(&ev_network_connect::path, "@x")
                  .string(&ev_network_connect::peer_comm, comm));
  }
  auto refused = trace.call<ev_network_connect>(kClient, -ENOENT);
  trace.add(refused.string(&ev_network_connect::path, "/x"));
  Heard heard;
  tell(heard, trace.records(), {.every_event = true});
  ASSERT_EQ(heard.steps.size(), 4U);
  EXPECT_EQ(line_of(heard.steps[0]), "connect to @x \x01 dockerd 900");
  EXPECT_EQ(line_of(heard.steps[1]), "connect to @x \x01 pid 900");
  EXPECT_EQ(line_of(heard.steps[2]), "connect to @x \x01 pid 900, which has ended");
  EXPECT_EQ(line_of(heard.steps[3]), "connect to /x");
}

std::vector<Step> talk(bool every_event) {
  TraceBuilder trace;
  auto connect = trace.call<ev_network_connect>(kClient);
  connect->peer_pid = 900;
  trace.add(connect.string(&ev_network_connect::path, "/run/docker.sock")
                .string(&ev_network_connect::peer_comm, "dockerd"));
  trace.request(kClient, 77, "HEAD /_ping HTTP/1.1\r\n\r\n");
  trace.response(kDaemon, 77, "HTTP/1.1 200 OK\r\n\r\n");
  trace.request(kClient, 77, "POST /v1.41/containers/create HTTP/1.1\r\n\r\n");
  trace.response(kDaemon, 77, "HTTP/1.1 201 Created\r\n\r\n{\"Id\":\"" + std::string(kId) + "\"}");
  trace.request(kClient, 78,
                "POST /v1.41/containers/" + std::string(kId) +
                    "/attach?stderr=1&stdin=1&stdout=1&stream=1 HTTP/1.1\r\n\r\n");
  trace.request(kClient, 79, "not HTTP at all\x1b[2J");
  Heard heard;
  tell(heard, trace.records(), {.every_event = every_event});
  return heard.steps;
}

TEST(Requests, ReadAsAPersonWouldWriteThem) {
  const std::vector<Step> steps = talk(false);
  ASSERT_EQ(steps.size(), 7U);
  EXPECT_EQ(line_of(steps[0]), "connect to /run/docker.sock \x01 dockerd 900");
  EXPECT_EQ(line_of(steps[3]), "request POST /containers/create");
  EXPECT_EQ(line_of(steps[4]), "response 201 Created  id 020db9de639c");
  EXPECT_EQ(line_of(steps[5]), "request POST /containers/020db9de639c/attach"
                               "?stderr=1&stdin=1&stdout=1&stream\x03");
  EXPECT_EQ(line_of(steps[6]), "request not HTTP at all\\e[2J");
}

TEST(Requests, AreInFullWhenEveryEventIsAskedFor) {
  const std::vector<Step> steps = talk(true);
  EXPECT_EQ(line_of(steps[3]), "request POST /v1.41/containers/create HTTP/1.1");
  EXPECT_EQ(line_of(steps[4]), "response 201 Created  id " + std::string(kId));
}

TEST(Requests, AGreetingAndItsAnswerAreDetails) {
  const std::vector<Step> steps = talk(false);
  EXPECT_EQ(steps[1].weight, Weight::detail);
  EXPECT_EQ(steps[2].weight, Weight::detail);
  EXPECT_EQ(steps[3].weight, Weight::step);
  EXPECT_EQ(steps[4].weight, Weight::step);
}

} // namespace
} // namespace vitrine::story
