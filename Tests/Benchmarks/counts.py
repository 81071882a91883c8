# SPDX-License-Identifier: Apache-2.0
"""Counts what one callback costs, without a clock: instructions, heap allocations and system calls.

One connection, so that every callback is a batch of its own and the work is the same from run to run. Each figure is
the difference of a long and a short run, divided by the difference of their callbacks: what start and stop cost
cancels out. Task files are counted apart: the receive path is everything but them.

Compares with thresholds.json and fails when something is dearer by more than the tolerance.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import servers

THRESHOLDS = os.path.join(servers.HERE, "thresholds.json")
TOLERANCE = 0.03
SHORT, LONG = 200, 2200
# Callbacks that make the journal grow by the megabyte from which on its next segment is filled beforehand, and that
# segment's size in bytes.
WARM_UP, SEGMENT = 1000, 128 << 20


class Wrapped(servers.Hookledger):
    """The server under a tool, without debug information, which valgrind's reader may not understand."""

    wrapper = []
    extra = {}

    def environment(self):
        return super().environment() | self.extra

    def start(self):
        return super().start(prefix=self.wrapper, wait=120)


def warm_up(tools, server, connections=1):
    """Returns when the journal's next segment has been filled: once for 80,000 callbacks, whichever those are that are
    counted. The disk is looked at, for a question to the server would count."""
    send(tools, server, WARM_UP, connections, first=10_000_000)
    journal, end = os.path.join(server.data, "journal"), time.monotonic() + 120
    while max(entry.stat().st_size for entry in os.scandir(journal)) < SEGMENT:
        if time.monotonic() > end:
            raise RuntimeError("the journal's next segment does not get ready")
        time.sleep(0.05)


def send(tools, server, count, connections=1, first=0):
    subprocess.run(
        [tools["load"], "--port", str(server.port), "--key", servers.KEY, "--connections", str(connections),
         "--requests", str(count), "--first", str(first), "--run", "11"], check=True, capture_output=True, timeout=300)


def run_whole(tools, folder, count, wrapper, extra=None, connections=1):
    """A server from start to stop with `count` callbacks; the stop writes the files that are due."""
    Wrapped.wrapper, Wrapped.extra = wrapper, extra or {}
    server = Wrapped(folder).start()
    try:
        warm_up(tools, server, connections)
        send(tools, server, count, connections)
    finally:
        os.kill(traced(server.process.pid) or server.process.pid, signal.SIGTERM)
        server.process.wait(120)


def traced(pid):
    """The process below strace, which does not pass a SIGTERM on."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        pids = file.read().split()
    return int(pids[0]) if pids else None


def instructions(tools, folder, connections=1):
    def one(count):
        out = os.path.join(folder, f"callgrind.{count}")
        run_whole(tools, os.path.join(folder, f"instructions-{count}"), count,
                  ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"], {"LD_PRELOAD": tools["evenmalloc"]},
                  connections)
        text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--show-percs=no", out],
                              capture_output=True, text=True, check=True).stdout
        total = files = 0
        for line in text.splitlines():
            match = re.match(r"\s*([\d,]+)\s+(.*)", line)
            if not match:
                continue
            value = int(match[1].replace(",", ""))
            if "PROGRAM TOTALS" in match[2]:
                total = value
            # Ledger.follow(isClosing:yields:), mangled: everything that the task files cost.
            elif "6LedgerAAC6follow9isClosing" in match[2] or "Ledger.follow(isClosing:" in match[2]:
                files = max(files, value)
        return total, files

    total, files = [(b - a) / (LONG - SHORT) for a, b in zip(one(SHORT), one(LONG))]
    return {"instructions, receive path": total - files, "instructions, task file": files}


def misses(tools, folder):
    """Lines that caches of 32 KiB, and of 512 KiB behind them, did not have, simulated, until the answers are sent."""
    def one(count):
        out = os.path.join(folder, f"caches.{count}")
        Wrapped.wrapper = ["valgrind", "--tool=callgrind", "--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64",
                           "--LL=524288,8,64", f"--callgrind-out-file={out}"]
        Wrapped.extra = {"LD_PRELOAD": tools["evenmalloc"]}
        server = Wrapped(os.path.join(folder, f"caches-{count}")).start()
        try:
            send(tools, server, count, connections=256)
            # Before the stop, which writes the task files.
            subprocess.run(["callgrind_control", "-d", str(server.process.pid)], check=True, capture_output=True)
        finally:
            server.process.kill()
            server.process.wait(120)
        text = open(out + ".1").read()
        values = [re.search(rf"^{name}: (.*)$", text, re.MULTILINE)[1].split() for name in ("events", "totals")]
        return {name: int(value) for name, value in zip(*values)}

    count = 2000
    short, long = one(count), one(3 * count)
    each = {name: (long[name] - short[name]) / (2 * count) for name in long}
    return {"instruction cache": each["I1mr"], "data cache": each["D1mr"] + each["D1mw"],
            "cache behind them": each["ILmr"] + each["DLmr"] + each["DLmw"]}


def allocations(tools, folder):
    def one(count):
        log = os.path.join(folder, f"allocations.{count}")
        run_whole(tools, os.path.join(folder, f"malloc-{count}"), count, [],
                  {"LD_PRELOAD": tools["malloccount"], "MALLOC_COUNT_FILE": log})
        return int(open(log).read())

    # Of all threads: which one writes a task file depends on when the server is asked to stop.
    return {"allocations": (one(LONG) - one(SHORT)) / (LONG - SHORT)}


def calls(tools, folder):
    def one(count):
        out = os.path.join(folder, f"strace.{count}")
        run_whole(tools, os.path.join(folder, f"calls-{count}"), count, ["strace", "-f", "-c", "-o", out])
        found = {}
        for line in open(out):
            words = line.split()
            if len(words) >= 5 and words[0].replace(".", "").isdigit() and words[3].isdigit():
                found[words[-1]] = int(words[3])
        found.pop("total", None)
        return found

    short, long = one(SHORT), one(LONG)
    return {name: (long[name] - short.get(name, 0)) / (LONG - SHORT) for name in long
            if long[name] - short.get(name, 0) > (LONG - SHORT) / 50}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=servers.Hookledger.binary, help="the hookledger to measure")
    parser.add_argument("--work", default=os.path.join(servers.ROOT, ".build-bench"), help="folder for data")
    parser.add_argument("--update", action="store_true", help="write the counts as the new thresholds")
    parser.add_argument("--connections", type=int,
                        help="count the instructions with so many connections, which nothing is compared with")
    parser.add_argument("--only", choices=["instructions", "allocations", "calls", "misses"])
    options = parser.parse_args()
    folder = os.path.join(options.work, time.strftime("counts-%Y%m%d-%H%M%S"))
    os.makedirs(folder)
    tools = servers.compile_tools(os.path.join(options.work, "tools"))
    plain = os.path.join(folder, "hookledger")
    subprocess.run(["strip", "-g", "-o", plain, options.binary], check=True)
    servers.Hookledger.binary = plain

    if options.connections:
        for name, value in instructions(tools, folder, connections=options.connections).items():
            print(f"{name}: {value:,.0f} per callback at {options.connections} connections")
        return
    counts = {}
    if options.only in (None, "instructions") and needs("valgrind"):
        counts |= instructions(tools, folder)
    if options.only in (None, "allocations"):
        counts |= allocations(tools, folder)
    if options.only in (None, "calls") and needs("strace"):
        found = calls(tools, folder)
        # How often a thread has to wait for another one is a matter of timing: told, not judged.
        counts["system calls but futex"] = sum(value for name, value in found.items() if name != "futex")
        print("system calls per callback: " + ", ".join(
            f"{name} {value:.2f}" for name, value in sorted(found.items(), key=lambda item: -item[1])))
    if options.only == "misses":
        print("cache misses per callback at 256 connections, simulated: " + ", ".join(
            f"{name} {value:.0f}" for name, value in misses(tools, folder).items()))
    if options.update:
        known = json.load(open(THRESHOLDS)) if os.path.exists(THRESHOLDS) else {}
        known.update({name: round(value, 2) for name, value in counts.items()})
        with open(THRESHOLDS, "w") as file:
            json.dump(known, file, indent=2)
            file.write("\n")
    sys.exit(0 if not counts or judge(counts) else 1)


def needs(program):
    if shutil.which(program):
        return True
    print(f"{program} is not installed: skipped", file=sys.stderr)
    return False


def judge(counts):
    known = json.load(open(THRESHOLDS)) if os.path.exists(THRESHOLDS) else {}
    good = True
    print("| per callback | counted | threshold | |\n|---|--:|--:|---|")
    for name, value in counts.items():
        limit = known.get(name)
        if limit is None:
            print(f"| {name} | {value:,.2f} | – | new |")
            continue
        # How many buffers grow is a matter of timing: half an allocation either way is noise.
        slack = limit * TOLERANCE + (0.5 if name.startswith("allocations") else 0)
        is_dearer, is_cheaper = value > limit + slack, value < limit - slack
        word = "DEARER" if is_dearer else "cheaper: lower the threshold (--update)" if is_cheaper else ""
        print(f"| {name} | {value:,.2f} | {limit:,.2f} | {word} |")
        good = good and not is_dearer
    return good


if __name__ == "__main__":
    main()
