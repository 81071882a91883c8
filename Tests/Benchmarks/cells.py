# SPDX-License-Identifier: Apache-2.0
"""What is measured. A cell is one kind of load; running it adds a result for each of its peers."""

import json
import os
import signal
import subprocess
import time
import urllib.parse

import servers


class Callbacks:
    """Signed, distinct callbacks, closed loop (`rate` 0) or open loop."""

    def __init__(self, connections, requests, peers, rate=0, rounds=None, name=None):
        self.name = name or (f"open {rate}/s" if rate else f"c{connections}")
        self.connections, self.requests, self.peers = connections, requests, peers
        self.rate, self.rounds = rate, rounds

    def run(self, bench, round_):
        names = [name for name in self.peers if name in bench.peers]
        turn = round_ % len(names)
        for name in names[turn:] + names[:turn]:
            bench.note(self.name, name, round_, bench.measured(lambda name=name: self.attempt(bench, name)))

    def attempt(self, bench, name):
        server = bench.peers[name](bench.folder(name))
        if name == servers.Redis.name:
            return redis(server, self.connections, self.requests[name])
        server.start()
        try:
            seed = time.time_ns() % 1_000_000_000
            options = {"connections": self.connections, "run": seed}
            requests = self.requests if isinstance(self.requests, int) else self.requests[name]
            servers.load(bench.tools, server, requests=max(200, requests // 10), first=10_000_000, **options)
            if isinstance(server, servers.Hookledger):
                server.await_spare()
            if self.rate:
                options["rate"] = self.rate
            before = server.cpu_seconds()
            figures, _ = servers.load(bench.tools, server, requests=requests, **options)
            figures["residentKiB"] = server.resident_kib()
            if isinstance(server, servers.Hookledger):
                figures["behind"] = server.metric("hookledger_task_files_behind")
            if isinstance(server, servers.Hookledger) and self.name == "c32":
                # All that the callbacks cost in the end. The warm-up's files are part of it, so it counts as well.
                server.drain()
                figures["drainedCpuPer100k"] = (server.cpu_seconds() - before) / requests * 1e5
            return figures
        finally:
            # What is still to be written for the files was not asked for.
            server.stop(signal.SIGKILL if isinstance(server, servers.Hookledger) else signal.SIGTERM)


def redis(server, connections, requests):
    server.start()
    try:
        before, start = server.cpu_seconds(), time.monotonic()
        subprocess.run(
            ["taskset", "-c", servers.CLIENT_CORE, "redis-benchmark", "-p", str(server.port), "-t", "set", "-q", "-n",
             str(requests), "-c", str(connections), "-d", "930", "-r", "1000000"], check=True, capture_output=True)
        seconds = time.monotonic() - start
        used = server.cpu_seconds() - before
        return {"rate": requests / seconds, "seconds": seconds, "cpuPer100k": used / requests * 1e5, "stolen": 0.0,
                "bad": 0, "residentKiB": server.resident_kib()}
    finally:
        server.stop()


class Reads:
    """GET of a thousand tasks that are in memory, of a thousand closed ones from their files, and nginx with the same
    bytes in files."""

    name = "GET"
    tasks = 1000

    def __init__(self, requests, rounds=None):
        self.requests, self.rounds = requests, rounds

    def run(self, bench, round_):
        own = servers.Hookledger(bench.folder("get")).start()
        other = servers.Nginx(bench.folder("get-nginx"))
        try:
            options = {"connections": 32, "tasks": self.tasks, "run": 7}
            tools = bench.tools
            servers.load(tools, own, requests=self.tasks, state="generating", **options)
            own.drain()
            path = "/api/v1/tasks/*"
            port, own.port = own.port, own.api
            figures, _ = servers.load(tools, own, requests=self.requests, get=path, **options)
            bench.note("GET in memory", own.name, round_, figures)
            own.port = port
            servers.load(tools, own, requests=self.tasks, **options)
            own.drain()
            # The generator knows the provider's ids; the list tells them too, and nginx gets the same bodies by them.
            files = os.path.join(other.folder, "files")
            os.makedirs(files)
            self.copy_tasks(own, files)
            own.port = own.api
            figures, _ = servers.load(tools, own, requests=self.requests, get=path, **options)
            bench.note("GET closed", own.name, round_, figures)
            other.start()
            figures, _ = servers.load(tools, other, requests=self.requests, get="/files/*", **options)
            bench.note("GET in memory", other.name, round_, figures)
            bench.note("GET closed", other.name, round_, figures)
        finally:
            own.stop(signal.SIGKILL)
            other.stop()

    @staticmethod
    def copy_tasks(own, folder):
        cursor = ""
        while cursor is not None:
            query = urllib.parse.urlencode({"limit": 250, **({"cursor": cursor} if cursor else {})})
            page = json.loads(servers.fetch(own.api, "/api/v1/tasks?" + query))
            for task in page["data"]:
                name = task["providerTaskId"]
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(servers.fetch(own.api, "/api/v1/tasks/" + name))
            cursor = page.get("nextCursor") if page.get("hasMore") else None


class Idle:
    """Memory of a server that has just started."""

    name = "idle"

    def __init__(self, rounds=None):
        self.rounds = rounds

    def run(self, bench, round_):
        server = servers.Hookledger(bench.folder("idle"))
        server.start()
        try:
            time.sleep(1)
            bench.note("idle MiB", server.name, round_, {"value": server.resident_kib() / 1024})
        finally:
            server.stop()


class Start:
    """Start of a ledger of many closed tasks: clean, and after a crash that left no index, so that every entry of the
    journal is replayed. Memory for each task. The ledgers are not filled but made (`journal.c`), but for one of a tenth
    as many tasks that were heard of twice, before and at their end, which no line tells of alone."""

    name = "start"

    def __init__(self, tasks, rounds=None):
        self.tasks, self.rounds = tasks, rounds

    def run(self, bench, round_):
        if round_ == 1:
            for clean in (False, True):
                # What was made must be what the program would have written.
                servers.Hookledger(bench.folder("made")).furnish(bench.tools, 1000, clean=clean).check()
        empty, memory, _ = self.start(servers.Hookledger(bench.folder("start-empty")))
        made = servers.Hookledger(bench.folder("start-clean")).furnish(bench.tools, self.tasks, clean=True)
        seconds, full, _ = self.start(made)
        note = lambda cell, value: bench.note(cell, made.name, round_, {"value": value})
        note("start, empty (s)", empty)
        note("start, full, clean (s)", seconds)
        note("bytes per closed task", (full - memory) * 1024 / self.tasks)
        made = servers.Hookledger(bench.folder("start-crashed")).furnish(bench.tools, self.tasks)
        seconds, _, opening = self.start(made)
        note("start, full, after a crash (s)", seconds)
        note("replayed per s", int(opening["replayed"]) / (seconds - empty))
        # Beside the start of the program itself, what the journal alone takes.
        note("us per replayed entry", (seconds - empty) / int(opening["replayed"]) * 1e6)
        stormed = self.killed_in_a_storm(bench, self.tasks // 10)
        # A storm's journal is written past the kernel's cache, so that the first start reads it from the disk.
        for again, cell in ((True, "us per replayed entry, two a task, from the disk"),
                            (False, "us per replayed entry, two a task")):
            seconds, _, opening = self.start(stormed, again)
            note(cell, (seconds - empty) / int(opening["replayed"]) * 1e6)

    @staticmethod
    def killed_in_a_storm(bench, tasks):
        """A server that has heard twice of each task, and was killed before their files were due."""
        server = servers.Hookledger(bench.folder("start-stormed")).start()
        try:
            for state in ("generating", "success"):
                servers.load(bench.tools, server, requests=tasks, block=tasks, tasks=tasks, connections=64, state=state)
        finally:
            server.stop(signal.SIGKILL)
        return server

    @staticmethod
    def start(server, again=False):
        """Seconds until it listens, KiB that are resident then, and what it said of the ledger. Its journal is gone then,
        unless it is to be started again."""
        # What was made is written to the disk now, not beside what is measured.
        os.sync()
        begin = time.monotonic()
        server.start()
        seconds = time.monotonic() - begin
        try:
            # Before the task files of a replay are due: they are not what is measured here.
            time.sleep(0.05)
            return seconds, server.resident_kib(), server.opening()
        finally:
            server.stop(signal.SIGKILL)
            if not again:
                server.discard_journal()


class Flat:
    """What a callback and a page of 50 tasks cost in a ledger of many tasks, against an empty one: CPU, by turns."""

    name = "flat"
    pages, callbacks = 4_000, 20_000

    def __init__(self, tasks, rounds=None):
        self.tasks, self.rounds = tasks, rounds

    def run(self, bench, round_):
        costs = {}
        for clean in (True, False) if round_ % 2 else (False, True):
            server = servers.Hookledger(bench.folder("flat"))
            if clean:
                server.furnish(bench.tools, self.tasks, clean=True)
            # What was made is written to the disk now, not beside what is measured.
            os.sync()
            costs[clean] = self.cost(bench, server.start())
        for place, cell in enumerate(("callback: CPU full/empty", "list page: CPU full/empty")):
            bench.note(cell, servers.Hookledger.name, round_, {"value": costs[True][place] / costs[False][place]})

    def cost(self, bench, server):
        """CPU seconds per 100,000 callbacks, and per 100,000 pages of the tasks that these made."""
        try:
            servers.load(bench.tools, server, requests=2_000, first=10_000_000, connections=32)
            server.drain()
            callbacks, _ = servers.load(bench.tools, server, requests=self.callbacks, connections=32)
            server.drain()
            server.port = server.api
            pages, _ = servers.load(
                bench.tools, server, requests=self.pages, connections=8, get="/api/v1/tasks?limit=50")
            return callbacks["cpuPer100k"], pages["cpuPer100k"]
        finally:
            server.stop(signal.SIGKILL)


class Growth:
    """Memory before and after many callbacks about few tasks: most repeat what is known, some change a task."""

    name = "growth"
    tasks = 1000

    def __init__(self, requests, rounds=1):
        self.requests, self.rounds = requests, rounds

    def run(self, bench, round_):
        server = servers.Hookledger(bench.folder("growth")).start()
        try:
            # As many changes as the ledger remembers, so that this memory is full.
            before = self.memory_after(bench, server, 200_000, block=10_000)
            after = self.memory_after(bench, server, self.requests, block=200_000)
            bench.note("growth, MiB", server.name, round_, {"value": (after - before) / 1024})
        finally:
            server.stop(signal.SIGKILL)

    def memory_after(self, bench, server, requests, block):
        # Within a block the bodies about a task are the same: all but the first are known.
        servers.load(bench.tools, server, timeout=3600, requests=requests, block=block, tasks=self.tasks,
                     connections=64)
        server.drain()
        time.sleep(0.5)
        return server.resident_kib()


class Million:
    """Fills a ledger with many closed tasks, each by a callback and with its file."""

    name = "million"

    def __init__(self, tasks, rounds=1):
        self.tasks, self.rounds = tasks, rounds

    def run(self, bench, round_):
        server = servers.Hookledger(bench.folder("million")).start()

        def note(cell, value):
            bench.note(cell, server.name, round_, {"value": value})

        try:
            time.sleep(1)
            empty = server.resident_kib()
            _, blocks = servers.load(
                bench.tools, server, timeout=3600, requests=self.tasks, block=self.tasks // 20, connections=256)
            costs = [block["cpuPer100k"] for block in blocks]
            note("fill: CPU last/first blocks", sum(costs[-4:]) / sum(costs[:4]))
            server.drain()
            time.sleep(1)
            note("bytes per closed task, filled", (server.resident_kib() - empty) * 1024 / self.tasks)
            server.stop(signal.SIGTERM)
            note("start, filled, clean (s)", self.restart(server))
        finally:
            server.stop(signal.SIGKILL)

    @staticmethod
    def restart(server):
        begin = time.monotonic()
        server.start()
        return time.monotonic() - begin


def quick():
    peers = [servers.Hookledger.name, servers.Reference.name, servers.Nginx.name]
    return [
        Callbacks(32, {"hookledger": 40_000, "C reference": 60_000, "nginx": 100_000}, peers),
    ]


def full(tasks):
    durable = [servers.Hookledger.name, servers.Reference.name, servers.Nginx.name, servers.Hummingbird.name]
    counts = {"hookledger": 60_000, "C reference": 60_000, "nginx": 150_000, "Hummingbird": 8_000, "Redis": 60_000,
              "webhook": 1_500}
    few = {name: count // 10 for name, count in counts.items()} | {"nginx": 20_000}
    return [
        Callbacks(1, few, durable, rounds=3),
        Callbacks(32, counts, [*durable, servers.Redis.name, servers.Webhook.name]),
        Callbacks(256, counts, durable),
        Callbacks(32, 400_000, [servers.Hookledger.name, servers.Reference.name], rounds=3, name="c32 endless"),
        Callbacks(64, 5_000, [servers.Hookledger.name, servers.Reference.name, servers.Hummingbird.name], rate=1_000),
        Callbacks(64, 25_000, [servers.Hookledger.name, servers.Reference.name], rate=5_000),
        Callbacks(64, 50_000, [servers.Hookledger.name, servers.Reference.name], rate=10_000),
        Callbacks(64, 100_000, [servers.Hookledger.name, servers.Reference.name], rate=20_000),
        Reads(60_000),
        Idle(rounds=3),
        Start(tasks),
        Flat(tasks),
        Growth(10_000_000),
        Million(tasks, rounds=1),
    ]
