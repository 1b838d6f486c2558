"""The command line, ``masw`` or ``python -m masw_core``; every command lives in ``commands``.

Errors are one line, exit code 2.
"""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import masw_core
from masw_core.commands import COMMANDS

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a full disk, a person's share of it, a limit on a file


class Parser(argparse.ArgumentParser):
    """argparse, but an error is one line without the usage text."""

    def error(self, message: str) -> NoReturn:
        print(f"masw_core: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it worked, 2 with one line on stderr when the request cannot be met."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except KeyboardInterrupt:
        print("masw_core: stopped", file=sys.stderr)
    except (ValueError, OSError, MemoryError) as error:
        print(f"masw_core: {_one_line(error)}", file=sys.stderr)
    except RuntimeError as error:
        if type(error).__name__ != "OutOfMemoryError":
            raise
        print("masw_core: the device ran out of memory: choose --device cpu or a smaller model", file=sys.stderr)
    return 2


def parser() -> Parser:
    called = "masw" if Path(sys.argv[0]).stem == "masw" else "python -m masw_core"
    top = Parser(prog=called, description="Top-k multi-label adversarial attacks, step by step.")
    top.add_argument("--version", action="version", version=masw_core.__version__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    return top


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        what = f"{error.filename} was not written" if error.filename else "not everything was written"
        return f"{what}, because the disk is full: free some space and run the same again"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
