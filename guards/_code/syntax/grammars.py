"""The tolerant parsers: one grammar for each language, loaded when its first file comes.

They read what has errors as well, and files of any version. They are written in C and take memory in proportion to
the file, so what is too large or was written by no person does not reach them.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

MOST_BYTES = 4_000_000
_LONGEST_LINES = 2_000
"""Bytes of a line on average, above which nobody wrote a file."""
_SHORT = 10_000
"""Bytes that are read however long their lines are."""

_GRAMMARS = {
    "bash": ("tree_sitter_bash", "language"),
    "go": ("tree_sitter_go", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "python": ("tree_sitter_python", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
}
GRAMMAR_OF = {
    ".cjs": "javascript", ".cts": "typescript", ".js": "tsx", ".jsx": "tsx", ".mjs": "javascript",
    ".mts": "typescript", ".ts": "typescript", ".tsx": "tsx",
}  # fmt: skip
"""Suffix to the grammar that reads it."""


class UnreadError(Exception):
    """A file that no parser is given, and why."""


class UnwrittenError(UnreadError):
    """The same for a file that a program wrote."""


def tree(grammar: str, text: bytes) -> Any:
    """The root node of a file."""
    refuse_unwritten(text)
    return _parser(grammar).parse(text).root_node


def refuse_unwritten(text: bytes) -> None:
    """UnreadError for what is too large, or so dense that a program wrote it."""
    if len(text) > MOST_BYTES:
        raise UnreadError(f"more than {MOST_BYTES // 1_000_000} MB of code")
    if len(text) > _SHORT and len(text) > _LONGEST_LINES * (text.count(b"\n") + 1):
        raise UnwrittenError("its lines are so long that a program must have written them")


@cache
def _language(grammar: str) -> Any:
    from tree_sitter import Language

    module, function = _GRAMMARS[grammar]
    return Language(getattr(importlib.import_module(module), function)())


@cache
def _parser(grammar: str) -> Any:
    from tree_sitter import Parser

    return Parser(_language(grammar))


@cache
def _query(grammar: str, pattern: str) -> Any:
    from tree_sitter import Query

    return Query(_language(grammar), pattern)


def matches(grammar: str, pattern: str, node: Any) -> list[dict[str, list[Any]]]:
    """What a query finds below a node: for each match, its captures by name."""
    from tree_sitter import QueryCursor

    return [captures for _, captures in QueryCursor(_query(grammar, pattern)).matches(node)]
