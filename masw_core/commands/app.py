"""``app``: start the explorer, from a checkout or from an installed wheel."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

from masw_core.assets import explorer_folder
from masw_core.engine import IN_PROCESS

PORT = 8501


def add(commands: Any) -> None:
    app = commands.add_parser("app", help="start the explorer in the browser")
    app.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}")
    app.add_argument("--address", metavar="HOST", help="where to listen; default: every address of this machine")
    app.add_argument("--headless", action="store_true", help="do not open a browser")
    app.add_argument(
        "--in-process",
        action="store_true",
        help="compute runs in the server's own threads: takes 300 MB less, and pages wait for runs",
    )
    app.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run Streamlit until it ends or this process is told to stop; Streamlit finds its settings in its folder."""
    if find_spec("streamlit") is None:
        raise ValueError("the explorer needs Streamlit: run pip install 'masw-explorer[app]'")
    if not 1 <= options.port <= 65535:
        raise ValueError(f"--port {options.port} is no port: choose a number from 1 to 65535")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.showEmailPrompt=false"]
    command.append(f"--server.port={options.port}")
    if options.address is not None:
        command.append(f"--server.address={options.address}")
    if options.headless:
        command.append("--server.headless=true")
    told: list[int] = []
    environment = {**os.environ, IN_PROCESS: "1"} if options.in_process else None
    server = subprocess.Popen(command, cwd=explorer_folder(), env=environment)

    def pass_on(number: int, frame: object) -> None:
        told.append(number)
        server.terminate()

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended = server.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if told else ended
