// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::image {

/// What an OCI image configuration (image-spec config.md) says about running it.
struct Image {
  std::vector<std::string> layers; ///< diff ids, "sha256:…", the base first
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::vector<std::string> env;
  std::string working_directory;
  std::string user;
};

/// Parses an image configuration. The error names what is wrong with it.
Result<Image> parse_image(std::string_view json);

} // namespace vitrine::image
