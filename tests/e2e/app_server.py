"""Starting the app for a browser, and watching what a page logs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from masw_core.engine import IN_PROCESS

ROOT = Path(__file__).parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_app(launcher: Sequence[str] = ("-m", "streamlit"), in_process: bool = False) -> Iterator[str]:
    """The app on a port of its own; yields its address.

    Args:
        launcher: what Python runs to start Streamlit.
        in_process: whether runs are computed in the server; a model that a test puts there is nowhere else.
    """
    port = _free_port()
    command = [sys.executable, *launcher, "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths, IN_PROCESS: "1" if in_process else ""}
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
                break
            except OSError:
                time.sleep(0.25)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def watched(page):
    """Collect console errors, except the probes for the server's base path that Streamlit makes on deep links."""
    page.errors = []
    page.set_default_timeout(100_000)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            page.errors.append(f"{message.text} {message.location.get('url')}")
            if message.type == "error" and "_stcore" not in str(message.location.get("url"))
            else None
        ),
    )
    return page
