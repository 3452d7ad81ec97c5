"""The columns of a table in a database of PostgreSQL, read in a transaction that cannot write."""

from __future__ import annotations

import re

from guards._core.model import ProblemKind
from guards._core.outside import NoAnswerError

_INSTALL = "the driver of PostgreSQL is not installed: pip install 'guard-suite[postgresql]'"
_DRIVER = re.compile(r"\A(postgres(?:ql)?)\+\w+(?=://)")
"""What SQLAlchemy puts into its addresses."""
_COLUMNS = """
    SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
    WHERE attrelid = pg_catalog.to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


def _text(value: str | bytes) -> str:
    """A text of the catalogue; a database that knows no encoding gives bytes."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def columns(where: str, table: str, seconds: float) -> tuple[str, ...] | None:
    """Name and type of each, in their order; None for a table that is not there. `where`: a connection string."""
    try:
        import psycopg
    except ImportError:
        raise NoAnswerError(_INSTALL, ProblemKind.TOOL_MISSING) from None
    try:
        limit = max(2, int(seconds))
        with psycopg.connect(_DRIVER.sub(r"\1", where), connect_timeout=limit, prepare_threshold=None) as connection:
            connection.read_only = True
            connection.execute("SELECT pg_catalog.set_config('statement_timeout', %s, true)", (f"{limit}s",))
            found = connection.execute(_COLUMNS, (table,)).fetchall()
            return tuple(f"{_text(name)} {_text(type_)}" for name, type_ in found) or None
    except psycopg.Error as error:  # its words may hold the connection string
        said = type(error).__name__ + (f" ({error.sqlstate})" if error.sqlstate else "")
        raise NoAnswerError(f"PostgreSQL does not answer: {said}") from None
