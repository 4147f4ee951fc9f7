// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/config.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sched.h>

namespace vitrine::oci {
namespace {

using nlohmann::json;

json smallest() {
  return json::parse(R"({
    "ociVersion": "1.0.2",
    "process": {"args": ["true"], "cwd": "/"},
    "root": {"path": "rootfs"},
    "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]}
  })");
}

std::string error_of(const json& config) {
  const auto parsed = parse_config(config.dump());
  return parsed ? "no error" : parsed.error().message();
}

TEST(ParseConfig, SmallestIsEnough) {
  const auto config = parse_config(smallest().dump());
  ASSERT_TRUE(config.has_value()) << config.error().message();
  EXPECT_EQ(config->linux_settings.namespaces, std::uint64_t{CLONE_NEWNS | CLONE_NEWPID});
  EXPECT_EQ(config->process.args, std::vector<std::string>{"true"});
  EXPECT_EQ(config->process.user.umask, 022U);
}

TEST(ParseConfig, NamesTheFieldOfTheWrongType) {
  json config = smallest();
  config["linux"]["resources"]["memory"]["limit"] = "64m";
  EXPECT_EQ(error_of(config), "config.json: linux.resources.memory.limit must be a whole number");
}

TEST(ParseConfig, NamesTheElementOfAnArray) {
  json config = smallest();
  config["mounts"] = json::array({{{"destination", "proc"}}});
  EXPECT_EQ(error_of(config),
            "config.json: mounts[0].destination must be an absolute path in the container");
}

TEST(ParseConfig, RefusesWhatItCannotHonour) {
  json config = smallest();
  config["linux"]["seccomp"] = {{"defaultAction", "SCMP_ACT_ALLOW"}};
  EXPECT_EQ(error_of(config), "config.json: linux.seccomp is not supported by this runtime");
  config = smallest();
  config["hooks"]["prestart"] = json::array({{{"path", "/bin/true"}}});
  EXPECT_EQ(error_of(config), "config.json: hooks.prestart is not supported by this runtime");
  config = smallest();
  config["linux"]["namespaces"].push_back({{"type", "network"}, {"path", "/run/netns/x"}});
  EXPECT_EQ(error_of(config),
            "config.json: linux.namespaces[2].path is not supported by this runtime");
}

TEST(ParseConfig, IgnoresWhatTheSpecificationDoesNotKnow) {
  json config = smallest();
  config["novelty"] = {{"a", 1}};
  config["linux"]["seccomp"] = nullptr;
  EXPECT_EQ(error_of(config), "no error");
}

TEST(ParseConfig, RefusesParentDirectories) {
  json config = smallest();
  config["process"]["cwd"] = "/a/../../b";
  EXPECT_EQ(error_of(config), "config.json: process.cwd must not contain \"..\"");
  config = smallest();
  config["linux"]["cgroupsPath"] = "/..";
  EXPECT_EQ(error_of(config), "config.json: linux.cgroupsPath must not contain \"..\"");
}

TEST(ParseConfig, NumbersMustFit) {
  json config = smallest();
  config["process"]["user"]["uid"] = 4294967296;
  EXPECT_EQ(error_of(config), "config.json: process.user.uid is out of range");
  config["process"]["user"]["uid"] = -1;
  EXPECT_EQ(error_of(config), "config.json: process.user.uid is out of range");
}

TEST(ParseConfig, AUserNamespaceNeedsItsMaps) {
  json config = smallest();
  config["linux"]["namespaces"].push_back({{"type", "user"}});
  EXPECT_EQ(error_of(config),
            "config.json: linux.uidMappings and linux.gidMappings are needed by a "
            "user namespace");
}

TEST(ParseConfig, WithoutMountNamespaceMountsWouldBeTheHosts) {
  json config = smallest();
  config["linux"]["namespaces"] = json::array({{{"type", "pid"}}});
  EXPECT_NE(error_of(config).find("linux.namespaces must have \"mount\""), std::string::npos);
}

TEST(ParseConfig, HoldsNoNulInAString) {
  json config = smallest();
  config["process"]["args"] = {std::string("a\0b", 3)};
  EXPECT_EQ(error_of(config), "config.json: process.args holds a NUL character");
}

TEST(ParseConfig, ReadsCapabilitiesByName) {
  json config = smallest();
  config["process"]["capabilities"]["bounding"] = {"CAP_CHOWN", "CAP_MKNOD"};
  const auto parsed = parse_config(config.dump());
  ASSERT_TRUE(parsed.has_value());
  ASSERT_TRUE(parsed->process.capabilities.has_value());
  EXPECT_EQ(parsed->process.capabilities->bounding, 1U | 1U << 27);
  EXPECT_EQ(parsed->process.capabilities->inheritable, 0U);
  config["process"]["capabilities"]["bounding"] = {"CHOWN"};
  EXPECT_EQ(error_of(config),
            "config.json: process.capabilities.bounding names no capability: \"CHOWN\"");
}

TEST(ParseConfig, BrokenJsonIsAnError) {
  EXPECT_FALSE(parse_config("{").has_value());
  EXPECT_FALSE(parse_config("[]").has_value());
  EXPECT_FALSE(parse_config("").has_value());
}

} // namespace
} // namespace vitrine::oci
