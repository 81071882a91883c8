#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Use: coverage.py LCOV-FILE TARGET...

Prints how many lines of each target were reached, and each line that was not with its text. Ends with 1 if a target is
below 95 %.
"""

import os
import sys

AIM = 95.0


def read(path):
    """Hits by line by file. Several functions may count on one line; the largest count is the line's."""
    files, current = {}, {}
    for line in open(path):
        key, _, value = line.strip().partition(":")
        if key == "SF":
            current = files.setdefault(os.path.relpath(value), {})
        elif key == "DA":
            number, hits = value.split(",")[:2]
            current[int(number)] = max(current.get(int(number), 0), int(hits))
    return files


def main():
    files, below = read(sys.argv[1]), False
    for target in sys.argv[2:]:
        lines = reached = 0
        missed = []
        for path in sorted(path for path in files if path.startswith(f"Sources/{target}/")):
            text = open(path).read().split("\n")
            for number, hits in sorted(files[path].items()):
                # A brace that closes something is nothing that a test could reach by itself.
                if not text[number - 1].strip("{}() \t"):
                    continue
                lines += 1
                if hits:
                    reached += 1
                else:
                    missed.append(f"  {path}:{number}: {text[number - 1].strip()}")
        share = 100 * reached / lines if lines else 0.0
        below |= share < AIM
        print(f"{target}: {share:.2f} % of lines ({reached} of {lines})")
        print("\n".join(missed), end="\n" if missed else "")
    sys.exit(1 if below else 0)


main()
