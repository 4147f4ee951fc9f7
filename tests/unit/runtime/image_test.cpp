// SPDX-License-Identifier: Apache-2.0
#include "runtime/image/image.h"

#include "runtime/image/sha256.h"

#include <gtest/gtest.h>

#include <string_view>

namespace vitrine::image {
namespace {

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.add(std::as_bytes(std::span(text)));
  return hash.finish();
}

TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, DoesNotCareHowTheBytesCome) {
  const std::string text(1000, 'x');
  Sha256 hash;
  for (std::size_t at = 0, size = 1; at < text.size(); at += size, size = size % 97 + 1)
    hash.add(std::as_bytes(std::span(text).subspan(at, std::min(size, text.size() - at))));
  EXPECT_EQ(hash.finish(), sha256(text));
}

TEST(ParseImage, ReadsWhatRunningNeeds) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto image = parse_image(R"({"config": {"Cmd": ["sh"], "Env": ["A=1"], "User": "guest"},
                                     "rootfs": {"diff_ids": [")" +
                                 digest + R"("]}})");
  ASSERT_TRUE(image.has_value()) << image.error().message();
  EXPECT_EQ(image->layers, std::vector<std::string>{digest});
  EXPECT_EQ(image->command, std::vector<std::string>{"sh"});
  EXPECT_EQ(image->user, "guest");
}

TEST(ParseImage, ADigestIsNoPath) {
  EXPECT_FALSE(parse_image(R"({"rootfs": {"diff_ids": ["sha256:../../etc"]}})").has_value());
  EXPECT_FALSE(parse_image(R"({"rootfs": {"diff_ids": []}})").has_value());
  EXPECT_FALSE(parse_image("[]").has_value());
  EXPECT_FALSE(parse_image(R"({"config": 1, "rootfs": {"diff_ids": [1]}})").has_value());
}

} // namespace
} // namespace vitrine::image
