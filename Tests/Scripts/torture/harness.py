# SPDX-License-Identifier: Apache-2.0
"""The server as a process, a client that signs callbacks, and what every row of the table needs. Loopback only."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

KEY = "torture-key"
BINARY = os.environ.get("HOOKLEDGER_BINARY", ".build/release/hookledger")


class Failed(Exception):
    """What was measured is not what it must be."""


class Skipped(Exception):
    """It cannot be tried on this machine; the reason is printed."""


def require(is_so, what):
    if not is_so:
        raise Failed(what)


def need(*commands):
    missing = [command for command in commands if not shutil.which(command)]
    if missing:
        raise Skipped(f"{', '.join(missing)} is not installed")


def eventually(what, condition, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise Failed(f"not within {seconds} s: {what}")


class Folder:
    """A folder that is gone at the end of the row."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="hookledger-torture-"))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Server:
    """`hookledger serve` on free ports."""

    def __init__(self, data, settings=None, limits=()):
        self.data = pathlib.Path(data)
        self.lines = []
        # Whoever reads the log goes away after the next line.
        self.is_log_closed = False
        environment = {"PATH": os.environ["PATH"]} | {
            "HOOKLEDGER_PUBLIC_LISTEN": "127.0.0.1:0",
            "HOOKLEDGER_API_LISTEN": "127.0.0.1:0",
            "HOOKLEDGER_DATA_DIR": str(data),
            "HOOKLEDGER_HMAC_KEYS": KEY,
            "HOOKLEDGER_LOG_FORMAT": "json",
        } | (settings or {})

        def limit():
            for name, soft, hard in limits:
                resource.setrlimit(name, (soft, hard))

        self.process = subprocess.Popen(
            [BINARY, "serve"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, preexec_fn=limit)
        self.id = self.process.pid
        self.public = self.api = None
        opened = threading.Event()
        threading.Thread(target=self._read_log, args=(opened,), daemon=True).start()
        opened.wait(20)
        if not self.public:
            self.kill()
            raise Failed("the server does not start: " + " | ".join(self.lines[-3:]))

    def _read_log(self, opened):
        for line in self.process.stderr:
            self.lines = (self.lines + [line.decode(errors="replace").strip()])[-200:]
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("message") == "listening":
                places = entry["metadata"]
                self.api = int(places["api"].rsplit(":", 1)[1])
                self.public = int(places["public"].rsplit(":", 1)[1])
                opened.set()
            if self.is_log_closed:
                break
        self.process.stderr.close()
        opened.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        if self.is_alive:
            self.process.kill()
        self.process.wait()

    def stop(self, number=signal.SIGTERM, seconds=25):
        """Sends the signal; the exit status, negative for a signal, and the seconds it took."""
        start = time.monotonic()
        self.process.send_signal(number)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"it has not ended {seconds} s after signal {number}") from None
        return status, time.monotonic() - start

    def status(self, name):
        """A number of /proc/ID/status, in KiB where it is a size."""
        for line in open(f"/proc/{self.id}/status"):
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise Failed(f"no {name} in /proc")

    def processor_seconds(self):
        fields = open(f"/proc/{self.id}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def local(self, path, seconds=10):
        """Asks the local API: status, parsed body, and the seconds it took."""
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.api, timeout=seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            raise Failed(f"the local API does not answer: {error}") from None
        finally:
            connection.close()
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return answer.status, json.loads(body) if is_json and body else body, time.monotonic() - start

    def knows(self, task):
        return self.local(f"/api/v1/tasks/{task}")[0] == 200


def refused_start(data):
    """Starts a server that must not start there; what it said, after which it ended by itself and not with 0."""
    environment = {
        "PATH": os.environ["PATH"], "HOOKLEDGER_PUBLIC_LISTEN": "127.0.0.1:0",
        "HOOKLEDGER_API_LISTEN": "127.0.0.1:0", "HOOKLEDGER_DATA_DIR": str(data), "HOOKLEDGER_HMAC_KEYS": "key"}
    try:
        done = subprocess.run([BINARY, "serve"], env=environment, capture_output=True, timeout=30)
    except subprocess.TimeoutExpired:
        raise Failed("it has started") from None
    require(done.returncode > 0, f"it ended with {done.returncode}")
    return done.stderr.decode(errors="replace").strip()


@contextlib.contextmanager
def fault(server, call, error, moment):
    """Lets that call of the running server fail; it goes on unharmed when the tracer leaves."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
         f"inject={call}:error={error}:when={moment}", "-p", str(server.id)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        def is_attached():
            if tracer.poll() is not None:
                raise Skipped(f"strace cannot attach: {tracer.stderr.read().decode(errors='replace').strip()[:120]}")
            return all(
                f"TracerPid:\t{tracer.pid}\n" in open(f"/proc/{server.id}/task/{thread}/status").read()
                for thread in os.listdir(f"/proc/{server.id}/task"))
        eventually("strace attaches", is_attached)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def signed(task, key=KEY, timestamp=None):
    """A whole request with the callback of a task that has ended well."""
    body = json.dumps({
        "code": 200, "msg": "ok", "data": {
            "taskId": task, "model": "sora-2-image-to-video", "state": "success",
            "resultJson": json.dumps({"resultUrls": [f"https://files.example.test/{task}.mp4"]})}}).encode()
    timestamp = timestamp or int(time.time())
    mac = hmac.new(key.encode(), f"{task}.{timestamp}".encode(), hashlib.sha256).digest()
    head = (
        "POST /callbacks HTTP/1.1\r\nHost: hooks.example.test\r\nContent-Type: application/json\r\n"
        f"X-Webhook-Timestamp: {timestamp}\r\nX-Webhook-Signature: {base64.b64encode(mac).decode()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def connect(port, source=None, seconds=30):
    connection = socket.create_connection(
        ("127.0.0.1", port), timeout=seconds, source_address=(source, 0) if source else None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def answer(connection):
    """Reads one answer: its status. ConnectionError if it does not come whole."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError("closed before the answer")
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError("closed within the answer")
        body += piece
    return int(head.split(b" ")[1])


def post(port, task, source=None):
    """Sends one callback on a connection of its own: the status, and the seconds from connecting to the answer."""
    start = time.monotonic()
    with connect(port, source) as connection:
        connection.sendall(signed(task))
        return answer(connection), time.monotonic() - start


class Storm:
    """Connections that send callbacks one after the other until they are told to stop or the server is gone."""

    def __init__(self, port, name, lanes=4):
        self.acknowledged, self.others = [], []
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._lane, args=(port, f"{name}-{lane}")) for lane in range(lanes)]
        for thread in self.threads:
            thread.start()

    def _lane(self, port, name):
        try:
            connection = connect(port)
            for number in range(1_000_000):
                if self.is_over.is_set():
                    break
                task = f"{name}-{number}"
                connection.sendall(signed(task))
                status = answer(connection)
                with self.lock:
                    self.acknowledged.append(task) if status == 200 else self.others.append(status)
        except OSError:
            pass

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def check_ledger(data):
    """What `ledger check` finds in a folder that no server has open."""
    done = subprocess.run(
        [BINARY, "ledger", "check", "--output", "json"], capture_output=True, timeout=120,
        env={"PATH": os.environ["PATH"], "HOOKLEDGER_DATA_DIR": str(data), "HOOKLEDGER_HMAC_KEYS": KEY})
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise Failed(f"ledger check: {done.stderr.decode(errors='replace')[-300:]}") from None
    require(not report["faults"], f"ledger check finds {report['faults'][:3]}")
    return report


def require_kept(data, tasks, settings=None):
    """Checks the ledger, opens it again, and looks for every task that was acknowledged."""
    check_ledger(data)
    with Server(data, settings) as server:
        lost = [task for task in tasks if not server.knows(task)]
        require(not lost, f"{len(lost)} acknowledged callbacks are lost, the first {lost[:1]}")
        require(server.stop()[0] == 0, "it does not end with 0")
