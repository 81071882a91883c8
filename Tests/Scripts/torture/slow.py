# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow on purpose, and many that do nothing."""

import concurrent.futures
import ctypes
import os
import resource
import socket
import subprocess
import time

from harness import (Failed, Folder, Server, Skipped, answer, connect, eventually, fault, need, post, require, signed)

# No descriptor left for the process, for the system; no memory for the socket.
ACCEPT_ERRORS = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]


def slowhttptest(mode, seconds):
    """500 connections of a mode of slowhttptest while a callback is sent ten times a second."""
    need("slowhttptest")
    with Folder() as folder, Server(folder / "data") as server:
        path = "callbacks" if mode in "HB" else "livez"
        tool = subprocess.Popen(
            ["slowhttptest", f"-{mode}", "-c", "500", "-r", "250", "-i", "2", "-l", str(seconds), "-x", "24", "-p", "3",
             "-u", f"http://127.0.0.1:{server.public}/{path}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        slowest = sent = peak = 0
        try:
            while tool.poll() is None:
                status, took = post(server.public, f"slow-{mode}-{sent}")
                require(status == 200, f"a callback is answered with {status}")
                slowest, sent = max(slowest, took), sent + 1
                peak = max(peak, open_sockets(server))
                time.sleep(0.1)
        finally:
            tool.kill()
            tool.wait()
        require(sent >= 10, f"only {sent} callbacks went out")
        require(slowest < 1, f"a callback took {slowest:.2f} s")
        require(server.stop()[0] == 0, "it does not end with 0")
        return f"{sent} callbacks, slowest {slowest * 1000:.0f} ms, at most {peak} connections open"


def open_sockets(server):
    count = 0
    for name in os.listdir(f"/proc/{server.id}/fd"):
        try:
            count += os.readlink(f"/proc/{server.id}/fd/{name}").startswith("socket:")
        except OSError:
            continue
    return count


def idle(count=10_000):
    """Connections that have had one answer and stay open."""
    spare = 500
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < count + spare:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count + spare, count + spare))
        except (ValueError, OSError):
            count = most - spare
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + spare, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    settings = {"HOOKLEDGER_LIMITS_CONNECTIONS": str(count + 100), "HOOKLEDGER_LIMITS_IDLE_DEADLINE": "600s"}
    with Folder() as folder, Server(folder / "data", settings) as server:
        post(server.public, "first")
        base = server.status("VmRSS")
        connections = []
        try:
            for number in range(count):
                connection = connect(server.public, f"127.0.{1 + number // 2000}.1")
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n")
                require(answer(connection) == 200, "/livez is not 200")
                connections.append(connection)
            size = server.status("VmRSS")
            status, _, took = server.local("/api/v1/tasks")
            require(status == 200 and took < 1, f"the local API: {status} after {took:.2f} s")
            status, callback = post(server.public, "amid-idlers")
            require(status == 200 and callback < 1, f"a callback: {status} after {callback:.2f} s")
            # They are still there, and still served.
            for connection in connections[:: max(1, count // 100)]:
                connection.sendall(b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n")
                require(answer(connection) == 200, "an idle connection is not served any more")
        except OSError as error:
            raise Failed(f"after {len(connections)} connections: {error}") from None
        finally:
            for connection in connections:
                connection.close()
        each = (size - base) / count
        require(each < 6, f"{each:.2f} KiB a connection")
        return (f"{count} connections, {each:.2f} KiB each above {base / 1024:.1f} MiB; "
                f"local API {took * 1000:.0f} ms, callback {callback * 1000:.0f} ms")


def descriptors():
    """512 descriptors for a flood of connections: those that fit are served, nothing spins, and it is over afterwards."""
    limits = [(resource.RLIMIT_NOFILE, 512, 512)]
    with Folder() as folder, Server(folder / "data", limits=limits) as server:
        early = connect(server.public)
        flood = [connect(server.public) for _ in range(1000)]
        time.sleep(0.5)
        before = server.processor_seconds()
        time.sleep(2)
        busy = (server.processor_seconds() - before) / 2
        early.sendall(signed("early"))
        require(answer(early) == 200, "the connection that was there first is not served")
        require(busy < 0.2, f"it spins: {busy * 100:.0f} % of a processor")
        for connection in flood:
            connection.close()
        status, took = post(server.public, "late")
        require(status == 200, f"after the flood a callback is answered with {status}")
        require(server.stop()[0] == 0, "it does not end with 0")
        return f"1000 connections on 512 descriptors: {busy * 100:.1f} % of a processor, afterwards {took * 1000:.0f} ms"


def accept_faults():
    """accept fails for two seconds with each error: who is there is served, nothing spins, and who waits gets in."""
    need("strace")
    busiest = 0
    with Folder() as folder, Server(folder / "data") as server, connect(server.public) as early:
        early.sendall(signed("early"))
        require(answer(early) == 200, "a callback is not answered with 200")
        for error in ACCEPT_ERRORS:
            with fault(server, "accept4", error, "1+"):
                waiting = connect(server.public)
                waiting.sendall(signed(f"waiting-{error}"))
                before = server.processor_seconds()
                for number in range(20):
                    early.sendall(signed(f"amid-{error}-{number}"))
                    require(answer(early) == 200, f"{error}: a callback is not answered with 200")
                    time.sleep(0.1)
                busiest = max(busiest, (server.processor_seconds() - before) / 2)
            require(answer(waiting) == 200, f"{error}: who waited is not served")
            waiting.close()
        text = server.local("/metrics")[1].decode()
        pauses = int(text.split('hookledger_accept_starvations_total{listener="public"} ')[1].split()[0])
        # Ten times a second it looks again.
        require(4 <= pauses < 40 * len(ACCEPT_ERRORS), f"accepting rested {pauses} times")
        require(busiest < 0.2, f"it spins: {busiest * 100:.0f} % of a processor")
        require(server.stop()[0] == 0, "it does not end with 0")
    return (f"{', '.join(ACCEPT_ERRORS)}: {pauses} pauses in {2 * len(ACCEPT_ERRORS)} s, at most "
            f"{busiest * 100:.1f} % of a processor, then who waited was served")


def in_own_network(row):
    """Runs in a network of its own, where addresses are not this machine's."""
    def run():
        # CLONE_NEWNET, for this thread and what it starts.
        if ctypes.CDLL(None, use_errno=True).unshare(0x40000000):
            raise Skipped(f"no network of its own: {os.strerror(ctypes.get_errno())}")
        addresses = [["address", "add", f"192.0.2.{last}/32", "dev", "lo"] for last in (1, 2, 3)]
        for words in [["link", "set", "lo", "up"]] + addresses:
            subprocess.run(["ip", *words], check=True, capture_output=True)
        return row()

    need("ip")
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def one_address(allowed=5000, more=200):
    """More connections of one address than it may have, and then a callback from another."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    def reach(source):
        return socket.create_connection(("192.0.2.1", server.public), timeout=30, source_address=(source, 0))

    settings = {"HOOKLEDGER_PUBLIC_LISTEN": "192.0.2.1:0"}
    connections = []
    with Folder() as folder, Server(folder / "data", settings) as server:
        try:
            for _ in range(allowed + more):
                connections.append(reach("192.0.2.2"))

            def count(name):
                text = server.local("/metrics")[1].decode()
                return int(text.split(f'hookledger_{name}{{listener="public"}} ')[1].split()[0])

            eventually("all have been looked at", lambda: count("connections_turned_away_total") == more)
            require(count("connections_open") == allowed, f"{count('connections_open')} connections are open")
            start = time.monotonic()
            with reach("192.0.2.3") as other:
                other.sendall(signed("other"))
                require(answer(other) == 200, "a callback from another address is not answered with 200")
            took = time.monotonic() - start
            require(took < 1, f"a callback from another address took {took:.2f} s")
            connections[0].close()
            eventually("one has gone", lambda: count("connections_open") == allowed - 1)
            with reach("192.0.2.2") as next_one:
                next_one.sendall(signed("next"))
                require(answer(next_one) == 200, "where one has gone, the next of its address is not served")
        finally:
            for connection in connections:
                connection.close()
        require(server.stop()[0] == 0, "it does not end with 0")
    return f"{allowed} of {allowed + more} connections; from another address a callback took {took * 1000:.0f} ms"
