#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# usage: man_pages_agree.sh VITRINE DIRECTORY
# Each command's man page has every option that its --help has, and no other; man finds no fault in it.
set -euo pipefail
vitrine=$1 pages=$2
command -v man >/dev/null || { echo "skipped: no man here"; exit 77; }
export LC_ALL=C.UTF-8 MANWIDTH=100 MAN_KEEP_FORMATTING=

long_options() {
  grep -oE -- '(^|[ ,])--[a-z][a-z-]+' | grep -oE -- '--[a-z][a-z-]+' | sort -u
}

wrong=0
for page in "$pages"/vitrine-*.1; do
  command=$(basename "$page" .1)
  command=${command#vitrine-}
  # The option list only: examples and running text name options of other commands, too.
  documented=$(man -l "$page" 2>/dev/null | grep -E '^ +-' | long_options)
  helped=$("$vitrine" "$command" --help | grep -E '^ +-' | long_options)
  if ! difference=$(diff <(echo "$helped") <(echo "$documented")); then
    printf 'vitrine %s: --help (<) and man page (>) differ:\n%s\n' "$command" "$difference"
    wrong=1
  fi
  faults=$(man --warnings -l "$page" 2>&1 >/dev/null)
  if [[ -n $faults ]]; then
    printf '%s\n' "$faults"
    wrong=1
  fi
done
exit $wrong
