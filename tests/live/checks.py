# SPDX-License-Identifier: Apache-2.0
"""Several checks in one test, which all are made: each failure says what it belongs to."""
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


def report():
    if FAILURES:
        vt.fail(*FAILURES)
