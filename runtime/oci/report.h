// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "userspace/base/error.h"

namespace vitrine::oci {

/// "vitrine-runtime: WHAT: REASON" and, below it, the hint, on stderr.
void report_error(const Error& error);

/// The same for what does not stop the container.
void report_warning(const Error& error);

} // namespace vitrine::oci
