"""Settings of tools outside of pyproject.toml: the Pythons that they are told to work for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from guards._code.spans import DEFAULT_LIMITS, Format, parse
from guards._code.spans.ini import parse_ini
from guards._code.spans.text import Text, decode
from guards._core.model import Seen
from guards.versions import ranges
from guards.versions.facts import Runs, Target, fact
from guards.versions.mapping import Role
from guards.versions.reading.plain import in_lines, table, text
from guards.versions.reading.setup import constants, parsed, span_of

_BRACES = re.compile(r"\{([^{}]*)\}")
_FACTOR = re.compile(r"py3\d+")
_MOST_ENVIRONMENTS = 200


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The targets in one file."""
    match role:
        case Role.TOX:
            yield from _tox(data)
        case Role.NOX:
            yield from _nox(decode(data))
        case Role.MYPY:
            document = parse_ini(decode(data), DEFAULT_LIMITS)
            minor = ranges.python_minor(text(table(document.value, "mypy").get("python_version")))
            if minor:
                yield fact(Target("mypy", (minor,)), document.span(("mypy", "python_version")))
        case _:
            format_, tool, key = (
                (Format.TOML, "ruff", "target-version")
                if role is Role.RUFF
                else (Format.JSON, "pyright", "pythonVersion")
            )
            document = parse(data, format_)[0]
            minor = ranges.python_minor(text(table(document.value).get(key)))
            if minor:
                yield fact(Target(tool, (minor,)), document.span((key,)))


def _tox(data: bytes) -> Iterator[Seen]:
    document = parse_ini(decode(data), DEFAULT_LIMITS)
    section = table(document.value, "tox")
    for key in ("envlist", "env_list"):
        if key not in section:
            continue
        for line, span in in_lines(document, ("tox", key)):
            for minor in sorted({minor for name in _expanded(line) if (minor := _python_of(name))}):
                yield fact(Runs("tox", minor), span)


def _python_of(environment: str) -> str | None:
    """The Python that an environment of tox is named after."""
    found = (ranges.python_minor(factor) for factor in environment.split("-") if _FACTOR.fullmatch(factor))
    return next((minor for minor in found if minor), None)


def _expanded(line: str) -> list[str]:
    """What braces stand for: `py3{10,11}` is `py310` and `py311`."""
    pending, done = [line], list[str]()
    while pending and len(pending) + len(done) < _MOST_ENVIRONMENTS:
        one = pending.pop()
        braces = _BRACES.search(one)
        if braces is None:
            done += re.split(r"[\s,]+", one)
            continue
        # The name around the braces ends at white space and at commas outside of braces.
        pending += [one[: braces.start()] + choice.strip() + one[braces.end() :] for choice in braces[1].split(",")]
    return done


def _nox(whole: Text) -> Iterator[Seen]:
    module = parsed(whole)
    if module is None:
        return
    known = constants(module)
    for node in ast.walk(module):
        for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
                if keyword.arg == "python":
                    yield from _pythons(whole, keyword.value, known)


def _pythons(whole: Text, node: ast.expr, known: dict[str, ast.expr]) -> Iterator[Seen]:
    value = known.get(node.id, node) if isinstance(node, ast.Name) else node
    for one in value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]:
        minor = ranges.python_minor(one.value) if isinstance(one, ast.Constant) and isinstance(one.value, str) else None
        if minor:
            yield fact(Runs("nox", minor), span_of(whole, one))
