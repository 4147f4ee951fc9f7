// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace vitrine {

/// The first line in which two texts differ, as "line 3: expected … actual …".
inline std::string first_difference(const std::string& expected, const std::string& actual) {
  std::istringstream left(expected);
  std::istringstream right(actual);
  for (int number = 1;; ++number) {
    std::string wanted;
    std::string got;
    const bool more_left = static_cast<bool>(std::getline(left, wanted));
    const bool more_right = static_cast<bool>(std::getline(right, got));
    if (!more_left && !more_right) return "the final newline";
    if (more_left != more_right || wanted != got)
      return "line " + std::to_string(number) + "\nexpected: " + wanted + "\nactual:   " + got;
  }
}

/// Compares `actual` with a file of the repository, "tests/data/x.txt". With VITRINE_ACCEPT=1 in
/// the environment the file is written anew when it differs, and the test reports that it was
/// skipped. To be called last in a test.
inline void expect_golden(std::string_view path, const std::string& actual) {
  const std::filesystem::path file = std::filesystem::path(VITRINE_SOURCE_DIR) / path;
  std::ostringstream expected;
  expected << std::ifstream(file, std::ios::binary).rdbuf();
  const char* accept = std::getenv("VITRINE_ACCEPT");
  if (accept != nullptr && std::string_view(accept) == "1" && expected.str() != actual) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
    GTEST_SKIP() << file << " was written anew: look at the change";
  }
  EXPECT_TRUE(expected.str() == actual)
      << file << " differs in " << first_difference(expected.str(), actual)
      << "\nVITRINE_ACCEPT=1 writes it anew";
}

} // namespace vitrine
