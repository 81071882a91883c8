# SPDX-License-Identifier: Apache-2.0
"""What other people's tools say: testssl.sh, schemathesis, libFuzzer, the sanitizers."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
import venv

from harness import BINARY, KEY, Failed, Folder, Server, Skipped, need, require

ROOT = pathlib.Path(__file__).resolve().parents[3]


def run(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, **options)


def certificate(folder):
    """A private authority and a certificate for localhost by it."""
    def file(name):
        return str(folder / name)

    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "180",
        "-subj", "/CN=Torture authority", "-keyout", file("authority.key"), "-out", file("authority.pem"),
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
        "-keyout", file("server.key"), "-out", file("server.csr"))
    (folder / "extensions").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n")
    run("openssl", "x509", "-req", "-in", file("server.csr"), "-CA", file("authority.pem"), "-CAkey",
        file("authority.key"), "-CAcreateserial", "-days", "180", "-extfile", file("extensions"), "-out",
        file("server.pem"))
    chain = (folder / "server.pem").read_text() + (folder / "authority.pem").read_text()
    (folder / "chain.pem").write_text(chain)


# What a private authority cannot have: nobody can ask it whether a certificate is revoked.
NOT_OF_THE_SERVER = {"cert_revocation", "cert_crlDistributionPoints", "cert_ocspURL", "cert_caIssuers"}


def tls():
    """testssl.sh on the TLS port; nothing above "low" counts as passed."""
    need("testssl", "openssl")
    with Folder() as folder:
        certificate(folder)
        settings = {
            "HOOKLEDGER_TLS_CERTIFICATE": str(folder / "chain.pem"),
            "HOOKLEDGER_TLS_PRIVATE_KEY": str(folder / "server.key"),
        }
        with Server(folder / "data", settings) as server:
            report = folder / "report.json"
            try:
                subprocess.run(
                    ["testssl", "--quiet", "--warnings", "off", "--color", "0", "--nodns", "none", "--ip", "127.0.0.1",
                     "--add-ca", str(folder / "authority.pem"), "--jsonfile", str(report),
                     f"https://localhost:{server.public}/livez"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
            except subprocess.TimeoutExpired:
                raise Failed("testssl has not ended after 900 s") from None
            findings = json.loads(report.read_text())
            require(server.is_alive and server.stop()[0] == 0, "the server has ended")
    tested = [finding for finding in findings if finding["severity"] != "WARN"]
    require(len(tested) > 50, f"testssl says almost nothing: {findings[:3]}")
    bad = [
        f"{finding['id']}: {finding['finding']}" for finding in findings
        if finding["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL") and finding["id"] not in NOT_OF_THE_SERVER]
    low = [finding["id"] for finding in findings if finding["severity"] == "LOW"]
    require(not bad, "; ".join(bad))
    return f"{len(tested)} findings, none above low; low: {', '.join(low) or 'none'}"


def schemathesis():
    """The program, in a folder of its own that pip fills the first time."""
    folder = ROOT / ".build-torture"
    program = folder / "bin" / "schemathesis"
    if not program.exists():
        try:
            venv.create(folder, with_pip=True)
            run(str(folder / "bin" / "pip"), "install", "--quiet", "schemathesis", timeout=300)
        except (subprocess.SubprocessError, OSError) as error:
            raise Skipped(f"pip cannot install schemathesis: {error}") from None
    return str(program)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Simulator:
    """`hookledger simulate` in the provider's place."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [BINARY, "simulate", "--listen", "127.0.0.1:0", "--hmac-key", KEY, "--speed", "100", "--seed", "1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in self.process.stdout:
            found = re.search(rb"http://127\.0\.0\.1:\d+", line)
            if found:
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                self.url = found.group().decode()
                return self
        raise Failed("the simulator does not start")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def contract():
    """schemathesis reads openapi.json and sends what it allows and what it forbids to every operation."""
    program = schemathesis()
    with Folder() as folder, Simulator() as provider:
        public = free_port()
        settings = {
            "HOOKLEDGER_PUBLIC_LISTEN": f"127.0.0.1:{public}", "HOOKLEDGER_PUBLIC_URL": f"http://127.0.0.1:{public}",
            "HOOKLEDGER_PROVIDER_URL": provider.url, "HOOKLEDGER_PROVIDER_UPLOAD_URL": provider.url,
            "HOOKLEDGER_PROVIDER_API_KEY": "any", "HOOKLEDGER_RESULTS_ALLOW_HOSTS": "127.0.0.1",
            "HOOKLEDGER_SPENDING_MAX_RUNNING": "100000",
        }
        with Server(folder / "data", settings) as server:
            shutil.copy(ROOT / "Tests/Scripts/torture/schemathesis.toml", folder)
            done = subprocess.run(
                [program, "run", f"http://127.0.0.1:{server.api}/openapi.json", "--checks", "all",
                 "--max-examples", os.environ.get("CONTRACT_EXAMPLES", "50"), "--request-timeout", "20", "--no-color"],
                capture_output=True, cwd=folder, timeout=1800, text=True, stdin=subprocess.DEVNULL)
            require(server.is_alive and server.stop()[0] == 0, "the server has ended")
    (ROOT / ".build-torture" / "contract.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        failures = sorted(set(re.findall(r"^- (ST.+)$", done.stdout, re.M))) or [done.stderr.strip()]
        raise Failed(f"schemathesis ends with {done.returncode}: {'; '.join(failures)[:300]}"
                     " (the rest in .build-torture/contract.log)")
    cases = re.findall(r"(\d[\d,]*) generated", done.stdout)
    return f"nothing found with {cases[-1] if cases else '?'} requests"


def script(*words):
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    print(done.stdout, end="")
    if done.returncode:
        raise Failed((done.stdout + done.stderr).strip().split("\n")[-1])
    return done.stdout


def fuzz():
    """Each fuzzer for FUZZ_SECONDS."""
    lines = re.findall(r"^fuzz (.*)$", script("Tests/Fuzz/fuzz.sh"), re.M)
    return "; ".join(lines)


def sanitize():
    """All unit tests under the thread and the address sanitizer."""
    runs = re.findall(r"Test run with (\d+ tests)[^\n]* passed", script("Tests/Scripts/sanitize.sh"))
    require(len(runs) == 2, "not both runs came to their end")
    return f"{runs[0]} under the thread sanitizer, {runs[1]} under the address sanitizer, no finding"


if __name__ == "__main__":
    sys.exit("error: this is for torture.py")
