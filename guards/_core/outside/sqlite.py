"""The columns of a table in a file of SQLite."""

from __future__ import annotations

import os
import pathlib
import sqlite3
from contextlib import closing

from guards._core.model import ProblemKind
from guards._core.outside import NoAnswerError

_WAL = b"\2\2"
"""What stands at the versions in a file's head whose changes are written ahead, into a file beside it."""


def columns(path: str, table: str, seconds: float) -> tuple[str, ...] | None:
    """Name and type of each, in their order; None for a table that is not there."""
    if not os.path.isfile(path):
        raise NoAnswerError("there is no such file", ProblemKind.INPUT_MISSING)
    try:
        with closing(sqlite3.connect(_read_only(path), uri=True, timeout=seconds)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            found = connection.execute("SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))
            return tuple(f"{name} {type_}".strip() for name, type_ in found) or None
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise NoAnswerError(f"cannot be read as a database of SQLite: {name}") from None


def _read_only(path: str) -> str:
    """The address of a file that is to be left as it is.

    Even a reader makes files beside one that is written ahead. Where there are none nobody has it open.
    """
    address = f"{pathlib.Path(path).absolute().as_uri()}?mode=ro"
    with open(path, "rb") as file:
        is_ahead = file.read(20)[18:] == _WAL
    return f"{address}&immutable=1" if is_ahead and not os.path.exists(f"{path}-wal") else address
