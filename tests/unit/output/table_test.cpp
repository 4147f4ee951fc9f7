// SPDX-License-Identifier: Apache-2.0
#include "userspace/output/table.h"

#include <gtest/gtest.h>

#include <clocale>

namespace vitrine::output {
namespace {

Table sample() {
  Table table;
  table.columns = {{"NAME"}, {"SIZE", true}, {"TEXT"}};
  table.rows = {{{"a", Ink::plain, {}}, {"12", Ink::plain, {}}, {"some text that is long", {}, {}}},
                {{"漢字", Ink::plain, {}}, {"3", Ink::dim, {}}, {"", Ink::plain, {}}}};
  return table;
}

TEST(TableText, AlignsWithoutTrailingBlanks) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  EXPECT_EQ(table_text(sample(), {.unicode = true}), "NAME  SIZE  TEXT\n"
                                                     "a       12  some text that is long\n"
                                                     "漢字     3\n");
}

TEST(TableText, CutsTextOnATerminalOnly) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  EXPECT_EQ(table_text(sample(), {.unicode = true, .width = 26}), "NAME  SIZE  TEXT\n"
                                                                  "a       12  some text tha…\n"
                                                                  "漢字     3\n");
  EXPECT_EQ(table_text(sample(), {.unicode = true, .width = 5}), "NAME  SIZE  TEXT\n"
                                                                 "a       12  some text t…\n"
                                                                 "漢字     3\n")
      << "a column keeps something";
}

TEST(TableText, HasNoByteThatTheTerminalCannotShow) {
  const std::string text = table_text(sample(), {});
  EXPECT_NE(text.find("\\xe6\\xbc\\xa2"), std::string::npos);
}

TEST(TableText, PaintsTextAndNotItsPadding) {
  const std::string text = table_text(sample(), {.unicode = true, .colour = true});
  EXPECT_NE(text.find("\x1b[1mNAME\x1b[0m  "), std::string::npos);
  EXPECT_NE(text.find("   \x1b[2m3\x1b[0m\n"), std::string::npos);
}

TEST(TableText, MayHaveNoHeadings) {
  Table table = sample();
  table.headings = false;
  EXPECT_EQ(table_text(table, {.unicode = true}).substr(0, 6), "a   12");
}

TEST(BranchText, DrawsLinesAsTheLocaleAllows) {
  EXPECT_EQ(branch_text({}, {.unicode = true}), "");
  EXPECT_EQ(branch_text({true, false, true}, {.unicode = true}), "│     ├─ ");
  EXPECT_EQ(branch_text({true, false}, {}), "|  `- ");
}

} // namespace
} // namespace vitrine::output
