# SPDX-License-Identifier: Apache-2.0
"""Several checks in one test, which all are made: each failure says what it belongs to."""
import traceback

import vitrine_trace as vt

FAILURES = []


def failed(what, reason):
    FAILURES.append(f"{what}: {reason}")


def all_well(what, errors):
    for error in errors:
        failed(what, error)


def expect(what, got, wanted):
    if got != wanted:
        failed(what, f"{got!r}, not {wanted!r}")


def each(parts, *arguments):
    """Makes all parts of a test: one that breaks off hides nothing of the others."""
    for part in parts:
        try:
            part(*arguments)
        except Exception:
            failed(part.__name__, traceback.format_exc())


def report():
    if FAILURES:
        vt.fail(*FAILURES)
