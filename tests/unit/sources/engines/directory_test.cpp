// SPDX-License-Identifier: Apache-2.0
#include "userspace/sources/engines/directory.h"

#include "tests/unit/sources/engines/host_tree.h"
#include "userspace/sources/engines/json.h"

#include <gtest/gtest.h>

namespace vitrine::engines {
namespace {

TEST(PlainName, IsANameAndNoPath) {
  for (const char* name : {"web", "web-1_a+b.c", "0d31", "_x"})
    EXPECT_TRUE(is_plain_name(name)) << name;
  for (const char* wrong : {"", ".", "..", ".hidden", "-x", "a/b", "../evil", "a b", "a\n", "a?b"})
    EXPECT_FALSE(is_plain_name(wrong)) << wrong;
  EXPECT_FALSE(is_plain_name(std::string(256, 'a')));
}

TEST(EngineDirectory, ReadsNothingOutsideOfItself) {
  const HostTree tree;
  tree.write("/secret", "secret");
  tree.write("/engine/file", "mine");
  tree.link("../secret", "/engine/up");
  tree.link("/secret", "/engine/absolute");
  tree.link("/file", "/engine/inside");
  const auto engine = Directory::open(tree.descriptor(), "/engine");
  ASSERT_TRUE(engine.has_value());
  EXPECT_EQ(engine->read("file").value(), "mine");
  EXPECT_EQ(engine->read("inside").value(), "mine");
  for (const char* name : {"up", "absolute", "../secret"})
    EXPECT_FALSE(engine->read(name).has_value()) << name;
}

TEST(EngineDirectory, WaitsForNothingAndReadsNoDevice) {
  const HostTree tree;
  tree.make_fifo("/engine/fifo");
  tree.write("/engine/directory/file", "");
  const auto engine = Directory::open(tree.descriptor(), "/engine");
  ASSERT_TRUE(engine.has_value());
  for (const char* name : {"fifo", "directory"})
    EXPECT_FALSE(engine->read(name).has_value()) << name;
}

TEST(EngineDirectory, ATooLargeFileIsAnErrorAndNotCut) {
  const HostTree tree;
  tree.write("/engine/large", std::string(kFileLimit + 1, 'x'));
  tree.write("/engine/full", std::string(kFileLimit, 'x'));
  const auto engine = Directory::open(tree.descriptor(), "/engine");
  EXPECT_FALSE(engine->read("large").has_value());
  EXPECT_EQ(engine->read("full").value().size(), kFileLimit);
}

TEST(EngineDirectory, ListsPlainNamesOnly) {
  const HostTree tree;
  for (const char* name : {"/engine/b", "/engine/a", "/engine/.lock", "/engine/a b"})
    tree.write(name, "");
  const auto engine = Directory::open(tree.descriptor(), "/engine");
  EXPECT_EQ(engine->names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(engine->names_for("a"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(engine->names_for("else").size(), 2U);
  EXPECT_TRUE(engine->names_for(std::string(64, 'a')).empty());
}

TEST(EngineJson, FieldsOfTheWrongTypeAreUnknown) {
  const json document = parse_json(R"({"a": {"text": 1, "number": "1", "list": []},
                                       "negative": -1, "nul": "a\u0000b"})")
                            .value();
  EXPECT_EQ(text_at(document, {"a", "text"}), "");
  EXPECT_EQ(text_at(document, {"a", "list", "more"}), "");
  EXPECT_EQ(text_at(document, {"nul"}), "");
  EXPECT_EQ(number_at(document, {"a", "number"}), 0U);
  EXPECT_EQ(number_at(document, {"negative"}), 0U);
  EXPECT_EQ(text_at(json::array(), {"a"}), "");
}

TEST(EngineJson, DeepNestingAndHalfADocumentAreErrors) {
  EXPECT_FALSE(parse_json(std::string(100'000, '[')).has_value());
  EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')).has_value());
  EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']')).has_value());
  EXPECT_TRUE(parse_json("\"" + std::string(100, '[') + "\\\"\"").has_value());
  EXPECT_FALSE(parse_json(R"({"a": )").has_value());
  EXPECT_FALSE(parse_json("\"\xff\"").has_value());
}

} // namespace
} // namespace vitrine::engines
