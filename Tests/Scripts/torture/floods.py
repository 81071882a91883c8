# SPDX-License-Identifier: Apache-2.0
"""More than a server wants, and being told to stop in the middle of it."""

import os
import signal
import threading
import time

from harness import Folder, Server, Storm, answer, connect, post, refused_start, require, require_kept, signed

NO_RESULTS = {"HOOKLEDGER_RESULTS_SAVE": "false"}


def size_of(folder):
    return sum(
        os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(folder) for name in names)


def refused(seconds=10):
    """Forged callbacks as fast as they are answered, while the local API is asked."""
    with Folder() as folder, Server(folder / "data", NO_RESULTS) as server:
        over = threading.Event()
        counts = []

        def lane(name):
            count, connection = 0, connect(server.public)
            forged = b"".join(signed(f"{name}-{number}", key="another-key") for number in range(50))
            try:
                while not over.is_set():
                    connection.sendall(forged)
                    received = b""
                    while received.count(b"HTTP/1.1 401") < 50:
                        piece = connection.recv(1 << 16)
                        if not piece:
                            return
                        received += piece
                    count += 50
            finally:
                counts.append(count)

        threads = [threading.Thread(target=lane, args=(f"flood-{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        slowest_api = slowest_callback = 0
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            status, _, took = server.local("/api/v1/tasks")
            require(status == 200, f"the local API answers {status}")
            slowest_api = max(slowest_api, took)
            status, took = post(server.public, f"true-{number}")
            require(status == 200, f"a true callback is answered with {status}")
            slowest_callback, number = max(slowest_callback, took), number + 1
            time.sleep(0.05)
        over.set()
        for thread in threads:
            thread.join()
        size = size_of(folder / "data")
        require(sum(counts) > 0, "nothing was refused")
        require(slowest_api < 1 and slowest_callback < 1, f"API {slowest_api:.2f} s, callback {slowest_callback:.2f} s")
        require(size < 64 << 20, f"{size >> 20} MiB on disk")
        require(server.stop()[0] == 0, "it does not end with 0")
        return (f"{sum(counts) // seconds} forged callbacks a second; local API at most {slowest_api * 1000:.0f} ms, "
                f"true callback at most {slowest_callback * 1000:.0f} ms; {size / 1048576:.1f} MiB on disk")


def pipelined(count=200_000):
    """Requests without end from clients that read no answer."""
    with Folder() as folder, Server(folder / "data", NO_RESULTS) as server:
        post(server.public, "first")
        base = server.status("VmRSS")
        piece = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n" * 1000
        connections, sent = [connect(server.public, seconds=0.5) for _ in range(20)], 0
        for connection in connections:
            try:
                for _ in range(count // 1000):
                    connection.sendall(piece)
                    sent += 1000
            except OSError:
                continue
        grown = (server.status("VmRSS") - base) / 1024
        status, took = post(server.public, "amid")
        require(status == 200 and took < 1, f"a callback: {status} after {took:.2f} s")
        require(grown < 64, f"{grown:.0f} MiB more memory")
        for connection in connections:
            connection.close()
        require(server.stop()[0] == 0, "it does not end with 0")
        return f"20 clients, {sent} requests taken before they were held: {grown:.1f} MiB more, callback {took * 1000:.0f} ms"


def second_process():
    """A second server on the same folder."""
    with Folder() as folder, Server(folder / "data", NO_RESULTS) as server:
        words = refused_start(folder / "data")
        require("one data folder has one writer" in words, f"the reason is not told: {words[-200:]}")
        require(post(server.public, "after")[0] == 200, "the first one does not serve any more")
        require(server.stop()[0] == 0, "it does not end with 0")
        return "refused, with the reason; the first one serves on"


def without_log():
    """Nobody reads the log any more, which is the signal SIGPIPE or an error at each line."""
    with Folder() as folder, Server(folder / "data", NO_RESULTS) as server:
        server.is_log_closed = True
        for number in range(20):
            with connect(server.public) as connection:
                connection.sendall(signed(f"forged-{number}", key="another-key"))
                require(answer(connection) == 401, "a forged callback is not answered with 401")
            time.sleep(0.05)
            require(server.is_alive, f"it ends with {server.process.returncode}")
        require(post(server.public, "true")[0] == 200, "a callback is not answered with 200")
        require(server.stop()[0] == 0, "it does not end with 0")
        return "20 refusals that nobody could be told of, then 200"


def terminated(rounds=5):
    """SIGTERM in a storm, with idle connections and requests that are half sent."""
    kept, longest = [], 0
    with Folder() as folder:
        for number in range(rounds):
            with Server(folder / "data", NO_RESULTS) as server:
                halves = [connect(server.public) for _ in range(20)]
                for half in halves[:10]:
                    half.sendall(signed("half")[:-20])
                storm = Storm(server.public, f"term-{number}")
                time.sleep(0.3)
                status, took = server.stop(signal.SIGTERM)
                storm.end()
                for half in halves:
                    half.close()
            require(status == 0, f"it ends with {status}")
            require(took < 20, f"it takes {took:.1f} s")
            require(set(storm.others) <= {503}, f"answered with {sorted(set(storm.others))}")
            longest = max(longest, took)
            kept += storm.acknowledged
        require_kept(folder / "data", kept, NO_RESULTS)
    return f"{rounds} times status 0 after at most {longest:.1f} s, {len(kept)} acknowledged, none lost"
