// SPDX-License-Identifier: Apache-2.0
#include "userspace/objects/snapshot_json.h"

#include "userspace/objects/json.h"

#include <gtest/gtest.h>

namespace vitrine::objects {
namespace {

Snapshot sample() {
  Snapshot snapshot;
  snapshot.generated_at = "2026-01-02T03:04:05.000000006Z";
  snapshot.host = {"box", "6.18.0", "boot", "x86_64", "hybrid"};
  Process process;
  process.id = {42, 4711};
  process.comm = "na\xff\\me";
  process.namespaces.mnt = 4026531841;
  process.credentials.emplace().bounding.bits = 0x1ffffffffff;
  process.seccomp = SeccompMode::filter;
  process.command = {"sh", "-c", "true"};
  process.cgroups = {{0, "/a"}, {4, "/b"}};
  process.namespace_files = {{7, {NamespaceKind::net, 4026532000}, true, false}};
  snapshot.processes = {process};
  Namespace space;
  space.id = {NamespaceKind::net, 4026532000};
  space.unique_id = {1ULL << 60};
  Holder& holder = space.kept_alive_by.emplace_back();
  holder.kind = HolderKind::socket;
  holder.process = process.id;
  holder.fd = 7;
  holder.release = "kill 42";
  space.containers = {{"docker", "abc"}};
  snapshot.namespaces = {space};
  Cgroup cgroup;
  cgroup.id = {0, 99};
  cgroup.state.memory_max_bytes = Limit{};
  cgroup.state.pids_max = Limit{17};
  cgroup.state.cpu_pressure.emplace().some_10 = 0.25;
  snapshot.cgroups = {cgroup};
  Mount mount;
  mount.id = {4026531841, 29};
  OverlayDirectories& overlay = mount.overlay.emplace();
  overlay.lower = {"/l:1"};
  overlay.upper = "/u";
  overlay.upper_layer = LayerId{8, 1, 3};
  snapshot.mounts = {mount};
  snapshot.errors = {{"/proc/PID/fd", "EACCES", 3}};
  return snapshot;
}

TEST(SnapshotJson, GivesBackWhatWasWritten) {
  const auto read = read_snapshot(snapshot_json(sample()).dump());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, sample());
}

TEST(SnapshotJson, LeavesOutTablesThatWereNotAskedFor) {
  const Json json = snapshot_json(sample());
  EXPECT_TRUE(json.contains("mounts"));
  EXPECT_FALSE(json.contains("layers"));
  EXPECT_TRUE(json["mounts"][0]["peer_group"].is_null());
}

TEST(SnapshotJson, NamesTheStringsThatAreEscaped) {
  const Json process = snapshot_json(sample())["processes"][0];
  EXPECT_EQ(process["comm"], "na\\xff\\\\me");
  EXPECT_EQ(process["escaped"], Json::array({"comm"}));
}

TEST(SnapshotJson, WritesIdentitiesAsTheyAreKnown) {
  const Json json = snapshot_json(sample());
  EXPECT_EQ(json["processes"][0]["id"], "42:4711");
  EXPECT_EQ(json["namespaces"][0]["id"], "net:[4026532000]");
  EXPECT_EQ(json["namespaces"][0]["unique_id"], "1152921504606846976");
  EXPECT_EQ(json["cgroups"][0]["state"]["memory_max_bytes"], "max");
}

std::string error_of(const Json& document) {
  const auto read = read_snapshot(document.dump());
  return read ? "" : read.error().message();
}

TEST(SnapshotJson, SaysWhereADocumentIsBroken) {
  EXPECT_NE(error_of(Json::array()).find("no snapshot"), std::string::npos);
  Json json = snapshot_json(sample());
  json["processes"][0]["cgroups"][1]["hierarchy"] = "four";
  EXPECT_NE(error_of(json).find("processes[0].cgroups[1].hierarchy is not a whole number"),
            std::string::npos);
  json = snapshot_json(sample());
  json["mounts"][0].erase("root");
  EXPECT_NE(error_of(json).find("mounts[0].root is missing"), std::string::npos);
  json = snapshot_json(sample());
  json["schema_version"] = "2.0";
  EXPECT_NE(error_of(json).find("version"), std::string::npos);
  EXPECT_FALSE(read_snapshot("{\"schema\":\"vitrine.sn"));
}

TEST(SnapshotJson, TakesMembersThatANewerVersionAdded) {
  Json json = snapshot_json(sample());
  json["schema_version"] = "1.7";
  json["mounts"][0]["novelty"] = 1;
  EXPECT_EQ(error_of(json), "");
}

TEST(SnapshotJson, DescribesEveryMember) {
  const Json schema = snapshot_schema();
  EXPECT_TRUE(schema["$defs"].contains("holder"));
  EXPECT_EQ(schema["properties"]["processes"]["items"]["$ref"], "#/$defs/process");
  EXPECT_EQ(schema["$defs"]["process"]["properties"].size(),
            std::tuple_size_v<decltype(Description<Process>::fields)> + 1); // "escaped"
}

} // namespace
} // namespace vitrine::objects
