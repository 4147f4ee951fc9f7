// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/containerd_api.h"

#include <gtest/gtest.h>

namespace vitrine::engines {
namespace {

/// A field with bytes: its tag, its length in one byte, what it holds.
std::string field(char number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

std::string label(const std::string& key, const std::string& value) {
  return field(2, field(1, key) + field(2, value));
}

std::string framed(const std::string& message) {
  return std::string{0, 0, 0, 0, static_cast<char>(message.size())} + message;
}

TEST(ContainerdApi, AsksByIdInOneFrame) {
  EXPECT_EQ(containerd_question("web"), framed(field(1, "web")));
  const std::string longest(255, 'x');
  const std::string question = containerd_question(longest);
  EXPECT_EQ(question.size(), 5 + 3 + longest.size());
  EXPECT_EQ(question.substr(3, 5), std::string("\x01\x02\x0a\xff\x01"));
}

TEST(ContainerdApi, TellsImageAndName) {
  const auto note =
      parse_containerd_answer(framed(field(1, field(1, "web") + field(3, "box:1"))), "web");
  ASSERT_TRUE(note) << note.error().message();
  EXPECT_EQ(note->engine, "containerd");
  EXPECT_EQ(note->id, "web");
  EXPECT_EQ(note->name, "web");
  EXPECT_EQ(note->image, "box:1");
}

TEST(ContainerdApi, LabelsTellOtherNames) {
  const auto name_with = [](const std::string& labels) {
    const auto note = parse_containerd_answer(framed(field(1, field(1, "a1") + labels)), "a1");
    return note ? note->name : note.error().message();
  };
  EXPECT_EQ(name_with(label("nerdctl/name", "shop")), "shop");
  EXPECT_EQ(name_with(label("io.kubernetes.pod.namespace", "n") +
                      label("io.kubernetes.container.name", "c") +
                      label("io.kubernetes.pod.name", "p")),
            "n/p/c");
}

TEST(ContainerdApi, FieldsThatItDoesNotKnowArePassedOver) {
  const std::string number = std::string("\x40\xac\x02", 3); // field 8, a number of two bytes
  const auto note = parse_containerd_answer(
      framed(field(1, number + field(1, "web") + field(5, "spec") + field(3, "box:1"))), "web");
  ASSERT_TRUE(note) << note.error().message();
  EXPECT_EQ(note->image, "box:1");
}

TEST(ContainerdApi, WhatIsBrokenOrOfAnotherIsRefused) {
  const std::string whole = framed(field(1, field(1, "web") + field(3, "box:1")));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_containerd_answer(whole.substr(0, length), "web")) << length;
  EXPECT_FALSE(parse_containerd_answer(whole, "other"));
  EXPECT_FALSE(parse_containerd_answer(framed(field(1, field(1, "../x"))), "../x"));
  EXPECT_FALSE(parse_containerd_answer(std::string("\x01", 1) + whole.substr(1), "web"));
}

TEST(ContainerdApi, TheShimTellsWhereToAsk) {
  Host host;
  EngineProcess shim;
  shim.comm = "containerd-shim";
  shim.argv = {
      "/usr/bin/containerd-shim-runc-v2", "-namespace", "default", "-id", "web", "-address",
      "/run/containerd/containerd.sock"};
  host.processes = {shim};
  const auto place = containerd_of(host, "web");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->socket, "/run/containerd/containerd.sock");
  EXPECT_EQ(place->space, "default");
  EXPECT_FALSE(containerd_of(host, "other"));
}

} // namespace
} // namespace vitrine::engines
