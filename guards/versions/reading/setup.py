"""setup.cfg, and the literal arguments of the call of `setup` in setup.py, which is parsed and never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

from guards._code.packages import normalized
from guards._code.spans import DEFAULT_LIMITS, Document, JsonPath
from guards._code.spans.ini import parse_ini
from guards._code.spans.text import Text, decode
from guards._core.model import Fact, Seen, Span
from guards.versions.facts import Project, RequiresPython, fact
from guards.versions.mapping import Role
from guards.versions.reading import python
from guards.versions.reading.plain import in_lines, table, text

_BACKEND = "setuptools"


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The facts of a manifest of setuptools."""
    found = _from_py(data) if role is Role.SETUP_PY else _from_cfg(parse_ini(decode(data), DEFAULT_LIMITS))
    yield from (one for one in found if one is not None)


# ---- setup.cfg ------------------------------------------------------------------------------------------------------


def _from_cfg(document: Document) -> Iterator[Fact | None]:
    root = table(document.value)
    metadata, options = table(root, "metadata"), table(root, "options")
    yield from _described(document, metadata, options)
    version = text(metadata.get("version"))
    if version:
        yield python.own_version(version, "setup.cfg", document.span(("metadata", "version")))
    for key in ("classifiers", "classifier"):
        for line, span in _lines(document, ("metadata", key), metadata):
            yield python.classifier(line, span)
    required = options.get("python_requires")
    if isinstance(required, str):
        yield fact(RequiresPython((required,), required), document.span(("options", "python_requires")))
    yield from _requirements(document, options, ("options", "install_requires"), "dependencies")
    for extra in table(root, "options.extras_require"):
        at = ("options.extras_require", extra)
        yield from _requirements(document, table(root, at[0]), at, f"extra {extra}")
    for group in table(root, "options.entry_points"):
        at = ("options.entry_points", group)
        for line, span in _lines(document, at, table(root, at[0])):
            name, _, target = line.partition("=")
            yield python.script(name.strip(), target, span)


def _described(document: Document, metadata: dict[str, Any], options: dict[str, Any]) -> Iterator[Fact]:
    name = text(metadata.get("name"))
    if not name:
        return
    lines = text(options.get("package_dir")).split("\n")
    roots = {line.partition("=")[2].strip() for line in lines if not line.partition("=")[0].strip()}
    moved = any(line.partition("=")[0].strip() for line in lines)
    where = {text(table(document.value, "options.packages.find").get("where"))}
    attribute = re.fullmatch(r"attr:\s*([\w.]+)\.\w+", text(metadata.get("version")))
    described = Project(
        name=normalized(name),
        ecosystem="python",
        backend=_BACKEND,
        roots=tuple(sorted({"", "src", "lib", "python"} | roots | where)),
        version_in=(f"module:{attribute[1]}",) if attribute else (),
        is_unusual=moved,
    )
    yield fact(described, document.span(("metadata", "name")))


def _lines(document: Document, at: JsonPath, holder: dict[str, Any]) -> Iterator[tuple[str, Span]]:
    if at[-1] in holder:
        yield from in_lines(document, at)


def _requirements(document: Document, holder: dict[str, Any], at: tuple[str, ...], group: str) -> Iterator[Fact | None]:
    for line, span in _lines(document, at, holder):
        yield python.dependency(line, group, span)


# ---- setup.py -------------------------------------------------------------------------------------------------------


def parsed(whole: Text) -> ast.Module | None:
    """A module, parsed; None for what is no Python that we can read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(whole.content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def span_of(whole: Text, node: ast.expr | ast.stmt) -> Span:
    """Where a node stands; the parser counts columns in bytes."""
    lines = whole.content.split("\n")

    def column(line: int, offset: int) -> int:
        return len(lines[line - 1].encode()[:offset].decode("utf-8", "ignore")) + 1 if line <= len(lines) else 1

    end_line = node.end_lineno or node.lineno
    return Span(node.lineno, column(node.lineno, node.col_offset), end_line, column(end_line, node.end_col_offset or 0))


def constants(module: ast.Module) -> dict[str, ast.expr]:
    """The names of a module that are assigned once, to what."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for statement in module.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and statement.value is not None:
                twice |= {target.id} & set(found)
                found[target.id] = statement.value
    return {name: value for name, value in found.items() if name not in twice}


class _Call:
    """The call of `setup`, with the constants of its module."""

    def __init__(self, whole: Text, module: ast.Module, call: ast.Call) -> None:
        self._whole = whole
        self._constants = constants(module)
        self._arguments = {one.arg: self._resolved(one.value) for one in call.keywords if one.arg}
        self.is_whole = all(one.arg for one in call.keywords)

    def _resolved(self, node: ast.expr) -> ast.expr:
        return self._constants.get(node.id, node) if isinstance(node, ast.Name) else node

    def text(self, name: str) -> tuple[str, Span] | None:
        """An argument that is a text."""
        return self._text(self._arguments.get(name))

    def _text(self, node: ast.expr | None) -> tuple[str, Span] | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value, span_of(self._whole, node)
        return None

    def texts(self, node: ast.expr | str | None) -> Iterator[tuple[str, Span]]:
        """The texts in a list, or in an argument that is one."""
        found = self._arguments.get(node) if isinstance(node, str) else node
        if isinstance(found, (ast.List, ast.Tuple)):
            yield from (one for one in map(self._text, found.elts) if one is not None)

    def members(self, name: str) -> Iterator[tuple[str, ast.expr]]:
        """The members of an argument that is a dictionary."""
        node = self._arguments.get(name)
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, self._resolved(value)

    def has(self, name: str) -> bool:
        """Whether an argument is given."""
        return name in self._arguments


def _from_py(data: bytes) -> Iterator[Fact | None]:
    whole = decode(data)
    module = parsed(whole)
    call = _setup_call(module) if module else None
    if module is None or call is None:
        return
    found = _Call(whole, module, call)
    yield from _project_of(found)
    version = found.text("version")
    if version:
        yield python.own_version(version[0], "setup.py", version[1])
    required = found.text("python_requires")
    if required:
        yield fact(RequiresPython((required[0],), required[0]), required[1])
    for written, span in found.texts("classifiers"):
        yield python.classifier(written, span)
    for written, span in found.texts("install_requires"):
        yield python.dependency(written, "dependencies", span)
    for extra, value in found.members("extras_require"):
        for written, span in found.texts(value):
            yield python.dependency(written, f"extra {extra}", span)
    for _, value in found.members("entry_points"):
        for written, span in found.texts(value):
            name, _, target = written.partition("=")
            yield python.script(name.strip(), target, span)


def _project_of(found: _Call) -> Iterator[Fact]:
    name = found.text("name")
    if not name:
        return
    folders = dict(found.members("package_dir"))
    roots = {node.value for key, node in folders.items() if not key and isinstance(node, ast.Constant)}
    described = Project(
        name=normalized(name[0]),
        ecosystem="python",
        backend=_BACKEND,
        roots=tuple(sorted({"", "src", "lib", "python"} | {str(root) for root in roots})),
        is_unusual=any(folders) or found.has("ext_modules") or (found.has("package_dir") and not folders),
    )
    yield fact(described, name[1])


def _setup_call(module: ast.Module) -> ast.Call | None:
    """The one call of `setup`; two of them leave open which one counts."""
    calls = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "setup")
            or (isinstance(node.func, ast.Attribute) and node.func.attr == "setup")
        )
    ]
    return calls[0] if len(calls) == 1 else None
