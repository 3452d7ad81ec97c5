"""The command as somebody sees it who sits at a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cli.command import Command


def in_terminal(
    command: Command, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], *, columns: int = 80, rows: int = 24
) -> tuple[int, str]:
    """Its exit code, and what it wrote to a terminal of this size."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    try:
        process = command.start(arguments, cwd, env, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        pieces = []
        while piece := _read(ours):
            pieces.append(piece)
        return process.wait(timeout=60), b"".join(pieces).decode().replace("\r\n", "\n")
    finally:
        os.close(ours)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""
