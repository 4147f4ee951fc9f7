// SPDX-License-Identifier: Apache-2.0
// What texts of others say of containers: command lines, paths, HTTP.
#include "tests/unit/events/record_builder.h"
#include "userspace/world/container_command.h"
#include "userspace/world/container_hint.h"
#include "userspace/world/container_path.h"
#include "userspace/world/engine_message.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace vitrine::world {
namespace {

using events::RecordBuilder;
using Words = std::vector<std::string_view>;

constexpr std::string_view kId = "b0f3c52b8ef62c60fb0d4e7e225c198f641525d981642017e9353c5c9dc3e664";
constexpr std::string_view kTask =
    "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/";

std::string joined(const Words& words) {
  std::string text;
  for (const std::string_view word : words)
    text.append(word).append(1, '\0');
  return text;
}

std::string operator+(std::string_view text, std::string_view more) {
  return std::string(text).append(more);
}

/// "engine:id" of a command line; "none" of a program that is not concerned.
std::string told_by(const Words& words) {
  const auto command = container_command(words);
  if (!command) return "none";
  return std::string(command->container.engine) + ":" + std::string(command->container.id);
}

TEST(ContainerCommand, ShimsTellIdAndEngine) {
  EXPECT_EQ(told_by({"/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-address",
                     "/run/containerd.sock", "-publish-binary", "/usr/bin/containerd", "-id", kId,
                     "start"}),
            "docker:" + std::string(kId));
  EXPECT_EQ(told_by({"containerd-shim-runc-v2", "-namespace", "default", "-id", "web", "-address",
                     "/run/c.sock"}),
            "containerd:web");
  EXPECT_EQ(told_by({"containerd-shim-kata-v2", "-namespace=k8s.io", "-debug", "-id=web"}),
            "containerd:web");
}

TEST(ContainerCommand, RuntimesTellIdBundleAndRoot) {
  const std::string log = kTask + kId + "/log.json";
  const std::string bundle = kTask + kId;
  const Words words = {"runc",
                       "--root",
                       "/run/docker/runtime-runc/moby",
                       "--log",
                       log,
                       "--log-format",
                       "json",
                       "--systemd-cgroup",
                       "create",
                       "--bundle",
                       bundle,
                       "--pid-file",
                       "/run/init.pid",
                       kId};
  const auto command = container_command(words);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->role, ContainerCommand::Role::runtime);
  EXPECT_EQ(command->container.id, kId);
  EXPECT_EQ(command->bundle, bundle);
  EXPECT_EQ(command->root, "/run/docker/runtime-runc/moby");
  EXPECT_EQ(told_by({"runc", "--root", "/r", "exec", "--process", "/tmp/p", "--detach",
                     "--pid-file", "/x.pid", "box"}),
            ":box");
  EXPECT_EQ(told_by({"/usr/bin/crun", "exec", "-td", "box", "sh", "-c", "id"}), ":box");
  EXPECT_EQ(told_by({"crun", "--systemd-cgroup", "run", "-b", "/b", "-d", "box"}), ":box");
  EXPECT_EQ(told_by({"runc", "delete", "--force", "box"}), ":box");
  EXPECT_EQ(told_by({"runc", "kill", "box", "15"}), ":box");
  EXPECT_EQ(told_by({"vitrine-runtime", "--root", "/run/v", "run", "--bundle", "/b", "box"}),
            "vitrine:box");
}

TEST(ContainerCommand, RuntimesAtOtherWorkTellNothing) {
  EXPECT_EQ(told_by({"runc", "init"}), ":");
  EXPECT_EQ(told_by({"runc", "--version"}), ":");
  EXPECT_EQ(told_by({"runc", "list", "box"}), ":");
  EXPECT_EQ(told_by({"runc", "create", "--bundle"}), ":");
  EXPECT_EQ(told_by({"runc"}), ":");
  EXPECT_EQ(told_by({"sh", "-c", "runc run box"}), "none");
  EXPECT_EQ(told_by({""}), "none");
  EXPECT_EQ(told_by({}), "none");
}

TEST(ContainerCommand, ConmonHasIdNameAndOtherProgramsOptions) {
  const Words words = {"/usr/bin/conmon",
                       "--api-version",
                       "1",
                       "-c",
                       kId,
                       "-u",
                       kId,
                       "-r",
                       "/usr/bin/crun",
                       "-b",
                       "/var/lib/c/userdata",
                       "-n",
                       "web",
                       "--full-attach",
                       "-s",
                       "--exit-command",
                       "/usr/bin/podman",
                       "--exit-command-arg",
                       "-c",
                       "--exit-command-arg",
                       "other"};
  const auto command = container_command(words);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->container.id, kId);
  EXPECT_EQ(command->name, "web");
  EXPECT_EQ(command->bundle, "/var/lib/c/userdata");
}

TEST(ContainerCommand, ClientsAndMonitors) {
  EXPECT_EQ(told_by({"ctr", "-a", "/run/c.sock", "-n", "test", "run", "--rm", "--env", "A=1",
                     "docker.io/library/alpine:3", "web", "sh"}),
            "containerd:web");
  EXPECT_EQ(told_by({"ctr", "tasks", "exec", "--exec-id", "e1", "web", "id"}), "containerd:web");
  EXPECT_EQ(told_by({"ctr", "t", "kill", "-s", "9", "web"}), "containerd:web");
  EXPECT_EQ(container_command(Words{"ctr", "run", "i", "web"})->role,
            ContainerCommand::Role::client);
  EXPECT_EQ(told_by({"lxc-start", "-P", "/srv/lxc", "-F", "-n", "web"}), "lxc:web");
  EXPECT_EQ(told_by({"lxc-start", "--name=web"}), "lxc:web");
  EXPECT_EQ(told_by({"systemd-nspawn", "-q", "-D", "/srv/m", "-M", "web", "sh", "-M", "other"}),
            "systemd-nspawn:web");
}

TEST(ContainerCommand, ForeignTextIsNoId) {
  for (const std::string_view id : {"", "..", "../../etc", "a b", "-x", "web\n", "\x1b[31m", "a/b"})
    EXPECT_EQ(told_by({"runc", "start", id}), ":") << id;
  EXPECT_EQ(told_by({"runc", "start", std::string(129, 'a')}), ":");
  const auto command = container_command(Words{"runc", "create", "-b", "relative", "box"});
  EXPECT_EQ(command->bundle, "");
}

TEST(ContainerCommand, AnArgumentThatWasCutIsNotBelieved) {
  const std::string argv = joined({"runc", "start", "box"});
  EXPECT_EQ(container_command(argv, false)->container.id, "box");
  EXPECT_EQ(container_command(argv, true)->container.id, "");
  EXPECT_FALSE(container_command("", true));
}

std::string cgroup(std::string_view path, std::string_view own = {}) {
  const auto mention = container_of_cgroup(path, own);
  return mention ? std::string(mention->engine) + ":" + std::string(mention->id) : "none";
}

TEST(ContainerPath, CgroupsOfEveryEngine) {
  const std::string id(kId);
  EXPECT_EQ(cgroup("/docker/" + id), "docker:" + id);
  EXPECT_EQ(cgroup("/system.slice/docker-" + id + ".scope"), "docker:" + id);
  EXPECT_EQ(cgroup("/machine.slice/libpod-" + id + ".scope/container"), "podman:" + id);
  EXPECT_EQ(cgroup("/machine.slice/libpod-conmon-" + id + ".scope"), "podman:" + id);
  EXPECT_EQ(cgroup("/libpod_parent/libpod-" + id), "podman:" + id);
  EXPECT_EQ(cgroup("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope"),
            "containerd:" + id);
  EXPECT_EQ(cgroup("/kubepods/besteffort/pod1/" + id), ":" + id);
  EXPECT_EQ(cgroup("/kubepods.slice/crio-" + id + ".scope"), "cri-o:" + id);
  EXPECT_EQ(cgroup("/lxc.payload.web/system.slice"), "lxc:web");
  EXPECT_EQ(cgroup("/lxc/web"), "lxc:web");
  EXPECT_EQ(cgroup("/machine.slice/machine-web.scope/payload"), "systemd-nspawn:web");
  EXPECT_EQ(cgroup("/machine.slice/systemd-nspawn@web.service"), "systemd-nspawn:web");
  EXPECT_EQ(cgroup("/default/web"), "containerd:web");
  EXPECT_EQ(cgroup("/vitrine/box"), "vitrine:box");
}

TEST(ContainerPath, OtherCgroupsAreNoContainers) {
  for (const char* path :
       {"", "/", "/system.slice/docker.service", "/docker/short", "/user/default/x",
        "/system.slice/docker-abc.scope", "/machine.slice/machine-qemu-1-vm.scope",
        "/machine.slice/machine-a\\x2db.scope", "/lxc.payload.", "/vitrine"})
    EXPECT_EQ(cgroup(path), "none") << path;
}

TEST(ContainerPath, TheOutermostContainerBelowTheTracersOwnCgroup) {
  const std::string outer = "/docker/" + std::string(64, 'a');
  const std::string inner = "/docker/" + std::string(kId);
  EXPECT_EQ(cgroup(outer + inner), "docker:" + std::string(64, 'a'));
  EXPECT_EQ(cgroup(outer + inner, outer), "docker:" + std::string(kId));
  EXPECT_EQ(cgroup(outer, outer), "none");
  EXPECT_EQ(cgroup(inner, "/"), "docker:" + std::string(kId));
  EXPECT_EQ(cgroup(inner + "x", inner), "none");
}

TEST(ContainerPath, DirectoriesOfEngines) {
  const auto of = [](const std::string& path) {
    const auto mention = container_of_path(path);
    return mention ? std::string(mention->engine) + ":" + std::string(mention->id) : "none";
  };
  const std::string id(kId);
  EXPECT_EQ(of("/var/lib/docker/containers/" + id + "/mounts/shm"), "docker:" + id);
  EXPECT_EQ(of("/x/storage/overlay-containers/" + id + "/userdata"), "podman:" + id);
  EXPECT_EQ(of(kTask + kId + "/rootfs"), "docker:" + id);
  EXPECT_EQ(of("/run/containerd/io.containerd.runtime.v2.task/default/web"), "containerd:web");
  EXPECT_EQ(of("/run/docker/runtime-runc/moby/" + id), "docker:" + id);
  EXPECT_EQ(of("/var/lib/docker/overlay2/" + id + "/merged"), "none");
  EXPECT_EQ(of("/srv/containers/web"), "none");
  EXPECT_EQ(of("containers/" + id), "none");
}

TEST(ContainerPath, MonitorsOfLxcListenByName) {
  const auto mention = container_of_path("@/var/lib/lxc/web/command");
  ASSERT_TRUE(mention);
  EXPECT_EQ(mention->engine, "lxc");
  EXPECT_EQ(mention->id, "web");
  EXPECT_FALSE(container_of_path("@/tmp/.X11-unix/X0"));
  EXPECT_FALSE(container_of_path("@/var/lib/lxc/../command"));
}

TEST(EngineMessage, RequestsOfTheDockerApi) {
  const auto create =
      engine_request("POST /v1.41/containers/create?platform=&name=web HTTP/1.1\r\n");
  ASSERT_TRUE(create);
  EXPECT_EQ(create->subject, EngineRequest::Subject::create);
  EXPECT_EQ(create->container.id, "web");
  const auto start = engine_request("POST /containers/web/start HTTP/1.1\r\nHost: x\r\n");
  EXPECT_EQ(start->subject, EngineRequest::Subject::container);
  EXPECT_EQ(start->container.id, "web");
  EXPECT_TRUE(start->changes);
  EXPECT_FALSE(engine_request("GET /v1.41/containers/web/json HTTP/1.1")->changes);
  EXPECT_EQ(engine_request("POST /v1.41/exec/" + kId + "/start HTTP/1.1")->exec_id, kId);
  const auto libpod = engine_request("DELETE /v4.3.1/libpod/containers/web?force=true HTTP/1.1");
  EXPECT_EQ(libpod->container.engine, "podman");
  EXPECT_EQ(libpod->container.id, "web");
}

TEST(EngineMessage, WhatIsAboutNoContainer) {
  for (const char* text : {"HEAD /_ping HTTP/1.1\r\n", "GET /v1.41/containers/json?all=1 HTTP/1.1",
                           "GET /v1.41/events HTTP/1.1", "GET / HTTP/1.1", "GET /v1.41 HTTP/1.1",
                           "GET /a/b/c/d/e/f/g HTTP/1.1"}) {
    const auto request = engine_request(text);
    ASSERT_TRUE(request) << text;
    EXPECT_EQ(request->subject, EngineRequest::Subject::other) << text;
    EXPECT_EQ(request->container.id, "") << text;
  }
  for (const char* text :
       {"", "GET", "GET ", "PRI * HTTP/2.0", "\r\n\r\n", "GET http://x/ HTTP/1.1"})
    EXPECT_FALSE(engine_request(text)) << text;
  EXPECT_EQ(engine_request("POST /containers/..%2f/start HTTP/1.1")->container.id, "");
  EXPECT_EQ(engine_request("POST /containers/create?name=%2e&x=1 HTTP/1.1")->container.id, "");
}

TEST(EngineMessage, AnswersWithAnId) {
  const std::string head = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n";
  const std::string create = head + R"({"Id":")" + std::string(kId) + R"(","Warnings":[]})";
  const auto created = engine_response(create);
  ASSERT_TRUE(created);
  EXPECT_EQ(created->status, 201U);
  EXPECT_EQ(created->id, kId);
  EXPECT_TRUE(created->created_container);
  const std::string make_exec = head + R"({"Id":")" + std::string(kId) + R"("})";
  const auto exec = engine_response(make_exec);
  EXPECT_EQ(exec->id, kId);
  EXPECT_FALSE(exec->created_container);
}

TEST(EngineMessage, AnswersThatLie) {
  for (const std::string& text :
       {std::string("HTTP/1.1 2"), std::string("HTTP/1.1"), std::string("HTTP/2 200"),
        std::string("HTTP/1.1 2x0 OK\r\n\r\n"), std::string()})
    EXPECT_FALSE(engine_response(text)) << text;
  const std::string head = "HTTP/1.1 201 Created\r\n\r\n";
  EXPECT_EQ(engine_response(head + R"({"Id":"../../etc/passwd"})")->id, "");
  EXPECT_EQ(engine_response(head + R"({"Id":")" + kId)->id, "") << "cut before its end";
  EXPECT_EQ(engine_response(head + R"({"Id":")" + kId.substr(1))->id, "");
}

RecordBuilder<ev_process_exec> exec(const Words& words) {
  RecordBuilder<ev_process_exec> record;
  record.string(&ev_process_exec::argv, joined(words));
  return record;
}

TEST(ContainerHints, CommandLineWithItsDirectories) {
  const auto hints = container_hints(
      exec({"runc", "--root", "/run/r", "create", "--bundle", "/run/b", kId}).record());
  ASSERT_EQ(hints.size(), 1U);
  EXPECT_EQ(hints[0].id, kId);
  EXPECT_EQ(hints[0].directories, (std::vector<std::string>{"/run/b", "/run/r"}));
  EXPECT_TRUE(container_hints(exec({"runc", "init"}).record()).empty());
  auto refused = exec({"runc", "start", kId});
  refused->header.result = -ENOENT;
  EXPECT_TRUE(container_hints(refused.record()).empty());
}

TEST(ContainerHints, CgroupWithTheProcessInIt) {
  RecordBuilder<ev_cgroup_attach> attach;
  attach->target_pid = 77;
  attach.string(&ev_cgroup_attach::path, "/docker/" + std::string(kId));
  const auto hints = container_hints(attach.record());
  ASSERT_EQ(hints.size(), 1U);
  EXPECT_EQ(hints[0].engine, "docker");
  EXPECT_EQ(hints[0].id, kId);
  EXPECT_EQ(hints[0].pid, 77U);
}

TEST(ContainerHints, RequestsKnowTheirSocket) {
  ContainerHints hints;
  RecordBuilder<ev_network_connect> connect;
  connect->socket = 5;
  EXPECT_TRUE(hints(connect.string(&ev_network_connect::path, "/tmp/d.sock").record()).empty());
  RecordBuilder<ev_network_request> request;
  request->socket = 5;
  const auto asked =
      hints(request.string(&ev_network_request::text, "POST /containers/web/start HTTP/1.1\r\n")
                .record());
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].id, "web");
  EXPECT_EQ(asked[0].socket, "/tmp/d.sock");
  RecordBuilder<ev_network_response> response;
  response->socket = 6;
  const auto told = hints(response
                              .string(&ev_network_response::text, R"(HTTP/1.1 201 Created)"
                                                                  "\r\n\r\n"
                                                                  R"({"Id":")" +
                                                                      kId + R"(","Warnings":null})")
                              .record());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].id, kId);
  EXPECT_EQ(told[0].socket, "");
}

TEST(ContainerHints, OneForEachContainerOfARecord) {
  RecordBuilder<ev_mount_mount> mount;
  const std::string directory = "/var/lib/docker/containers/" + std::string(kId);
  mount.string(&ev_mount_mount::source, directory + "/hosts")
      .string(&ev_mount_mount::target, directory + "/mounts/x");
  EXPECT_EQ(container_hints(mount.record()).size(), 1U);
}

} // namespace
} // namespace vitrine::world
