"""The TCP ports of this machine at which something listens."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from guards._core import programs
from guards._core.outside import NoAnswerError

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENS = "0A"
_LOCAL_PORT = re.compile(r"[.:](?P<port>[0-9]{1,5})\s")


def ports(root: str, seconds: float) -> tuple[str, ...]:
    """All of them, from the tables of the kernel; elsewhere than on Linux, as netstat says."""
    try:
        found = {port for path in _TABLES for port in _of_kernel(_text(path))}
    except FileNotFoundError:
        found = set(of_netstat(_netstat(root, seconds)))
    return tuple(map(str, sorted(found)))


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        if path == _TABLES[0]:
            raise
        return ""  # without IPv6


def _of_kernel(table: str) -> Iterator[int]:
    for line in table.splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if state == _LISTENS:
            yield int(local.rpartition(":")[2], 16)


def _netstat(root: str, seconds: float) -> str:
    path = programs.find("netstat", outside=root)
    if path is None:
        raise NoAnswerError("this system does not tell which ports are open: netstat is missing")
    kept = {name: value for name, value in os.environ.items() if name.upper() in {"PATH", "SYSTEMROOT"}}
    with programs.private_folder() as folder:
        done = programs.run([path, "-an"], cwd=folder, env=kept | {"LC_ALL": "C"}, timeout=seconds, limit=16 << 20)
    if done.returncode or done.timed_out or done.truncated:
        raise NoAnswerError("netstat does not tell which ports are open")
    return done.stdout.decode("utf-8", "replace")


def of_netstat(text: str) -> Iterator[int]:
    """The ports in what netstat says on BSD and on Windows: each line has the local address before the other one."""
    for line in text.splitlines():
        local = _LOCAL_PORT.search(line)
        if "LISTEN" in line and line.strip()[:3].lower() == "tcp" and local:
            yield int(local["port"])
