"""A real server of PostgreSQL in a folder, and what it takes to talk to it."""

from __future__ import annotations

import glob
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg


def binaries() -> str:
    """The folder of the newest server programs on this machine; empty where there are none."""
    installed = max(glob.glob("/usr/lib/postgresql/*/bin"), default="", key=_number)
    return installed or os.path.dirname(os.path.realpath(shutil.which("initdb") or ""))


def _number(folder: str) -> int:
    return int(folder.split("/")[-2])


@dataclass(frozen=True)
class Server:
    """A server of our own, on a port that nobody else has."""

    folder: Path
    bin: str
    port: int
    password: str

    def address(self, user: str = "guard", database: str = "postgres") -> str:
        """The connection string."""
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements as the owner; the rows of the last one."""
        with psycopg.connect(self.address("owner", database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """Start one, and stop it. It refuses to run as root: then it runs as nobody."""
    user = {} if os.geteuid() else {"user": "nobody"}
    if user:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        os.chmod(folder, 0o711)
    server = Server(folder, binaries(), free_port(), secrets.token_urlsafe(12))
    (folder / "password").write_text(server.password)
    os.chmod(folder / "password", 0o644)

    def do(program: str, *arguments: str) -> None:
        argv = [f"{server.bin}/{program}", "-D", str(folder / "data"), *arguments]
        subprocess.run(argv, check=True, cwd="/", timeout=120, stdout=subprocess.DEVNULL, **user)  # type: ignore[call-overload]

    do("initdb", "-U", "owner", "-A", "scram-sha-256", f"--pwfile={folder}/password", "-N", "--no-locale", "-E", "UTF8")
    options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    do("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield server
    finally:
        do("pg_ctl", "-m", "immediate", "stop")


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
