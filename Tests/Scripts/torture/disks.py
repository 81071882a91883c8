# SPDX-License-Identifier: Apache-2.0
"""Disks that are full, failing, limited or gone."""

import contextlib
import fcntl
import os
import pathlib
import random
import resource
import struct
import subprocess
import time

from harness import (Failed, Folder, Server, Skipped, Storm, answer, connect, eventually, fault, need, post,
                     refused_start, require, require_kept, signed)

# Every call by which the server changes the data folder. `write` is not among them: it goes to the log and to wake-ups.
CALLS = ["pwrite64", "fdatasync", "fsync", "openat", "rename", "mkdir", "unlink", "ftruncate", "syncfs"]
ERRORS = ["ENOSPC", "EIO", "EDQUOT", "EROFS"]
# The k-th call of each thread, and all of them.
MOMENTS = ["1", "2", "3", "1+"]

NO_RESULTS = {"HOOKLEDGER_RESULTS_SAVE": "false"}


def faults():
    """Each call fails with each error at its first, second and third time, and always."""
    need("strace")
    rounds = refused = number = 0
    kept = []
    with Folder() as folder:
        with Server(folder / "data", NO_RESULTS) as server:
            for call in CALLS:
                for error in ERRORS:
                    for moment in MOMENTS:
                        rounds += 1
                        what = f"{call} {error} {moment}"
                        with fault(server, call, error, moment), connect(server.public) as connection:
                            for _ in range(4):
                                number += 1
                                connection.sendall(signed(f"fault-{number}"))
                                try:
                                    status = answer(connection)
                                except OSError as reason:
                                    raise Failed(f"{what}: {reason}") from None
                                require(status in (200, 503), f"{what}: answered with {status}")
                                if status == 200:
                                    kept.append(f"fault-{number}")
                                refused += status == 503
                            # The task files follow a tenth of a second later.
                            time.sleep(0.15)
                            require(server.is_alive, f"{what}: the server has ended")
                            require(server.local("/livez")[0] == 200, f"{what}: /livez is not 200")
                        number += 1
                        task = f"fault-{number}"
                        eventually(f"{what}: a callback is taken again", lambda: post(server.public, task)[0] == 200, 10)
                        kept.append(task)
            require(server.stop()[0] == 0, "it does not end with 0")
        require(refused > 0, "no fault was felt")
        require_kept(folder / "data", kept, NO_RESULTS)
    return f"{rounds} faults, {refused} answers 503, {len(kept)} acknowledged, none lost"


def file_size():
    """A limit on the size of files, which comes as the signal SIGXFSZ."""
    with Folder() as folder:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        limits = [(resource.RLIMIT_FSIZE, 256 * 1024, most)]
        with Server(folder / "data", NO_RESULTS, limits) as server:
            status, _ = post(server.public, "too-large")
            require(status == 503, f"answered with {status}")
            require(server.is_alive and server.local("/livez")[0] == 200, "the server has ended")
            resource.prlimit(server.id, resource.RLIMIT_FSIZE, (most, most))
            eventually("a callback is taken again", lambda: post(server.public, "fits")[0] == 200)
            require(server.stop()[0] == 0, "it does not end with 0")
        require_kept(folder / "data", ["fits"], NO_RESULTS)
    return "503 under the limit, 200 without a restart once it is lifted"


class Mounted:
    """A small ext4 file system of its own in a file."""

    def __init__(self, folder, mebibytes):
        need("mkfs.ext4", "e2fsck", "findmnt", "mount")
        if os.geteuid() != 0:
            raise Skipped("only root may mount")
        self.image, self.path = folder / "image", folder / "mounted"
        self.path.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(mebibytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", self.image], check=True)

    def mount(self):
        done = subprocess.run(["mount", "-o", "loop,errors=remount-ro", self.image, self.path], capture_output=True)
        if done.returncode:
            raise Skipped(f"no loop device can be mounted: {done.stderr.decode(errors='replace').strip()[:120]}")

    def unmount(self):
        eventually(
            "it is unmounted",
            lambda: subprocess.run(["umount", self.path], capture_output=True).returncode == 0)

    def __enter__(self):
        self.mount()
        return self

    def __exit__(self, *_):
        if os.path.ismount(self.path):
            subprocess.run(["umount", "-l", self.path], check=False)

    def remount(self, mode):
        subprocess.run(["mount", "-o", f"remount,{mode}", self.path], check=True, capture_output=True)

    def find_an_error(self):
        """What ext4 does about damage that it meets: from here on the file system can only be read."""
        device = subprocess.run(
            ["findmnt", "-n", "-o", "SOURCE", self.path], check=True, capture_output=True, text=True).stdout.strip()
        try:
            pathlib.Path("/sys/fs/ext4", os.path.basename(device), "trigger_fs_error").write_text("torture")
        except OSError as error:
            raise Skipped(f"ext4 cannot be told of an error: {error}") from None

    def repair(self):
        done = subprocess.run(["e2fsck", "-p", self.image], capture_output=True, text=True)
        require(done.returncode in (0, 1), f"e2fsck: {done.stdout.strip()[-200:]}")

    def cut_the_power(self):
        """EXT4_IOC_SHUTDOWN without flushing the file system's own journal: nothing reaches the disk from here on."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, 0x8004587D, struct.pack("I", 2))
        except OSError as error:
            raise Skipped(f"the file system cannot be shut down: {error}") from None
        finally:
            os.close(descriptor)


def full():
    """A file system without a free byte, and then with some again."""
    with Folder() as folder, Mounted(folder, 48) as disk:
        data = disk.path / "data"
        with Server(data, NO_RESULTS) as server:
            post(server.public, "before")
            with open(disk.path / "ballast", "wb") as ballast, contextlib.suppress(OSError):
                while True:
                    os.write(ballast.fileno(), bytes(1 << 16))
            with open(disk.path / "ballast", "ab") as ballast, contextlib.suppress(OSError):
                while True:
                    os.write(ballast.fileno(), bytes(1))
            storm = Storm(server.public, "full")
            try:
                eventually("the disk is full", lambda: 503 in storm.others, 60)
                time.sleep(0.5)
            finally:
                storm.end()
            require(set(storm.others) == {503}, f"answered with {sorted(set(storm.others))}")
            require(server.is_alive and server.local("/livez")[0] == 200, "the server has ended")
            ready = server.local("/readyz")[0]
            require(ready == 503, f"/readyz is {ready} on a full disk")
            os.remove(disk.path / "ballast")
            eventually("a callback is taken again", lambda: post(server.public, "after")[0] == 200)
            require(server.stop()[0] == 0, "it does not end with 0")
        kept = storm.acknowledged + ["before", "after"]
        require_kept(data, kept, NO_RESULTS)
    return f"{len(storm.others)} answers 503 while full; {len(kept)} acknowledged, none lost; 200 again without a restart"


def read_only():
    """A file system that can only be read: from an error on in the middle of a storm, and from the start."""
    with Folder() as folder, Mounted(folder, 48) as disk:
        data = disk.path / "data"
        with Server(data, NO_RESULTS) as server:
            storm = Storm(server.public, "read-only")
            try:
                eventually("the storm has begun", lambda: len(storm.acknowledged) > 50)
                disk.find_an_error()
                eventually("nothing can be written", lambda: 503 in storm.others)
                time.sleep(0.5)
            finally:
                storm.end()
            require(set(storm.others) == {503}, f"answered with {sorted(set(storm.others))}")
            require(server.is_alive and server.local("/livez")[0] == 200, "the server has ended")
            require(server.knows(storm.acknowledged[0]), "what was acknowledged cannot be read")
            ready = server.local("/readyz")[0]
            require(ready == 503, f"/readyz is {ready} on a read-only disk")
            require(server.stop()[0] == 0, "it does not end with 0")
        disk.unmount()
        disk.repair()
        disk.mount()
        require_kept(data, storm.acknowledged, NO_RESULTS)
        disk.remount("ro")
        words = refused_start(data)
        require("Read-only file system" in words, f"the reason is not told: {words[-200:]}")
        disk.remount("rw")
        require_kept(data, storm.acknowledged, NO_RESULTS)
        disk.unmount()
    return (f"{len(storm.others)} answers 503, then no start; {len(storm.acknowledged)} acknowledged, none lost; "
            "it starts when the disk can be written")


def power_cut(rounds=5):
    """The file system is shut down under the server in a storm; what it had not written is gone."""
    kept, unavailable = [], 0
    # Large enough for segments that are filled beforehand; the image has holes where nothing is.
    with Folder() as folder, Mounted(folder, 2048) as disk:
        data = disk.path / "data"
        for number in range(rounds):
            with Server(data, NO_RESULTS) as server:
                storm = Storm(server.public, f"power-{number}")
                time.sleep(random.uniform(0.2, 2.5))
                # Of what is answered from here on nothing is asked: ext4 lets an fdatasync(2) succeed while it throws
                # away what that should have kept. When the power really fails, such an answer reaches nobody.
                kept += storm.acknowledged[:]
                disk.cut_the_power()
                time.sleep(0.3)
                storm.end()
                status, _ = post(server.public, "too-late")
                require(status == 503, f"without a disk a callback is answered with {status}")
                require(server.is_alive and server.local("/livez")[0] == 200, "the server has ended")
                require(set(storm.others) <= {503}, f"answered with {sorted(set(storm.others))}")
                unavailable += len(storm.others)
            disk.unmount()
            disk.mount()
            # Task files are not synced one by one: a start writes those anew that the cut has spoilt.
            with Server(data, NO_RESULTS) as server:
                require(server.stop()[0] == 0, "it does not end with 0")
            require_kept(data, kept, NO_RESULTS)
        disk.unmount()
    return f"{rounds} cuts, {len(kept)} acknowledged, none lost, {unavailable} answers 503"


def killed(rounds=20):
    """SIGKILL in a storm."""
    kept = []
    with Folder() as folder:
        data = folder / "data"
        for number in range(rounds):
            with Server(data, NO_RESULTS) as server:
                storm = Storm(server.public, f"kill-{number}")
                time.sleep(random.uniform(0.05, 0.4))
                server.kill()
                storm.end()
            require(set(storm.others) <= {503}, f"answered with {sorted(set(storm.others))}")
            kept += storm.acknowledged
        require_kept(data, kept, NO_RESULTS)
    return f"{rounds} times SIGKILL, {len(kept)} acknowledged, none lost"
