// SPDX-License-Identifier: Apache-2.0
#include "userspace/query/value.h"

#include <gtest/gtest.h>

namespace vitrine::query {
namespace {

TEST(ValueText, IsShortForPeople) {
  EXPECT_EQ(value_text(Kind::bytes, std::uint64_t{0}), "0");
  EXPECT_EQ(value_text(Kind::bytes, std::uint64_t{1023}), "1023");
  EXPECT_EQ(value_text(Kind::bytes, std::uint64_t{1536}), "1.5K");
  EXPECT_EQ(value_text(Kind::bytes, std::uint64_t{64} << 20), "64M");
  EXPECT_EQ(value_text(Kind::bytes, ~std::uint64_t{0}), "16384P");
  EXPECT_EQ(value_text(Kind::microseconds, std::uint64_t{12}), "12us");
  EXPECT_EQ(value_text(Kind::microseconds, std::uint64_t{1'530'000}), "1.5s");
  EXPECT_EQ(value_text(Kind::number, 0.5), "0.50");
  EXPECT_EQ(value_text(Kind::number, ~std::uint64_t{0}), "18446744073709551615");
  EXPECT_EQ(value_text(Kind::bytes, unlimited()), "max");
  EXPECT_EQ(value_text(Kind::flag, true), "yes");
  EXPECT_EQ(value_text(Kind::list, List{"a", "b"}), "a, b");
  EXPECT_EQ(value_text(Kind::text, {}), "-");
}

double number(Kind kind, std::string_view text) {
  const auto value = parse_value(kind, text);
  if (!value) return -1;
  if (const auto* whole = std::get_if<std::uint64_t>(&*value)) return static_cast<double>(*whole);
  return std::get<double>(*value);
}

TEST(ParseValue, TakesTheUnitsOfItsKind) {
  EXPECT_EQ(number(Kind::bytes, "64M"), 64 << 20);
  EXPECT_EQ(number(Kind::bytes, "1.5g"), 1.5 * (1 << 30));
  EXPECT_EQ(number(Kind::bytes, "2KiB"), 2048);
  EXPECT_EQ(number(Kind::bytes, "7"), 7);
  EXPECT_EQ(number(Kind::microseconds, "250ms"), 250'000);
  EXPECT_EQ(number(Kind::microseconds, "1.5s"), 1'500'000);
  EXPECT_EQ(number(Kind::number, "18446744073709551615"), 18446744073709551615.0);
}

TEST(ParseValue, RefusesWhatIsNone) {
  for (const char* wrong : {"", "x", "-1", "1x", "64 M", "nan", "inf", "1e400", "0x10", "M"})
    EXPECT_EQ(number(Kind::bytes, wrong), -1) << wrong;
  EXPECT_EQ(number(Kind::number, "64M"), -1);
  EXPECT_EQ(number(Kind::bytes, "3ms"), -1);
  EXPECT_FALSE(parse_value(Kind::flag, "perhaps"));
}

TEST(Compare, PutsNullLastAndKeepsAllBits) {
  EXPECT_TRUE(compare(std::uint64_t{1} << 60, (std::uint64_t{1} << 60) + 1) < 0);
  EXPECT_TRUE(compare(std::uint64_t{2}, 1.5) > 0);
  EXPECT_TRUE(compare(unlimited(), ~std::uint64_t{0}) > 0);
  EXPECT_TRUE(compare(unlimited(), {}) < 0);
  EXPECT_TRUE(compare({}, {}) == 0);
  EXPECT_TRUE(compare(std::string("a"), std::string("b")) < 0);
}

} // namespace
} // namespace vitrine::query
