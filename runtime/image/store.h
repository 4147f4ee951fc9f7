// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/image/image.h"
#include "runtime/image/unpack.h"
#include "userspace/base/error.h"

#include <string>
#include <vector>

namespace vitrine::image {

/// Unpacked layers, each a directory named by the digest of its tar: DIR/layers/sha256/HEX. A layer
/// whose owners are shifted for a user namespace has the shift in its name. A directory with its
/// final name is complete: it is unpacked elsewhere and renamed.
class Store {
public:
  /// `directory` need not exist yet.
  explicit Store(std::string directory) : directory_(std::move(directory)) {}

  /// The directories of the image's layers, the base first. Missing ones are unpacked from
  /// SOURCE/HEX.tar, whose digest must be right.
  Result<std::vector<std::string>> layers(const Image& image, const std::string& source,
                                          const UnpackOptions& options) const;

private:
  Result<void> unpack(const std::string& hex, const std::string& name, const std::string& source,
                      const UnpackOptions& options) const;

  std::string directory_;
};

} // namespace vitrine::image
