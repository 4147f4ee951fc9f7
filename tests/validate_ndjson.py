#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks JSON lines against a JSON Schema: validate_ndjson.py [--strict] SCHEMA [FILE|-]...

--strict: each type of line must occur, and the schema must refuse it with a field more.
Exit status: 0 all lines are valid; 1 some are not; 77 python3-jsonschema is not installed.
"""
import copy
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)


def validators(schema):
    """One for each type of line, so that an error names the field and not 'none of 48 types'."""
    Draft202012Validator.check_schema(schema)
    by_type = {}
    for line in schema["oneOf"]:
        name = line["$ref"].removeprefix("#/$defs/")
        by_type[name] = Draft202012Validator({"$ref": line["$ref"], "$defs": schema["$defs"]})
    return by_type


def with_unknown_fields(value):
    """Copies of `value`, each with a field more in one of its objects: a strict schema refuses them."""
    if not isinstance(value, dict):
        return
    yield {**value, "unknown_field": 1}
    for name, part in value.items():
        for changed in with_unknown_fields(part):
            copied = copy.copy(value)
            copied[name] = changed
            yield copied


def errors_of(line, by_type, strict):
    validator = by_type.get(line.get("type"))
    if validator is None:
        return [f"unknown type {line.get('type')!r}"]
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(line)]
    if strict:
        errors += ["an unknown field is accepted: " + json.dumps(changed)
                   for changed in with_unknown_fields(line) if validator.is_valid(changed)]
    return errors


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--strict"]
    strict = "--strict" in sys.argv[1:]
    with open(arguments[0], encoding="utf-8") as file:
        by_type = validators(json.load(file))
    failed = 0
    seen = set()
    for name in arguments[1:] or ["-"]:
        with sys.stdin if name == "-" else open(name, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                line = json.loads(text)
                seen.add(line.get("type"))
                for error in errors_of(line, by_type, strict):
                    print(f"{name}:{number}: {error}")
                    failed += 1
    if strict and seen != set(by_type):
        print("types without a line:", *sorted(set(by_type) - seen))
        failed += 1
    print(f"{len(seen)} types of lines, {failed} errors")
    return 1 if failed else 0


sys.exit(main())
