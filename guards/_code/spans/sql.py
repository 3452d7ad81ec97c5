"""Tables that SQL creates, with positions: `{table: {column: type}}`.

Every statement of a file counts, in its order: `CREATE TABLE`, and `ALTER TABLE` that adds, drops or retypes columns. A
table goes by its name without a schema, a column by its name as it is written. A type is in capitals, without what
limits the column (`NOT NULL`, `DEFAULT`). Other statements say nothing.

Read by sqlglot, which not everybody has: the error says how to get it.
"""

from __future__ import annotations

from typing import Any

from guards._code.spans.document import Document, Limits
from guards._code.spans.text import ErrorKind, Text
from guards._code.spans.tree import Node, Tree
from guards._core.model import Json

_LARGEST = 2 << 20
_INSTALL = "pip install 'guard-suite[sql]'"


def parse_sql(text: Text, limits: Limits) -> Document:
    """The tables after all statements."""
    try:
        import sqlglot
    except ImportError:
        message = f"SQL is read by sqlglot, which is not installed: {_INSTALL}"
        raise text.error(message, 0, 0, kind=ErrorKind.MISSING) from None
    if len(text.content) > _LARGEST:
        raise text.error(f"larger than {_LARGEST:,} characters", 0, kind=ErrorKind.LIMIT)
    try:
        statements = sqlglot.parse(text.content, dialect="postgres")
    except sqlglot.errors.SqlglotError as error:
        told: Any = next(iter(getattr(error, "errors", ())), {})
        at = text.index(told.get("line") or 1, max(1, (told.get("col") or 1) - len(told.get("highlight") or "")))
        raise text.error("not valid SQL", at) from None
    except RecursionError:
        raise text.error("nested too deep to be parsed as SQL", 0, kind=ErrorKind.LIMIT) from None
    tables = _Tables(text)
    for statement in statements:
        tables.take_in(statement)
    return Document(tables.values, (), text, Tree(Node(0, len(text.content), members=tables.nodes)))


class _Tables:
    """The tables so far."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self.values: dict[str, Json] = {}
        self.nodes: dict[str, Node] = {}

    def take_in(self, statement: Any) -> None:
        """One more statement."""
        from sqlglot import expressions as exp

        if isinstance(statement, exp.Create) and isinstance(statement.this, exp.Schema):
            name = self._name(statement.this)
            self.values[name], self.nodes[name] = {}, self._node(statement.this.this.this)
            self.nodes[name].members = {}
            for column in statement.this.expressions:
                self._add(name, column)
        elif isinstance(statement, exp.Alter):
            name = self._name(statement)
            for action in statement.args.get("actions") or ():
                self._change(name, action)

    def _name(self, expression: Any) -> str:
        return str(expression.this.name)

    def _change(self, table: str, action: Any) -> None:
        from sqlglot import expressions as exp

        columns = self.values.get(table)
        if not isinstance(columns, dict):
            return
        if isinstance(action, exp.ColumnDef):
            self._add(table, action)
        elif isinstance(action, exp.Drop):
            for gone in action.args.get("tables") or ():
                columns.pop(gone.name, None)
                (self.nodes[table].members or {}).pop(gone.name, None)
        elif isinstance(action, exp.AlterColumn) and action.args.get("dtype") is not None:
            columns[action.this.name] = _type(action.args["dtype"])

    def _add(self, table: str, column: Any) -> None:
        """One column; what only limits the table is none."""
        from sqlglot import expressions as exp

        columns, nodes = self.values.get(table), self.nodes[table].members
        if isinstance(column, exp.ColumnDef) and isinstance(columns, dict) and nodes is not None:
            kind = column.args.get("kind")
            columns[column.name] = _type(kind) if kind is not None else ""
            nodes[column.name] = self._node(column.this)

    def _node(self, identifier: Any) -> Node:
        """Where a name stands: sqlglot does not say where a type does."""
        start, end = identifier.meta.get("start"), identifier.meta.get("end")
        place = (0, 0) if start is None else (start, end + 1)
        return Node(place[0], place[1], key=place)


def _type(kind: Any) -> str:
    return str(kind.sql(dialect="postgres"))
