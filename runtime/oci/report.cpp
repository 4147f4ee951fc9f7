// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/report.h"

#include <unistd.h>

namespace vitrine::oci {
namespace {

void write_lines(const std::string& first, const std::string& hint) {
  std::string text = "vitrine-runtime: " + first + "\n";
  if (!hint.empty()) text += "  hint: " + hint + "\n";
  // One write(2), so that lines of other processes do not cut it; there is nowhere to tell of its
  // own failure.
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

} // namespace

void report_error(const Error& error) {
  write_lines(error.message(), error.hint);
}
void report_warning(const Error& error) {
  write_lines("warning: " + error.message(), error.hint);
}

} // namespace vitrine::oci
