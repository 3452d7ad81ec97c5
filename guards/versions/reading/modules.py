"""Python modules that judge asked for: the version that they state, and the names that they define. Never run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from guards._code.spans.text import Text, decode
from guards._core.model import Seen, Span
from guards.versions.facts import Module, fact
from guards.versions.mapping import Role
from guards.versions.reading.python import own_version
from guards.versions.reading.setup import constants, parsed, span_of

_OPENERS = frozenset({"exec", "globals", "locals", "setattr", "vars"})
"""What defines names that are not written down."""
_VERSION_NAMES = ("__version__", "VERSION", "version")


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The facts of a module; none of one that cannot be parsed."""
    whole = decode(data)
    module = parsed(whole)
    if module is None:
        return
    assigned = constants(module)
    for name in _VERSION_NAMES:
        value = assigned.get(name)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            span = span_of(whole, value)
            start, source = _written(whole, span)
            found = own_version(value.value, name, span, whole.byte(start), source)
            if found is not None:
                yield found
    names, is_open = _defined(module.body)
    yield fact(Module(tuple(sorted(names)), is_open), Span(1, 1, 1, 1))


def _written(whole: Text, span: Span) -> tuple[int, str]:
    """Where a constant begins, and how it stands there."""
    lines = whole.content.split("\n")
    start, end = (sum(len(line) + 1 for line in lines[: row - 1]) + column - 1 for row, column in (span[:2], span[2:]))
    return start, whole.content[start:end]


def _defined(body: Iterable[ast.AST]) -> tuple[set[str], bool]:
    """The names that statements define at the top of a module, and whether there may be more."""
    names: set[str] = set()
    is_open = False
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name):
            names |= {node.id} if isinstance(node.ctx, ast.Store) else set()
            is_open = is_open or node.id in _OPENERS
        else:
            pending += ast.iter_child_nodes(node)
    return names, is_open or bool({"*", "__getattr__"} & names)
