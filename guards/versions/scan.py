"""One file in, what it says of versions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from guards._code.spans import DocumentError, ErrorKind
from guards._core.model import Finding, Problem, ProblemKind, Seen, Source
from guards.versions.mapping import Role
from guards.versions.rules import UNREADABLE

_READERS: dict[str, tuple[Role, ...]] = {
    "changelog": (Role.CHANGELOG,),
    "docker": (Role.DOCKERFILE,),
    "hooks": (Role.HOOKS,),
    "locks": (Role.UV_LOCK, Role.POETRY_LOCK, Role.PDM_LOCK, Role.PYLOCK),
    "modules": (Role.MODULE,),
    "node": (Role.PACKAGE_JSON, Role.NPM_LOCK, Role.PNPM_LOCK, Role.YARN_LOCK),
    "pages": (Role.PAGE,),
    "pyproject": (Role.PYPROJECT,),
    "requirements": (Role.REQUIREMENTS,),
    "settings": (Role.TOX, Role.NOX, Role.MYPY, Role.RUFF, Role.PYRIGHT),
    "setup": (Role.SETUP_CFG, Role.SETUP_PY),
    "tools": (
        *(Role.PYTHON_PIN, Role.NODE_PIN, Role.TOOL_VERSIONS, Role.MISE),
        *(Role.RUST_TOOLCHAIN, Role.RUST_TOOLCHAIN_TOML, Role.GO_MOD),
    ),
    "workflows": (Role.WORKFLOW,),
}
_MODULE_OF = {role: name for name, roles in _READERS.items() for role in roles}
_MAY_BE_BROKEN = frozenset({Role.MODULE, Role.SETUP_PY, Role.NOX, Role.PYRIGHT})
"""Code may be written for another Python than the one that runs guard: then what it says is unknown."""


def scan(source: Source[Any]) -> Iterable[Seen]:
    """What a file says of versions."""
    role = Role(source.path_class)
    read: Callable[[bytes, Role], Iterator[Seen]] = import_module(f"guards.versions.reading.{_MODULE_OF[role]}").read
    try:
        yield from read(source.text, role)
    except DocumentError as error:
        if error.kind is ErrorKind.LIMIT:
            yield Problem(f"not checked: {error.message}", ProblemKind.LIMIT, span=error.span)
        elif role not in _MAY_BE_BROKEN:
            yield Finding(UNREADABLE.id, error.message, span=error.span, subject=f"{role} {error.kind}")
