# SPDX-License-Identifier: Apache-2.0
"""Measures hookledger beside its peers, interleaved, and prints the ratios.

One server runs at a time, pinned to core 0; the load generator has core 1. A round runs every peer of a cell once, in
an order that changes from round to round, so that whatever the machine does otherwise hits all of them.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time

import cells
import report
import servers


class Bench:
    def __init__(self, options):
        self.options = options
        self.tools = servers.compile_tools(os.path.join(options.work, "tools"))
        servers.Reference.tools = self.tools
        self.peers, self.missing = servers.available()
        self.results = []
        self.serial = 0

    def folder(self, name):
        self.serial += 1
        return os.path.join(self.run_folder, f"{self.serial:04d}-{name.replace(' ', '-').lower()}")

    def note(self, cell, peer, round_, figures):
        self.results.append({"cell": cell, "peer": peer, "round": round_, **figures})
        print(f"{cell:>16} {peer:<12} round {round_}: " + ", ".join(
            f"{key} {figures[key]:,.3f}" for key in ("rate", "cpuPer100k", "p50Ms", "p99Ms", "stolen", "otherCpu",
                                                     "value") if key in figures), file=sys.stderr, flush=True)

    def run(self):
        # Never emptied while servers run: on ext4 without a journal a mass delete makes new files dear for minutes.
        self.run_folder = os.path.join(self.options.work, time.strftime("run-%Y%m%d-%H%M%S"))
        os.makedirs(self.run_folder)
        plan = cells.quick() if self.options.quick else cells.full(self.options.tasks)
        if self.options.only:
            plan = [cell for cell in plan if cell.name in self.options.only]
        rounds = self.options.rounds or (3 if self.options.quick else 6)
        for round_ in range(1, rounds + 1):
            for cell in plan:
                if round_ <= (cell.rounds or rounds):
                    cell.run(self, round_)
        return self.results

    def measured(self, attempt):
        """Repeats what the host disturbed, and keeps the quietest try, not the fastest."""
        tries = []
        for _ in range(1 if self.options.quick else 3):
            figures = attempt()
            figures["stolenCores"] = figures["stolen"] / figures["seconds"]
            tries.append(figures)
            if figures["stolenCores"] <= 0.25:
                break
        return min(tries, key=lambda figures: figures["stolenCores"])


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return {
        "cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg(),
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": subprocess.run(
            ["git", "-C", servers.ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip(),
    }


def raise_priority(nice):
    """Ahead of the other work of a machine that is not idle. Linux shares the cores between sessions first, so a
    process's own niceness means nothing to another session's (sched(7), "The autogroup feature")."""
    os.nice(nice)
    if os.path.exists("/proc/self/autogroup"):
        with open("/proc/self/autogroup", "w") as autogroup:
            autogroup.write(str(nice))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three peers, 32 connections, three rounds: two minutes")
    parser.add_argument("--rounds", type=int, help="rounds of each cell (quick: 3, else 6)")
    parser.add_argument("--only", action="append", help="only this cell (c1, c32, c256, 'open 1000/s', GET, idle, start, flat, growth, million); repeatable")
    parser.add_argument("--tasks", type=int, default=1_000_000, help="how many tasks 'start', 'flat' and 'million' make")
    parser.add_argument("--work", default=os.path.join(servers.ROOT, ".build-bench"), help="folder for data, on a disk")
    parser.add_argument("--output", help="folder for results.json, table.md and plot.svg")
    parser.add_argument("--binary", help="the hookledger to measure", default=servers.Hookledger.binary)
    parser.add_argument("--nice", type=int, help="priority of servers and generator, for a machine that is not idle")
    options = parser.parse_args()
    if options.nice is not None:
        raise_priority(options.nice)
    servers.Hookledger.binary = os.path.abspath(options.binary)
    bench = Bench(options)
    for name, reason in bench.missing.items():
        print(f"without {name}: {reason}", file=sys.stderr)
    # A server that is left behind would disturb whatever is measured next.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    about = machine()
    results = bench.run()
    text = report.table(about, results)
    print(text)
    output = options.output or bench.run_folder
    os.makedirs(output, exist_ok=True)
    with open(os.path.join(output, "results.json"), "w") as file:
        json.dump({"machine": about, "results": results}, file, indent=1)
    with open(os.path.join(output, "table.md"), "w") as file:
        file.write(text)
    with open(os.path.join(output, "plot.svg"), "w") as file:
        file.write(report.plot(results))
    print(f"written to {output}; the servers' data is in {bench.run_folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
