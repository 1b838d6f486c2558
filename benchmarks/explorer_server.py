"""The explorer as a process of its own, for timings from outside: its address, and the memory it takes (Linux)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Server:
    """A running explorer: ``address`` has neither scheme nor page, ``process`` is the first of its processes."""

    address: str
    process: int

    def processes(self) -> list[int]:
        """The server and all its descendants."""
        found, parents = [self.process], _parents()
        for process in found:
            found += [child for child, parent in parents.items() if parent == process]
        return found

    def megabytes(self, processes: list[int] | None = None) -> float:
        """What all of them, or these, hold in memory, each page counted once per process that shares it."""
        counted = self.processes() if processes is None else processes
        kilobytes = sum(int(_status(process).get("VmRSS", "0 kB").split()[0]) for process in counted)
        return kilobytes / 1024

    def processor_seconds(self) -> float:
        """What all of them that still run have computed."""
        return sum(_processor_seconds(process) for process in self.processes())

    def first_processor_seconds(self) -> float:
        """What the first of them has computed, which draws the pages."""
        return _processor_seconds(self.process)

    def threads(self) -> int:
        """Threads of all of them."""
        return sum(int(_status(process).get("Threads", "0")) for process in self.processes())

    def files(self) -> int:
        """Open files, sockets and pipes of all of them."""
        return sum(len(list(Path(f"/proc/{process}/fd").iterdir())) for process in self.processes())


@contextmanager
def explorer(app: Path = ROOT) -> Iterator[Server]:
    """Start ``app.py`` of a checkout on a free port, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = {**os.environ, "PYTHONPATH": str(app)}
    process = subprocess.Popen(command, cwd=app, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    server = Server(f"127.0.0.1:{port}", process.pid)
    try:
        _wait_until_healthy(server.address)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def machine_load() -> float:
    """Processes that wanted a core in the last minute, on average, whoever started them."""
    return os.getloadavg()[0]


def _wait_until_healthy(address: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://{address}/_stcore/health", timeout=1).read()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"no explorer answers at {address}: read what it printed above.")


def _parents() -> dict[int, int]:
    """Every process and its parent."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {number: int(_status(number).get("PPid", "0")) for number in numbers}


def _status(process: int) -> dict[str, str]:
    """What the kernel says of a process; nothing if it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _processor_seconds(process: int) -> float:
    try:
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
