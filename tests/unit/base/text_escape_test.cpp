// SPDX-License-Identifier: Apache-2.0
#include "userspace/base/text_escape.h"

#include <gtest/gtest.h>

#include <clocale>

namespace vitrine {
namespace {

TEST(EscapeText, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(escape_text("/var/lib/größe 容器"), "/var/lib/größe 容器");
}

TEST(EscapeText, NeutralisesTerminalControls) {
  EXPECT_EQ(escape_text("a\x1b[31mb\r\n\t\x7f"), "a\\e[31mb\\r\\n\\t\\x7f");
  EXPECT_EQ(escape_text("\xc2\x9b"), "\\u{9b}");       // C1 CSI
  EXPECT_EQ(escape_text("\xe2\x80\xae"), "\\u{202e}"); // right-to-left override
}

TEST(EscapeText, KeepsBytesThatAreNotUtf8) {
  EXPECT_EQ(escape_text("\xff\xc0\xaf\xed\xa0\x80"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
  EXPECT_EQ(escape_text("cut\xe2\x82"), "cut\\xe2\\x82");
}

TEST(EscapeText, BackslashIsDoubledSoThatEscapesAreUnambiguous) {
  EXPECT_EQ(escape_text("\\n"), "\\\\n");
}

TEST(EscapeText, NulInsideIsShown) { EXPECT_EQ(escape_text(std::string_view("a\0b", 3)), "a\\x00b"); }

TEST(TextForJson, ValidTextIsItself) {
  const JsonText json = text_for_json("back\\slash é");
  EXPECT_EQ(json.text, "back\\slash é");
  EXPECT_FALSE(json.escaped);
}

TEST(TextForJson, InvalidTextLosesNoByte) {
  const JsonText json = text_for_json("a\\\xff");
  EXPECT_EQ(json.text, "a\\\\\\xff");
  EXPECT_TRUE(json.escaped);
}

TEST(DisplayWidth, CountsWideCharactersTwice) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  EXPECT_EQ(display_width("ab容"), 4U);
  EXPECT_EQ(fit_width("ab容c", 3), "ab");
  EXPECT_EQ(fit_width("ab容c", 4), "ab容");
}

} // namespace
} // namespace vitrine
