#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Use: torture.py [ROW...]

Treats the built program as the internet and a dying disk would, and prints a table. Without arguments all rows but the
sanitizers. TORTURE_SECONDS (20) is how long the slow clients stay, FUZZ_SECONDS (60) how long each fuzzer runs.
"""

import os
import sys
import time
import traceback

sys.dont_write_bytecode = True

import disks  # noqa: E402
import floods  # noqa: E402
import slow  # noqa: E402
import tools  # noqa: E402
from harness import BINARY, Failed, Skipped  # noqa: E402

SECONDS = int(os.environ.get("TORTURE_SECONDS", "20"))
ON_DEMAND = ["sanitize"]

ROWS = {
    "slow-heads": lambda: slow.slowhttptest("H", SECONDS),
    "slow-bodies": lambda: slow.slowhttptest("B", SECONDS),
    "ranges": lambda: slow.slowhttptest("R", SECONDS),
    "slow-readers": lambda: slow.slowhttptest("X", SECONDS),
    "idle": slow.idle,
    "descriptors": slow.descriptors,
    "accept-faults": slow.accept_faults,
    "one-address": lambda: slow.in_own_network(slow.one_address),
    "refused-flood": floods.refused,
    "pipelines": floods.pipelined,
    "second-process": floods.second_process,
    "sigterm": floods.terminated,
    "without-log": floods.without_log,
    "file-faults": disks.faults,
    "file-size": disks.file_size,
    "full-disk": disks.full,
    "read-only": disks.read_only,
    "power-cut": disks.power_cut,
    "kill": disks.killed,
    "tls": tools.tls,
    "contract": tools.contract,
    "fuzz": tools.fuzz,
    "sanitize": tools.sanitize,
}


def main():
    names = sys.argv[1:] or [name for name in ROWS if name not in ON_DEMAND]
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        sys.exit(f"error: no row is called {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if not os.access(BINARY, os.X_OK):
        sys.exit(f"error: {BINARY} is not there: make build")
    table = []
    for name in names:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        try:
            verdict, figure = "pass", ROWS[name]()
        except Skipped as reason:
            verdict, figure = "skip", str(reason)
        except Failed as reason:
            verdict, figure = "FAIL", str(reason)
        except Exception as error:  # pylint: disable=broad-except
            traceback.print_exc()
            verdict, figure = "FAIL", f"{type(error).__name__}: {error}"
        print(f"{verdict}: {figure}", flush=True)
        table.append((name, verdict, figure, time.monotonic() - start))
    width = max(len(name) for name in names)
    print("\n" + "row".ljust(width) + "  verdict  seconds  measured")
    for name, verdict, figure, seconds in table:
        print(f"{name.ljust(width)}  {verdict.ljust(7)}  {seconds:7.0f}  {figure}")
    sys.exit(any(verdict == "FAIL" for _, verdict, _, _ in table))


main()
