// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/undo.h"

#include <gtest/gtest.h>

namespace vitrine::oci {
namespace {

TEST(Undo, RunsLastToFirstAtTheEndOfItsScope) {
  std::string order;
  {
    Undo undo;
    for (const char name : {'a', 'b', 'c'})
      undo.push([&order, name] { order += name; });
    EXPECT_EQ(order, "");
  }
  EXPECT_EQ(order, "cba");
}

TEST(Undo, RunsOnce) {
  int count = 0;
  {
    Undo undo;
    undo.push([&] { ++count; });
    undo.run();
  }
  EXPECT_EQ(count, 1);
}

} // namespace
} // namespace vitrine::oci
