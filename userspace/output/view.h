// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"
#include "userspace/events/stream.h"

namespace vitrine::output {

/// A stream of events written into a descriptor, in some format. The same calls give the same
/// bytes.
class View : public events::Sink {
public:
  /// Writes what waits: whoever feeds the view calls it when nothing more is to be had at once.
  virtual void flush() = 0;

  /// The first write error (EPIPE when the reader has gone, ENOSPC); after it nothing is written.
  [[nodiscard]] virtual const Result<void>& status() const = 0;
};

} // namespace vitrine::output
