// SPDX-License-Identifier: Apache-2.0
// What commands show of the sample host, as files: at 80 columns and wide, in UTF-8 and ASCII.
#include "tests/golden.h"
#include "tests/unit/objects/sample_host.h"
#include "userspace/pages/list.h"
#include "userspace/pages/target.h"

#include <gtest/gtest.h>

#include <clocale>

namespace vitrine::pages {
namespace {

using query::Table;

constexpr output::TextStyle kTerminal{.unicode = true, .colour = false, .width = 80};
constexpr output::TextStyle kAsciiTerminal{.unicode = false, .colour = false, .width = 80};
constexpr output::TextStyle kWide{.unicode = true, .colour = false, .width = 200};
constexpr output::TextStyle kColour{.unicode = true, .colour = true, .width = 80};

class Pages : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr); }

  [[nodiscard]] std::string list(Table table, const output::TextStyle& style,
                                 const ListLayout& layout = {}) const {
    const query::ObjectType& type = query::object_type(table);
    query::Query asked;
    asked.shown = *pick_columns(type.columns, layout.tree ? type.in_tree : type.usual, "");
    return list_text(type, asked, lookup_, select(type, lookup_, asked), layout, style);
  }

  [[nodiscard]] std::string lists(const output::TextStyle& style, const ListLayout& layout) const {
    std::string text;
    for (const Table table : query::kTables)
      text +=
          std::string(query::object_type(table).name) + "\n" + list(table, style, layout) + "\n";
    return text;
  }

  [[nodiscard]] std::string page(std::string_view word, const output::TextStyle& style) const {
    const auto target = find_target(lookup_, word);
    if (!target) return target.error().what + "; " + target.error().hint;
    return page_text(page_of(*target, lookup_), style);
  }

  objects::Snapshot host_ = objects::sample_host();
  query::Lookup lookup_{host_};
};

void expect_harmless(const std::string& text) {
  for (const char c : text)
    ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << "control character";
  EXPECT_EQ(text.find(" \n"), std::string::npos) << "trailing blanks";
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
}

TEST_F(Pages, ListsAtEightyColumns) {
  const std::string text = lists(kTerminal, {});
  expect_harmless(text);
  expect_golden("tests/data/objects/lists_80.txt", text);
}

TEST_F(Pages, ListsWide) {
  expect_golden("tests/data/objects/lists_wide.txt", lists(kWide, {}));
}

TEST_F(Pages, ListsInAscii) {
  const std::string text = lists(kAsciiTerminal, {.tree = true});
  for (const char c : text)
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  expect_golden("tests/data/objects/trees_ascii.txt", text);
}

TEST_F(Pages, Trees) {
  expect_golden("tests/data/objects/trees_80.txt", lists(kTerminal, {.tree = true}));
}

TEST_F(Pages, PipedListsAreNeverCut) {
  const std::string text = list(Table::processes, {.unicode = true}, {});
  expect_harmless(text);
  EXPECT_NE(text.find(objects::long_name()), std::string::npos);
}

TEST_F(Pages, Containers) {
  std::string text;
  for (const char* name : {"web", "ci-runner", "db", "unshare/3000:9000", "docker/e"})
    text += page(name, kTerminal) + "\n";
  expect_harmless(text);
  expect_golden("tests/data/objects/container_pages.txt", text);
}

TEST_F(Pages, AContainerInColourAndAscii) {
  expect_golden("tests/data/objects/container_page_colour.txt", page("db", kColour));
  const std::string ascii = page("ci", kAsciiTerminal);
  for (const char c : ascii)
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
}

TEST_F(Pages, OtherObjects) {
  std::string text;
  for (const char* name : {"1201", "3001", "net:[4026532601]", "user:[4026532400]",
                           "/ev\x1b[1m\nil", "8:1:2001", "/var/lib/docker/overlay2/l1/diff"})
    text += page(name, kTerminal) + "\n";
  expect_harmless(text);
  expect_golden("tests/data/objects/other_pages.txt", text);
  expect_harmless(page("3000", {.unicode = true}));
}

TEST_F(Pages, TargetsAreFoundByAllTheirNames) {
  EXPECT_TRUE(page("aaaa", kTerminal).starts_with("container web\n"));
  EXPECT_TRUE(page("docker/aaa", kTerminal).starts_with("container web\n"));
  EXPECT_TRUE(page("1200:3600", kTerminal).starts_with("process 1200\n"));
  EXPECT_TRUE(page("4026532601", kTerminal).starts_with("net namespace net:[4026532601]\n"));
  EXPECT_TRUE(page("sha256:0d31", kTerminal).starts_with("layer 8:1:1001\n"));
}

TEST_F(Pages, UnknownAndAmbiguousTargetsAreExplained) {
  EXPECT_EQ(
      page("wbe", kTerminal),
      "no process, container, namespace, cgroup or layer is called \"wbe\"; did you mean db or web?");
  EXPECT_EQ(page("ci-runer", kTerminal), "no process, container, namespace, cgroup or layer is "
                                         "called \"ci-runer\"; did you mean ci-runner?");
  EXPECT_EQ(page("\x1b[2J", kTerminal).find('\x1b'), std::string::npos);
  const std::string several = page("d", kTerminal);
  EXPECT_NE(several.find("\"d\" may be one of several:\n  container web (docker/aaaa"),
            std::string::npos);
  EXPECT_EQ(several.find('\x1b'), std::string::npos);
  EXPECT_FALSE(find_target(lookup_, ""));
}

TEST_F(Pages, TheContainerOfAProcessIsMeant) {
  EXPECT_EQ(container_of_target(lookup_, "1201")->engine, "docker");
  EXPECT_FALSE(container_of_target(lookup_, "800"));
}

TEST_F(Pages, JsonHasWhatBelongsToTheTarget) {
  const objects::Snapshot web = related(*find_target(lookup_, "web"), lookup_);
  EXPECT_EQ(web.processes->size(), 2U);
  EXPECT_EQ(web.containers->size(), 1U);
  EXPECT_EQ(web.mounts->size(), 5U);
  EXPECT_EQ(web.layers->size(), 3U);
  EXPECT_EQ(web.cgroups->size(), 2U);
  const objects::Snapshot blue = related(*find_target(lookup_, "net:[4026532601]"), lookup_);
  EXPECT_EQ(blue.networks->size(), 1U);
  EXPECT_EQ(blue.mounts->size(), 1U);
}

TEST_F(Pages, ColumnsAreExplained) {
  EXPECT_NE(columns_text(query::object_type(Table::cgroups), kTerminal).find("memory_bytes"),
            std::string::npos);
}

} // namespace
} // namespace vitrine::pages
