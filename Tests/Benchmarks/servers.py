# SPDX-License-Identifier: Apache-2.0
"""The servers under test: each can be started on a core of its own and stopped."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KEY = "bench-hmac-key"
SERVER_CORE, CLIENT_CORE = "0", "1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path, timeout=60):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=timeout) as answer:
        return answer.read()


def compile_tools(folder):
    """The C programs, compiled; answers the path of each."""
    os.makedirs(folder, exist_ok=True)
    compiler = os.environ.get("CC", "cc")
    flags = ["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Wno-deprecated-declarations"]
    made = {}
    for name, extra in [("load", ["-lcrypto"]), ("reference", ["-lcrypto"]), ("malloccount", ["-shared", "-fPIC"]),
                        ("evenmalloc", ["-shared", "-fPIC"]), ("journal", [])]:
        made[name] = os.path.join(folder, name + (".so" if "-shared" in extra else ""))
        source = os.path.join(HERE, "C", name + ".c")
        if os.path.exists(made[name]) and os.path.getmtime(made[name]) > os.path.getmtime(source):
            continue
        subprocess.run([compiler, *flags, source, "-o", made[name], *extra], check=True)
    return made


def load(tools, server, *, timeout=300, **options):
    """Runs the generator against a server; answers its last line, and the lines of the blocks before."""
    command = [tools["load"], "--port", str(server.port), "--core", CLIENT_CORE, "--key", KEY]
    if "get" not in options:
        command += ["--path", server.path]
    for pid in server.pids:
        command += ["--pid", str(pid)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if not run.stdout:
        raise RuntimeError(f"{server.name}: {run.stderr.strip()}")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return lines[-1], lines[:-1]


class Server:
    """A process that listens on a port; `pids` are those whose CPU counts."""

    name = "?"
    path = "/callbacks"

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def start(self, prefix=None, wait=60):
        prefix = ["taskset", "-c", SERVER_CORE] if prefix is None else prefix
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [*prefix, *self.command()], stdout=log, stderr=log, env=self.environment(), cwd=self.folder)
        end = time.monotonic() + wait
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{self.name} does not start, see {self.folder}/log") from None
                time.sleep(0.002)

    @property
    def pids(self):
        return [self.process.pid]

    def stop(self, how=signal.SIGTERM, wait=120):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(wait)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def resident_kib(self):
        total = 0
        for pid in self.pids:
            with open(f"/proc/{pid}/status") as status:
                total += sum(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        return total

    def cpu_seconds(self):
        total = 0.0
        for pid in self.pids:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += sum(int(fields[place]) for place in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
        return total


class Hookledger(Server):
    name = "hookledger"
    binary = os.path.join(ROOT, ".build", "release", "hookledger")

    def __init__(self, folder):
        super().__init__(folder)
        self.api = free_port()
        self.data = os.path.join(folder, "data")

    def command(self):
        return [
            self.binary, "serve", "--public-listen", f"127.0.0.1:{self.port}", "--api-listen", f"127.0.0.1:{self.api}",
            "--data-directory", self.data]

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLEDGER_")}
        # The links of the callbacks lead nowhere: there is no media to be had.
        return kept | {"HOOKLEDGER_HMAC_KEYS": KEY, "HOOKLEDGER_RESULTS_SAVE": "false"}

    def metric(self, name):
        for line in fetch(self.api, "/metrics").decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return None

    def await_spare(self, limit=3):
        """Waits until the next segment of the journal lies ready, if the callbacks so far were enough for one."""
        end = time.monotonic() + limit
        while not self.metric("hookledger_journal_spare_segments") and time.monotonic() < end:
            time.sleep(0.05)

    def drain(self, limit=600):
        """Waits until the task files have caught up with the journal."""
        end = time.monotonic() + limit
        while self.metric("hookledger_task_files_behind"):
            if time.monotonic() > end:
                raise RuntimeError("the task files do not catch up")
            time.sleep(0.1)

    def furnish(self, tools, tasks, *, clean=False):
        """Leaves the data folder as a server would that has taken in one callback each for so many tasks: after a crash,
        or, without the task files, after a clean stop."""
        os.makedirs(self.data, exist_ok=True)
        subprocess.run([tools["journal"], self.data, str(tasks), *(["index"] if clean else [])], check=True)
        return self

    def discard_journal(self):
        """Makes room: a journal of a million callbacks has 1.6 GB. Few files, so that it costs nothing later."""
        journal = os.path.join(self.data, "journal")
        for name in os.listdir(journal):
            os.remove(os.path.join(journal, name))

    def check(self):
        """Has the program itself judge what is in the data folder."""
        subprocess.run([self.binary, "ledger", "check", "--data-directory", self.data], check=True, capture_output=True,
                       env=self.environment())

    def opening(self):
        """What the last start said about the ledger that it found."""
        with open(os.path.join(self.folder, "log")) as log:
            lines = [json.loads(line) for line in log if '"ledger opened"' in line]
        return lines[-1]["metadata"] if lines else {}


class Reference(Server):
    name = "C reference"
    tools = {}

    def command(self):
        return [self.tools["reference"], str(self.port), KEY, os.path.join(self.folder, "journal")]


class Nginx(Server):
    """One worker; answers 200 to everything, and files of its folder under /files/."""

    name = "nginx"

    def command(self):
        return ["nginx", "-e", "stderr", "-p", self.folder, "-c", os.path.join(self.folder, "nginx.conf")]

    def start(self, *arguments, **options):
        os.makedirs(os.path.join(self.folder, "files"), exist_ok=True)
        owner = "user root;" if os.getuid() == 0 else ""
        with open(os.path.join(self.folder, "nginx.conf"), "w") as conf:
            conf.write(f"""
{owner} daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; tcp_nodelay on; sendfile on;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy; fastcgi_temp_path {self.folder}/f;
  uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;
  default_type application/json;
  server {{
    listen 127.0.0.1:{self.port};
    location / {{ return 200 '{{"status":"received"}}'; }}
    location /files/ {{ root {self.folder}; }}
  }}
}}
""")
        return super().start(*arguments, **options)

    @property
    def pids(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            return [int(pid) for pid in children.read().split()]


class Hummingbird(Server):
    name = "Hummingbird"
    binary = os.path.join(HERE, "HummingbirdReceiver", ".build", "release", "hummingbird-receiver")

    def command(self):
        tasks = os.path.join(self.folder, "tasks")
        os.makedirs(tasks, exist_ok=True)
        return [self.binary, str(self.port), KEY, tasks]


class Webhook(Server):
    """Debian's `webhook`: checks an HMAC of the whole body and runs /bin/true; it can check no timestamp."""

    name = "webhook"
    path = "/hooks/bench"

    def command(self):
        hooks = os.path.join(self.folder, "hooks.json")
        with open(hooks, "w") as file:
            json.dump([{"id": "bench", "execute-command": "/bin/true", "include-command-output-in-response": True}], file)
        return ["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", str(self.port)]


class Redis(Server):
    """A key-value store that syncs every write before it answers."""

    name = "Redis"

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder, "--save", "",
                "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"]


def available():
    """The peers that this machine has, by name, and the reason for each that is missing."""
    peers, missing = {}, {}
    for peer, program in [(Nginx, "nginx"), (Webhook, "webhook"), (Redis, "redis-server")]:
        if shutil.which(program):
            peers[peer.name] = peer
        else:
            missing[peer.name] = f"{program} is not installed"
    if os.path.exists(Hummingbird.binary):
        peers[Hummingbird.name] = Hummingbird
    else:
        missing[Hummingbird.name] = "not built: swift build -c release --package-path Tests/Benchmarks/HummingbirdReceiver"
    peers[Hookledger.name] = Hookledger
    peers[Reference.name] = Reference
    return peers, missing
